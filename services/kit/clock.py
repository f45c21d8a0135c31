"""What time it is, and on which business day. Nothing else in the project asks the system for the time."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
"""The business day of every figure is a day in this zone (UTC+8, no daylight saving since 1991)."""


def now() -> datetime:
    """The present moment as an aware datetime in UTC."""
    return datetime.now(UTC)


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
