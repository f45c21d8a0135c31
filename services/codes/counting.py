"""What counts of persons mean that were recorded before the registry knew that households had divided or joined.

Whoever counted a household of which the registry knew nothing else counted, for all it could say, that household: each
of those that have joined since was counted by itself, and of one that has divided everybody was. So by default the
persons of all parties together are on each day what they were before it was known. An office that had counted them as
they really lived says so, and then its counts stand.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Final

from services.codes.versions import Version, version_on


class LaterCounts(StrEnum):
    """Whom the counts of persons include that are dated after a division or a joining and were recorded before it."""

    AS_REGISTERED = "as_registered"
    """The household as the registry knew it: each one that joined by itself, all of one that divided."""
    AS_LIVED = "as_lived"
    """The household as it lived by then: all who joined, or only the part that keeps the code."""


class TooFewToDivide(ValueError):
    """A later count is not larger than the parts that had left by then: it cannot have included them."""

    def __init__(self, on: date, persons: int) -> None:
        super().__init__("a later count cannot have included all parts")
        self.on: Final = on
        self.persons: Final = persons


def joined_counts(
    own: Sequence[Version], joining: Sequence[Sequence[Version]], day: date, later: LaterCounts
) -> dict[date, int]:
    """The persons of a household that others join on ``day``, by the day from which each count holds."""
    recounted = _recounted_on(own, day)
    own_alone = recounted if recounted is not None and later is LaterCounts.AS_LIVED else date.max
    counts = {}
    for begin in _boundaries([own, *joining], day):
        parties = [own, *joining] if begin < own_alone else [own]
        counts[begin] = sum(_persons_on(party, begin) for party in parties)
    return counts


def divided_counts(
    own: Sequence[Version], day: date, *, keeper: int, others: int, later: LaterCounts
) -> dict[date, int]:
    """The persons of the part that keeps the code when ``others`` leave it on ``day``, by the day from which each count
    holds. Raises :class:`TooFewToDivide`.
    """
    counts = {day: keeper}
    recounted = _recounted_on(own, day)
    for begin in _boundaries([own], day):
        if recounted is None or begin < recounted:
            continue
        persons = _persons_on(own, begin)
        counts[begin] = persons if later is LaterCounts.AS_LIVED else persons - others
        if counts[begin] < 1:
            raise TooFewToDivide(begin, persons)
    return counts


def counts_since(versions: Sequence[Version], day: date) -> dict[date, int]:
    """The persons of a household since ``day``, by the day from which each count holds."""
    return {
        max(one.valid_from, day): one.persons or 0 for one in versions if one.valid_to is None or day < one.valid_to
    }


def changes_of(counts: Mapping[date, int]) -> list[tuple[date, int]]:
    """Only the days on which the count is another than before, in order."""
    days = sorted(counts)
    return [
        (day, counts[day]) for place, day in enumerate(days) if place == 0 or counts[days[place - 1]] != counts[day]
    ]


def _boundaries(parties: Sequence[Sequence[Version]], day: date) -> list[date]:
    return sorted({day, *(version.valid_from for party in parties for version in party if version.valid_from > day)})


def _recounted_on(versions: Sequence[Version], day: date) -> date | None:
    """The first day after ``day`` on which another count was recorded."""
    persons = _persons_on(versions, day)
    later = (one.valid_from for one in versions if one.valid_from > day and one.persons != persons)
    return min(later, default=None)


def _persons_on(versions: Sequence[Version], day: date) -> int:
    held = version_on(versions, day)
    if held is None or held.persons is None:
        raise AssertionError("a household that divides or joins another has persons from that day on")
    return held.persons
