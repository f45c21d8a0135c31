"""Scans on the wire."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints, TypeAdapter, model_validator

from services.codes.card import read_scan
from services.codes.code import Kind, parse_code
from services.codes.reporter import key_on_paper, source_of_device
from services.codes.scan import Key, Purpose, Scan, Verdict, Work
from services.codes.schemas.base import Incoming, Outgoing, Problem
from services.codes.schemas.stations import OperatorId, StationId
from services.kit.money import parse_yuan

ScanId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
PadNo = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,32}$")]
DeviceId = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{1,32}$")]
Reference = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:/-]{1,64}$")]
"""A waybill's or an order's number."""
Category = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")]

_QUANTITY = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,3})?", re.ASCII)
_EARLIEST, _LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


def _amount(text: str) -> str:
    if parse_yuan(text) < 0:
        raise ValueError("不得为负 / must not be negative")
    return text


def _quantity(text: str) -> str:
    if _QUANTITY.fullmatch(text) is None or _milli(text) == 0:
        raise ValueError("应为正数,至多三位小数 / must be positive, with at most three decimals")
    return text


def _milli(text: str) -> int:
    whole, _, fraction = text.partition(".")
    return int(whole) * 1000 + int(fraction.ljust(3, "0"))


def _time(moment: datetime) -> datetime:
    """What the clock of a device may show; a lost battery's 1970 is corrected, other centuries are slips."""
    if not _EARLIEST <= moment < _LATEST:
        raise ValueError("超出可接受的时间范围 / not a time that a device shows")
    return moment


Amount = Annotated[str, StringConstraints(max_length=20), AfterValidator(_amount)]
Quantity = Annotated[str, AfterValidator(_quantity)]
DeviceTime = Annotated[AwareDatetime, AfterValidator(_time)]


class VoidedIn(Incoming):
    """Which scan of the station is voided; by default of the same device."""

    scan_id: ScanId | None = None
    device: DeviceId | None = None
    pad_no: PadNo | None = None
    sheet_no: Annotated[int, Field(ge=1, le=10**9, strict=True)] | None = None

    @model_validator(mode="after")
    def _names_one(self) -> "VoidedIn":
        on_paper = (self.pad_no, self.sheet_no).count(None)
        if on_paper == 1 or (self.scan_id is None) == (on_paper == 2) or (self.device and on_paper == 0):  # noqa: PLR2004
            raise ValueError(
                "请给出 scan_id(可加 device),或 pad_no 与 sheet_no / give scan_id (with device, if another's), or "
                "pad_no and sheet_no"
            )
        return self

    def key(self, source: str) -> Key:
        """Its key; ``source`` numbered it unless it is said otherwise."""
        if self.pad_no is not None and self.sheet_no is not None:
            return key_on_paper(self.pad_no, self.sheet_no)
        return Key(source if self.device is None else source_of_device(self.device), self.scan_id or "")


class ScanIn(Incoming):
    """A scan as a device, a client or a sheet of paper tells it. Amounts are yuan, as in ``"37.00"``."""

    scan_id: ScanId | None = None
    """The device's own number for it, never used twice. A sheet of a paper pad has ``pad_no`` and ``sheet_no``."""
    pad_no: PadNo | None = None
    sheet_no: Annotated[int, Field(ge=1, le=10**9, strict=True)] | None = None
    sequence: Annotated[int, Field(ge=1, lt=2**53, strict=True)] | None = None
    """The device's running number of its scans, from 1: by it a gap is seen."""
    purpose: Purpose = Purpose.VERIFY
    code: Annotated[str, StringConstraints(max_length=400)] | None = None
    """What was scanned or typed: a code, or the whole address of a label or a card."""
    card: Annotated[str, StringConstraints(max_length=200)] | None = None
    """The token of the card, if ``code`` is not the card's address."""
    scanned_at: DeviceTime
    """By the device's clock, or as written on the sheet."""
    offline: bool = False
    """Whether the code was verified without a network."""
    category: Category | None = None
    quantity: Quantity | None = None
    unit: Annotated[str, StringConstraints(min_length=1, max_length=16, pattern=r"^[^\x00-\x1f]+$")] | None = None
    unit_price: Amount | None = None
    amount_paid: Amount | None = None
    waybill: Reference | None = None
    order_no: Reference | None = None
    operator: OperatorId | None = None
    voids: VoidedIn | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> "ScanIn":
        on_paper = (self.pad_no, self.sheet_no).count(None)
        if on_paper == 1 or (self.scan_id is None) == (on_paper == 2):  # noqa: PLR2004
            raise ValueError("请给出 scan_id,或 pad_no 与 sheet_no / give scan_id, or pad_no and sheet_no")
        is_void = self.purpose is Purpose.VOID
        if is_void != (self.voids is not None) or is_void == (self.code is not None):
            raise ValueError("void 须给出 voids 而无 code,其他须给出 code / a void has `voids`, all others have `code`")
        if (is_void or self.purpose is Purpose.VERIFY) and self._work() != Work(operator=self.operator):
            raise ValueError("此用途不带业务内容 / nothing but the operator goes with this purpose")
        if (self.quantity is None) != (self.unit is None):
            raise ValueError("quantity 与 unit 须同时给出 / quantity and unit belong together")
        if self.purpose is Purpose.GOODS_RECEIVED and self.amount_paid is not None and self.category is None:
            raise ValueError("收购须注明 category / goods that are paid for have a category")
        return self

    def _work(self) -> Work:
        return Work(
            category=self.category,
            quantity_milli=None if self.quantity is None else _milli(self.quantity),
            unit=self.unit,
            unit_price_fen=None if self.unit_price is None else parse_yuan(self.unit_price),
            amount_paid_fen=None if self.amount_paid is None else parse_yuan(self.amount_paid),
            waybill=self.waybill,
            order_no=self.order_no,
            operator=self.operator,
        )

    def scan(self, source: str) -> Scan:
        """In the service's own terms, numbered by ``source``. Raises ``MalformedCode``."""
        code, token = (None, None) if self.code is None else read_scan(self.code)
        card = self.card or token
        key = Key(source, self.scan_id or "")
        if self.pad_no is not None and self.sheet_no is not None:
            key = key_on_paper(self.pad_no, self.sheet_no)
        return Scan(
            key=key,
            purpose=self.purpose,
            device_time=self.scanned_at,
            offline=self.offline,
            code=None if code is None else parse_code(code),
            card=None if card is None else card.upper(),
            sequence=self.sequence,
            work=self._work(),
            voids=None if self.voids is None else self.voids.key(source),
        )


