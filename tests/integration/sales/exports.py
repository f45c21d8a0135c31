"""Files as the platforms write them, with the buyers' data that they are full of."""

import csv
import io
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Final

BUYER: Final[Mapping[str, str]] = {
    "name": "欧阳翠花",
    "nick": "翠花爱喝茶99",
    "account": "cuihua.ouyang@example.com",
    "phone": "13985012345",
    "landline": "0854-8221177",
    "address": "贵州省黔南布依族苗族自治州都匀市绿茵湖街道18栋2单元",
    "note": "请放在门卫大爷那里谢谢",
}
"""A buyer. None of this may be found anywhere after an import."""

_TAOBAO_ORDERS: Final = (
    "订单编号", "买家会员名", "买家支付宝账号", "买家应付货款", "买家应付邮费", "买家支付积分", "总金额", "返点积分",
    "买家实际支付金额", "买家实际支付积分", "订单状态", "买家留言", "收货人姓名", "收货地址 ", "运送方式", "联系电话 ",
    "联系手机", "订单创建时间", "订单付款时间 ", "宝贝标题 ", "宝贝种类 ", "物流单号 ", "物流公司", "订单备注",
    "宝贝总数量", "店铺Id", "店铺名称", "订单关闭原因", "卖家服务费", "买家服务费", "发票抬头", "是否手机订单",
    "分阶段订单信息", "特权订金订单id", "定金排名", "修改后的sku", "修改后的收货地址", "异常信息", "天猫卡券抵扣",
    "集分宝抵扣", "是否是O2O交易",
)  # fmt: skip
_TAOBAO_ITEMS: Final = (
    "子订单编号", "主订单编号", "标题", "价格", "购买数量", "外部系统编号", "商品属性", "套餐信息", "备注", "订单状态",
    "商家编码", "支付单号", "买家应付货款", "买家实际支付金额", "退款状态", "退款金额", "订单创建时间", "订单付款时间",
)  # fmt: skip
_PINDUODUO: Final = (
    "商品", "订单号", "订单状态", "商品总价(元)", "邮费(元)", "店铺优惠折扣(元)", "平台优惠折扣(元)",
    "多多支付立减金额(元)", "用户实付金额(元)", "商家实收金额(元)", "商品数量(件)", "支付时间", "发货时间",
    "确认收货时间", "商品id", "商品规格", "样式ID", "商家编码-规格维度", "商家编码-商品维度", "商家备注", "售后状态",
    "快递单号",
    "快递公司", "省", "市", "区", "收货人", "手机",
)  # fmt: skip
_JD: Final = (
    "订单号", "商品ID", "商品名称", "订购数量", "支付方式", "下单时间", "京东价", "订单金额", "结算金额", "余额支付",
    "应付金额", "订单状态", "订单类型", "下单帐号", "客户姓名", "客户地址", "联系电话", "订单备注", "发票类型",
    "发票抬头", "发票内容", "商家备注", "商家备注等级（等级1-5为由高到低）", "运费金额", "付款确认时间", "增值税发票",
    "货号",
    "订单完成时间", "订单来源", "订单渠道",
)  # fmt: skip

_PERSONAL: Final[Mapping[str, str]] = {
    "买家会员名": "nick", "买家支付宝账号": "account", "买家留言": "note", "收货人姓名": "name", "收货地址": "address",
    "联系电话": "landline", "联系手机": "phone", "发票抬头": "name", "修改后的收货地址": "address", "订单备注": "note",
    "下单帐号": "nick", "客户姓名": "name", "客户地址": "address", "收货人": "name", "手机": "phone", "备注": "note",
    "商家备注": "note",
}  # fmt: skip
PAID: Final = "卖家已发货，等待买家确认"


