"""What a row of an export says, whatever the format; and how a row says that it is not readable."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class PaidOrder:
    """A row that is a sale, with what has been refunded of it so far."""

    order_no: str
    occurred_at: datetime
    amount_fen: int
    refunded_fen: int
    buyer_region: str | None
    category: str = "other"
    line_no: str = "1"


@dataclass(frozen=True, slots=True)
class Skipped:
    """A row that is no sale, and why, e.g. ``unpaid``."""

    why: str


class UnreadableRow(ValueError):
    """A cell is not what its column promises."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(f"{column}: {reason}")
        self.column = column
        self.reason = reason
