"""What audits say of a division and period, as known at a moment."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from services.stats.as_of import AsOf
from services.stats.audit.estimate import TOO_FEW_FINDINGS, Estimate, Finding, estimate, together
from services.stats.audit.sample import IncomeLine, Stratum
from services.stats.indicators import Missing
from services.stats.period import Period, parse_period
from services.stats.queries import audits as queries
from services.stats.question import Region
from services.stats.together import Reads

Read = tuple[Any, list[Any], list[Any]]
"""An audit's row, and those of its strata and lines."""


async def read_audits(connection: Reads, place: Region, period: Period, moment: datetime | None) -> list[Read]:
    """Audits as known at a moment, or now."""
    asked = {**place.bounds(), "first": period.first, "past": period.past, "moment": moment}
    rows = (await connection.execute(queries.AUDITS, asked)).all()
    if not rows:
        return []
    names = {"audits": [row.audit for row in rows]}
    strata: dict[str, list[Any]] = defaultdict(list)
    for stratum in (await connection.execute(queries.STRATA, names)).all():
        strata[stratum.audit].append(stratum)
    lines: dict[str, list[Any]] = defaultdict(list)
    for line in (await connection.execute(queries.LINES, {**names, "moment": moment})).all():
        lines[line.audit].append(line)
    return [(row, strata[row.audit], lines[row.audit]) for row in rows]


async def read_estimate(
    connection: Reads, place: Region, period: Period, moment: datetime | None = None
) -> Estimate | Missing:
    """What the audits of a division say of a period: of each county and quarter within it the last that says something.

    ``no_audit`` where there is none, ``too_few_findings`` where none says anything yet.
    """
    last: dict[tuple[str, date], Estimate] = {}
    read = await read_audits(connection, place, period, moment)
    for row, strata, lines in read:
        found = estimate_of(strata, lines)
        if isinstance(found, Estimate) and quarter_of(row.quarter).past <= period.past:
            last[row.county, row.quarter] = found
    return TOO_FEW_FINDINGS if read and not last else together(list(last.values()))


def quarter_of(first: date) -> Period:
    """The quarter that begins on ``first``."""
    return parse_period(f"{first.year}-Q{(first.month + 2) // 3}")


async def read_frame(connection: AsyncConnection, county: Region, quarter: Period, as_of: AsOf) -> list[IncomeLine]:
    """All income lines of a county and quarter as of two positions."""
    asked = {
        "first": quarter.first,
        "past": quarter.past,
        "lowest": county.lowest,
        "highest": county.highest,
        "registry_position": as_of.registry_position,
        "block": as_of.block,
        **as_of.moved,
    }
    return [IncomeLine(*row) for row in (await connection.execute(queries.FRAME, asked)).all()]


def estimate_of(strata: Sequence[Any], lines: Sequence[Any]) -> Estimate | Missing:
    """What an audit says."""
    findings = [
        Finding(line.basis, line.amount_fen, line.confirmed_fen) for line in lines if line.confirmed_fen is not None
    ]
    return estimate([Stratum(row.basis, row.lines, row.amount_fen, row.drawn) for row in strata], findings)
