"""``/v1/stations``: stations, their closures, operators and devices."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from sqlalchemy import Row

from services.codes.reporter import Reporter
from services.codes.routes.callers import Officer, Storage
from services.codes.routes.reporters import DeviceKey, Keeping, Seeing
from services.codes.schemas.base import RegionCode
from services.codes.schemas.stations import (
    AlterationIn,
    ClosureIn,
    ClosureOut,
    DeviceOut,
    EnrolIn,
    EnrolledOut,
    InvitationIn,
    InvitationOut,
    OperatorEndIn,
    OperatorIn,
    OperatorOut,
    ReasonIn,
    RegisteredStationOut,
    StationDetailOut,
    StationIn,
    StationOut,
    StationsOut,
    VersionOut,
)
from services.codes.service import devices, stations
from services.codes.service.stations import Station
from services.codes.station import StationStatus
from services.codes.station_errors import OtherStation, UnknownClosure
from services.kit import clock
from services.kit.clock import SHANGHAI

router = APIRouter(prefix="/v1/stations", tags=["stations"])

LARGEST_ID = 2**63 - 1


@router.post("", status_code=201)
async def register(body: StationIn, caller: Officer, database: Storage, response: Response) -> RegisteredStationOut:
    """Register a station. 200 with ``already_registered`` when it was sent before with the same content, 409 with the
    names of the fields that differ when with other content. ``region`` must be a village.
    """
    today = clock.business_day(clock.now())
    new = await stations.register_station(database, caller, body.station, body.version(), today=today)
    response.status_code = 201 if new else 200
    return RegisteredStationOut(
        station=body.station,
        name=body.name,
        region=body.region,
        type=body.type,
        status=StationStatus.ACTIVE,
        reason=None,
        registered_on=body.registered_on,
        already_registered=not new,
    )


@router.post("/enrol", status_code=201)
async def enrol(body: EnrolIn, database: Storage, key: DeviceKey, response: Response) -> EnrolledOut:
    """Enrol a device with the code that an officer was given; needs no token. The answer is the device's credential,
    to be sent as ``Authorization: Device <device>:<secret>``. When the answer was lost, the same ``code`` and
    ``request_id`` get it again, as long as the code is good.
    """
    enrolled = await devices.enrol_device(database, key, body.code, body.request_id, now=clock.now())
    response.headers["Cache-Control"] = "no-store"
    return EnrolledOut(
        device=enrolled.device,
        secret=enrolled.secret,
        station=enrolled.station,
        label=enrolled.label,
        enrolled_at=enrolled.enrolled_at.astimezone(SHANGHAI),
    )


@router.get("")
async def listed(
    *,
    reporter: Seeing,
    database: Storage,
    region: RegionCode | None = None,
    status: StationStatus | None = None,
    after: Annotated[str, Query(pattern=r"^[A-Za-z0-9._-]{0,64}$")] = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 500,
) -> StationsOut:
    """Stations as they are today, by number: those of a region, by default of all the caller's; a station itself."""
    rows, more = await stations.list_stations(
        database,
        reporter,
        region=region,
        status=status,
        after=after,
        limit=limit,
        today=clock.business_day(clock.now()),
    )
    return StationsOut(stations=[_listed(row) for row in rows], next=rows[-1].station if more else None)


@router.get("/{station}")
async def detail(station: str, reporter: Seeing, database: Storage) -> StationDetailOut:
    """One station, with its history, closures, operators, and devices with what is missing of their scans."""
    if reporter.station not in {None, station}:
        raise OtherStation
    return _detail(await stations.read_station(database, reporter, station))


@router.post("/{station}/changes")
async def change(station: str, body: AlterationIn, caller: Officer, database: Storage) -> StationDetailOut:
    """Let something become different from a day on: name, place, type, or status (active, suspended, closed). What was
    true before stays on record. Scans of a day on which the station is not active do not count.
    """
    today = clock.business_day(clock.now())
    await stations.alter_station(database, caller, station, body.alteration(today))
    reporter = Reporter(actor=caller.client_id, station=None, caller=caller)
    return _detail(await stations.read_station(database, reporter, station))


