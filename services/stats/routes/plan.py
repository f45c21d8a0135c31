"""The plan: targets with what is counted and reported, reports, and the table of industries."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from services.kit import clock
from services.kit.auth import Caller, caller_with
from services.kit.errors import TooLarge
from services.stats.plan import desk
from services.stats.plan.answering import Asked, targets_of_year, words_of_state
from services.stats.plan.presenting import targets_out, targets_tables
from services.stats.routes.parameters import Live, Stored
from services.stats.schemas.plan import (
    IndustriesIn,
    IndustriesOut,
    ReportFileOut,
    ReportHistoryOut,
    ReportsIn,
    ReportsOut,
    TargetsIn,
    TargetsOut,
    TargetsRecordedOut,
)
from services.stats.tabular import FILES, Answering, WantedFormat, write_workbook

router = APIRouter()

Reporter = Annotated[Caller, Depends(caller_with("reports:write"))]
Planner = Annotated[Caller, Depends(caller_with("targets:write"))]
Year = Annotated[int, Query(ge=2019, le=2100)]
UnitName = Annotated[str | None, Query(max_length=40, description="A reporting unit, or province.")]
MAX_FILE_BYTES = 8 * 1024 * 1024


@router.get("/targets", response_model=TargetsOut, responses=FILES)
async def get_targets(
    *,
    request: Request,
    caller: Live,
    database: Stored,
    form: WantedFormat,
    year: Year,
    unit: UnitName = None,
    department: Annotated[str | None, Query(max_length=200, description="Lead or responsible.")] = None,
    as_of: Annotated[datetime | None, Query(description="Targets and reports as they were known then.")] = None,
) -> Response:
    """The plan's targets: what is asked of each unit, what is so — counted by the system and reported by departments,
    side by side — the share reached and the trend by quarter, by unit and by department. As JSON, CSV or XLSX.
    """
    now = clock.now()
    asked = Asked(year, unit, department, as_of)
    known = Answering(request, form, await words_of_state(database, caller, asked, now=now))
    if known.is_current:
        return known.not_modified()
    platform = request.app.state.provincial_platform
    found = await targets_of_year(database, caller, asked, now=now, provincial_platform=platform)
    return await known.answer(targets_out(found), lambda: targets_tables(found))


@router.post("/targets")
async def post_targets(body: TargetsIn, caller: Planner, database: Stored) -> TargetsRecordedOut:
    """Set targets, and who leads and who is responsible. What was stated before stays on record."""
    return await desk.set_targets(database, caller, body.targets, now=clock.now())


@router.post("/reports")
async def post_reports(body: ReportsIn, caller: Reporter, database: Stored) -> ReportsOut:
    """Report figures, each judged by itself. The same again is `repeated` and changes nothing; another value for the
    same indicator, unit, audience and period is `corrected`: it takes the place of the earlier one, which stays on
    record. To go back to an earlier value, report it with a new source or date.
    """
    return await desk.take_reports(database, caller, body.reports, now=clock.now())


@router.get("/reports")
async def get_reports(
    *,
    caller: Live,
    database: Stored,
    indicator: Annotated[str | None, Query(max_length=40)] = None,
    unit: UnitName = None,
    limit: Annotated[int, Query(ge=1, le=20_000)] = 2_000,
) -> ReportHistoryOut:
    """Reported figures with their corrections, in the order in which they were recorded."""
    return await desk.history(database, caller, indicator=indicator, unit=unit, limit=limit, now=clock.now())


@router.post("/reports/file")
async def post_report_file(request: Request, caller: Reporter, database: Stored) -> ReportFileOut:
    """Report figures by a file (CSV or XLSX, at most 8 MiB); good rows are recorded, the others are named."""
    content = bytearray()
    async for piece in request.stream():
        content += piece
        if len(content) > MAX_FILE_BYTES:
            raise TooLarge("文件超过 8 MiB / The file is larger than 8 MiB")
    return await desk.take_file(database, caller, bytes(content), now=clock.now())


@router.get("/reports/template", response_class=Response, responses=FILES)
async def get_report_form(
    caller: Live, database: Stored, period: Annotated[str, Query(max_length=24)] = "2020"
) -> Response:
    """The form to fill in, as XLSX: every indicator for each of the caller's units."""
    table = await desk.form(database, caller, period, now=clock.now())
    headers = {"Content-Disposition": 'attachment; filename="reports-form.xlsx"'}
    return Response(
        write_workbook(table),
        media_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        headers=headers,
    )


@router.get("/industries")
async def get_industries(_caller: Live, database: Stored) -> IndustriesOut:
    """Which categories are agricultural, and to which of the plan's twelve featured industries they belong."""
    return await desk.industries(database)


@router.post("/industries")
async def post_industries(body: IndustriesIn, caller: Planner, database: Stored) -> IndustriesOut:
    """Say of a house's own categories that they are agricultural, and to which industry they belong."""
    return await desk.set_industries(database, caller, body.industries, now=clock.now())
