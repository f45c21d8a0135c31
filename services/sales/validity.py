"""Facts with a validity (bindings, ratios): which of them say something new, and that no two hold at once. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class Dated:
    """What is said of ``key`` from ``valid_from`` until before ``valid_to`` (``None``: until further notice)."""

    key: tuple[str, ...]
    said: tuple[Any, ...]
    valid_from: date
    valid_to: date | None

    def overlaps(self, other: "Dated") -> bool:
        """Whether both are about the same key and hold on at least one common day."""
        return (
            self.key == other.key
            and (other.valid_to is None or self.valid_from < other.valid_to)
            and (self.valid_to is None or other.valid_from < self.valid_to)
        )


class Overlap(ValueError):
    """``wanted`` holds on a day on which ``standing`` says something of the same key already."""

    def __init__(self, wanted: Dated, standing: Dated) -> None:
        super().__init__("two facts of one key hold on the same day")
        self.wanted = wanted
        self.standing = standing


def pick_new(wanted: Sequence[Dated], current: Iterable[Dated]) -> list[bool]:
    """For each of ``wanted`` whether it is new: not, if it repeats to the letter what is recorded or stands before it.

    Raises :class:`Overlap` if a new one overlaps what is recorded, or another new one.
    """
    by_key: dict[tuple[str, ...], list[Dated]] = defaultdict(list)
    for standing in current:
        by_key[standing.key].append(standing)
    new = []
    for fact in wanted:
        of_key = by_key[fact.key]
        is_new = fact not in of_key
        if is_new:
            for standing in of_key:
                if fact.overlaps(standing):
                    raise Overlap(fact, standing)
            of_key.append(fact)
        new.append(is_new)
    return new
