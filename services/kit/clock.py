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


def start_of_day(day: date) -> datetime:
    """Midnight in Shanghai at which ``day`` begins, as an aware datetime."""
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)