def table(columns: Sequence[str], rows: Sequence[Mapping[str, str]], *, footer: str = "") -> str:
    """A CSV with these columns. What a row does not say of a buyer is that buyer's; phones have a ``'`` before them."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        cells = []
        for column in columns:
            name = column.strip()
            personal = BUYER[_PERSONAL[name]] if name in _PERSONAL else ""
            cells.append(row.get(name, f"'{personal}" if personal[:1].isdigit() else personal))
        writer.writerow(cells)
    return buffer.getvalue() + footer


def excel_text(number: str) -> str:
    """A number as exports protect it from spreadsheets."""
    return f'="{number}"'


def taobao_order(order_no: str, amount: str, *, paid: str, status: str = PAID, **more: str) -> dict[str, str]:
    """A row of ExportOrderList."""
    return {
        "订单编号": excel_text(order_no), "买家应付货款": amount, "买家应付邮费": "0.00", "总金额": amount,
        "订单状态": status, "订单创建时间": "2020-02-20 23:59:01", "订单付款时间": paid, "宝贝标题": "都匀毛尖 特级",
        "宝贝总数量": "1", "店铺名称": "贵州茶铺", "联系电话": "null", **more,
    }  # fmt: skip


def taobao_orders(*rows: Mapping[str, str], refunds: bool = False, encoding: str = "gbk") -> bytes:
    """ExportOrderList; newer ones have 退款金额."""
    columns = (*_TAOBAO_ORDERS, "退款金额") if refunds else _TAOBAO_ORDERS
    return table(columns, rows).encode(encoding)


def taobao_item(number: str, order_no: str, amount: str, *, paid: str, **more: str) -> dict[str, str]:
    """A row of ExportOrderDetailList."""
    return {
        "子订单编号": excel_text(number), "主订单编号": excel_text(order_no), "标题": "都匀毛尖 特级", "价格": amount,
        "购买数量": "1", "订单状态": PAID, "商家编码": "DY-500", "买家应付货款": amount, "买家实际支付金额": amount,
        "退款状态": "没有申请退款", "退款金额": "无退款申请", "订单创建时间": "2020-02-20 23:59:01",
        "订单付款时间": paid,
        **more,
    }  # fmt: skip


def taobao_items(*rows: Mapping[str, str], encoding: str = "gbk") -> bytes:
    """ExportOrderDetailList."""
    return table(_TAOBAO_ITEMS, rows).encode(encoding)


def pinduoduo_order(order_no: str, price: str, **more: str) -> dict[str, str]:
    """A row of Pinduoduo's export: cells end in tabs."""
    return {
        "商品": "遵义朝天椒 500g", "订单号": f"{order_no}\t", "订单状态": "已发货，待收货", "商品总价(元)": price,
        "邮费(元)": "6.00", "店铺优惠折扣(元)": "0.00", "平台优惠折扣(元)": "2.00", "多多支付立减金额(元)": "0.10",
        "商品数量(件)": "1", "支付时间": "2020-02-21 08:00:00\t", "商品id": "88001\t", "商家编码-规格维度": "ZY-CTJ",
        "售后状态": "无售后或售后取消", "省": "贵州省", "市": "遵义市", "区": "播州区", **more,
    }  # fmt: skip


def pinduoduo(*rows: Mapping[str, str], encoding: str = "utf-8-sig", time_column: str = "支付时间") -> bytes:
    """Pinduoduo's export with its totals at the end; older ones call the time otherwise."""
    columns = [time_column if column == "支付时间" else column for column in _PINDUODUO]
    named = [{time_column if name == "支付时间" else name: cell for name, cell in row.items()} for row in rows]
    return table(columns, named, footer=f"总计,{len(rows)}单\r\n").encode(encoding)


def jd_item(order_no: str, item: str, price: str, quantity: str = "1", **more: str) -> dict[str, str]:
    """A row of JD's export."""
    return {
        "订单号": excel_text(order_no), "商品ID": item, "商品名称": "兴仁薏仁米", "订购数量": quantity,
        "支付方式": "在线支付", "下单时间": "2020-02-21 09:00:00", "京东价": price, "订单金额": "99999.00",
        "订单状态": "等待确认收货", "付款确认时间": "2020-02-21 09:00:30", "货号": f"JD-{item}",
        "运费金额": "0", **more,
    }  # fmt: skip


def jd(*rows: Mapping[str, str], encoding: str = "gb18030") -> bytes:
    """JD's export."""
    return table(_JD, rows).encode(encoding)


async def pieces(content: bytes, size: int = 65_536) -> AsyncIterator[bytes]:
    """A file as it arrives."""
    for start in range(0, len(content), size):
        yield content[start : start + size]
