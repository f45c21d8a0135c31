"""Who may call what stations use: a device with its own credential, or a token."""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import Depends, Request

from services.codes.credential import StationKey, read_credential
from services.codes.pin_hashes import PinHasher
from services.codes.reporter import Reporter
from services.codes.service.devices import recognise_device
from services.kit.auth import caller_with

DEVICE_SCHEME = "device"


def reporter_with(*scopes: str) -> Callable[[Request], Coroutine[Any, Any, Reporter]]:
    """A FastAPI dependency: an enrolled device (``Authorization: Device <device>:<secret>``), or a caller who holds
    at least one of ``scopes``. A device may do what ``scans:write`` allows at its station.

    Raises :class:`DeviceNotAuthenticated` and :class:`NotAuthenticated` (401), and :class:`NotAllowed` (403).
    """
    caller = caller_with(*scopes)

    async def dependency(request: Request) -> Reporter:
        scheme, _, credential = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == DEVICE_SCHEME:
            return await recognise_device(request.app.state.database, read_credential(credential))
        known = await caller(request)
        return Reporter(actor=known.client_id, station=known.station, caller=known)

    dependency.__name__ = "device_or_" + caller.__name__
    dependency.required_scopes = scopes  # type: ignore[attr-defined]
    return dependency


Reporting = Annotated[Reporter, Depends(reporter_with("scans:write"))]
Seeing = Annotated[Reporter, Depends(reporter_with("scans:write", "registry:read"))]
Keeping = Annotated[Reporter, Depends(reporter_with("scans:write", "registry:write"))]


def _station_key(request: Request) -> StationKey:
    key: StationKey = request.app.state.station_key
    return key


def _pin_hasher(request: Request) -> PinHasher:
    hasher: PinHasher = request.app.state.pin_hasher
    return hasher


DeviceKey = Annotated[StationKey, Depends(_station_key)]
Pins = Annotated[PinHasher, Depends(_pin_hasher)]
