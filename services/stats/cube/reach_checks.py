"""What is counted ahead of households and codes, held against what they add up to one by one."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import TextClause
from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.clock import start_of_day
from services.kit.verify import MAX_DIFFERENCES, Check
from services.stats.hash_joins import joined_rows
from services.stats.period import Frequency, Period, periods_between
from services.stats.queries import codes, households, reach_cells, sales
from services.stats.queries.reach import MEASURES, UPLIFT
from services.stats.question import MAX_POSITION, span_arrays

Found = dict[tuple[Any, ...], Mapping[str, int]]
"""Figures that are not nought, by their key."""

_EVERYWHERE = {"lowest": "0", "highest": "9" * 12, "first_digit": 1, "width": 12, "places": None}
_MOVED = ("moved_subjects", "moved_days", "moved_contract_fen", "moved_imputed_fen", "moved_paid_fen")


async def check_reach(connection: AsyncConnection, registry_position: int) -> list[Check]:
    """Every named period and calendar year, for every division at every level, at the position the registry is at."""
    known = (await connection.execute(codes.KNOWN_MONTHS)).one()
    counted = {"reach_cells": 0, "uplift_cells": 0, "code_cells": 0}
    differences: dict[str, list[dict[str, Any]]] = {table: [] for table in counted}
    for year in _years(known.first, known.last):
        periods = list(_named_periods(year))
        for table, (ahead, one_by_one) in (await _read(connection, year, periods, registry_position)).items():
            counted[table] += len(ahead)
            differences[table] += _compare(ahead, one_by_one)
    return [Check(f"stats.{table} = recompute", counted[table], differences[table][:MAX_DIFFERENCES])
            for table in counted]  # fmt: skip


async def _read(
    connection: AsyncConnection, year: int, periods: list[tuple[str, Period]], registry_position: int
) -> dict[str, tuple[Found, Found]]:
    """By table: what it answers, and what is true."""
    asked = {
        "labels": [period.label for _, period in periods],
        "grains": [grain for grain, _ in periods],
        "firsts": [period.first for _, period in periods],
        "pasts": [period.past for _, period in periods],
        "ends": [start_of_day(period.past) for _, period in periods],
        "year": year,
        "registry_position": registry_position,
    }

    async def rows(statement: TextClause) -> Sequence[Any]:
        return (await connection.execute(statement, asked)).mappings().all()

    of_households = _of_households(year, periods, registry_position)
    households_found = [row._mapping for row in await joined_rows(connection, households.BY_LEVEL, of_households)]  # noqa: SLF001 - SQLAlchemy's public name
    place, dated = ("level", "region"), ("label", "level", "region")
    of_year = [row for row in households_found if row["label"] == periods[-1][1].label]
    coded = (*dated, "kind")
    return {
        "reach_cells": (
            _by(dated, MEASURES, await rows(reach_cells.ALL_REACH)),
            _by(dated, MEASURES, households_found),
        ),
        "uplift_cells": (_by(place, UPLIFT, await rows(reach_cells.ALL_UPLIFT)), _by(place, UPLIFT, of_year)),
        "code_cells": (
            _by(coded, ("codes",), await rows(reach_cells.ALL_CODES)),
            _by(coded, ("codes",), await rows(sales.CODES_BY_LEVEL)),
        ),
    }


def _of_households(year: int, periods: list[tuple[str, Period]], registry_position: int) -> dict[str, Any]:
    """The periods, and the year before under the label of the last, which is the whole year."""
    spans = span_arrays([period for _, period in periods])
    [before] = periods_between(str(year - 1), str(year - 1), Frequency.YEAR)
    prior = span_arrays([replace(before, label=periods[-1][1].label)])
    return {
        **{name: spans[name] + prior[name] for name in spans},
        "are_prior": [False] * len(spans["labels"]) + [True] * len(prior["labels"]),
        "block": MAX_POSITION,
        "registry_position": registry_position,
        **_EVERYWHERE,
        **{name: [] for name in _MOVED},
    }


def _by(keys: Sequence[str], names: Iterable[str], rows: Iterable[Mapping[str, Any]]) -> Found:
    found: Found = {}
    for row in rows:
        values = {name: int(row[name]) for name in names if row[name]}
        if values:
            found[tuple(row[key] for key in keys)] = values
    return found


def _compare(ahead: Found, one_by_one: Found) -> Iterator[dict[str, Any]]:
    for key in ahead.keys() | one_by_one.keys():
        stored, expected = ahead.get(key, {}), one_by_one.get(key, {})
        if stored != expected:
            yield {"key": " ".join(map(str, key)), "expected": dict(expected), "stored": dict(stored)}


def _years(first: date | None, last: date | None) -> range:
    return range(first.year, last.year + 1) if first and last else range(0)


def _named_periods(year: int) -> Iterator[tuple[str, Period]]:
    """Every month, and what leads up to it of its quarter and its year, with the grain that answers it."""
    months = periods_between(f"{year}-01", f"{year}-12", Frequency.MONTH)
    for number, month in enumerate(months):
        yield "month", month
        yield "quarter", Period(f"{month.label} of its quarter", months[number - number % 3].first, month.past)
        yield "year", Period(f"{month.label} of its year", months[0].first, month.past)
