"""A movement of income figures, divided by cause: the ladder of ``steps.py``, and last the roster.

At each step every household of the region has an income, so any indicator of incomes can be had there, and its part is
the difference: an amount, or how many households are above a threshold, with their persons.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from services.stats.as_of import as_of_position
from services.stats.cube.payments import last_day
from services.stats.cube.replay import DayGains, State, Touched, add_divided, read_state, read_touched
from services.stats.cube.settlement import Key
from services.stats.cube.stored import about
from services.stats.figures import read_households
from services.stats.queries import revisions
from services.stats.question import Question
from services.stats.revision.causes import Cause, cause_of
from services.stats.revision.steps import Ratio, climb
from services.stats.watermark import Watermark


@dataclass(slots=True)
class Household:
    """A household of the region: its income of the period by basis, and its persons and status at the end of it."""

    persons: int
    status: str
    fen: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    @property
    def income_fen(self) -> int:
        """All of it."""
        return sum(self.fen.values())


def _above(fen: int) -> Callable[[Household], int]:
    return lambda household: int(household.income_fen >= fen)


def _persons(status: str | None = None) -> Callable[[Household], int]:
    named = {"registered", "out_of_poverty", "monitored"}

    def counted(household: Household) -> int:
        group = household.status if household.status in named else "other"
        return household.persons if household.income_fen >= _REACHED_FEN and status in {None, group} else 0

    return counted


def _of_basis(basis: str) -> Callable[[Household], int]:
    return lambda household: household.fen[basis]


_REACHED_FEN = 100
OF_HOUSEHOLDS: Mapping[str, Callable[[Household], int]] = {
    "income": lambda household: household.income_fen,
    **{f"income.{basis}": _of_basis(basis) for basis in ("paid", "contract", "imputed")},
    "households_reached": _above(_REACHED_FEN),
    "households_reached_100": _above(10_000),
    "households_reached_1000": _above(100_000),
    "people_reached": _persons(),
    **{f"people_reached_by_status.{status}": _persons(status)
       for status in ("registered", "out_of_poverty", "monitored", "other")},
}  # fmt: skip
"""What a household adds to an indicator of incomes."""

Homes = dict[int, Household]


async def divide_income(
    connection: AsyncConnection,
    question: Question,
    indicator: str,
    *,
    earlier: Watermark,
    later: Watermark,
    later_value: int,
) -> Mapping[Cause, int]:
    """The parts of a movement between two watermarks, for the one period of the question; ``later_value`` is the figure
    at the later one. Households are read once, as they were at the earlier; of those that come in, only these.
    """
    measure = OF_HOUSEHOLDS[indicator]
    homes = await _households_at(connection, question, earlier)
    value = _sum(homes.values(), measure)
    parts: dict[Cause, int] = {}
    async for cause, gains in _steps(connection, earlier, later):
        newcomers = {subject for subject, _ in gains} - homes.keys()
        homes |= await _homes_of(connection, question, newcomers, earlier.registry_position)
        parts[cause] = parts.get(cause, 0) + _add(homes, gains, question, measure)
    value += sum(parts.values())
    return parts | {Cause.ROSTER_CHANGES: parts.get(Cause.ROSTER_CHANGES, 0) + later_value - value}


async def _households_at(connection: AsyncConnection, question: Question, mark: Watermark) -> Homes:
    """The region's households with income, by the registry of the watermark."""
    as_of = await as_of_position(connection, mark.position, mark.registry_position)
    rows = await read_households(connection, replace(question, as_of=as_of))
    found: Homes = {}
    for row in rows:
        home = found[row.subject_id] = Household(row.persons, row.status)
        home.fen.update(paid=row.paid_fen, contract=row.contract_fen, imputed=row.imputed_fen)
    return found


async def _homes_of(connection: AsyncConnection, question: Question, subjects: set[int], registry: int) -> Homes:
    """Those of some households that lived in the region, still without income."""
    if not subjects:
        return {}
    [period] = question.periods
    asked = {"subjects": sorted(subjects), "past": period.past, "registry_position": registry}
    rows = (await connection.execute(revisions.HOMES_OF, {**question.region.bounds(), **asked})).all()
    return {row.subject_id: Household(row.persons, row.status) for row in rows}


async def _steps(connection: AsyncConnection, earlier: Watermark, later: Watermark) -> Any:
    """What each cause adds to households' days, in the order of the ladder."""
    touched = await read_touched(connection, earlier.position, later.position)
    before = await read_state(connection, touched, earlier.position)
    after = await read_state(connection, touched, later.position)
    ratios = await _read_ratios(connection, touched, later.position) | await _read_ratios(
        connection, touched, earlier.position
    )
    entered = await _read_entered(connection, touched, earlier, later)
    last = before
    for cause, state in climb(before, after, entered, ratios):
        gains = _difference(touched, last, state)
        if cause is Cause.PAYMENTS:
            for row in touched.payments:
                gains[row.subject_id, last_day(row.month)]["paid"] += row.paid_fen
        yield cause, gains
        last = state


def _difference(touched: Touched, before: State, after: State) -> DayGains:
    gains: DayGains = defaultdict(lambda: defaultdict(int))
    add_divided(gains, -1, touched, before)
    add_divided(gains, 1, touched, after)
    return gains


async def _read_ratios(connection: AsyncConnection, touched: Touched, position: int) -> dict[Key, Ratio]:
    rows = await about(connection, revisions.RATIOS_AT, touched.every_key, position=position)
    return {Key(row.subject_id, row.sale_day, row.category): (row.basis, row.ratio_bp) for row in rows}


async def _read_entered(
    connection: AsyncConnection, touched: Touched, earlier: Watermark, later: Watermark
) -> dict[Key, dict[Cause, int]]:
    """Net sales that were entered between what was settled at both watermarks, by cause."""
    bounds = {"after": _settled(earlier), "upto": _settled(later)}
    found: dict[Key, dict[Cause, int]] = {}
    for row in await about(connection, revisions.SETTLED_BY_CAUSE, touched.every_key, **bounds):
        amounts = found.setdefault(Key(row.subject_id, row.sale_day, row.category), {})
        cause = cause_of(row.cause, row.channel)
        amounts[cause] = amounts.get(cause, 0) + row.net_fen
    return found


def _settled(watermark: Watermark) -> int:
    return watermark.income_position or watermark.position


def _add(homes: Homes, gains: DayGains, question: Question, measure: Callable[[Household], int]) -> int:
    """Add what households gain in the period; answers what that adds to the measure."""
    [period] = question.periods
    gained: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for (subject, day), fen in gains.items():
        if subject in homes and _is_in(day, period.first, period.past):
            for basis, amount in fen.items():
                gained[subject][basis] += amount
    added = 0
    for subject, fen in gained.items():
        added -= measure(homes[subject])
        for basis, amount in fen.items():
            homes[subject].fen[basis] += amount
        added += measure(homes[subject])
    return added


def _is_in(day: date, first: date, past: date) -> bool:
    return first <= day < past


def _sum(homes: Iterable[Household], measure: Callable[[Household], int]) -> int:
    return sum(map(measure, homes))
