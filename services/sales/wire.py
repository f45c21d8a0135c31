"""The bulk wire format of orders, refunds, corrections and payments. msgspec reads it: thousands of lines pass at once.

A body is decoded in one go; only when that fails is it taken apart again, so that one bad line is answered by itself
and never blocks the others.
"""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, TypeVar

import msgspec

from services.kit.errors import MalformedRequest
from services.sales.errors import MAX_LINES, TooManyLines

T = TypeVar("T")


class CodeShare(msgspec.Struct, forbid_unknown_fields=True):
    """One of several codes that share a line; all with a weight, or all with an amount."""

    code: str
    weight: int | None = None
    amount: str | None = None
    """Its part of the line's amount; the parts sum to it."""


class Line(msgspec.Struct, forbid_unknown_fields=True):
    """One line of an order as a platform sends it."""

    line_no: str
    amount: str
    quantity: str = "1"
    code: str | None = None
    sku: str | None = None
    title: str | None = None
    category: str = "other"
    unit: str | None = None
    codes: list[CodeShare] | None = None
    """Instead of ``code``: the line belongs to several."""


class Order(msgspec.Struct, forbid_unknown_fields=True):
    """One order as a platform sends it."""

    order_no: str
    occurred_at: datetime
    shop: str
    lines: list[Line]
    station: str | None = None
    buyer_region: str | None = None
    trade: str = "retail"
    campaign: str | None = None
    """What brought the sale about, such as a live stream or a county head's recommendation."""
    buyer_code: str | None = None
    """The buyer's own code, when a coded subject buys from another; such a sale is in no total."""


class Refund(msgspec.Struct, forbid_unknown_fields=True):
    """One refund as a platform sends it; without ``line_no`` it is of the whole order."""

    refund_no: str
    order_no: str
    amount: str
    occurred_at: datetime
    line_no: str | None = None
    reason: str | None = None


class Correction(msgspec.Struct, forbid_unknown_fields=True):
    """One correction of a line, by hand."""

    correction_no: str
    platform: str
    order_no: str
    line_no: str
    action: str
    reason: str
    code: str | None = None
    codes: list[CodeShare] | None = None
    """Instead of ``code``, with weights: the line shall belong to several."""


class Corrections(msgspec.Struct, forbid_unknown_fields=True):
    """Body of ``POST /v1/corrections``."""

    corrections: list[Correction]


class Payment(msgspec.Struct, forbid_unknown_fields=True):
    """One payment of a group to a member of it."""

    payment_no: str
    group: str
    member: str
    method: str
    amount: str
    paid_on: date
    for_month: str
    """The month it is income of, such as ``2019-03``."""
    evidence: str
    """Where it can be looked up: a slip, a signed list, a contract."""
    confirmation: str = "none"
    """Who confirmed that it was received: ``household``, ``group``, ``bank_digest``, or ``none``."""


class Payments(msgspec.Struct, forbid_unknown_fields=True):
    """Body of ``POST /v1/payments``."""

    payments: list[Payment]


class PaymentVoid(msgspec.Struct, forbid_unknown_fields=True):
    """One payment that turned out not to be so."""

    group: str | None
    """The payer's code; null of a payment that a station scanned, which has none."""
    payment_no: str
    reason: str


class PaymentVoids(msgspec.Struct, forbid_unknown_fields=True):
    """Body of ``POST /v1/payments/voids``."""

    voids: list[PaymentVoid]


class Orders(msgspec.Struct, forbid_unknown_fields=True):
    """Body of ``POST /v1/orders``."""

    orders: list[Order]


class Refunds(msgspec.Struct, forbid_unknown_fields=True):
    """Body of ``POST /v1/refunds``."""

    refunds: list[Refund]


class Unreadable(msgspec.Struct):
    """An item that is not of the documented shape, with what is known of its key and what is wrong."""

    order_no: str
    line_no: str
    refund_no: str | None
    message: str


