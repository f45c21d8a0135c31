"""The use cases of audits: draw a sample, show it to those who may see codes, record findings, list."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit import clock
from services.kit.auth import Caller
from services.kit.database import Database
from services.kit.money import format_yuan, parse_yuan, round_ratio
from services.stats.as_of import as_of_position
from services.stats.audit.estimate import Estimate
from services.stats.audit.reading import estimate_of, quarter_of, read_audits, read_frame
from services.stats.audit.sample import Sample, draw
from services.stats.errors import FindingNotOfSample, InvalidPeriod, NoAudit, NothingToAudit, UnknownRegion
from services.stats.explaining import read_codes
from services.stats.indicators import RATE_SCALE, Missing, format_rate
from services.stats.period import parse_period
from services.stats.queries import audits as queries
from services.stats.regions import find_region
from services.stats.schemas.audits import (
    AuditIn,
    AuditLineOut,
    AuditOut,
    AuditsOut,
    EstimateOut,
    FindingIn,
    SampleOut,
    StratumOut,
)
from services.stats.service import read_period
from services.stats.watermark import read_watermark

log = structlog.get_logger(__name__)


async def draw_audit(database: Database, caller: Caller, asked: AuditIn) -> SampleOut:
    """Draw a sample and keep it with its seed and the digest of its frame."""
    quarter = parse_period(asked.quarter)
    seed = asked.seed or secrets.token_hex(16)
    async with database.snapshot() as connection:
        county = await find_region(connection, caller, asked.county)
        if county.level != "county":
            raise UnknownRegion("county 须为县级行政区划代码 / county must be a county's code")
        watermark = await read_watermark(connection)
        if watermark.sealed_at is None or clock.business_day(watermark.sealed_at) < quarter.past:
            raise InvalidPeriod("该季度尚未结束 / The quarter is not over yet")
        as_of = await as_of_position(connection, watermark.position, watermark.registry_position)
        frame = await read_frame(connection, county, quarter, as_of)
    sample = draw(frame, asked.size, seed)
    if not sample.lines:
        raise NothingToAudit("该县该季度没有农户收入 / No household income in this county and quarter")
    async with database.transaction() as connection:
        name = f"{asked.county[:6]}-{asked.quarter.replace('-', '')}"
        await connection.execute(queries.LOCK, {"name": name})
        of = {"county": asked.county, "quarter": quarter.first}
        audit = f"{name}-{await connection.scalar(queries.NEXT_TURN, of)}"
        await connection.execute(
            queries.RECORD,
            {
                **of,
                "audit": audit,
                "seed": seed,
                "size": asked.size,
                "position": as_of.position,
                "codes_position": as_of.registry_position,
                "frame_digest": sample.frame_digest,
                "client_id": caller.client_id,
            },
        )
        await _record_sample(connection, audit, sample)
    return await show_audit(database, caller, audit)


async def _record_sample(connection: AsyncConnection, audit: str, sample: Sample) -> None:
    strata, lines = sample.strata, sample.lines
    await connection.execute(
        queries.RECORD_STRATA,
        {
            "audit": audit,
            "bases": [stratum.basis for stratum in strata],
            "lines": [stratum.lines for stratum in strata],
            "amounts": [stratum.amount_fen for stratum in strata],
            "drawn": [stratum.drawn for stratum in strata],
        },
    )
    await connection.execute(
        queries.RECORD_LINES,
        {
            "audit": audit,
            "numbers": list(range(1, len(lines) + 1)),
            "households": [line.household_id for line in lines],
            "months": [line.month for line in lines],
            "bases": [line.basis for line in lines],
            "amounts": [line.amount_fen for line in lines],
        },
    )


async def show_audit(database: Database, caller: Caller, audit: str) -> SampleOut:
    """A sample with its households' codes; that it was shown is recorded. Raises :class:`NoAudit`."""
    async with database.transaction() as connection:
        row = await _find(connection, caller, audit)
        lines = (await connection.execute(queries.LINES, {"audits": [audit], "moment": None})).all()
        strata = (await connection.execute(queries.STRATA, {"audits": [audit]})).all()
        codes = await read_codes(connection, {line.household_id for line in lines}, None)
        await connection.execute(queries.NOTE_READING, {"audit": audit, "client_id": caller.client_id})
    log.info("audit_sample_shown", audit=audit, client=caller.client_id, lines=len(lines))
    return SampleOut(
        **dict(_audit_out(row, strata, lines)),
        sample=[
            AuditLineOut(
                line=line.line,
                code=codes.get(line.household_id),
                month=f"{line.month:%Y-%m}",
                basis=line.basis,
                amount=format_yuan(line.amount_fen),
                confirmed=None if line.confirmed_fen is None else format_yuan(line.confirmed_fen),
                finder=line.finder,
                evidence=line.evidence,
                found_on=line.found_on,
                turn=line.turn or 0,
            )
            for line in lines
        ],
    )


