"""``/v1/scans``: what stations report, what became of it, and the slip that is printed."""

import base64
import binascii
import json
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import AwareDatetime, Field, TypeAdapter, ValidationError
from sqlalchemy import Row

from services.codes.code import MalformedCode
from services.codes.errors import CodeMalformed
from services.codes.queries.scans import Recorded
from services.codes.reporter import DEVICE_SOURCE, key_on_paper, source_of_device
from services.codes.routes.callers import Keys, Storage
from services.codes.routes.items import fill_in, read_items, status_of
from services.codes.routes.reporters import Reporting, Seeing
from services.codes.scan import PAD, Key, Scan, is_paid_income
from services.codes.schemas.scans import (
    SCAN_IN,
    ClockOut,
    DeviceId,
    HolderOut,
    PadNo,
    RecordedScanOut,
    RecordedScansOut,
    ScanCounts,
    ScanIn,
    ScanResult,
    ScansIn,
    ScansOut,
)
from services.codes.schemas.stations import StationId
from services.codes.service.devices import bring_for
from services.codes.service.recorded_scans import list_scans, read_scan
from services.codes.service.scans import Reported, report_scans, station_of
from services.codes.service.verdicts import Shown, show_verdicts
from services.codes.slip import SLIP_POLICY, Slip, draw_slip
from services.codes.station_errors import StationNeeded, UnknownScan
from services.kit import clock
from services.kit.clock import SHANGHAI, start_of_day
from services.kit.errors import InvalidInput, Problem
from services.kit.money import format_yuan

router = APIRouter(prefix="/v1/scans", tags=["scans"])

_BEGINNING = (datetime(1, 1, 2, tzinfo=UTC), "", "")
_Text = Annotated[str, Field(pattern=r"^[^\x00]*$")]
_MARK: TypeAdapter[tuple[datetime, str, str]] = TypeAdapter(tuple[AwareDatetime, _Text, _Text])
_LONGEST_DAYS = 366
_LARGEST_SHEET = 10**9


@router.post("", response_model_exclude_none=True)
async def report(body: ScansIn, reporter: Reporting, database: Storage, keys: Keys) -> ScansOut:
    """Report one scan or a queue of up to 1,000. Each counts once, however often and in whatever parts it is sent: the
    same number with the same content is ``duplicate``, with other content ``conflict``; neither changes anything.

    ``scanned_at`` is what the device's clock said; with ``sent_at``, what it says now, a wrong clock is corrected. The
    code is judged at the corrected time. A scan that is ``rejected`` takes no number and may be sent again, corrected.

    With ``device`` they are another device's of the same station, brought for it; 404 ``unknown_device`` if it has no
    such device.
    """
    received_at = clock.now()
    if body.device is not None:
        reporter = await bring_for(database, reporter, body.device, station=station_of(reporter, body.station))
    source = reporter.source(at_station=bool(station_of(reporter, body.station)))
    read = read_items(SCAN_IN, body.scans)
    scans = [one if isinstance(one, Problem) else _scan(one, source) for one in read]
    done = await report_scans(
        database,
        reporter,
        [one for one in scans if not isinstance(one, Problem)],
        station=body.station,
        sent_at=body.sent_at,
        received_at=received_at,
    )
    outcomes = list(fill_in(scans, done.outcomes))
    on_record = [one.recorded for one in outcomes if isinstance(one, Reported)]
    today = clock.business_day(received_at)
    shown = iter(await show_verdicts(database, keys, reporter.caller, on_record, today=today))
    results = [
        _result(index, read[index], outcome, next(shown) if isinstance(outcome, Reported) else None)
        for index, outcome in enumerate(outcomes)
    ]
    counted = Counter(result.status for result in results)
    return ScansOut(
        station=done.station or None,
        batch_id=None if done.batch_id is None else str(done.batch_id),
        recorded_at=received_at.astimezone(SHANGHAI),
        clock=ClockOut(
            skew_seconds=None if done.skew is None else round(done.skew.total_seconds()),
            corrected=done.clock_is_wrong,
        ),
        counts=ScanCounts(
            accepted=counted["accepted"],
            duplicate=counted["duplicate"],
            conflict=counted["conflict"],
            rejected=counted["rejected"],
        ),
        results=results,
    )


def _scan(one: ScanIn, source: str) -> Scan | Problem:
    try:
        return one.scan(source)
    except MalformedCode as error:
        return CodeMalformed(str(error), flaw=error.reason.value)


def _result(index: int, sent: ScanIn | Problem, outcome: Reported | Problem, shown: Shown | None) -> ScanResult:
    number: dict[str, Any] = {"index": index}
    if not isinstance(sent, Problem):
        number |= {"scan_id": sent.scan_id, "pad_no": sent.pad_no, "sheet_no": sent.sheet_no}
    if isinstance(outcome, Problem):
        return ScanResult(**number, status=status_of(outcome), problem=outcome.document())
    recorded, seen = outcome.recorded, shown or Shown()
    return ScanResult(
        **number,
        status="duplicate" if outcome.repeated else "accepted",
        verdict=recorded.verdict,
        county=seen.county,
        cooperatives=list(seen.cooperatives) if seen.county is not None else None,
        organisation=seen.organisation,
        holder=seen.holder
        and HolderOut(
            subject_id=str(seen.holder.subject_id),
            kind=seen.holder.kind,
            region=seen.holder.region,
            name=seen.holder.name,
            persons=seen.holder.persons,
            status=seen.holder.status,
        ),
        scanned_at=recorded.scanned_at.astimezone(SHANGHAI),
        paid_income=(_is_income(recorded) and not recorded.voided) or None,
        voided=recorded.voided or None,
    )