class Result(msgspec.Struct, omit_defaults=True):
    """What became of one line or refund."""

    order_no: str
    line_no: str | None
    status: str
    refund_no: str | None = None
    reason: str | None = None
    detail: str | None = None
    state: str | None = None
    """For a duplicate: what the line is now (``accepted``, ``parked`` or ``cancelled``)."""
    refunded: str | None = None
    """For a duplicate of an accepted line: how much of it has been refunded."""


class PaymentResult(Result, rename={"order_no": "group", "line_no": "payment_no"}):
    """What became of one payment or void: the payer's code and the payment's number stand where a line's key does.

    ``reason`` of an accepted one says what is worth knowing: ``unlinked``, ``member_is_group``. ``state`` of a
    duplicate is ``accepted`` or ``voided``.
    """

    # Declared again, because only a struct's own fields are renamed.
    order_no: str
    line_no: str | None
    status: str


class Counts(msgspec.Struct):
    """How many lines had each outcome."""

    accepted: int = 0
    parked: int = 0
    duplicate: int = 0
    conflict: int = 0
    rejected: int = 0


class Amounts(msgspec.Struct):
    """What the accepted and the parked lines add up to, in yuan."""

    accepted: str
    parked: str


class Answer(msgspec.Struct, omit_defaults=True):
    """Body of a 200 to ``POST /v1/orders`` and ``/v1/refunds``."""

    batch_id: int | None
    recorded_at: datetime | None
    counts: Counts
    amounts: Amounts
    results: list[Result]
    receipt: str | None = None
    dry_run: bool = False


_orders = msgspec.json.Decoder(Orders)
_refunds = msgspec.json.Decoder(Refunds)
_corrections = msgspec.json.Decoder(Corrections)
_loose = msgspec.json.Decoder()
_encoder = msgspec.json.Encoder()


def encode(answer: Answer) -> bytes:
    """The answer as JSON."""
    return _encoder.encode(answer)


def read_orders(body: bytes) -> tuple[list[Order], list[Unreadable]]:
    """Decode a body of orders. Raises MalformedRequest (400) or TooManyLines (413) for one that is bad as a whole."""
    try:
        orders = _orders.decode(body).orders
        unreadable: list[Unreadable] = []
    except msgspec.ValidationError:
        orders, unreadable = _one_by_one(body, "orders", _read_order)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _not_json(error) from error
    lines = sum(len(order.lines) for order in orders) + len(unreadable)
    _limit(lines)
    return orders, unreadable


def read_refunds(body: bytes) -> tuple[list[Refund], list[Unreadable]]:
    """Decode a body of refunds. Raises MalformedRequest (400) or TooManyLines (413)."""
    try:
        refunds = _refunds.decode(body).refunds
        unreadable: list[Unreadable] = []
    except msgspec.ValidationError:
        refunds, unreadable = _one_by_one(body, "refunds", _read_refund)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _not_json(error) from error
    _limit(len(refunds) + len(unreadable))
    return refunds, unreadable


def read_corrections(body: bytes) -> tuple[list[Correction], list[Unreadable]]:
    """Decode a body of corrections. Raises MalformedRequest (400) or TooManyLines (413)."""
    try:
        corrections = _corrections.decode(body).corrections
        unreadable: list[Unreadable] = []
    except msgspec.ValidationError:
        corrections, unreadable = _one_by_one(body, "corrections", _read_correction)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _not_json(error) from error
    _limit(len(corrections) + len(unreadable))
    return corrections, unreadable


def read_payments(body: bytes) -> tuple[list[Payment], list[Unreadable]]:
    """Decode a body of payments. Raises MalformedRequest (400) or TooManyLines (413)."""
    return _read_of_groups(body, "payments", Payment)


def read_payment_voids(body: bytes) -> tuple[list[PaymentVoid], list[Unreadable]]:
    """Decode a body of voids. Raises MalformedRequest (400) or TooManyLines (413)."""
    return _read_of_groups(body, "voids", PaymentVoid)


def _read_of_groups(body: bytes, name: str, kind: type[T]) -> tuple[list[T], list[Unreadable]]:
    """Items keyed by a group and a payment's number: far fewer than lines, so each is decoded by itself."""

    def read(raw: Any, unreadable: list[Unreadable]) -> T | None:
        try:
            return msgspec.convert(raw, kind)
        except msgspec.ValidationError as error:
            unreadable.append(Unreadable(_key(raw, "group"), _key(raw, "payment_no"), None, str(error)))
            return None

    try:
        items, unreadable = _one_by_one(body, name, read)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _not_json(error) from error
    _limit(len(items) + len(unreadable))
    return items, unreadable


