"""The slip of a scan, as a page to be printed on a receipt printer or on A4: what was handed over and paid, with room
for a signature or a thumb. It names the code, never the person.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

_PURPOSES = {
    "verify": "核验 / Verification",
    "goods_received": "收购凭条 / Goods received",
    "goods_sold": "销售凭条 / Goods sold",
    "purchase_for_villager": "代购凭条 / Purchase for villager",
    "parcel_in": "包裹寄件 / Parcel in",
    "parcel_out": "包裹取件 / Parcel out",
    "service": "便民服务 / Service",
    "void": "作废凭条 / Void",
}

_STYLE = (
    "@page{margin:4mm}body{font:12pt/1.5 'Noto Sans SC','Microsoft YaHei',sans-serif;max-width:72mm;margin:0 auto;"
    "color:#000}h1{font-size:14pt;text-align:center;margin:2mm 0}dl{display:grid;grid-template-columns:auto 1fr;"
    "gap:0 3mm;margin:0}dt{color:#444;font-size:9pt}dd{margin:0;text-align:right;overflow-wrap:anywhere}"
    ".paid{font-size:16pt;font-weight:bold}.voided{border:2px solid;text-align:center;font-weight:bold}"
    ".sign{border-top:1px solid;margin-top:14mm;font-size:9pt}"
)

SLIP_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"
"""What the page may load: nothing but its own style."""


@dataclass(frozen=True, slots=True)
class Slip:
    """What is printed. ``None`` leaves a line out."""

    station: str
    station_name: str
    number: str
    purpose: str
    scanned_at: datetime
    code: str | None
    category: str | None
    quantity: str | None
    unit_price: str | None
    amount_paid: str | None
    reference: str | None
    operator: str | None
    voided: bool


def draw_slip(slip: Slip) -> str:
    """The page as HTML, without scripts."""
    title = escape(_PURPOSES[slip.purpose])
    lines: Sequence[tuple[str, str | None]] = (
        ("站点 / Station", f"{slip.station_name} ({slip.station})"),
        ("编号 / No.", slip.number),
        ("时间 / Time", slip.scanned_at.strftime("%Y-%m-%d %H:%M")),
        ("识别码 / Code", None if slip.code is None else f"{slip.code[:4]} {slip.code[4:8]} {slip.code[8:]}"),
        ("品类 / Category", slip.category),
        ("数量 / Quantity", slip.quantity),
        ("单价 / Unit price", slip.unit_price and f"¥ {slip.unit_price}"),
        ("单号 / Reference", slip.reference),
        ("操作员 / Operator", slip.operator),
    )
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in lines if value is not None)
    if slip.amount_paid is not None:
        rows += f'<dt>金额 / Amount</dt><dd class="paid">¥ {escape(slip.amount_paid)}</dd>'
    voided = '<p class="voided">已作废 / VOID</p>' if slip.voided else ""
    return (
        f'<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{_STYLE}</style></head><body><h1>{title}</h1>{voided}<dl>{rows}</dl>"
        '<p class="sign">签字或手印 / Signature or thumb</p></body></html>'
    )
