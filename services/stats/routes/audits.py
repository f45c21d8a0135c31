"""Audits: samples of income lines, what was found, and the error that follows."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from services.kit.auth import Caller, caller_with
from services.stats.audit import auditing
from services.stats.routes.parameters import Exact, KnownAt, PeriodText, RegionCode, Stored
from services.stats.schemas.audits import AuditIn, AuditOut, AuditsOut, FindingsIn, SampleOut

router = APIRouter()

Auditor = Annotated[Caller, Depends(caller_with("audits:write"))]
AuditName = Annotated[str, Path(pattern=r"^[0-9]{6}-20[0-9]{2}Q[1-4]-[0-9]{1,4}$")]


@router.post("/audits", status_code=201)
async def post_audit(caller: Auditor, database: Stored, body: AuditIn) -> SampleOut:
    """Draw a random sample of the income lines of a county and quarter, by a seed that is recorded."""
    return await auditing.draw_audit(database, caller, body)


@router.get("/audits")
async def get_audits(
    caller: Exact,
    database: Stored,
    region: RegionCode,
    period: PeriodText,
    known_at: KnownAt = None,
) -> AuditsOut:
    """The audits of a division's counties, of quarters that begin in the period, with their estimates; no household."""
    return await auditing.list_audits(database, caller, region, period, known_at)


@router.get("/audits/{audit}")
async def get_audit(caller: Auditor, database: Stored, audit: AuditName) -> SampleOut:
    """A sample with the codes of its households, for those who go and look. Who was shown it is recorded."""
    return await auditing.show_audit(database, caller, audit)


@router.post("/audits/{audit}/findings", status_code=201)
async def post_findings(caller: Auditor, database: Stored, audit: AuditName, body: FindingsIn) -> AuditOut:
    """Record what was found of some lines, all or none. Nothing is edited: the last finding of a line counts."""
    return await auditing.record_findings(database, caller, audit, body.findings)
