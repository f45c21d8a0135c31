"""Our own table of refunds: each row is one, with its number, as ``POST /v1/refunds`` takes it."""

from typing import Final

from services.sales.formats.cells import is_nothing, read_amount, read_key, read_time, text_or_none
from services.sales.formats.layout import Layout, Row
from services.sales.formats.row import GivenRefund, UnreadableRow


def read_row(row: Row) -> GivenRefund:
    """A refund. Raises UnreadableRow."""
    occurred_at = read_time("occurred_at", row["occurred_at"])
    if occurred_at is None:
        raise UnreadableRow("occurred_at", "missing", "缺少occurred_at / occurred_at is missing")
    line_no = row.get("line_no", "")
    return GivenRefund(
        refund_no=read_key("refund_no", row["refund_no"]),
        order_no=read_key("order_no", row["order_no"]),
        line_no=None if is_nothing(line_no) else read_key("line_no", line_no),
        amount_fen=read_amount("amount", row["amount"]),
        occurred_at=occurred_at,
        reason=text_or_none(row.get("reason", ""), 200),
    )


CSV: Final = Layout(
    name="onecode-refunds",
    description="一户一码退款表,列名同API / our own table of refunds, with the field names of the API",
    required=(("refund_no",), ("order_no",), ("occurred_at",), ("amount",)),
    roles={"order_no": ("order_no",), "occurred_at": ("occurred_at",), "amount": ("amount",)},
    read_row=read_row,
)
