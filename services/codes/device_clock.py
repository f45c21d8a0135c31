"""When a scan happened, told by a clock that may be wrong. Pure.

A device says with each upload what its clock shows (``sent_at``); we know when it came. The difference is how much its
clock is off *now*, and the best guess of how much it was off when it scanned: phones at stations run days without a
network, and a wrong clock is usually wrong by a constant. Below :data:`TOLERANCE` the difference is the network's and
nobody's fault. Whatever a clock says, a scan happened after its device was enrolled and before it was received.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

TOLERANCE = timedelta(minutes=2)
"""A clock that is off by less is called right: slow networks delay a request by as much."""


class ClockVerdict(StrEnum):
    """How the time of a scan was found."""

    AS_TOLD = "as_told"
    SHIFTED = "shifted"
    """By the skew noticed at upload."""
    BOUNDED = "bounded"
    """Told, or shifted, to a time at which it cannot have happened: the nearest possible one stands."""


@dataclass(frozen=True, slots=True)
class ScanTime:
    """When a scan happened as far as we can tell."""

    scanned_at: datetime
    clock: ClockVerdict


def skew_of(sent_at: datetime | None, received_at: datetime) -> timedelta | None:
    """Our clock minus the device's; ``None`` if it did not say what its clock shows."""
    return None if sent_at is None else received_at - sent_at


def is_wrong(skew: timedelta | None) -> bool:
    """Whether a device should be told to set its clock."""
    return skew is not None and abs(skew) > TOLERANCE


def correct(device_time: datetime, skew: timedelta | None, *, earliest: datetime, latest: datetime) -> ScanTime:
    """When a scan happened that a device dates ``device_time``; never outside ``earliest … latest``.

    To be moved to a bound by no more than the tolerance is no reason to doubt a clock.
    """
    shifted = skew is not None and is_wrong(skew)
    moment = device_time + skew if skew is not None and shifted else device_time
    scanned_at = min(max(moment, earliest), latest)
    if abs(scanned_at - moment) > TOLERANCE:
        return ScanTime(scanned_at, ClockVerdict.BOUNDED)
    return ScanTime(scanned_at, ClockVerdict.SHIFTED if shifted else ClockVerdict.AS_TOLD)
