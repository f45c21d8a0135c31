"""What time it is, and on which business day. Nothing else in the project asks the system for the time.

A process that works on a database goes by the clock of the database (:func:`agree`), so that all processes of a house
have one, and a machine whose clock jumps moves nothing: between two looks a stopwatch tells the time.
"""

import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
"""The business day of every figure is a day in this zone (UTC+8, no daylight saving since 1991)."""


LOOK_SECONDS = 1.0
"""A look at the database's clock that took longer says too little, unless it is the first."""


@dataclass(frozen=True, slots=True)
class _Agreed:
    moment: datetime
    at: float
    """What the stopwatch (``time.monotonic``) showed at ``moment``."""

    def now(self) -> datetime:
        return self.moment + timedelta(seconds=time.monotonic() - self.at)


_agreed: _Agreed | None = None


def now() -> datetime:
    """The present moment as an aware datetime in UTC: by the clock agreed on, or else by the machine's."""
    return datetime.now(UTC) if _agreed is None else _agreed.now()


def agree(moment: datetime, asked_at: float, answered_at: float) -> None:
    """Go by a clock that showed ``moment`` at some time between two readings of the stopwatch.

    What differs by no more than the look took is no difference: time does not tremble with every look.
    """
    global _agreed  # noqa: PLW0603 - a process has one time
    look_seconds = answered_at - asked_at
    if _agreed is not None:
        away = abs((_agreed.moment - moment).total_seconds() + asked_at + look_seconds / 2 - _agreed.at)
        if look_seconds > LOOK_SECONDS or away <= look_seconds:
            return
    _agreed = _Agreed(moment.astimezone(UTC), asked_at + look_seconds / 2)


def business_day(moment: datetime) -> date:
    """The day in Shanghai on which an aware ``moment`` falls."""
    return moment.astimezone(SHANGHAI).date()


_EARLIEST, _LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


def within_reach(moment: datetime) -> datetime:
    """The same moment, if it lies in 1900 to 2199; others are slips, and at the ends of the calendar there is no day in
    Shanghai or no moment in UTC to compare with. Raises :class:`ValueError`.
    """
    if not _EARLIEST <= moment < _LATEST:
        raise ValueError("须在1900年至2199年之间 / must lie in 1900 to 2199")
    return moment


def start_of_day(day: date) -> datetime:
    """Midnight in Shanghai at which ``day`` begins, as an aware datetime."""
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)
