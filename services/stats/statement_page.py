"""A household's statement as a page to print, on a receipt printer or on A4. It names the code, never the person."""

from collections.abc import Iterable, Sequence
from html import escape
from typing import Final

from services.stats.schemas.statement import StatementOut

PAGE_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"
"""What the page may load: nothing but its own style."""

_METHODS: Final = {
    "purchase": "收购 / goods",
    "wage": "工资 / wage",
    "rent": "租金 / rent",
    "dividend": "分红 / dividend",
    "guarantee": "保底 / guarantee",
}

_STYLE: Final = (
    "@page{margin:6mm}body{font:10.5pt/1.45 'Noto Sans SC','Microsoft YaHei',sans-serif;max-width:110mm;"
    "margin:0 auto;color:#000}h1{font-size:14pt;text-align:center;margin:2mm 0}h2{font-size:11pt;margin:4mm 0 1mm}"
    "table{width:100%;border-collapse:collapse}th{font-weight:normal;font-size:8.5pt;color:#444;text-align:right;"
    "border-bottom:1px solid #000}td{text-align:right;overflow-wrap:anywhere}th:first-child,td:first-child"
    "{text-align:left}tr.sum td{border-top:1px solid #000;font-weight:bold}p{margin:1mm 0}.note{font-size:8.5pt;"
    "color:#444}"
)


def draw_statement(statement: StatementOut) -> str:
    """The page as HTML, without scripts."""
    code, totals = statement.code, statement.totals
    sold = _table(
        ("月份 / Month", "品类 / Goods", "销售额 / Gross", "退款 / Refunds", "净额 / Net"),
        [
            (
                row.month,
                (row.category_name or row.category) + (" *" if row.internal else ""),
                row.gross,
                row.refunds,
                row.net,
            )
            for row in statement.sold
        ],
        ("合计 / Sum", "", "", "", totals["sold"]),
    )
    income = _table(
        ("月份 / Month", "已付 / Paid", "合同 / Contract", "推算 / Imputed", "合计 / Total"),
        [(row.month, row.paid, row.contract, row.imputed, row.total) for row in statement.income],
        ("合计 / Sum", totals["paid"], totals["contract"], totals["imputed"], totals["income"]),
    )
    payments = _table(
        ("日期 / Date", "方式 / Kind", "付款方 / Payer", "金额 / Amount"),
        [
            (row.paid_on.isoformat(), _METHODS.get(row.method, row.method), row.group or "—", row.amount)
            for row in statement.payments
        ],
        None,
    )
    internal = (
        '<p class="note">* 买方也有识别码,不计入统计 / Bought by another code holder: in no statistics.</p>'
        if any(row.internal for row in statement.sold)
        else ""
    )
    return (
        '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>农户对账单 / Statement</title>'
        f"<style>{_STYLE}</style></head><body><h1>农户对账单 / Statement</h1>"
        f"<p>识别码 / Code: {escape(f'{code[:4]} {code[4:8]} {code[8:]}')}</p>"
        f"<p>期间 / Months: {statement.from_month} – {statement.to_month}</p>"
        f"<h2>本码销售 / Sold under this code (¥)</h2>{sold}{internal}"
        f"<h2>带动收入 / Income (¥)</h2>{income}<h2>已付款项 / Payments (¥)</h2>{payments}"
        f'<p class="note">打印时间 / Printed {statement.read_at:%Y-%m-%d %H:%M}; 数据截至位次 / figures up to position '
        f"{statement.watermark.position}.</p>"
        '<p class="note">如有异议,可在服务站当场提出,答复见下次查询 / If anything is wrong, say so at the station; the '
        "answer is shown with the next statement.</p></body></html>"
    )


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]], total: Sequence[str] | None) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in heads)
    lines = [f"<tr>{_cells(row)}</tr>" for row in rows]
    if not lines:
        return '<p class="note">无记录 / Nothing on record.</p>'
    if total is not None:
        lines.append(f'<tr class="sum">{_cells(total)}</tr>')
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody></table>"


def _cells(row: Sequence[str]) -> str:
    return "".join(f"<td>{escape(value)}</td>" for value in row)
