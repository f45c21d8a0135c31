"""``tmall-report``: the order report of a Tmall shop, one row per order.

``amount`` is 总金额 (value of the goods as ordered), not 买家实际支付金额, which the report lowers by refunds. An order
without 订单付款时间 was never paid and is skipped. 退款金额 is all that has been refunded so far; the report has no
date of refund. Of 收货地址 only the province is read.
"""

from typing import Final

from services.sales.formats.cells import read_amount, read_key, read_money, read_time
from services.sales.formats.layout import Layout, Row
from services.sales.formats.provinces import province_code
from services.sales.formats.row import Skipped, SoldLine, UnreadableRow


def read_row(row: Row) -> SoldLine | Skipped:
    """Read one row. Raises :class:`UnreadableRow`."""
    order_no = read_key("订单编号", row["订单编号"])
    occurred_at = read_time("订单付款时间", row["订单付款时间"])
    if occurred_at is None:
        return Skipped("unpaid")
    amount_fen = read_amount("总金额", row["总金额"])
    refunded_fen = read_money("退款金额", row["退款金额"]) or 0
    if refunded_fen > amount_fen:
        raise UnreadableRow("退款金额", "refund_exceeds", "退款大于总金额 / more is refunded than the order's amount")
    return SoldLine(order_no, occurred_at, amount_fen, refunded_fen, buyer_region=province_code(row["收货地址"]))


LAYOUT: Final = Layout(
    name="tmall-report",
    description="天猫订单报表,一行一个订单 / Tmall order report, one row per order",
    required=(("订单编号",), ("总金额",), ("收货地址",), ("订单付款时间",), ("退款金额",)),
    roles={
        "order_no": ("订单编号",),
        "occurred_at": ("订单付款时间",),
        "amount": ("总金额",),
        "refunded": ("退款金额",),
    },
    read_row=read_row,
)
