"""Who reports from a station: a device in its own name, or a client with a token."""

from dataclasses import dataclass
from datetime import datetime

from services.codes.scan import PAD, Key
from services.kit.auth import Caller

SCAN_SCOPE = "scans:write"
STATION_SOURCE = "station"
DEVICE_SOURCE = "device:"
CLIENT_SOURCE = "client:"


@dataclass(frozen=True, slots=True)
class Reporter:
    """The caller of the routes that stations use."""

    actor: str
    """Client id, or ``device:<id>``: as batches and logs of access name him."""
    station: str | None
    """The one station it acts for; ``None``: any in the caller's regions."""
    device: str | None = None
    enrolled_at: datetime | None = None
    """Of a device; no scan of it is older."""
    caller: Caller | None = None
    """The token's, for what goes beyond reporting; a device has none."""

    @property
    def at_station(self) -> bool:
        """Whether it works at stations: a device, or a client that may report scans."""
        return self.device is not None or (self.caller is not None and SCAN_SCOPE in self.caller.scopes)

    def source(self, *, at_station: bool) -> str:
        """Who numbers the scans that this caller reports."""
        if self.device is not None:
            return source_of_device(self.device)
        return STATION_SOURCE if at_station else f"{CLIENT_SOURCE}{self.actor}"


def source_of_device(device: str) -> str:
    """The source of a device's scans."""
    return f"{DEVICE_SOURCE}{device}"


def key_on_paper(pad_no: str, sheet_no: int) -> Key:
    """The key of a sheet of a numbered pad, whoever types it in."""
    return Key(f"{PAD}{pad_no}", str(sheet_no))
