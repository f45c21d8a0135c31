"""A scan: what a station says it saw and did, how it is told from every other, and what it counts as. Pure.

A scan's key is (station, source, scan_id) for ever. The source numbers its scans itself, whatever the network does: a
device (``device:D…``), a numbered paper pad (``pad:7``; its sheet number is the scan_id, so that a sheet counts once
whoever types it in), or a client without a device (``client:…``). The same key with the same content is a repeat; with
other content a conflict; two devices with the same scan_id mean two scans.
"""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from services.codes.code import Kind

_CONTENT_VERSION = 1
PAD = "pad:"


class Purpose(StrEnum):
    """What a scan was for."""

    VERIFY = "verify"
    GOODS_RECEIVED = "goods_received"
    GOODS_SOLD = "goods_sold"
    PURCHASE_FOR_VILLAGER = "purchase_for_villager"
    """代购"""
    PARCEL_IN = "parcel_in"
    PARCEL_OUT = "parcel_out"
    SERVICE = "service"
    VOID = "void"
    """Of an earlier scan, which from then on does not count."""


class Verdict(StrEnum):
    """What a code was good for when it was scanned."""

    VALID = "valid"
    UNKNOWN = "unknown"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    NOT_YET_IN_FORCE = "not_yet_in_force"
    BAD_SIGNATURE = "bad_signature"
    """The card was not signed by us, or says another code than it was signed for."""


@dataclass(frozen=True, slots=True)
class Key:
    """Which of a station's scans."""

    source: str
    scan_id: str

    @property
    def on_paper(self) -> bool:
        """Whether it is a sheet of a pad, which somebody typed in later."""
        return self.source.startswith(PAD)


@dataclass(frozen=True, slots=True)
class Work:
    """The work done with a scan."""

    category: str | None = None
    quantity_milli: int | None = None
    unit: str | None = None
    unit_price_fen: int | None = None
    amount_paid_fen: int | None = None
    """What the station paid to the holder of the code, or took from him."""
    waybill: str | None = None
    order_no: str | None = None
    operator: str | None = None


@dataclass(frozen=True, slots=True)
class Scan:
    """A scan as its station reports it."""

    key: Key
    purpose: Purpose
    device_time: datetime
    offline: bool
    code: str | None = field(default=None, repr=False)
    """In canonical form; ``None`` for a void."""
    card: str | None = field(default=None, repr=False)
    """The token that was read from a card."""
    sequence: int | None = None
    work: Work = Work()
    voids: Key | None = None


def content_hash(scan: Scan) -> bytes:
    """A digest of what a scan says: equal for a repeat, whichever request brings it.

    The running number is no part of it: it says how scans were sent, not what they say.
    """
    work = scan.work
    said = [
        _CONTENT_VERSION, scan.purpose.value, scan.code, scan.card,
        scan.device_time.astimezone(UTC).isoformat(), scan.offline,
        work.category, work.quantity_milli, work.unit, work.unit_price_fen, work.amount_paid_fen,
        work.waybill, work.order_no, work.operator,
        scan.voids and [scan.voids.source, scan.voids.scan_id],
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()).digest()


def is_paid_income(purpose: Purpose, verdict: Verdict | None, kind: Kind | None, amount_paid_fen: int | None) -> bool:
    """Whether a scan is a payment to a household: goods received against money, under a valid code of a household.

    Under a suspended or revoked code the scan is on record and the money may have flowed, but it is nobody's income
    until somebody has looked into it.
    """
    return (
        purpose is Purpose.GOODS_RECEIVED
        and verdict is Verdict.VALID
        and kind is Kind.HOUSEHOLD
        and (amount_paid_fen or 0) > 0
    )
