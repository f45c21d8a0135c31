"""Enrolments and devices."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

_INSERT_ENROLMENT = text("""
    INSERT INTO codes.enrolments (code_index, station, label, expires_at, recorded_in)
    VALUES (:code_index, :station, :label, :expires_at, :batch_id)
    """)

_ENROLMENT = text("""
    SELECT e.enrolment_id, e.station, e.label, e.expires_at, b.actor, d.device, d.secret_digest, d.disabled_in
    FROM codes.enrolments e JOIN codes.batches b ON b.batch_id = e.recorded_in
    LEFT JOIN codes.devices d ON d.enrolment_id = e.enrolment_id
    WHERE e.code_index = :code_index
    """)

_INSERT_DEVICE = text("""
    INSERT INTO codes.devices (device, station, enrolment_id, enrolled_at, secret_digest, recorded_in)
    VALUES (:device, :station, :enrolment_id, :enrolled_at, :secret_digest, :batch_id)
    """)

_DEVICE = text("""
    SELECT device, station, enrolled_at, secret_digest, disabled_in FROM codes.devices WHERE device = :device
    """)

_DISABLE = text("""
    UPDATE codes.devices SET disabled_in = :batch_id
    WHERE station = :station AND device = :device AND disabled_in IS NULL
    """)

# A device numbers its scans from 1 on: what is missing below the highest number seen has not reached us (yet).
_DEVICES = text("""
    SELECT d.device, e.label, d.enrolled_at, b.recorded_at AS disabled_at, b.reason AS disabled_for,
           seen.scans, seen.last_scan_at, seen.highest_sequence, seen.highest_sequence - seen.numbers AS missing
    FROM codes.devices d JOIN codes.enrolments e ON e.enrolment_id = d.enrolment_id
    LEFT JOIN codes.batches b ON b.batch_id = d.disabled_in
    CROSS JOIN LATERAL (
        SELECT count(*) AS scans, max(scanned_at) AS last_scan_at, coalesce(max(sequence), 0) AS highest_sequence,
               count(DISTINCT sequence) AS numbers
        FROM codes.scan_records WHERE station = d.station AND source = 'device:' || d.device
    ) AS seen
    WHERE d.station = :station ORDER BY d.enrolled_at, d.device
    """)


async def insert_enrolment(
    connection: AsyncConnection, batch_id: int, *, code_index: bytes, station: str, label: str, expires_at: datetime
) -> None:
    """Invite one device. Raises ``IntegrityError`` if the same code was drawn before."""
    parameters = {"code_index": code_index, "station": station, "label": label, "expires_at": expires_at}
    await connection.execute(_INSERT_ENROLMENT, {"batch_id": batch_id, **parameters})


async def enrolment(connection: AsyncConnection, code_index: bytes) -> Row[Any] | None:
    """The invitation with this code, who gave it, and the device that used it, if one did."""
    return (await connection.execute(_ENROLMENT, {"code_index": code_index})).one_or_none()


async def insert_device(
    connection: AsyncConnection,
    batch_id: int,
    *,
    device: str,
    station: str,
    enrolment_id: int,
    enrolled_at: datetime,
    secret_digest: bytes,
) -> None:
    """Write a device that used its invitation."""
    parameters = {"device": device, "station": station, "enrolment_id": enrolment_id, "enrolled_at": enrolled_at}
    await connection.execute(_INSERT_DEVICE, {"batch_id": batch_id, "secret_digest": secret_digest, **parameters})


async def device(connection: AsyncConnection, device_id: str) -> Row[Any] | None:
    """One device."""
    return (await connection.execute(_DEVICE, {"device": device_id})).one_or_none()


async def disable_device(connection: AsyncConnection, batch_id: int, station: str, device_id: str) -> None:
    """Let a device report no more."""
    await connection.execute(_DISABLE, {"batch_id": batch_id, "station": station, "device": device_id})


async def devices(connection: AsyncConnection, station: str) -> Sequence[Row[Any]]:
    """A station's devices, and how their scans have come in."""
    return (await connection.execute(_DEVICES, {"station": station})).all()
