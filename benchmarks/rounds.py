"""Rounds in turn, and what they come to.

A machine is slower in one minute than in the next. So contestants take turns (A B A B …), a ratio is taken within each
round, and the median of these ratios is the result; the seconds themselves are not.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from statistics import median

Contest = Callable[[int], Awaitable[float]]
"""Runs round number so-and-so of a contestant; answers its figure."""


class Unit(StrEnum):
    """What a figure counts."""

    LINES = "lines/s"
    ENTRIES = "entries/s"
    REQUESTS = "requests/s"
    LABELS = "labels/s"
    MILLISECONDS = "ms"
    SECONDS = "s"
    MIB = "MiB"

    @property
    def is_duration(self) -> bool:
        """Whether less is better."""
        return self in {Unit.MILLISECONDS, Unit.SECONDS}


@dataclass(frozen=True, slots=True)
class Options:
    """How thoroughly to measure. ``quick``: does it run at all; ``full``: at the sizes of DESIGN.md §7."""

    rounds: int = 9
    quick: bool = False
    full: bool = False

    def size(self, quick: int, usual: int, full: int | None = None) -> int:
        """The size that fits."""
        if self.quick:
            return quick
        return full if self.full and full is not None else usual


@dataclass(frozen=True, slots=True)
class Figures:
    """One contestant's figures, a round each."""

    rounds: tuple[float, ...]

    @property
    def median(self) -> float:
        """The figure in the middle."""
        return median(self.rounds)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table: a work of ours against a yardstick.

    ``budget`` is the least ratio that DESIGN.md asks for. Without a yardstick ``theirs`` is the budget's own figure.
    A row that cannot be measured yet has no figures and says why in ``note``.
    """

    work: str
    yardstick: str
    unit: Unit
    ours: Figures | None = None
    theirs: Figures | None = None
    budget: float | None = None
    note: str = ""
    grows: str = ""
    """What the row is a point of, where the same is measured at several sizes: its name in the picture of growth."""
    size: int = 0
    """At which size."""

    @property
    def ratios(self) -> tuple[float, ...]:
        """Ours to the yardstick's, round by round; above 1 we are better."""
        if self.ours is None or self.theirs is None:
            return ()
        pairs = zip(self.ours.rounds, self.theirs.rounds, strict=True)
        if self.unit.is_duration:
            return tuple(theirs / ours for ours, theirs in pairs)
        return tuple(ours / theirs for ours, theirs in pairs)

    @property
    def ratio(self) -> float | None:
        """The ratio in the middle, if there is one."""
        return median(self.ratios) if self.ratios else None


async def take_turns(contestants: Mapping[str, Contest], rounds: int) -> dict[str, Figures]:
    """Let the contestants take turns for so many rounds."""
    found: dict[str, list[float]] = {name: [] for name in contestants}
    for number in range(rounds):
        for name, contest in contestants.items():
            found[name].append(await contest(number))
    return {name: Figures(tuple(figures)) for name, figures in found.items()}
