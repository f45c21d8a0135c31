"""The states of a code over time, and what suspending, reinstating and revoking do to them.

A timeline is the list of a code's intervals as known now: half-open, without gaps, the last one open. A change says
"from this moment on"; what is recorded before the moment stays, what comes after it gives way only where that loses
nothing: to an earlier beginning of the same state, or to a revocation, which is final.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class State(StrEnum):
    """What a code is good for at a moment."""

    IN_FORCE = "in_force"
    SUSPENDED = "suspended"
    REVOKED = "revoked"


class Change(StrEnum):
    """What an officer may do with a code."""

    SUSPEND = "suspend"
    REINSTATE = "reinstate"
    REVOKE = "revoke"


_LEADS_TO = {Change.SUSPEND: State.SUSPENDED, Change.REINSTATE: State.IN_FORCE, Change.REVOKE: State.REVOKED}
_POSSIBLE_IN = {
    Change.SUSPEND: {State.IN_FORCE},
    Change.REINSTATE: {State.SUSPENDED},
    Change.REVOKE: {State.IN_FORCE, State.SUSPENDED},
}


@dataclass(frozen=True, slots=True)
class Interval:
    """One state from ``valid_from`` until before ``valid_to`` (``None``: open)."""

    state: State
    valid_from: datetime
    valid_to: datetime | None

    def holds_at(self, moment: datetime) -> bool:
        """Whether the moment lies within."""
        return self.valid_from <= moment and (self.valid_to is None or moment < self.valid_to)


class ImpossibleChange(ValueError):
    """The timeline does not allow the change; ``interval`` is the one that stands against it (``None``: it is too
    early, the code did not exist).
    """

    def __init__(self, interval: Interval | None) -> None:
        super().__init__("the timeline does not allow this change")
        self.interval = interval


def interval_at(timeline: Sequence[Interval], moment: datetime) -> Interval | None:
    """The interval that holds at ``moment``, or None before the first."""
    return next((interval for interval in timeline if interval.holds_at(moment)), None)


def apply_change(timeline: Sequence[Interval], change: Change, moment: datetime) -> list[Interval]:
    """The timeline after a change that holds from ``moment`` on; equal to the old one if it holds from then already.

    Raises :class:`ImpossibleChange`.
    """
    held = interval_at(timeline, moment)
    target = _LEADS_TO[change]
    if held is None:
        raise ImpossibleChange(None)
    if held.state is not target and held.state not in _POSSIBLE_IN[change]:
        raise ImpossibleChange(held)
    if target is not State.REVOKED:
        for interval in timeline:
            if interval.valid_from > moment and interval.state is not target:
                raise ImpossibleChange(interval)
    if held.state is target:
        return list(timeline)
    kept = [interval for interval in timeline if interval.valid_to is not None and interval.valid_to <= moment]
    if held.valid_from < moment:
        kept.append(Interval(held.state, held.valid_from, moment))
    if kept and kept[-1].state is target:
        return [*kept[:-1], Interval(target, kept[-1].valid_from, None)]
    return [*kept, Interval(target, moment, None)]
