"""``tmall-report``: the order report of a Tmall shop, one row per order.

``amount`` is 总金额 (value of the goods as ordered), not 买家实际支付金额, which the report lowers by refunds. An order
without 订单付款时间 was never paid and is skipped. 退款金额 is all that has been refunded so far; the report has no
date of refund, so it is imputed to the time of payment. Of 收货地址 only the province is read.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from services.kit.clock import SHANGHAI
from services.kit.money import NotAnAmount, parse_yuan
from services.sales.formats.provinces import province_code
from services.sales.formats.row import PaidOrder, Skipped, UnreadableRow

COLUMNS: Final = ("订单编号", "总金额", "收货地址", "订单付款时间", "退款金额")
DESCRIPTION: Final = "天猫订单报表,一行一个订单 / Tmall order report, one row per order"

_TIMES: Final = ("%Y/%m/%d %H:%M", "%Y/%m/%d %H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M")
_EXCEL_TEXT: Final = str.maketrans("", "", '="\t')


def read_row(row: Mapping[str, str]) -> PaidOrder | Skipped:
    """Read one row, its cells stripped. Raises :class:`UnreadableRow`."""
    order_no = row["订单编号"].translate(_EXCEL_TEXT).lstrip("'").strip()
    if not order_no:
        raise UnreadableRow("订单编号", "缺少订单编号 / the order number is missing")
    if not row["订单付款时间"]:
        return Skipped("unpaid")
    amount_fen = _amount(row, "总金额")
    refunded_fen = _amount(row, "退款金额") if row["退款金额"] else 0
    if refunded_fen > amount_fen:
        raise UnreadableRow("退款金额", "退款大于总金额 / more is refunded than the order's amount")
    return PaidOrder(
        order_no=order_no,
        occurred_at=_time(row, "订单付款时间"),
        amount_fen=amount_fen,
        refunded_fen=refunded_fen,
        buyer_region=province_code(row["收货地址"]),
    )


def _amount(row: Mapping[str, str], column: str) -> int:
    text = row[column].removesuffix("元").strip()
    try:
        fen = parse_yuan(text)
    except NotAnAmount:
        fen = -1
    if fen < 0:
        raise UnreadableRow(column, f"不是金额:{text[:32]!r} / not an amount: {text[:32]!r}")
    return fen


def _time(row: Mapping[str, str], column: str) -> datetime:
    text = row[column]
    for form in _TIMES:
        try:
            return datetime.strptime(text, form).replace(tzinfo=SHANGHAI)
        except ValueError:
            continue
    raise UnreadableRow(column, f"不是时间:{text[:32]!r} / not a time such as 2020/2/21 0:00: {text[:32]!r}")
