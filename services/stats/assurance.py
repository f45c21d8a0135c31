"""How sure income is: who confirmed what was paid, and what audits found of the rest."""

from collections.abc import Mapping

from services.stats.as_of import AsOf
from services.stats.audit.estimate import Estimate
from services.stats.figures import rate
from services.stats.indicators import RATE_SCALE, Missing, Value
from services.stats.period import Period
from services.stats.queries import confirmation
from services.stats.question import MAX_POSITION, Region
from services.stats.together import Reads

CONFIRMERS = ("household", "group", "bank_digest")


async def read_confirmed(connection: Reads, place: Region, period: Period, as_of: AsOf | None) -> dict[str, int]:
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


def assurance(income: Value, confirmed: Mapping[str, int], audited: Estimate | Missing) -> dict[str, Value]:
    """The members of the quality block that say how sure ``income`` is; without income they have its reason."""
    if isinstance(income, Missing):
        names = [f"confirmed_by_{who}" for who in (*CONFIRMERS, "nobody")]
        return dict.fromkeys(
            [*names, "audited_share", "audit_error_rate", "audit_error_low", "audit_error_high"], income
        )
    by_somebody = {who: confirmed.get(who, 0) for who in CONFIRMERS}
    return {
        **{f"confirmed_by_{who}": fen for who, fen in by_somebody.items()},
        "confirmed_by_nobody": income - sum(by_somebody.values()),
        **_audited(income, audited),
    }


def _audited(income: int, audited: Estimate | Missing) -> dict[str, Value]:
    if isinstance(audited, Missing):
        return {
            "audited_share": 0,
            **dict.fromkeys(("audit_error_rate", "audit_error_low", "audit_error_high"), audited),
        }
    low, high = audited.interval
    return {
        "audited_share": rate(audited.amount_fen, income),
        "audit_error_rate": round(audited.error_rate * RATE_SCALE),
        "audit_error_low": round(low * RATE_SCALE),
        "audit_error_high": round(high * RATE_SCALE),
    }
