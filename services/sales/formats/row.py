"""What a row of an export says, whatever the format; and how a row says that it is not readable."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from services.sales.wire import CodeShare

WHOLE_ORDER_LINE: Final = "1"
"""The number of the one line of an order that is known as a whole only."""


class Grain(StrEnum):
    """How finely an export tells an order."""

    ORDER = "order"
    """One line for the whole order."""
    ITEMS = "items"
    """A line for each item."""


@dataclass(frozen=True, slots=True)
class SoldLine:
    """A row that is a sale, with what has been refunded of it so far."""

    order_no: str
    occurred_at: datetime
    amount_fen: int
    refunded_fen: int | None
    """``None``: the file does not say."""
    grain: Grain = Grain.ORDER
    line_no: str = WHOLE_ORDER_LINE
    buyer_region: str | None = None
    code: str | None = None
    sku: str | None = None
    title: str | None = None
    category: str | None = None
    quantity: str = "1"
    unit: str | None = None
    shop: str | None = None
    station: str | None = None
    trade: str = "retail"
    campaign: str | None = None
    buyer_code: str | None = None
    codes: Sequence[CodeShare] | None = None
    """Instead of ``code``: several that share it."""


@dataclass(frozen=True, slots=True)
class GivenRefund:
    """A row that is a refund, with a number of its own."""

    refund_no: str
    order_no: str
    line_no: str | None
    """``None``: of the whole order."""
    amount_fen: int
    occurred_at: datetime
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Skipped:
    """A row that is no sale, and why, e.g. ``unpaid``."""

    why: str


class UnreadableRow(ValueError):
    """A cell is not what its column promises. The reason quotes no cell: it is kept, and cells may be anything."""

    def __init__(self, column: str, reason: str, detail: str) -> None:
        super().__init__(f"{column}: {detail}")
        self.column = column
        self.reason = reason
        self.detail = detail


Outcome = SoldLine | GivenRefund | Skipped | UnreadableRow
"""What a row turned out to be."""
