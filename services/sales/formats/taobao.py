"""``taobao-orders`` and ``taobao-items``: what sellers of Taobao and Tmall download (ExportOrderList, 宝贝报表).

*Orders*: ``amount`` is 买家应付货款, what the buyer owes for the goods after the shop's own discount; 买家应付邮费 is
apart, coupons of the platform and points are not taken off. An export without that column: 总金额 less 买家应付邮费.
*Items*: ``amount`` is 买家应付货款 of the item; one row is a line, its number the 子订单编号.

订单状态 says whether an order was paid. One that is 交易关闭 and has a 订单付款时间 was paid and given back altogether.
退款金额 is all that has been refunded so far; of items it counts once 退款状态 is 退款成功. An export without that
column says nothing of refunds, and none that are known are touched. Postage that was refunded with the goods is no
refund of goods: more than the amount, up to amount and postage together, is a refund of all of it.
"""

from datetime import datetime
from typing import Final

from services.sales.formats.cells import read_amount, read_key, read_money, read_quantity, read_time, text_or_none
from services.sales.formats.layout import Layout, Row, first_cell
from services.sales.formats.provinces import province_code
from services.sales.formats.row import Grain, Skipped, SoldLine, UnreadableRow
from services.sales.formats.status import TAOBAO, Status, read_status

_REFUNDED: Final = ("退款成功", "已退款")


def _paid_at(row: Row) -> datetime | Skipped:
    """When it was paid; an order that is paid without a time was so when it was made, at the earliest."""
    status = read_status("订单状态", row["订单状态"], TAOBAO)
    paid_at = read_time("订单付款时间", row.get("订单付款时间", ""))
    if status is Status.UNPAID or (status is Status.CLOSED and paid_at is None):
        return Skipped(str(status))
    paid_at = paid_at or read_time("订单创建时间", row.get("订单创建时间", ""))
    if paid_at is None:
        raise UnreadableRow("订单付款时间", "missing", "已付款的订单没有时间 / a paid order without a time")
    return paid_at


def _all_given_back(row: Row) -> bool:
    return read_status("订单状态", row["订单状态"], TAOBAO) in (Status.CLOSED, Status.REFUNDED)


def _goods_refund(refunded_fen: int, amount_fen: int, postage_fen: int) -> int:
    """The part of a refund that is of goods: what is refunded beyond the amount was postage."""
    if refunded_fen > amount_fen + postage_fen:
        raise UnreadableRow("退款金额", "refund_exceeds", "退款大于订单金额 / more is refunded than the order's amount")
    return min(refunded_fen, amount_fen)


def read_order(row: Row) -> SoldLine | Skipped:
    """Read a row of the orders export. Raises :class:`UnreadableRow`."""
    order_no = read_key("订单编号", row["订单编号"])
    paid_at = _paid_at(row)
    if isinstance(paid_at, Skipped):
        return paid_at
    postage_fen = read_money("买家应付邮费", row.get("买家应付邮费", "")) or 0
    amount_fen = read_money("买家应付货款", row.get("买家应付货款", ""))
    if amount_fen is None:
        amount_fen = read_amount("总金额", row.get("总金额", "")) - postage_fen
    if amount_fen < 0:
        raise UnreadableRow("买家应付邮费", "not_an_amount", "邮费大于总金额 / more postage than the whole amount")
    refunded_fen = read_money("退款金额", row.get("退款金额", ""))
    if _all_given_back(row):
        refunded_fen = amount_fen
    return SoldLine(
        order_no,
        paid_at,
        amount_fen,
        None if refunded_fen is None else _goods_refund(refunded_fen, amount_fen, postage_fen),
        buyer_region=province_code(row.get("收货地址", "")),
        title=text_or_none(row.get("宝贝标题", ""), 200),
        quantity=read_quantity("宝贝总数量", row.get("宝贝总数量", "")),
    )


def _item_refund(row: Row, amount_fen: int) -> int | None:
    if _all_given_back(row):
        return amount_fen
    if "退款金额" not in row:
        return None
    if "退款状态" in row and not row["退款状态"].startswith(_REFUNDED):
        return 0
    return _goods_refund(read_money("退款金额", row["退款金额"]) or 0, amount_fen, 0)


def read_item(row: Row) -> SoldLine | Skipped:
    """Read a row of the items export. Raises :class:`UnreadableRow`."""
    order_no = read_key("主订单编号", row["主订单编号"])
    line_no = read_key("子订单编号", row["子订单编号"])
    paid_at = _paid_at(row)
    if isinstance(paid_at, Skipped):
        return paid_at
    amount_fen = read_amount("买家应付货款", row["买家应付货款"])
    return SoldLine(
        order_no,
        paid_at,
        amount_fen,
        _item_refund(row, amount_fen),
        grain=Grain.ITEMS,
        line_no=line_no,
        sku=text_or_none(first_cell(row, "商家编码", "外部系统编号")),
        title=text_or_none(row.get("标题", ""), 200),
        quantity=read_quantity("购买数量", row.get("购买数量", "")),
    )


ORDERS: Final = Layout(
    name="taobao-orders",
    description="淘宝/天猫订单报表 ExportOrderList / Taobao and Tmall orders export, one row per order",
    required=(("订单编号",), ("订单状态",), ("买家应付货款", "总金额"), ("订单付款时间", "订单创建时间")),
    roles={
        "order_no": ("订单编号",),
        "occurred_at": ("订单付款时间", "订单创建时间"),
        "amount": ("买家应付货款", "总金额"),
        "refunded": ("退款金额",),
        "status": ("订单状态",),
    },
    read_row=read_order,
)

ITEMS: Final = Layout(
    name="taobao-items",
    description="淘宝/天猫宝贝报表 ExportOrderDetailList / Taobao and Tmall items export, one row per item",
    required=(("主订单编号",), ("子订单编号",), ("买家应付货款",), ("订单状态",), ("订单付款时间", "订单创建时间")),
    roles={
        "order_no": ("主订单编号",),
        "occurred_at": ("订单付款时间", "订单创建时间"),
        "amount": ("买家应付货款",),
        "refunded": ("退款金额",),
        "status": ("订单状态",),
    },
    read_row=read_item,
)
