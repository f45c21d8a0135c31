"""The use case of reconciliation: our days of a platform, and how they compare with its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.database import Database
from services.kit.errors import InvalidInput
from services.kit.money import format_yuan, parse_yuan
from services.sales.queries import reconciliation as queries
from services.sales.schemas.reconciliation import (
    MAX_DAYS,
    By,
    ComparedDay,
    ComparisonOut,
    DayOut,
    DaysOut,
    Difference,
    OwnDay,
    OwnDays,
)

_EMPTY_DIGEST = sha256().hexdigest()


@dataclass(frozen=True, slots=True)
class Question:
    """Whose days, by what, and from where to where (both included)."""

    platform: str
    by: By
    cut_off: str
    first: date
    last: date

    def parameters(self) -> dict[str, Any]:
        """As the statements take it."""
        bounds: dict[str, Any] = {"platform": self.platform, "first": self.first, "last": self.last}
        if self.by in (By.RECORDED, By.SETTLEMENT):
            hours, minutes = self.cut_off.split(":")
            bounds["cut_off"] = timedelta(hours=int(hours), minutes=int(minutes))
        return bounds


async def days_of_platform(database: Database, question: Question) -> DaysOut:
    """Every day of the question, those without sales too. Raises InvalidInput for more than a leap year of days."""
    days = (question.last - question.first).days + 1
    if not 1 <= days <= MAX_DAYS:
        raise InvalidInput(f"时间段应为 1–{MAX_DAYS} 天 / from and to must span 1 to {MAX_DAYS} days")
    async with database.snapshot() as connection:
        found = await _days(connection, question)
    shown = [found[question.first + timedelta(days=place)] for place in range(days)]
    return DaysOut(platform=question.platform, by=question.by, cut_off=question.cut_off, days=shown)


async def compare(database: Database, platform: str, own: OwnDays) -> ComparisonOut:
    """What differs between a platform's own figures and ours, day by day, down to the orders where it names them."""
    first, last = min(day.day for day in own.days), max(day.day for day in own.days)
    if (last - first).days >= MAX_DAYS:
        raise InvalidInput(f"时间段应在 {MAX_DAYS} 天内 / the days must lie within {MAX_DAYS} days")
    question = Question(platform, own.by, own.cut_off, first, last)
    async with database.snapshot() as connection:
        ours = await _days(connection, question)
        compared = [
            await _compare_day(connection, question, day, ours[day.day])
            for day in sorted(own.days, key=lambda day: day.day)
        ]
    agrees = all(day.agrees for day in compared)
    return ComparisonOut(platform=platform, by=own.by, agrees=agrees, days=compared)


async def _days(connection: AsyncConnection, question: Question) -> Mapping[date, DayOut]:
    parameters = question.parameters()
    rows = (await connection.execute(queries.DAYS[question.by], parameters)).all()
    known = {row.day: row for row in rows}
    waiting = (await connection.execute(queries.PARKED_DAYS, parameters)).all()
    parked = {row.day: row for row in waiting}
    days: dict[date, DayOut] = {}
    for place in range((question.last - question.first).days + 1):
        day = question.first + timedelta(days=place)
        row, wait = known.get(day), parked.get(day)
        sales_fen = int(row.sales_fen) if row else 0
        refunds_fen = int(row.refunds_fen) if row else 0
        days[day] = DayOut(
            day=day,
            lines=row.lines if row else 0,
            sales=format_yuan(sales_fen),
            refunds=format_yuan(refunds_fen),
            net=format_yuan(sales_fen - refunds_fen),
            parked_lines=wait.lines if wait else 0,
            parked=format_yuan(int(wait.amount_fen) if wait else 0),
            digest=bytes(row.digest).hex() if row else _EMPTY_DIGEST,
        )
    return days


async def _compare_day(connection: AsyncConnection, question: Question, own: OwnDay, ours: DayOut) -> ComparedDay:
    differences = []
    if own.lines is not None and own.lines != ours.lines:
        differences.append(Difference(figure="lines", theirs=str(own.lines), ours=str(ours.lines)))
    for figure, theirs, here in (("sales", own.sales, ours.sales), ("refunds", own.refunds, ours.refunds)):
        if theirs is not None and parse_yuan(theirs) != parse_yuan(here):
            differences.append(Difference(figure=figure, theirs=theirs, ours=here))
    if own.digest is not None and own.digest != ours.digest:
        differences.append(Difference(figure="digest", theirs=own.digest, ours=ours.digest))
    missing: list[str] = []
    surplus: list[str] = []
    if own.orders is not None:
        parameters = {**question.parameters(), "first": own.day, "last": own.day}
        rows = (await connection.execute(queries.ORDERS_OF_DAY[question.by], parameters)).all()
        here_too = {row.order_no for row in rows}
        missing = sorted(set(own.orders) - here_too)
        surplus = sorted(here_too - set(own.orders))
    return ComparedDay(
        day=own.day,
        agrees=not (differences or missing or surplus),
        differences=differences,
        missing_orders=missing,
        surplus_orders=surplus,
        ours=ours,
    )
