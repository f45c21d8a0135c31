"""How sure income is: who confirmed what was paid, and what audits found of the rest."""

from sqlalchemy.ext.asyncio import AsyncConnection

from services.stats.as_of import AsOf
from services.stats.audit.estimate import Estimate
from services.stats.audit.reading import read_estimate
from services.stats.figures import rate
from services.stats.indicators import RATE_SCALE, Missing, Value
from services.stats.period import Period
from services.stats.queries import confirmation
from services.stats.question import MAX_POSITION, Region

CONFIRMERS = ("household", "group", "bank_digest")


async def read_confirmed(
    connection: AsyncConnection, place: Region, period: Period, as_of: AsOf | None
) -> dict[str, int]:
    """What was paid in a period, in fen by who confirmed it, as of two positions or as far as the cube has come."""
    asked = {
        **place.bounds(),
        "first_month": period.first.replace(day=1),
        "past_month": period.past.replace(day=1),
        "past": period.past,
        "upto": as_of and as_of.position,
        "registry_position": as_of.registry_position if as_of else MAX_POSITION,
    }
    rows = (await connection.execute(confirmation.PAID_BY_CONFIRMATION, asked)).all()
    return {row.confirmation: row.amount_fen for row in rows}


async def read_assurance(
    connection: AsyncConnection,
    place: Region,
    period: Period,
    income: Value,
    paid: Value,
    *,
    as_of: AsOf | None,
) -> dict[str, Value]:
    """The members of the quality block that say how sure ``income`` is, of which ``paid`` was paid; without income
    they have its reason.
    """
    if isinstance(income, Missing):
        names = [f"confirmed_by_{who}" for who in (*CONFIRMERS, "nobody")]
        return dict.fromkeys(
            [*names, "audited_share", "audit_error_rate", "audit_error_low", "audit_error_high"], income
        )
    confirmed = await read_confirmed(connection, place, period, as_of) if paid else {}
    by_somebody = {who: confirmed.get(who, 0) for who in CONFIRMERS}
    return {
        **{f"confirmed_by_{who}": fen for who, fen in by_somebody.items()},
        "confirmed_by_nobody": income - sum(by_somebody.values()),
        **await _audited(connection, place, period, income, as_of),
    }


async def _audited(
    connection: AsyncConnection, place: Region, period: Period, income: int, as_of: AsOf | None
) -> dict[str, Value]:
    found = await read_estimate(connection, place, period, as_of.moment if as_of else None)
    if not isinstance(found, Estimate):
        return {"audited_share": 0, **dict.fromkeys(("audit_error_rate", "audit_error_low", "audit_error_high"), found)}
    low, high = found.interval
    return {
        "audited_share": rate(found.amount_fen, income),
        "audit_error_rate": round(found.error_rate * RATE_SCALE),
        "audit_error_low": round(low * RATE_SCALE),
        "audit_error_high": round(high * RATE_SCALE),
    }
