"""What a platform's words for the state of an order mean for a sale: paid, not paid, closed, given back."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from services.sales.formats.row import UnreadableRow


class Status(StrEnum):
    """What an order is."""

    UNPAID = "unpaid"
    """Nothing was sold yet."""
    PAID = "paid"
    CLOSED = "closed"
    """Ended before it was paid, or after: then all was given back."""
    REFUNDED = "refunded"
    """Paid, and all was given back."""


def read_status(column: str, cell: str, words: Mapping[str, Status]) -> Status:
    """The status by the first of ``words`` that the cell contains, in their order. Raises UnreadableRow."""
    text = cell.replace(" ", "")
    for word, status in words.items():
        if word in text:
            return status
    detail = f"未知的状态,可用:{'、'.join(words)} / unknown status; known: {', '.join(words)}"
    raise UnreadableRow(column, "unknown_status", detail)


TAOBAO: Final[Mapping[str, Status]] = {
    "等待买家付款": Status.UNPAID,
    "没有创建支付宝交易": Status.UNPAID,
    "付款确认中": Status.UNPAID,
    "买家已付款": Status.PAID,
    "卖家部分发货": Status.PAID,
    "卖家已发货": Status.PAID,
    "买家已签收": Status.PAID,
    "交易成功": Status.PAID,
    "交易关闭": Status.CLOSED,
    "退款成功": Status.REFUNDED,
}