SCAN_IN: TypeAdapter[ScanIn] = TypeAdapter(ScanIn)


class ScansIn(Incoming):
    """Up to 1,000 scans; each is judged by itself, so they are read one by one."""

    station: StationId | None = None
    """Needed with a token that belongs to no station."""
    device: DeviceId | None = None
    """Which device of the station numbered them, if not the one that sends them: its queue came as a file, or it is the
    same phone, enrolled anew. Its numbers stay its own, so what it sends itself as well counts once.
    """
    sent_at: DeviceTime | None = None
    """What the clock that dated them shows as this is sent, taken anew each time: by it a wrong clock is corrected.
    For a file from another device nobody knows that: leave it out.
    """
    scans: list[dict[str, Any]]


class HolderOut(Outgoing):
    """Who holds a code, for callers with ``registry:read`` there."""

    subject_id: str
    kind: Kind
    region: str
    name: str
    """A household's is masked (张**) unless the caller holds ``codes:person``."""
    persons: int | None = None
    status: str | None = None


class ScanResult(Outgoing):
    """What became of a scan."""

    index: int
    scan_id: str | None = None
    pad_no: str | None = None
    sheet_no: int | None = None
    status: Literal["accepted", "duplicate", "conflict", "rejected"]
    verdict: Verdict | None = None
    """What the code was good for when it was scanned; null for a void."""
    county: str | None = None
    cooperatives: list[str] | None = None
    organisation: str | None = None
    """The public name, if the code is a cooperative's or an enterprise's own."""
    holder: HolderOut | None = None
    scanned_at: datetime | None = None
    """Corrected for a wrong clock; by it the code was judged."""
    paid_income: bool | None = None
    """True if it counts as income that was paid to the household; else left out."""
    voided: bool | None = None
    """True if a void stands against it; else left out."""
    problem: Problem | None = None


class ScanCounts(Outgoing):
    """How the scans of a request fared."""

    accepted: int
    duplicate: int
    conflict: int
    rejected: int


class ClockOut(Outgoing):
    """What was noticed of the device's clock."""

    skew_seconds: int | None
    """Our clock minus the device's; left out if it did not say what its clock shows."""
    corrected: bool
    """The clock is wrong and the times were corrected by it: the device should set its clock."""


class ScansOut(Outgoing):
    """What became of an upload, in its order."""

    station: str | None
    batch_id: str | None
    """Left out if nothing was new."""
    recorded_at: datetime
    clock: ClockOut
    counts: ScanCounts
    results: list[ScanResult]


class RecordedScanOut(Outgoing):
    """A scan as it is on record."""

    device: str | None = None
    pad_no: str | None = None
    scan_id: str
    """Of a paper pad, the sheet's number."""
    purpose: Purpose
    code: str | None
    verdict: Verdict | None
    device_time: datetime
    scanned_at: datetime
    clock: Literal["as_told", "shifted", "bounded"]
    recorded_at: datetime
    offline: bool
    category: str | None
    quantity: str | None
    unit: str | None
    unit_price: str | None
    amount_paid: str | None
    waybill: str | None
    order_no: str | None
    operator: str | None
    voided: bool


class RecordedScansOut(Outgoing):
    """A page of a station's scans by time; ``next`` is the ``after`` of the next page, null at the end."""

    scans: list[RecordedScanOut]
    next: str | None
