"""What households gain and lose in a window: by day, month, and year with way and category; collected, then told as
columns.

A division among a hundred members is one addition of arrays here and not a hundred entries of a dictionary; households
are looked at one by one only when the rows are stored.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from services.stats.cube.split import MemberList

if TYPE_CHECKING:
    import numpy as np

BASES = ("contract", "imputed", "paid")
"""How each yuan is known, in the order of the columns."""

When = TypeVar("When", bound=Hashable)
Way = tuple[int, str, str]
"""Year, way and category. A way is ``own`` or the kind of the group."""


@dataclass(frozen=True, slots=True)
class GainRows(Generic[When]):
    """Rows of gains and losses in fen, by household and then by day (or way); each once, none of them nought."""

    households: list[int]
    times: list[When]
    contract_fen: list[int]
    imputed_fen: list[int]
    paid_fen: list[int]


@dataclass(slots=True)
class _Gathered(Generic[When]):
    """Gains by one kind of key."""

    single: dict[When, dict[int, list[int]]] = field(default_factory=lambda: defaultdict(dict))
    """Fen for each of :data:`BASES`, by day or way, then household."""
    listed: dict[tuple[int, When], tuple[MemberList, "np.ndarray"]] = field(default_factory=dict)
    """By a list (its identity) and day or way: the list itself, and fen by basis and place in it."""

    def add(self, household: int, when: When, basis: str, fen: int) -> None:
        self.single[when].setdefault(household, [0] * len(BASES))[BASES.index(basis)] += fen

    def add_listed(self, parties: MemberList, when: When, basis: str, amounts: "np.ndarray") -> None:
        import numpy as np  # noqa: PLC0415 - only who divides pays for loading it

        known = self.listed.get((id(parties), when))
        if known is None:
            known = self.listed[id(parties), when] = (parties, np.zeros((len(BASES), len(amounts)), dtype=np.int64))
        known[1][BASES.index(basis)] += amounts

    def rows(self, time_of: Callable[[When], When] = lambda when: when) -> GainRows[When]:
        """All of it, summed by household and day (or way), or what ``time_of`` makes of these."""
        import numpy as np  # noqa: PLC0415

        times: list[Any] = sorted({time_of(when) for when in (*self.single, *(when for _, when in self.listed))})
        places = {time: place for place, time in enumerate(times)}
        households, wheres, amounts = [], [], []
        for when, fen in self.single.items():
            households.append(np.fromiter(fen, dtype=np.int64, count=len(fen)))
            wheres.append(np.full(len(fen), places[time_of(when)], dtype=np.int64))
            amounts.append(np.array(list(fen.values()), dtype=np.int64).T)
        for (_, when), (parties, by_basis) in self.listed.items():
            households.append(parties.member_ids[parties.are_households])
            wheres.append(np.full(len(households[-1]), places[time_of(when)], dtype=np.int64))
            amounts.append(by_basis[:, parties.are_households])
        if not households:
            return GainRows([], [], [], [], [])
        household, where, fens = np.concatenate(households), np.concatenate(wheres), np.concatenate(amounts, axis=1)
        order = np.lexsort((where, household))
        household, where, fens = household[order], where[order], fens[:, order]
        begins = np.flatnonzero(np.r_[True, (household[1:] != household[:-1]) | (where[1:] != where[:-1])])
        begins = begins[: len(household)]  # of no rows the first one is none either
        sums = np.add.reduceat(fens, begins, axis=1) if len(begins) else fens
        kept = sums.any(axis=0)
        begins, sums = begins[kept], sums[:, kept]
        return GainRows(household[begins].tolist(), [times[place] for place in where[begins]], *sums.tolist())


class Gains:
    """What households gain and lose: by day, and by year, way and category."""

    def __init__(self) -> None:
        self._days: _Gathered[date] = _Gathered()
        self._ways: _Gathered[Way] = _Gathered()

    def add(self, household: int, day: date, came: tuple[str, str], basis: str, fen: int) -> None:
        """Add ``fen`` that ``came`` to a household by a way and category."""
        self._days.add(household, day, basis, fen)
        self._ways.add(household, (day.year, *came), basis, fen)

    def add_listed(
        self, parties: MemberList, day: date, came: tuple[str, str], basis: str, amounts: "np.ndarray"
    ) -> None:
        """Add to every household of a list what came to it; ``amounts`` are in the order of the list."""
        self._days.add_listed(parties, day, basis, amounts)
        self._ways.add_listed(parties, (day.year, *came), basis, amounts)

    def days(self) -> GainRows[date]:
        """By household and day."""
        return self._days.rows()

    def months(self) -> GainRows[date]:
        """By household and month (its first day)."""
        return self._days.rows(lambda day: day.replace(day=1))

    def ways(self) -> GainRows[Way]:
        """By household and year, way and category."""
        return self._ways.rows()
