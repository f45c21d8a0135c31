"""How sure income is: who confirmed what was paid, and what audits found of the rest."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from services.stats.audit.estimate import Estimate
from services.stats.audit.reading import read_estimate
from services.stats.figures import rate
from services.stats.indicators import RATE_SCALE, Missing, Value
from services.stats.period import Period
from services.stats.queries import confirmation
from services.stats.question import Region

CONFIRMERS = ("household", "group", "bank_digest")


async def read_confirmed(
    connection: AsyncConnection, place: Region, period: Period, position: int | None = None
) -> dict[str, int]:
    """What was paid in a period, in fen by who confirmed it, up to a position of the ledger's feed or the cube's."""
    asked = {
        "lowest": place.lowest,
        "highest": place.highest,
        "first": period.first,
        "past": period.past,
        "upto": position,
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
    position: int | None = None,
    moment: datetime | None = None,
) -> dict[str, Value]:
    """The members of the quality block that say how sure ``income`` is, of which ``paid`` was paid; without income
    they have its reason.
    """
    if isinstance(income, Missing):
        names = [f"confirmed_by_{who}" for who in (*CONFIRMERS, "nobody")]
        return dict.fromkeys(
            [*names, "audited_share", "audit_error_rate", "audit_error_low", "audit_error_high"], income
        )
    confirmed = await read_confirmed(connection, place, period, position) if paid else {}
    by_somebody = {who: confirmed.get(who, 0) for who in CONFIRMERS}
    return {
        **{f"confirmed_by_{who}": fen for who, fen in by_somebody.items()},
        "confirmed_by_nobody": income - sum(by_somebody.values()),
        **await _audited(connection, place, period, income, moment),
    }


async def _audited(
    connection: AsyncConnection, place: Region, period: Period, income: int, moment: datetime | None
) -> dict[str, Value]:
    found = await read_estimate(connection, place, period, moment)
    if not isinstance(found, Estimate):
        return {"audited_share": 0, **dict.fromkeys(("audit_error_rate", "audit_error_low", "audit_error_high"), found)}
    low, high = found.interval
    return {
        "audited_share": rate(found.amount_fen, income),
        "audit_error_rate": round(found.error_rate * RATE_SCALE),
        "audit_error_low": round(low * RATE_SCALE),
        "audit_error_high": round(high * RATE_SCALE),
    }
