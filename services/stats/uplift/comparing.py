"""Reads who is compared with whom, and writes what ``comparison.py`` makes of it."""

from asyncio import to_thread
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.money import format_yuan
from services.stats.figures import NEEDS_FULL_YEAR
from services.stats.indicators import Missing, Unit, Value
from services.stats.period import Period
from services.stats.queries import comparison as queries
from services.stats.question import Region
from services.stats.schemas.figures import single_value
from services.stats.schemas.uplift import ComparisonOut, NoteOut, PartOut, TrendOut
from services.stats.uplift.comparison import FEW_VILLAGES, MIN_CELL, Compared, Difference, Group, compare
from services.stats.uplift.dictionary import COMPARISONS, LIMITS, ROWS
from services.stats.uplift.then import Then

_REACHED = {"all": {"new", "known"}, "newly": {"new"}, "placebo": {"new"}}


@dataclass(frozen=True, slots=True)
class Rows:
    """Households by village, band and standing: of the year and the one before, and of the two years before it."""

    year: int
    main: Sequence[Any]
    earlier: Sequence[Any]


async def read_rows(connection: AsyncConnection, place: Region, period: Period, then: Then | None = None) -> Rows:
    """What the comparisons of a year are made from."""
    year = period.first.year
    return Rows(
        year,
        await _read(connection, place, period, before=year - 1, after=year, then=then),
        await _read(connection, place, period, before=year - 2, after=year - 1, then=then),
    )


async def contrast(rows: Rows | None) -> ComparisonOut:
    """The comparisons of a year with the year before, and the placebo and trend of the years before that. ``None`` for
    a year that is not over.
    """
    found: dict[str, Compared] = dict.fromkeys(COMPARISONS, Compared(NEEDS_FULL_YEAR, 0, 0))
    trend: list[TrendOut] = []
    if rows is not None:
        for name, given in (("all", rows.main), ("newly", rows.main), ("placebo", rows.earlier)):
            # Seconds of arithmetic at most; other requests go on meanwhile.
            found[name] = await to_thread(compare, _groups(given, _REACHED[name]))
        if isinstance(found["placebo"].found, Difference):
            trend = _trend(rows.earlier, rows.year)
    differences = [compared.found for compared in found.values() if isinstance(compared.found, Difference)]
    return ComparisonOut(
        rows=[
            PartOut(key=name, name=" / ".join(COMPARISONS[name]), values=_values(compared))
            for name, compared in found.items()
        ],
        trend=trend,
        few_villages=any(difference.villages < FEW_VILLAGES for difference in differences),
        limits=[NoteOut(zh=zh, en=en) for zh, en in LIMITS],
    )


async def _read(
    connection: AsyncConnection, place: Region, period: Period, *, before: int, after: int, then: Then | None
) -> Sequence[Any]:
    parameters = {
        **place.bounds(),
        "past": period.past,
        "year": period.first.year,
        "before": before,
        "after": after,
        "since": date(before, 1, 1),
        **({"position": then.as_of.position, **then.parameters} if then else {}),
    }
    return (await connection.execute(queries.groups(as_of=then is not None), parameters)).all()


def _groups(rows: Sequence[Any], reached: set[str]) -> list[Group]:
    return [
        Group(row.village, row.band, row.standing in reached, row.households, row.after_fen - row.before_fen)
        for row in rows
        if row.standing in reached or row.standing == "comparison"
    ]


def _values(compared: Compared) -> dict[str, Any]:
    left: dict[str, Value] = {
        "left_out_reached": compared.left_out_reached,
        "left_out_comparison": compared.left_out_comparison,
    }
    shown = {}
    for known in ROWS["comparison"]:
        if known.name in left:
            value = left[known.name]
        elif isinstance(compared.found, Missing):
            value = compared.found
        else:
            # Estimated in floating point; a fen is far below what their last digit could be wrong by.
            value = round(asdict(compared.found)[known.name])
        shown[known.name] = single_value(value, Unit(known.unit))
    return shown


def _trend(rows: Sequence[Any], year: int) -> list[TrendOut]:
    """Means by year over the cells that are compared; those not reached weigh as those reached lie in the cells."""
    cells: dict[tuple[str, int], dict[bool, list[int]]] = defaultdict(lambda: {True: [0] * 4, False: [0] * 4})
    for row in rows:
        if row.standing != "known":
            sums = cells[row.village[:9], row.band][row.standing == "new"]
            for place, fen in enumerate((row.households, row.before_fen, row.after_fen, row.last_fen)):
                sums[place] += fen
    used = [sums for sums in cells.values() if min(sums[True][0], sums[False][0]) >= MIN_CELL]
    households = sum(sums[True][0] for sums in used)
    return [
        TrendOut(
            year=year - 3 + place,
            reached=format_yuan(round(sum(sums[True][place] for sums in used) / households)),
            comparison=format_yuan(
                round(sum(sums[False][place] * sums[True][0] / sums[False][0] for sums in used) / households)
            ),
        )
        for place in (1, 2, 3)
    ]
