"""What is wanting, one by one: the sources' days without a ratio, and the households below the line of poverty."""

from datetime import date
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.auth import Caller
from services.kit.database import Database
from services.kit.money import format_yuan
from services.stats.errors import RegionNotAllowed
from services.stats.explaining import read_codes, source_path
from services.stats.explanation.lines import Page
from services.stats.explanation.marks import read_mark, write_mark
from services.stats.hash_joins import joined_rows
from services.stats.period import parse_period
from services.stats.queries import shortfalls as queries
from services.stats.question import Filters, Question
from services.stats.regions import find_region
from services.stats.schemas.explanation import (
    DayWithoutRatioOut,
    HouseholdBelowLineOut,
    LineGapExplanationOut,
    WithoutRatioOut,
)
from services.stats.service import period_out, read_period, region_out, watermark_out
from services.stats.shortfalls import of_years, read_lines_of, without_ratio_figures
from services.stats.vintage import Vintage, read_position

_BEFORE_ALL = (0, date.min, "")


async def explain_without_ratio(
    database: Database, caller: Caller, region: str, *, period: str, filters: Filters, page: Page, vintage: Vintage
) -> WithoutRatioOut:
    """A page of the sources' days that ``sales_without_ratio`` sums. Raises :class:`RegionNotAllowed`."""
    _no_platform(caller)
    asked = read_period(period)
    subject, day, category = read_mark(page.after, (int, date, str)) if page.after else _BEFORE_ALL
    async with database.snapshot() as connection:
        place = await find_region(connection, caller, region, asked.last_day)
        known = await read_position(connection, caller, vintage)
        question = Question(place, [asked], filters, as_of=known.as_of)
        figures = (await without_ratio_figures(connection, question)).get((asked.label, ""), {})
        after = {"after_subject": subject, "after_day": day, "after_category": category, "limit": page.limit + 1}
        statement = queries.days_without_ratio(as_of=known.as_of is not None)
        parameters = question.place() | question.days() | question.position() | after
        rows = (await connection.execute(statement, parameters)).all()
        shown = rows[: page.limit]
        codes = await read_codes(connection, [row.subject_id for row in shown], known.as_of)
    total = figures.get("sales_without_ratio", 0)
    return WithoutRatioOut(
        region=region_out(place),
        period=period_out(asked),
        filters=filters.in_use(),
        watermark=watermark_out(known.watermark),
        value=format_yuan(total if isinstance(total, int) else 0),
        days=[
            DayWithoutRatioOut(
                code=codes.get(row.subject_id),
                kind=row.kind,
                region=row.region,
                sale_day=row.sale_day,
                category=row.category,
                net=format_yuan(row.net_fen),
                explained=source_path(codes.get(row.subject_id), row.sale_day, row.category, vintage),
            )
            for row in shown
        ],
        next=write_mark(_key(shown[-1])) if len(rows) > page.limit else None,
    )


async def explain_line_gap(
    database: Database, caller: Caller, region: str, *, year: int, page: Page, vintage: Vintage
) -> LineGapExplanationOut:
    """A page of the households with income that were below the line of their base year, and which closed the gap.

    Raises :class:`RegionNotAllowed`.
    """
    _no_platform(caller)
    asked = parse_period(str(year))
    [after] = read_mark(page.after, (int,)) if page.after else [0]
    async with database.snapshot() as connection:
        place = await find_region(connection, caller, region, asked.last_day)
        known = await read_position(connection, caller, vintage)
        question = Question(place, [asked], as_of=known.as_of)
        lines = await read_lines_of(connection, question)
        closed, rows = await _households(
            connection, question, of_years([asked], lines), after=after, limit=page.limit + 1
        )
        shown = rows[: page.limit]
        codes = await read_codes(connection, [row.subject_id for row in shown], known.as_of)
    line = lines.get(year)
    return LineGapExplanationOut(
        region=region_out(place),
        year=year,
        watermark=watermark_out(known.watermark),
        line=None if line is None else format_yuan(line.per_head_fen),
        line_source=None if line is None else line.source,
        value=None if line is None else closed,
        households=[
            HouseholdBelowLineOut(
                code=codes.get(row.subject_id),
                persons=row.persons,
                income=format_yuan(int(row.income_fen)),
                base_year=row.base_year,
                baseline=format_yuan(row.per_head_fen),
                base_line=format_yuan(row.base_line),
                closed=row.is_closed,
            )
            for row in shown
        ],
        next=write_mark([shown[-1].subject_id]) if len(rows) > page.limit else None,
    )


async def _households(
    connection: AsyncConnection, question: Question, years: dict[str, Any], *, after: int, limit: int
) -> tuple[int, list[Any]]:
    """How many closed the gap, and a page of those that were below the line."""
    parameters = question.place() | question.days_then() | years | {"after": after, "limit": limit}
    rows = await joined_rows(connection, queries.households_below(as_of=question.as_of is not None), parameters)
    return rows[0].closed, [row for row in rows if row.subject_id is not None]


def _no_platform(caller: Caller) -> None:
    if caller.platform is not None:
        raise RegionNotAllowed("平台不能查看农户收入 / A platform sees nothing of the income of households")


def _key(row: Any) -> list[Any]:
    return [row.subject_id, row.sale_day, row.category]
