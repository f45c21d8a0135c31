"""Somebody who reads everything that is published and computes what is not: linear programs over all of it.

He knows which places each region consists of and which pieces of time each period, that members of a dimension add up
to the total, that nothing is negative, and that a distinct count of a period lies between the largest and the sum of
its parts'. He does not know how figures were protected: this module shares nothing with ``services.stats.protection``.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_matrix

Cell = tuple[str, str, str, str]
"""Table, member, period and region."""


_LARGEST = 10_000.0
"""As large as figures are to the solver."""


@dataclass(frozen=True)
class Interval:
    """What the attacker finds out about a suppressed figure."""

    cell: Cell
    low: float
    high: float


class Attacker:
    """Gathers what is published of one kind of figure, then asks how far each suppressed one is known."""

    def __init__(self, regions: Mapping[str, Sequence[int]], periods: Mapping[str, Sequence[int]]) -> None:
        self.regions = {name: sorted(places) for name, places in regions.items()}
        self.periods = {label: sorted(pieces) for label, pieces in periods.items()}
        self.places = 1 + max(place for places in regions.values() for place in places)
        self.pieces = 1 + max(piece for pieces in periods.values() for piece in pieces)
        self.width = 0
        self.known: list[tuple[list[int], list[float], float]] = []
        self.at_most: list[tuple[list[int], list[float]]] = []
        self.suppressed: dict[Cell, list[int]] = {}
        self._first: dict[tuple[str, str], int] = {}

    def read_sums(
        self, table: str, members: Sequence[str], cells: Mapping[tuple[str, str, str], int | None], whole: str = ""
    ) -> None:
        """Figures by member, period and region that add up over places and time (and members, to ``whole``)."""
        size = self.places * self.pieces
        for member in members:
            self._first[table, member] = self.width
            self.width += size
        for (member, period, region), value in cells.items():
            first = self._first[table, member]
            columns = [
                first + place * self.pieces + piece for place in self.regions[region] for piece in self.periods[period]
            ]
            self._note((table, member, period, region), columns, value)
        if whole:
            for number in range(size):
                parts = [self._first[table, member] + number for member in members]
                self.known.append(([self._first[whole, ""] + number, *parts], [1.0, *[-1.0] * len(parts)], 0.0))

    def read_counts(self, table: str, cells: Mapping[tuple[str, str], int | None]) -> None:
        """Distinct counts by period and region, which add up over places only."""
        first = {}
        for label in self.periods:
            first[label] = self.width
            self.width += self.places
        for (period, region), value in cells.items():
            self._note((table, "", period, region), [first[period] + place for place in self.regions[region]], value)
        for outer, pieces in self.periods.items():
            inner = [label for label, held in self.periods.items() if set(held) < set(pieces)]
            parts = [
                label for label in inner if not any(set(self.periods[label]) < set(self.periods[o]) for o in inner)
            ]
            covers = sorted(piece for label in parts for piece in self.periods[label]) == pieces
            for place in range(self.places):
                for label in parts:
                    self.at_most.append(([first[label] + place, first[outer] + place], [1.0, -1.0]))
                if covers:
                    columns = [first[outer] + place, *(first[label] + place for label in parts)]
                    self.at_most.append((columns, [1.0, *[-1.0] * len(parts)]))

    def _note(self, cell: Cell, columns: list[int], value: int | None) -> None:
        if value is None:
            self.suppressed[cell] = columns
        else:
            self.known.append((columns, [1.0] * len(columns), float(value)))

    def intervals(self, enough: Mapping[Cell, float]) -> Iterator[Interval]:
        """Every suppressed figure, with the least and greatest that it can be: as far apart as ``enough`` of it, or as
        far as they go. Each program's solution speaks of all figures, so most need none of their own.
        """
        if not self.known:
            yield from (Interval(cell, 0.0, np.inf) for cell in self.suppressed)
            return
        equal, bounds = self._matrix(self.known), np.array([row[2] for row in self.known])
        # The solver's tolerance is absolute: with sums of milliards it would take what is possible for impossible.
        scale = max(1.0, float(bounds.max()) / _LARGEST)
        bounds = bounds / scale
        at_most = self._matrix(self.at_most) if self.at_most else None
        cells = list(self.suppressed)
        sums = self._matrix([(columns, [scale] * len(columns)) for columns in self.suppressed.values()])
        low, high = np.full(len(cells), np.inf), np.full(len(cells), -np.inf)
        random = np.random.default_rng(7)
        for attempt in range(len(cells) + 12):
            narrow = [i for i, cell in enumerate(cells) if high[i] - low[i] < enough[cell]]
            if attempt >= 12 or not narrow:
                break
            weights = random.normal(size=len(cells)) * np.isin(np.arange(len(cells)), narrow)
            solved = self._solve(weights @ sums / scale, equal, bounds, at_most)
            if solved is not None:
                low, high = np.minimum(low, sums @ solved), np.maximum(high, sums @ solved)
        for number, cell in enumerate(cells):
            for sign in (1.0, -1.0):
                if high[number] - low[number] < enough[cell]:
                    row = np.asarray(sums[[number]].todense()).ravel()
                    solved = self._solve(sign * row / scale, equal, bounds, at_most)
                    if solved is not None:
                        low, high = np.minimum(low, sums @ solved), np.maximum(high, sums @ solved)
                    elif sign < 0:
                        high[number] = np.inf
            yield Interval(cell, float(low[number]), float(high[number]))

    def _matrix(self, rows: Sequence[Any]) -> Any:
        row = np.repeat(np.arange(len(rows)), [len(columns) for columns, *_ in rows])
        column = np.concatenate([np.array(columns, dtype=np.int64) for columns, *_ in rows])
        factors = np.concatenate([np.array(factors) for _, factors, *_ in rows])
        return coo_matrix((factors, (row, column)), shape=(len(rows), self.width)).tocsr()

    def _solve(self, objective: Any, equal: Any, bounds: Any, at_most: Any) -> Any:
        zeros = None if at_most is None else np.zeros(at_most.shape[0])
        asked = {"A_ub": at_most, "b_ub": zeros, "A_eq": equal, "b_eq": bounds, "bounds": (0, None), "method": "highs"}
        found = linprog(objective, **asked)
        if found.status == 4:  # without end or impossible: it did not find out which
            found = linprog(objective, **asked, options={"presolve": False})
        if found.status == 3:  # without end in this direction
            return None
        assert found.status == 0, found.message
        return found.x