def _is_income(recorded: Recorded) -> bool:
    return is_paid_income(recorded.purpose, recorded.verdict, recorded.kind, recorded.amount_paid_fen)


@router.get("")
async def listed(
    *,
    reporter: Seeing,
    database: Storage,
    station: StationId | None = None,
    first: Annotated[date | None, Query(alias="from")] = None,
    last: Annotated[date | None, Query(alias="to")] = None,
    after: Annotated[str | None, Query(max_length=400)] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 500,
) -> RecordedScansOut:
    """A station's scans by corrected time, those that were voided too; by default the last 31 days until today."""
    place = station_of(reporter, station)
    if not place:
        raise StationNeeded
    until = last or clock.business_day(clock.now())
    since = first or until - timedelta(days=30)
    if not timedelta(0) <= until - since < timedelta(days=_LONGEST_DAYS):
        raise InvalidInput("from 须不晚于 to,且至多一年 / from must not be later than to, a year at most")
    rows, more = await list_scans(
        database,
        reporter,
        place,
        _BEGINNING if after is None else _read_mark(after),
        since=start_of_day(since),
        until=start_of_day(until + timedelta(days=1)),
        limit=limit,
    )
    return RecordedScansOut(scans=[_recorded(row) for row in rows], next=_write_mark(rows[-1]) if more else None)


def _write_mark(row: Row[Any]) -> str:
    key = json.dumps([row.scanned_at.isoformat(), row.source, row.scan_id])
    return base64.urlsafe_b64encode(key.encode()).decode()


def _read_mark(mark: str) -> tuple[datetime, str, str]:
    try:
        return _MARK.validate_json(base64.b64decode(mark, altchars=b"-_", validate=True))
    except (binascii.Error, ValidationError) as error:
        raise InvalidInput("after 无效,请使用上一页的 next / Use the `next` of the page before as `after`") from error


def _recorded(row: Row[Any]) -> RecordedScanOut:
    return RecordedScanOut(
        device=row.source.removeprefix(DEVICE_SOURCE) if row.source.startswith(DEVICE_SOURCE) else None,
        pad_no=row.source.removeprefix(PAD) if row.source.startswith(PAD) else None,
        scan_id=row.scan_id,
        purpose=row.purpose,
        code=row.code,
        verdict=row.verdict,
        device_time=row.device_time.astimezone(SHANGHAI),
        scanned_at=row.scanned_at.astimezone(SHANGHAI),
        clock=row.clock,
        recorded_at=row.recorded_at.astimezone(SHANGHAI),
        offline=row.offline,
        category=row.category,
        quantity=_quantity(row),
        unit=row.unit,
        unit_price=_yuan(row.unit_price_fen),
        amount_paid=_yuan(row.amount_paid_fen),
        waybill=row.waybill,
        order_no=row.order_no,
        operator=row.operator,
        voided=row.voided,
    )


def _yuan(fen: int | None) -> str | None:
    return None if fen is None else format_yuan(fen)


def _quantity(row: Row[Any]) -> str | None:
    if row.quantity_milli is None:
        return None
    whole, milli = divmod(row.quantity_milli, 1000)
    return f"{whole}.{milli:03d}".rstrip("0").rstrip(".")


@router.get("/{station}/{scan_id}/slip", response_class=Response)
async def slip(
    *,
    station: str,
    scan_id: str,
    reporter: Seeing,
    database: Storage,
    device: DeviceId | None = None,
    pad_no: PadNo | None = None,
) -> Response:
    """The slip of a scan as a page to be printed. ``scan_id`` is the caller's own; for another device's scan name the
    ``device``, for a sheet of paper give ``pad_no`` and the sheet's number as ``scan_id``.
    """
    place = station_of(reporter, station)
    row, station_name = await read_scan(database, reporter, place, _asked(reporter, scan_id, device, pad_no))
    page = Slip(
        station=place,
        station_name=station_name,
        number=f"{row.source}/{row.scan_id}",
        purpose=row.purpose,
        scanned_at=row.scanned_at.astimezone(SHANGHAI),
        code=row.code,
        category=row.category,
        quantity=None if row.quantity_milli is None else f"{_quantity(row)} {row.unit}",
        unit_price=_yuan(row.unit_price_fen),
        amount_paid=_yuan(row.amount_paid_fen),
        reference=row.waybill or row.order_no,
        operator=row.operator,
        voided=row.voided,
    )
    headers = {"Cache-Control": "no-store", "Content-Security-Policy": SLIP_POLICY}
    return Response(draw_slip(page), media_type="text/html; charset=utf-8", headers=headers)


def _asked(reporter: Seeing, scan_id: str, device: str | None, pad_no: str | None) -> Key:
    if pad_no is not None:
        if not (scan_id.isascii() and scan_id.isdigit() and int(scan_id) <= _LARGEST_SHEET):
            raise UnknownScan
        return key_on_paper(pad_no, int(scan_id))
    return Key(reporter.source(at_station=True) if device is None else source_of_device(device), scan_id)
