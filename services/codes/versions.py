"""What is true of a subject from day to day, and how a new fact changes it.

The versions of a subject known now lie side by side: half-open, without gaps, the last one open unless the subject has
ended. A fact is an *event* (true from its day on, until something else is recorded of the same field) or an *error
correction* (it was never as it says here).
"""

from collections.abc import Mapping, Sequence
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
    """Apply values that became true on ``day``, and values that should have been said of that day all along.

    An event holds until the next version that says something else of *its* field: a household that moved in March and
    had a child in May still lives where it moved to. A correction reaches as far, both ways, as the wrong value does.
    Raises :class:`NoVersionOnDay`. Nothing changes (no version is wrong) when all values are so already.
    """
    if version_on(versions, day) is None:
        raise NoVersionOnDay
    right = list(versions)
    for field, value in corrections.items():
        right = _replace_run(right, day, field, value, both_ways=True)
    for field, value in events.items():
        right = _replace_run(right, day, field, value, both_ways=False)
    return _difference(versions, right)


def _replace_run(versions: list[Version], day: date, field: str, value: object, *, both_ways: bool) -> list[Version]:
    """Put ``value`` where ``field`` is what it is on ``day``, from that day on or in the whole run around it."""
    at = next(index for index, version in enumerate(versions) if version.holds_on(day))
    wrong = getattr(versions[at], field)
    if wrong == value:
        return versions
    first = at
    while both_ways and first > 0 and getattr(versions[first - 1], field) == wrong:
        first -= 1
    past = at + 1
    while past < len(versions) and getattr(versions[past], field) == wrong:
        past += 1
    changed = [_with(version, field, value) for version in versions[first:past]]
    if both_ways or day == versions[at].valid_from:
        return [*versions[:first], *changed, *versions[past:]]
    before = replace(versions[at], valid_to=day)
    return [*versions[:at], before, replace(changed[0], valid_from=day), *changed[1:], *versions[past:]]


def recount(versions: Sequence[Version], counts: Mapping[date, int]) -> Change:
    """Let the persons be, from each of these days on until the next of them, so many, whatever was said of those days.

    Raises :class:`NoVersionOnDay` for a first day on which there is no version.
    """
    first = min(counts)
    if version_on(versions, first) is None:
        raise NoVersionOnDay
    said = {version.valid_from for version in versions}
    right: list[Version] = []
    for version in versions:
        begins = sorted({version.valid_from, *(day for day in counts if version.holds_on(day))})
        for begin, past in zip(begins, [*begins[1:], version.valid_to], strict=True):
            persons = counts[max(day for day in counts if day <= begin)] if begin >= first else version.persons
            part = replace(version, valid_from=begin, valid_to=past, persons=persons)
            last = right[-1] if right else part
            if begin not in said and last == replace(part, valid_from=last.valid_from, valid_to=begin):
                right[-1] = replace(last, valid_to=past)
            else:
                right.append(part)
    return _difference(versions, right)


def _with(version: Version, field: str, value: object) -> Version:
    return replace(version, **{field: value})  # type: ignore[arg-type]


def end(versions: Sequence[Version], day: date) -> Change:
    """Let the subject end: ``day`` is the first on which it is no more. Raises :class:`NoVersionOnDay`."""
    held = version_on(versions, day)
    if held is None or versions[0].valid_from >= day:
        raise NoVersionOnDay
    right = [version for version in versions if version.valid_to is not None and version.valid_to <= day]
    if held.valid_from < day:
        right.append(replace(held, valid_to=day))
    return _difference(versions, right)


def _difference(before: Sequence[Version], after: Sequence[Version]) -> Change:
    return Change(
        tuple(version for version in before if version not in after),
        tuple(version for version in after if version not in before),
    )
