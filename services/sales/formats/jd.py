"""``jd-orders``: the orders export of a JD shop, one row per item.

``amount`` is 京东价 × 订购数量: the export tells a discount only of the whole order, and not who pays it. 订单金额
repeats on every row of an order and is never added up. The line's number is 商品ID (``-2``, ``-3`` for further rows of
the same goods in one order). The export has no amount of refunds: an order cancelled or refunded after it was paid
gives back all of it, and of others it says nothing.

The time of sale is 付款确认时间; paid on delivery (货到付款), 订单完成时间. Where that is empty, a paid order was sold
when it was made (下单时间).
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Final

from services.sales.formats.cells import read_amount, read_key, read_quantity, read_time, text_or_none
from services.sales.formats.layout import Layout, Row, first_cell
from services.sales.formats.provinces import province_code
from services.sales.formats.row import Grain, Skipped, SoldLine, UnreadableRow
from services.sales.formats.status import Status, read_status

_STATUSES: Final[Mapping[str, Status]] = {
    "退款完成": Status.REFUNDED,
    "已退款": Status.REFUNDED,
    "退款成功": Status.REFUNDED,
    "等待付款": Status.UNPAID,
    "待付款": Status.UNPAID,
    "未付款": Status.UNPAID,
    "取消": Status.CLOSED,
    "删除": Status.CLOSED,
    "关闭": Status.CLOSED,
    "出库": Status.PAID,
    "等待发货": Status.PAID,
    "待发货": Status.PAID,
    "等待确认收货": Status.PAID,
    "待收货": Status.PAID,
    "已发货": Status.PAID,
    "锁定": Status.PAID,
    "暂停": Status.PAID,
    "完成": Status.PAID,
}
"""By the first word that fits."""


def _sold_at(row: Row) -> datetime | Skipped:
    status = read_status("订单状态", row["订单状态"], _STATUSES)
    paid_at = read_time("付款确认时间", row.get("付款确认时间", ""))
    on_delivery = "货到付款" in row.get("支付方式", "")
    if on_delivery:
        paid_at = paid_at or read_time("订单完成时间", row.get("订单完成时间", ""))
        if paid_at is None and status is Status.PAID:
            return Skipped(str(Status.UNPAID))
    if status is Status.UNPAID or (status in (Status.CLOSED, Status.REFUNDED) and paid_at is None):
        return Skipped(str(Status.UNPAID if status is Status.UNPAID else Status.CLOSED))
    paid_at = paid_at or read_time("下单时间", row.get("下单时间", ""))
    if paid_at is None:
        raise UnreadableRow("下单时间", "missing", "已付款的订单没有时间 / a paid order without a time")
    return paid_at


def read_row(row: Row) -> SoldLine | Skipped:
    """Read one row. Raises :class:`UnreadableRow`."""
    order_no = read_key("订单号", row["订单号"])
    line_no = read_key("商品ID", row["商品ID"])
    sold_at = _sold_at(row)
    if isinstance(sold_at, Skipped):
        return sold_at
    quantity = read_quantity("订购数量", row["订购数量"])
    exact_fen = read_amount("京东价", row["京东价"]) * Decimal(quantity)
    if exact_fen != int(exact_fen):
        raise UnreadableRow("订购数量", "not_a_quantity", "数量与单价之积不是整分 / not a whole number of fen")
    amount_fen = int(exact_fen)
    given_back = read_status("订单状态", row["订单状态"], _STATUSES) in (Status.CLOSED, Status.REFUNDED)
    return SoldLine(
        order_no,
        sold_at,
        amount_fen,
        amount_fen if given_back else None,
        grain=Grain.ITEMS,
        line_no=line_no,
        buyer_region=province_code(row.get("客户地址", "")),
        sku=text_or_none(first_cell(row, "货号", "商品ID")),
        title=text_or_none(row.get("商品名称", ""), 200),
        quantity=quantity,
    )


LAYOUT: Final = Layout(
    name="jd-orders",
    description="京东订单导出,一行一件商品 / JD orders export, one row per item",
    required=(("订单号",), ("商品ID",), ("订购数量",), ("京东价",), ("订单状态",)),
    roles={
        "order_no": ("订单号",),
        "occurred_at": ("付款确认时间", "下单时间"),
        "amount": ("京东价",),
        "status": ("订单状态",),
    },
    read_row=read_row,
    repeats=True,
)
