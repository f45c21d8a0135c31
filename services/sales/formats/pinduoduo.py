"""``pinduoduo-orders``: the orders export of a Pinduoduo shop, one row per order (of one kind of goods).

``amount`` is 商品总价(元) less 店铺优惠折扣(元): the goods after the shop's own discount. What the platform or 多多支付
pays of it is not taken off; 邮费(元) is apart. The export has no amount of refunds: 售后状态 退款成功 (or 退款成功 in
订单状态), and an order cancelled after it was paid, give back all of it; while 售后处理中 nothing is known.

The time of sale is 支付时间, 订单成交时间 or 拼单成功时间, by the age of the export. Where it is empty, a paid order
was sold on the day with which its number begins (``yymmdd-…``).
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from services.kit.clock import SHANGHAI
from services.sales.formats.cells import read_amount, read_key, read_money, read_quantity, read_time, text_or_none
from services.sales.formats.layout import Layout, Row, first_cell
from services.sales.formats.provinces import province_code
from services.sales.formats.row import Skipped, SoldLine, UnreadableRow
from services.sales.formats.status import Status, read_status

_TIMES: Final = ("支付时间", "订单成交时间", "拼单成功时间")
_SKUS: Final = ("商家编码-规格维度", "商家编码-商品维度", "商品id", "商品ID")
_NUMBER: Final = re.compile(r"(\d{2})(\d{2})(\d{2})-\d+")
_STATUSES: Final[Mapping[str, Status]] = {
    "退款成功": Status.REFUNDED,
    "待付款": Status.UNPAID,
    "待支付": Status.UNPAID,
    "未支付": Status.UNPAID,
    "拼单中": Status.UNPAID,
    "待成团": Status.UNPAID,
    "取消": Status.CLOSED,
    "关闭": Status.CLOSED,
    "待发货": Status.PAID,
    "已发货": Status.PAID,
    "待收货": Status.PAID,
    "签收": Status.PAID,
    "已收货": Status.PAID,
    "已完成": Status.PAID,
    "交易成功": Status.PAID,
}
"""By the first word that fits: ``已发货,退款成功`` is given back."""


def _day_of_number(order_no: str) -> datetime | None:
    """Midnight of the day with which the number begins."""
    match = _NUMBER.fullmatch(order_no)
    if match is None:
        return None
    try:
        return datetime(2000 + int(match[1]), int(match[2]), int(match[3]), tzinfo=SHANGHAI)
    except ValueError:
        return None


def read_row(row: Row) -> SoldLine | Skipped:
    """Read one row. Raises :class:`UnreadableRow`."""
    order_no = read_key("订单号", row["订单号"])
    status = read_status("订单状态", row["订单状态"], _STATUSES)
    column = next((name for name in _TIMES if row.get(name)), "支付时间")
    sold_at = read_time(column, row.get(column, ""))
    if status is Status.UNPAID or (status is Status.CLOSED and sold_at is None):
        return Skipped(str(status))
    sold_at = sold_at or _day_of_number(order_no)
    if sold_at is None:
        detail = "没有时间,订单号也不含日期 / neither a time nor a date in the number"
        raise UnreadableRow(column, "missing", detail)
    amount_fen = read_amount("商品总价(元)", row["商品总价(元)"])
    amount_fen -= read_money("店铺优惠折扣(元)", row.get("店铺优惠折扣(元)", "")) or 0
    if amount_fen < 0:
        raise UnreadableRow("店铺优惠折扣(元)", "not_an_amount", "优惠大于商品总价 / the discount exceeds the price")
    after_sale = row.get("售后状态", "")
    given_back = status in (Status.CLOSED, Status.REFUNDED) or after_sale == "退款成功"
    return SoldLine(
        order_no,
        sold_at,
        amount_fen,
        amount_fen if given_back else (0 if after_sale.startswith("无售后") else None),
        buyer_region=province_code(row.get("省", "")),
        sku=text_or_none(first_cell(row, *_SKUS)),
        title=text_or_none(row.get("商品", ""), 200),
        quantity=read_quantity("商品数量(件)", row.get("商品数量(件)", "")),
    )


LAYOUT: Final = Layout(
    name="pinduoduo-orders",
    description="拼多多订单导出 / Pinduoduo orders export, one row per order",
    required=(("订单号",), ("订单状态",), ("商品总价(元)",)),
    roles={
        "order_no": ("订单号",),
        "occurred_at": _TIMES,
        "amount": ("商品总价(元)",),
        "status": ("订单状态",),
    },
    read_row=read_row,
)