async def record_findings(database: Database, caller: Caller, audit: str, findings: Sequence[FindingIn]) -> AuditOut:
    """Record what was found of some lines. Raises :class:`NoAudit` and :class:`FindingNotOfSample`."""
    today = clock.business_day(clock.now())
    async with database.transaction() as connection:
        row = await _find(connection, caller, audit)
        await connection.execute(queries.LOCK, {"name": audit})
        numbers = [finding.line for finding in findings]
        if max(numbers) > row.lines or len(set(numbers)) < len(numbers):
            raise FindingNotOfSample("每行至多一条结果,行号须在样本内 / One finding a line, of lines of the sample")
        if not all(row.quarter <= finding.found_on <= today for finding in findings):
            raise FindingNotOfSample("found_on 不得早于该季度,也不得在将来 / found_on is before the quarter or to come")
        await connection.execute(
            queries.RECORD_FINDINGS,
            {
                "audit": audit,
                "client_id": caller.client_id,
                "lines": numbers,
                "confirmed": [parse_yuan(finding.confirmed) for finding in findings],
                "finders": [finding.finder for finding in findings],
                "evidence": [finding.evidence for finding in findings],
                "days": [finding.found_on for finding in findings],
            },
        )
        lines = (await connection.execute(queries.LINES, {"audits": [audit], "moment": None})).all()
        strata = (await connection.execute(queries.STRATA, {"audits": [audit]})).all()
    return _audit_out(row, strata, lines)


async def list_audits(
    database: Database, caller: Caller, region: str, period: str, moment: datetime | None
) -> AuditsOut:
    """The audits of a division's counties, of quarters that begin in a period, without their lines."""
    asked = read_period(period)
    async with database.snapshot() as connection:
        place = await find_region(connection, caller, region, asked.last_day)
        audits = await read_audits(connection, place, asked, moment)
    return AuditsOut(audits=[_audit_out(row, strata, lines) for row, strata, lines in audits])


async def _find(connection: AsyncConnection, caller: Caller, audit: str) -> Any:
    row = (await connection.execute(queries.AUDIT, {"audit": audit})).one_or_none()
    if row is None or not caller.may_see_region(row.county):
        raise NoAudit("没有此抽查 / No such audit")
    return row


def _audit_out(row: Any, strata: Sequence[Any], lines: Sequence[Any]) -> AuditOut:
    return AuditOut(
        audit=row.audit,
        county=row.county,
        quarter=quarter_of(row.quarter).label,
        seed=row.seed,
        size=row.size,
        lines=row.lines,
        found=sum(line.confirmed_fen is not None for line in lines),
        position=row.position,
        codes_position=row.codes_position,
        frame_digest=row.frame_digest.hex(),
        drawn_at=row.drawn_at,
        strata=[
            StratumOut(basis=one.basis, lines=one.lines, amount=format_yuan(one.amount_fen), drawn=one.drawn)
            for one in strata
        ],
        estimate=estimate_out(estimate_of(strata, lines)),
    )


def estimate_out(found: Estimate | Missing) -> EstimateOut:
    """An estimate on the wire."""
    if isinstance(found, Missing):
        nothing = dict.fromkeys(("amount", "confirmed", "error_rate", "low", "high", "wrong_lines_at_most"))
        return EstimateOut(**nothing, findings=0, wrong=0, reason=found.reason)
    low, high = found.interval
    bound = found.wrong_lines_at_most
    return EstimateOut(
        amount=format_yuan(found.amount_fen),
        confirmed=format_yuan(round_ratio(found.confirmed_fen.numerator, found.confirmed_fen.denominator)),
        error_rate=_rate(found.error_rate),
        low=_rate(low),
        high=_rate(high),
        findings=found.findings,
        wrong=found.wrong,
        wrong_lines_at_most=None if bound is None else _rate(bound),
        reason=None,
    )


def _rate(value: float) -> str:
    return format_rate(round(value * RATE_SCALE))