def _limit(lines: int) -> None:
    if lines > MAX_LINES:
        message = f"{lines} 行,上限 {MAX_LINES},请分批 / {lines} lines, the limit is {MAX_LINES}; send less at once"
        raise TooManyLines(message, limit=MAX_LINES)


def _not_json(error: Exception) -> MalformedRequest:
    return MalformedRequest(f"请求体不是 JSON:{error} / The body is not JSON: {error}")


def _decode_loosely(body: bytes) -> Any:
    """Any JSON. What stopped the strict decoder may come before what makes the body no JSON at all."""
    try:
        return _loose.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _not_json(error) from error


def _one_by_one(
    body: bytes, name: str, read: Callable[[Any, list[Unreadable]], T | None]
) -> tuple[list[T], list[Unreadable]]:
    document = _decode_loosely(body)
    items = document.get(name) if isinstance(document, dict) else None
    if not isinstance(items, list) or len(document) != 1:
        expected = f'{{"{name}": [...]}}'
        raise MalformedRequest(f"请求体应为 {expected} / The body must be {expected}")
    _limit(sum(map(_lines_in, items)))  # before each is read: four megabytes hold a million bad ones
    unreadable: list[Unreadable] = []
    good = [item for item in (read(raw, unreadable) for raw in items) if item is not None]
    return good, unreadable


def _lines_in(raw: object) -> int:
    lines = raw.get("lines") if isinstance(raw, dict) else None
    return len(lines) or 1 if isinstance(lines, list) else 1


def _key(raw: object, name: str) -> str:
    value = raw.get(name) if isinstance(raw, dict) else None
    return value if isinstance(value, str) else ""


def _read_order(raw: Any, unreadable: list[Unreadable]) -> Order | None:
    order_no = _key(raw, "order_no")
    given = raw.get("lines") if isinstance(raw, dict) else None
    has_lines = isinstance(given, list)
    lines: list[Any] = given if isinstance(given, list) else []
    try:
        head = msgspec.convert({**raw, "lines": []} if has_lines else raw, Order)
    except msgspec.ValidationError as error:
        unreadable.extend(Unreadable(order_no, _key(line, "line_no"), None, str(error)) for line in lines or [None])
        return None
    for line in lines:
        try:
            head.lines.append(msgspec.convert(line, Line))
        except msgspec.ValidationError as error:
            unreadable.append(Unreadable(order_no, _key(line, "line_no"), None, str(error)))
    return head


def _read_refund(raw: Any, unreadable: list[Unreadable]) -> Refund | None:
    try:
        return msgspec.convert(raw, Refund)
    except msgspec.ValidationError as error:
        order_no, line_no, refund_no = (_key(raw, name) for name in ("order_no", "line_no", "refund_no"))
        unreadable.append(Unreadable(order_no, line_no, refund_no, str(error)))
        return None


def _read_correction(raw: Any, unreadable: list[Unreadable]) -> Correction | None:
    try:
        return msgspec.convert(raw, Correction)
    except msgspec.ValidationError as error:
        unreadable.append(Unreadable(_key(raw, "order_no"), _key(raw, "line_no"), None, str(error)))
        return None


def openapi_schema(kind: type) -> dict[str, Any]:
    """The JSON schema of a wire type, for the OpenAPI document, with its parts in line."""
    schema, parts = msgspec.json.schema_components([kind], ref_template="#/{name}")
    return dict(_in_line(schema[0], parts))


def _in_line(schema: Any, parts: dict[str, Any]) -> Any:
    if isinstance(schema, dict):
        if "$ref" in schema:
            return _in_line(parts[schema["$ref"].removeprefix("#/")], parts)
        return {key: _in_line(value, parts) for key, value in schema.items()}
    if isinstance(schema, list):
        return [_in_line(value, parts) for value in schema]
    return schema
