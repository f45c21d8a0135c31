"""What a file states of an order, against what is recorded of it: pure rules, values in and values out.

A file states what *is*. A line that is not recorded yet is to be recorded; of one that is, only what has been refunded
may differ. An order has one grain: items take the place of a line for the whole order, never the other way round.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime

from services.sales.formats.row import WHOLE_ORDER_LINE, GivenRefund, Grain, SoldLine


@dataclass(frozen=True, slots=True)
class StatedLine:
    """A line as the file states it, with the row it was read from and that row's cells for the error file."""

    row_no: int
    sold: SoldLine
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class StatedRefund:
    """A refund as the file states it, with the row it was read from and that row's cells for the error file."""

    row_no: int
    given: GivenRefund
    cells: Mapping[str, str]


@dataclass(slots=True)
class StatedOrder:
    """An order as the file states it. What its rows share is taken from the first of them."""

    order_no: str
    grain: Grain
    occurred_at: datetime
    lines: dict[str, StatedLine] = field(default_factory=dict)
    repeated: int = 0
    """Rows that said a line again, with the same amount."""
    contradicted: list[StatedLine] = field(default_factory=list)
    """Rows that said a line again, with another amount."""

    def add(self, line: StatedLine) -> None:
        """Add a row. One that is there already counts once, with the higher refund."""
        known = self.lines.get(line.sold.line_no)
        if known is None:
            self.lines[line.sold.line_no] = line
        elif known.sold.amount_fen != line.sold.amount_fen or line.sold.grain is not self.grain:
            self.contradicted.append(line)
        else:
            self.repeated += 1
            if (line.sold.refunded_fen or 0) > (known.sold.refunded_fen or 0):
                self.lines[line.sold.line_no] = line


@dataclass(frozen=True, slots=True)
class RecordedLine:
    """A line as it is recorded."""

    line_no: str
    amount_fen: int
    refunded_fen: int
    accepted: bool
    """In the ledger; else parked."""
    cancelled: bool


@dataclass(slots=True)
class RecordedOrder:
    """An order as it is recorded; without lines it is not."""

    grain: Grain | None = None
    """How finely a file told it; ``None``: it did not come by file, or the API told it more finely since."""
    lines: dict[str, RecordedLine] = field(default_factory=dict)


@dataclass(slots=True)
class Comparison:
    """What is to be done about an order."""

    record: list[StatedLine] = field(default_factory=list)
    """New lines, and parked ones: told again, they may be taken up."""
    known: list[StatedLine] = field(default_factory=list)
    """In the ledger with this amount; only their refunds may differ."""
    replace: list[RecordedLine] = field(default_factory=list)
    """Lines of a coarser grain that give way."""
    refused: list[tuple[StatedLine, str]] = field(default_factory=list)
    """Lines that cannot be taken, with the reason."""


def compare(stated: StatedOrder, recorded: RecordedOrder) -> Comparison:
    """Say what is to be done so that what is recorded is what the file states."""
    lines = list(stated.lines.values())
    if not recorded.lines:
        return Comparison(record=lines)
    live = {line_no: line for line_no, line in recorded.lines.items() if not line.cancelled}
    if stated.grain is Grain.ITEMS and recorded.grain is Grain.ORDER:
        return _replace(lines, recorded, list(live.values()))
    reason = _other_grain(stated, recorded)
    if reason is not None:
        return Comparison(refused=[(line, reason) for line in lines])
    comparison = Comparison()
    for line in lines:
        known = recorded.lines.get(line.sold.line_no)
        if known is not None and known.cancelled:
            comparison.refused.append((line, "line_cancelled"))
        elif known is None or not known.accepted:
            comparison.record.append(line)
        elif known.amount_fen != line.sold.amount_fen:
            comparison.refused.append((line, "amount_changed"))
        else:
            comparison.known.append(line)
    return comparison


def compare_numbers(line_nos: AbstractSet[str], recorded: RecordedOrder) -> tuple[str | None, list[RecordedLine]]:
    """Of lines that the API brings of an order: why those that are new cannot be told apart from what a file told (or
    None), and what gives way to them.
    """
    if recorded.grain is None or line_nos <= set(recorded.lines):
        return None, []
    if recorded.grain is Grain.ITEMS:
        return ("grain_differs", []) if line_nos.isdisjoint(recorded.lines) else (None, [])
    if WHOLE_ORDER_LINE in line_nos:
        return "line_number_taken", []
    live = [line for line in recorded.lines.values() if not line.cancelled]
    return (None, live) if live else ("line_cancelled", [])


def _replace(lines: list[StatedLine], recorded: RecordedOrder, live: list[RecordedLine]) -> Comparison:
    if not live:  # somebody cancelled the whole order; a finer export does not bring it back
        return Comparison(refused=[(line, "line_cancelled") for line in lines])
    if any(line.sold.line_no in recorded.lines for line in lines):
        return Comparison(refused=[(line, "line_number_taken") for line in lines])
    return Comparison(record=lines, replace=live)


def _other_grain(stated: StatedOrder, recorded: RecordedOrder) -> str | None:
    """Why the lines of the file and those recorded cannot be told apart, or None."""
    if stated.grain is Grain.ORDER:
        as_a_whole = set(recorded.lines) == {WHOLE_ORDER_LINE}
        return None if as_a_whole and recorded.grain is not Grain.ITEMS else "grain_differs"
    if recorded.grain is None and not set(stated.lines) & set(recorded.lines):
        return "grain_differs"
    return None


def group_lines(lines: Sequence[StatedLine]) -> list[StatedOrder]:
    """Rows as orders, in the order in which they first appear."""
    orders: dict[str, StatedOrder] = {}
    for line in lines:
        sold = line.sold
        order = orders.setdefault(sold.order_no, StatedOrder(sold.order_no, sold.grain, sold.occurred_at))
        order.add(line)
    return list(orders.values())


REASONS: Mapping[str, str] = {
    "grain_differs": (
        "该订单已按另一粒度入账(文件与接口行号不同,或已有明细),未改动 / the order is recorded already, under other "
        "line numbers (by a file or the API) or item by item; nothing was changed"
    ),
    "line_number_taken": (
        "行号与整单行相同,无法区分,未改动 / the line's number is that of the whole order's line; nothing was changed"
    ),
    "line_cancelled": "此行已被更正取消,未改动 / the line was cancelled by a correction; nothing was changed",
    "amount_changed": "金额与已入账的不同,未改动 / the amount is not the one recorded; nothing was changed",
    "stated_twice": "文件中同一行出现两次且金额不同 / the file states this line twice, with different amounts",
    "refund_not_ours": (
        "退款少于已入账,但整单退款不能按行冲回 / less is refunded than recorded, by a refund of the whole order; "
        "it cannot be taken back line by line"
    ),
}
"""What people are told, by the reason for programs."""
