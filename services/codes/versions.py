"""What is true of a subject from day to day, and how a new fact changes it.

The versions of a subject known now lie side by side: half-open, without gaps, the last one open. A fact is an *event*
(true from its day on, until the next version that is already recorded) or an *error correction* (it was never as it
says here: the whole version in which the day lies changes).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TypedDict


class Values(TypedDict, total=False):
    """What a version says; of a household or of a group."""

    region: str
    persons: int
    status: str
    members_bp: int


@dataclass(frozen=True, slots=True)
class Version:
    """The values from ``valid_from`` until before ``valid_to`` (None: open)."""

    valid_from: date
    valid_to: date | None
    region: str
    persons: int | None
    status: str | None
    members_bp: int | None

    def holds_on(self, day: date) -> bool:
        """Whether the day lies within."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


@dataclass(frozen=True, slots=True)
class Change:
    """Versions that are no longer right, and those that take their place."""

    wrong: tuple[Version, ...]
    right: tuple[Version, ...]


class NoVersionOnDay(ValueError):
    """The subject did not exist on that day."""


def version_on(versions: Sequence[Version], day: date) -> Version | None:
    """The version in which the day lies."""
    return next((version for version in versions if version.holds_on(day)), None)


def revise(versions: Sequence[Version], day: date, *, events: Values, corrections: Values) -> Change:
    """Apply values that became true on ``day``, and values that the version of that day should have had all along.

    Raises :class:`NoVersionOnDay`. Nothing changes (no version is wrong) when all values are so already.
    """
    held = version_on(versions, day)
    if held is None:
        raise NoVersionOnDay
    corrected = replace(held, **corrections)
    changed = replace(corrected, **events)
    if changed == held:
        return Change((), ())
    if changed == corrected or day == held.valid_from:
        return Change((held,), (changed,))
    return Change((held,), (replace(corrected, valid_to=day), replace(changed, valid_from=day)))
