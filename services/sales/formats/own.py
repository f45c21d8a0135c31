"""``onecode-csv`` and ``onecode-ndjson``: our own formats, with the field names of ``POST /v1/orders``.

``refunded`` is all that has been refunded of the line so far; ``status`` is paid (if it says nothing), unpaid, closed
or refunded. A CSV without ``line_no`` tells orders as a whole. An NDJSON has an order on each line, as ``POST
/v1/orders`` takes it, whose lines may have ``refunded`` too.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

from services.sales.errors import UnreadableFile
from services.sales.formats.cells import read_amount, read_key, read_money, read_quantity, read_time, text_or_none
from services.sales.formats.layout import Layout, Row
from services.sales.formats.provinces import province_code
from services.sales.formats.row import WHOLE_ORDER_LINE, Grain, Skipped, SoldLine, UnreadableRow
from services.sales.formats.status import Status, read_status
from services.sales.formats.table import MAX_ROW_BYTES, NumberedRow
from services.sales.wire import CodeShare

_STATUSES: Final = {str(status): status for status in (Status.UNPAID, Status.PAID, Status.CLOSED, Status.REFUNDED)}
_DIVISION_DIGITS: Final = 12


def read_row(row: Row) -> SoldLine | Skipped:
    """Read one row of the CSV. Raises :class:`UnreadableRow`."""
    order_no = read_key("order_no", row["order_no"])
    status = read_status("status", row["status"], _STATUSES) if row.get("status") else Status.PAID
    occurred_at = read_time("occurred_at", row["occurred_at"])
    if status is Status.UNPAID or (status is Status.CLOSED and occurred_at is None):
        return Skipped(str(status))
    if occurred_at is None:
        raise UnreadableRow("occurred_at", "missing", "缺少occurred_at / occurred_at is missing")
    amount_fen = read_amount("amount", row["amount"])
    refunded_fen = read_money("refunded", row.get("refunded", ""))
    if status in (Status.CLOSED, Status.REFUNDED):
        refunded_fen = amount_fen
    return SoldLine(
        order_no,
        occurred_at,
        amount_fen,
        within(refunded_fen, amount_fen, "refunded"),
        grain=Grain.ITEMS if row.get("line_no") else Grain.ORDER,
        line_no=read_key("line_no", row["line_no"]) if row.get("line_no") else WHOLE_ORDER_LINE,
        buyer_region=buyer_region(row.get("buyer_region", "")),
        quantity=read_quantity("quantity", row.get("quantity", "")),
        trade=row.get("trade", "") or "retail",
        codes=None,  # a row names one
        **{name: text_or_none(row.get(name, "")) for name in _TEXTS},
        title=text_or_none(row.get("title", ""), 200),
    )


_TEXTS: Final = ("code", "sku", "category", "unit", "shop", "station", "campaign", "buyer_code")


def within(refunded_fen: int | None, amount_fen: int, column: str) -> int | None:
    """What has been refunded, if that is no more than the amount. Raises :class:`UnreadableRow`."""
    if refunded_fen is not None and refunded_fen > amount_fen:
        raise UnreadableRow(column, "refund_exceeds", "退款大于金额 / more is refunded than the amount")
    return refunded_fen


def buyer_region(cell: str) -> str | None:
    """The province of a division code or of an address."""
    if len(cell) == _DIVISION_DIGITS and cell.isascii() and cell.isdigit():
        return cell
    return province_code(cell)


CSV: Final = Layout(
    name="onecode-csv",
    description="一户一码CSV,列名同API / our own CSV, with the field names of the API",
    required=(("order_no",), ("occurred_at",), ("amount",)),
    roles={
        "order_no": ("order_no",),
        "occurred_at": ("occurred_at",),
        "amount": ("amount",),
        "refunded": ("refunded",),
        "status": ("status",),
    },
    read_row=read_row,
)


class StatedItem(msgspec.Struct, forbid_unknown_fields=True):
    """A line of an order in an NDJSON file."""

    line_no: str
    amount: str
    quantity: str = "1"
    code: str | None = None
    sku: str | None = None
    title: str | None = None
    category: str | None = None
    unit: str | None = None
    codes: list[CodeShare] | None = None
    refunded: str | None = None


class StatedDocument(msgspec.Struct, forbid_unknown_fields=True):
    """An order in an NDJSON file."""

    order_no: str
    occurred_at: datetime
    lines: list[StatedItem]
    shop: str | None = None
    station: str | None = None
    buyer_region: str | None = None
    trade: str = "retail"
    campaign: str | None = None
    buyer_code: str | None = None


_NO_JSON: Final = (
    "onecode-ndjson 每行应是一个JSON订单,首行不是JSON / expected a JSON order on every line; the first is none"
)
_decoder = msgspec.json.Decoder(StatedDocument)


class NdjsonReader:
    """Orders of an NDJSON file that arrives in pieces."""

    def __init__(self) -> None:
        self._text = b""
        self.row_no = 0
        """Number of the last line read."""

    def feed(self, piece: bytes, *, last: bool = False) -> Iterator[NumberedRow]:
        """Take a piece of the file and yield the order lines that are complete. Raises UnreadableFile."""
        *complete, self._text = (self._text + piece).split(b"\n")
        if last:
            complete.append(self._text)
            self._text = b""
        if len(self._text) > MAX_ROW_BYTES:
            raise UnreadableFile("一行过长,文件可能不是 NDJSON / a line is too long; is this an NDJSON file?")
        for line in complete:
            self.row_no += 1
            raw = line.removeprefix(b"\xef\xbb\xbf").strip() if self.row_no == 1 else line.strip()
            if raw:
                yield from self._read(raw)

    def _read(self, raw: bytes) -> Iterator[NumberedRow]:
        try:
            order = _decoder.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            if self.row_no == 1 and not isinstance(error, msgspec.ValidationError):
                raise UnreadableFile(_NO_JSON) from error
            detail = "不是文档所述的JSON订单 / not a JSON order as documented"
            yield self.row_no, UnreadableRow("", "malformed", detail), _known_cells(raw)
            return
        for item in order.lines:
            cells = {"order_no": order.order_no, "amount": item.amount, "refunded": item.refunded or ""}
            try:
                yield self.row_no, _sold(order, item), cells
            except UnreadableRow as error:
                yield self.row_no, error, cells


def _known_cells(raw: bytes) -> Row:
    try:
        document: Any = json.loads(raw)
    except ValueError:
        return {}
    order_no = document.get("order_no") if isinstance(document, Mapping) else None
    return {"order_no": order_no} if isinstance(order_no, str) else {}


def _sold(order: StatedDocument, item: StatedItem) -> SoldLine:
    if order.occurred_at.tzinfo is None:
        detail = "须带时区 / it needs an offset, such as +08:00"
        raise UnreadableRow("occurred_at", "not_a_time", detail)
    amount_fen = read_amount("amount", item.amount)
    return SoldLine(
        read_key("order_no", order.order_no),
        order.occurred_at,
        amount_fen,
        within(None if item.refunded is None else read_money("refunded", item.refunded), amount_fen, "refunded"),
        grain=Grain.ITEMS,
        line_no=read_key("line_no", item.line_no),
        buyer_region=order.buyer_region,
        code=item.code,
        codes=item.codes,
        sku=item.sku,
        title=item.title,
        category=item.category,
        quantity=item.quantity,
        unit=item.unit,
        shop=order.shop,
        station=order.station,
        trade=order.trade,
        campaign=order.campaign,
        buyer_code=order.buyer_code,
    )
