"""Figures of what is wanting: sales without a ratio, and the gap to the poverty line that income closes."""

from collections.abc import Mapping
from typing import Any

from services.stats.hash_joins import joined_rows
from services.stats.indicators import Missing, Value
from services.stats.period import Period
from services.stats.queries import shortfalls as queries
from services.stats.question import Question
from services.stats.together import Reads
from services.stats.uplift.lines import PovertyLine, lines_of_province
from services.stats.uplift.recording_lines import read_lines

NO_LINE = Missing("no_line")


async def without_ratio_figures(connection: Reads, question: Question) -> dict[tuple[str, str], dict[str, Value]]:
    """Net sales for which no ratio was in force."""
    statement = queries.sales_without_ratio(question.by, as_of=question.as_of is not None)
    rows = await connection.execute(statement, question.place() | question.days() | question.position())
    return {(row.label, row.key): {"sales_without_ratio": row.net_fen} for row in rows.all()}


async def line_gap_figures(connection: Reads, question: Question) -> dict[tuple[str, str], dict[str, Value]]:
    """Households whose gap to the poverty line is closed, of the calendar years among the periods."""
    years = [period for period in question.periods if period.is_year]
    if not years:
        return {}
    lines = await read_lines_of(connection, question)
    asked = question.place() | question.days_then() | of_years(years, lines)
    rows = await joined_rows(connection, queries.gaps_closed(question.by, as_of=question.as_of is not None), asked)
    return {(row.label, row.key): {"line_gap_closed": NO_LINE if row.closed is None else row.closed} for row in rows}


async def read_lines_of(connection: Reads, question: Question) -> Mapping[int, PovertyLine]:
    """The lines of the question's province, as they are or were known."""
    lines = await read_lines(connection, question.as_of.moment if question.as_of else None)
    return lines_of_province(lines, f"{question.region.root[:2]}0000000000")


def of_years(years: list[Period], lines: Mapping[int, PovertyLine]) -> dict[str, list[Any]]:
    """Years and lines as statements take them."""
    known = [lines.get(year.first.year) for year in years]
    return {
        "labels": [year.label for year in years],
        "years": [year.first.year for year in years],
        "pasts": [year.past for year in years],
        "lines": [None if line is None else line.per_head_fen for line in known],
        "line_years": list(lines),
        "line_fen": [line.per_head_fen for line in lines.values()],
    }
