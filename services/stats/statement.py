"""A household's own statement, for who holds the grant that card and PIN opened.

Whoever keeps codes checks card and PIN and draws the grant; here its digest is looked up in the published view
``codes.open_statements``. The grant is good for minutes, for one household, and only to the client or device that was
shown the card: stolen from one station's screen, it opens nothing at another's.
"""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.clock import SHANGHAI
from services.kit.database import Database
from services.kit.money import format_yuan
from services.stats.errors import DeviceNotAuthenticated, GrantOver, InvalidPeriod
from services.stats.queries import statement as queries
from services.stats.queries.household_income import PAYMENTS_TO
from services.stats.schemas.statement import MonthIncomeOut, PaidOut, SoldOut, StatementOut
from services.stats.service import watermark_out
from services.stats.watermark import read_watermark

LONGEST_MONTHS = 60
DEFAULT_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Months:
    """Whole months from ``first`` until before ``past``, both first days of a month."""

    first: date
    past: date

    @property
    def last(self) -> date:
        """The first day of the last month."""
        return _months_on(self.past, -1)


def months_between(start: str | None, end: str | None, *, today: date) -> Months:
    """The months asked for, as in ``2020-02``; by default the twelve that end with ``end``, or with this month.

    Raises :class:`InvalidPeriod` for none, or more than sixty.
    """
    last = today.replace(day=1) if end is None else date.fromisoformat(f"{end}-01")
    first = _months_on(last, 1 - DEFAULT_MONTHS) if start is None else date.fromisoformat(f"{start}-01")
    months = Months(first, _months_on(last, 1))
    if not months.first < months.past <= _months_on(months.first, LONGEST_MONTHS):
        raise InvalidPeriod(
            f"请给出先后有序、至多 {LONGEST_MONTHS} 个月的期间 / Ask for 1 to {LONGEST_MONTHS} months, the first first"
        )
    return months


def _months_on(month: date, number: int) -> date:
    years, index = divmod(month.year * 12 + month.month - 1 + number, 12)
    return date(years, index + 1, 1)


async def recognise_device(database: Database, credential: str) -> str:
    """The actor whose credential ``<device>:<secret>`` is. Raises :class:`DeviceNotAuthenticated`."""
    device, _, secret = credential.partition(":")
    known = {"device": device, "secret_digest": hashlib.sha256(secret.encode()).digest()}
    async with database.transaction() as connection:
        if (await connection.execute(queries.DEVICE, known)).one_or_none() is None:
            raise DeviceNotAuthenticated
    return f"device:{device}"


async def read_statement(database: Database, actor: str, grant: str, months: Months, *, now: datetime) -> StatementOut:
    """What a household sold and had as income, by month. The reading is on record before a figure is given.

    Raises :class:`GrantOver`.
    """
    digest = hashlib.sha256(grant.encode()).digest()
    async with database.transaction() as connection:
        opened = (await connection.execute(queries.GRANT, {"grant_digest": digest})).one_or_none()
        if opened is None or opened.expires_at <= now or opened.actor != actor:
            raise GrantOver
        reading = {"subject": opened.subject_id, "grant_digest": digest, "station": opened.station, "actor": actor}
        shown = {"from_month": months.first, "to_month": months.last, "read_at": now}
        await connection.execute(queries.INSERT_READING, {**reading, **shown})
    async with database.snapshot() as connection:
        return await _figures(connection, opened.subject_id, opened.code, months, now=now)


async def _figures(
    connection: AsyncConnection, subject_id: int, code: str, months: Months, *, now: datetime
) -> StatementOut:
    watermark = await read_watermark(connection)
    within = {"subject": subject_id, "first": months.first, "past": months.past}
    upto = {**within, "upto": watermark.position}
    sold = (await connection.execute(queries.SOLD, upto)).all()
    income = (await connection.execute(queries.INCOME, within)).all()
    payments = (await connection.execute(PAYMENTS_TO, upto)).all()
    totals = {
        "sold": sum(row.gross_fen - row.refund_fen for row in sold),
        **{basis: sum(getattr(row, f"{basis}_fen") for row in income) for basis in ("paid", "contract", "imputed")},
    }
    totals["income"] = totals["paid"] + totals["contract"] + totals["imputed"]
    return StatementOut(
        code=code,
        from_month=_name(months.first),
        to_month=_name(months.last),
        read_at=now.astimezone(SHANGHAI),
        watermark=watermark_out(watermark),
        sold=[_sold_out(row) for row in sold],
        income=[_income_out(row) for row in income],
        payments=[_paid_out(row) for row in payments],
        totals={name: format_yuan(fen) for name, fen in totals.items()},
    )


def _name(month: date) -> str:
    return month.strftime("%Y-%m")


def _sold_out(row: Any) -> SoldOut:
    return SoldOut(
        month=_name(row.month),
        category=row.category,
        category_name=row.category_name,
        gross=format_yuan(row.gross_fen),
        refunds=format_yuan(row.refund_fen),
        net=format_yuan(row.gross_fen - row.refund_fen),
        internal=row.internal,
    )


def _income_out(row: Any) -> MonthIncomeOut:
    return MonthIncomeOut(
        month=_name(row.month),
        paid=format_yuan(row.paid_fen),
        contract=format_yuan(row.contract_fen),
        imputed=format_yuan(row.imputed_fen),
        total=format_yuan(row.paid_fen + row.contract_fen + row.imputed_fen),
    )


def _paid_out(row: Any) -> PaidOut:
    return PaidOut(
        payment_no=row.payment_no,
        group=row.group_code,
        method=row.method,
        amount=format_yuan(row.amount_fen),
        paid_on=row.paid_on,
        month=_name(row.for_month),
        confirmation=row.confirmation,
    )