@router.post("/{station}/closures", status_code=201)
async def close(station: str, body: ClosureIn, reporter: Keeping, database: Storage, response: Response) -> ClosureOut:
    """Declare days on which the station is closed, so that its silence is no finding. By itself or an officer."""
    if reporter.station not in {None, station}:
        raise OtherStation
    closure_id, new = await stations.declare_closure(
        database, reporter, station, valid_from=body.valid_from, valid_to=body.valid_to, reason=body.reason
    )
    response.status_code = 201 if new else 200
    return ClosureOut(
        closure_id=str(closure_id), valid_from=body.valid_from, valid_to=body.valid_to, reason=body.reason
    )


@router.post("/{station}/closures/{closure_id}/withdraw", status_code=204)
async def withdraw(station: str, closure_id: str, body: ReasonIn, reporter: Keeping, database: Storage) -> None:
    """Take a declared closure back."""
    if reporter.station not in {None, station}:
        raise OtherStation
    if not (closure_id.isascii() and closure_id.isdigit() and int(closure_id) <= LARGEST_ID):
        raise UnknownClosure
    await stations.withdraw_closure(database, reporter, station, int(closure_id), reason=body.reason)


@router.post("/{station}/operators", status_code=201)
async def assign(station: str, body: OperatorIn, caller: Officer, database: Storage, response: Response) -> OperatorOut:
    """Let somebody work at the station for a time, by work number or account."""
    new = await stations.assign_operator(
        database, caller, station, body.operator, valid_from=body.valid_from, valid_to=body.valid_to
    )
    response.status_code = 201 if new else 200
    return OperatorOut(operator=body.operator, valid_from=body.valid_from, valid_to=body.valid_to)


@router.post("/{station}/operators/end", status_code=204)
async def release(station: str, body: OperatorEndIn, caller: Officer, database: Storage) -> None:
    """Let an operator's time at the station end before ``valid_to``."""
    await stations.release_operator(
        database, caller, station, body.operator, valid_to=body.valid_to, reason=body.reason
    )


@router.post("/{station}/enrolments", status_code=201)
async def invite(
    *, station: str, body: InvitationIn, caller: Officer, database: Storage, key: DeviceKey, response: Response
) -> InvitationOut:
    """Draw a short code with which one device enrols at the station, within 24 hours. It is told once."""
    invitation = await devices.invite_device(database, key, caller, station, label=body.label, now=clock.now())
    response.headers["Cache-Control"] = "no-store"
    return InvitationOut(station=station, code=invitation.code, expires_at=invitation.expires_at.astimezone(SHANGHAI))


@router.post("/{station}/devices/{device}/disable", status_code=204)
async def disable(station: str, device: str, body: ReasonIn, caller: Officer, database: Storage) -> None:
    """Let a lost or broken device report no more, at once and for ever. What it reported stays."""
    await devices.disable_device(database, caller, station, device, reason=body.reason)


def _listed(row: Row[Any]) -> StationOut:
    return StationOut(
        station=row.station,
        name=row.name,
        region=row.region,
        type=row.type,
        status=row.status,
        reason=row.reason,
        registered_on=row.registered_on,
    )


def _detail(one: Station) -> StationDetailOut:
    today = one.version(clock.business_day(clock.now()))
    return StationDetailOut(
        station=one.station,
        name=today.name,
        region=today.region,
        type=today.type,
        status=today.status,
        reason=today.reason,
        registered_on=one.registered_on,
        history=[
            VersionOut(
                valid_from=version.valid_from,
                valid_to=version.valid_to,
                name=version.name,
                region=version.region,
                type=version.type,
                status=version.status,
                reason=version.reason,
            )
            for version in one.timeline
        ],
        closures=[
            ClosureOut(
                closure_id=str(row.closure_id), valid_from=row.valid_from, valid_to=row.valid_to, reason=row.reason
            )
            for row in one.closures
        ],
        operators=[
            OperatorOut(operator=row.operator, valid_from=row.valid_from, valid_to=row.valid_to)
            for row in one.operators
        ],
        devices=[_device(row) for row in one.devices],
    )


def _device(row: Row[Any]) -> DeviceOut:
    return DeviceOut(
        device=row.device,
        label=row.label,
        enrolled_at=row.enrolled_at.astimezone(SHANGHAI),
        disabled_at=row.disabled_at and row.disabled_at.astimezone(SHANGHAI),
        disabled_for=row.disabled_for,
        scans=row.scans,
        last_scan_at=row.last_scan_at and row.last_scan_at.astimezone(SHANGHAI),
        highest_sequence=row.highest_sequence,
        missing=row.missing,
    )
