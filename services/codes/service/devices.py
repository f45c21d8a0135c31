"""Enrol devices, recognise them, disable them. See docs/decisions/0030."""

import hmac
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from services.codes.credential import (
    DeviceCredential,
    StationKey,
    digest_of,
    draw_device,
    draw_enrolment_code,
)
from services.codes.queries import batches, devices, stations
from services.codes.reporter import Reporter
from services.codes.station_errors import (
    DeviceNotAuthenticated,
    EnrolmentOver,
    UnknownDevice,
    UnknownEnrolment,
    UnknownStation,
)
from services.kit.auth import Caller
from services.kit.database import Database

ENROLMENT_LIFETIME = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Invitation:
    """A short code with which one device can enrol until ``expires_at``; it is told once and not kept."""

    code: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A device and its credential, which is told to nobody else."""

    device: str
    secret: str = field(repr=False)
    station: str
    label: str
    enrolled_at: datetime


async def invite_device(
    database: Database, key: StationKey, caller: Caller, station: str, *, label: str, now: datetime
) -> Invitation:
    """Draw a code with which one device enrols at a station. Raises :class:`UnknownStation`."""
    code = draw_enrolment_code()
    expires_at = now + ENROLMENT_LIFETIME
    async with database.transaction() as connection:
        timeline = await stations.timeline(connection, station)
        if not timeline or not caller.may_see_region(timeline[-1].region):
            raise UnknownStation
        batch_id = await batches.open_batch(connection, actor=caller.client_id, operation="invite_device")
        await devices.insert_enrolment(
            connection,
            batch_id,
            code_index=key.enrolment_index(code),
            station=station,
            label=label,
            expires_at=expires_at,
        )
    return Invitation(code, expires_at)


async def enrol_device(database: Database, key: StationKey, code: str, request_id: str, *, now: datetime) -> Enrolled:
    """Let a device enrol with a code; the same code and ``request_id`` get the same answer while the code is good.

    Raises :class:`UnknownEnrolment`, and :class:`EnrolmentOver` if another device used it or its time is over.
    """
    index = key.enrolment_index(code)
    async with database.transaction() as connection:
        seen = await devices.enrolment(connection, index)
        if seen is None:
            raise UnknownEnrolment
        await stations.lock_station(connection, seen.station)
        row = await devices.enrolment(connection, index)
        if row is None:
            raise AssertionError("enrolments are never deleted")
        secret = key.device_secret(row.enrolment_id, request_id)
        digest = digest_of(secret)
        used_otherwise = row.device is not None and (
            row.disabled_in is not None or not hmac.compare_digest(bytes(row.secret_digest), digest)
        )
        if used_otherwise or now >= row.expires_at:
            raise EnrolmentOver(row.expires_at, used=row.device is not None)
        device = row.device
        if device is None:
            device = draw_device()
            batch_id = await batches.open_batch(connection, actor=f"device:{device}", operation="enrol_device")
            await devices.insert_device(
                connection,
                batch_id,
                device=device,
                station=row.station,
                enrolment_id=row.enrolment_id,
                enrolled_at=now,
                secret_digest=digest,
            )
        enrolled = await devices.device(connection, device)
    if enrolled is None:
        raise AssertionError("a device that was just written is there")
    return Enrolled(device, secret, row.station, row.label, enrolled.enrolled_at)


async def recognise_device(database: Database, credential: DeviceCredential | None) -> Reporter:
    """Who sends this credential. Raises :class:`DeviceNotAuthenticated`; a device that was disabled is nobody."""
    if credential is None:
        raise DeviceNotAuthenticated
    async with database.transaction() as connection:
        row = await devices.device(connection, credential.device)
    known = b"" if row is None else bytes(row.secret_digest)
    if row is None or not hmac.compare_digest(known, digest_of(credential.secret)) or row.disabled_in is not None:
        raise DeviceNotAuthenticated
    return Reporter(actor=f"device:{row.device}", station=row.station, device=row.device, enrolled_at=row.enrolled_at)


async def bring_for(database: Database, reporter: Reporter, device: str, *, station: str) -> Reporter:
    """The reporter as he brings what another device of ``station`` scanned: numbered and bounded as that device's, in
    his own name. A device that was disabled since may have scanned well before. Raises :class:`UnknownDevice`.
    """
    async with database.transaction() as connection:
        row = await devices.device(connection, device)
    if row is None or row.station != station:
        raise UnknownDevice
    return replace(reporter, device=row.device, enrolled_at=row.enrolled_at)


async def disable_device(database: Database, caller: Caller, station: str, device: str, *, reason: str) -> None:
    """Let a lost or broken device report no more, at once and for ever; repeating it changes nothing.

    Raises :class:`UnknownStation`, :class:`UnknownDevice`.
    """
    async with database.transaction() as connection:
        await stations.lock_station(connection, station)
        timeline = await stations.timeline(connection, station)
        if not timeline or not caller.may_see_region(timeline[-1].region):
            raise UnknownStation
        row = await devices.device(connection, device)
        if row is None or row.station != station:
            raise UnknownDevice
        if row.disabled_in is None:
            batch_id = await batches.open_batch(
                connection, actor=caller.client_id, operation="disable_device", reason=reason
            )
            await devices.disable_device(connection, batch_id, station, device)
