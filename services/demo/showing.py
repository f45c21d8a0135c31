"""What the demo shows at the end: what became of the posts, the province, its prefectures, its cooperatives."""

from collections.abc import Mapping
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table

from services.demo.house import PROVINCE, checked

_TILES = (
    ("销售额 / Gross sales", "sales_gross"),
    ("退款 / Refunds", "refunds"),
    ("净销售额 / Net sales", "sales_net"),
    ("订单 / Orders", "orders"),
    ("有销售的识别码 / Codes with sales", "codes_with_sales"),
    ("带动户数 / Households reached", "households_reached"),
    ("带动人数 / People reached", "people_reached"),
    ("户均增收 / Income per reached household", "income_per_reached_household"),
    ("增收率 / Uplift rate", "uplift_rate"),
)
_TOP = 5


def show_counts(console: Console, counts: Mapping[str, int]) -> None:
    """What became of what was sent, by status."""
    table = Table(title="入账结果 / What became of the lines", title_justify="left")
    table.add_column("结果 / Outcome")
    table.add_column("行 / Lines", justify="right")
    for name, count in sorted(counts.items()):
        if count:
            table.add_row(name, f"{count:,}")
    console.print(table)


def show_year(console: Console, bureau: httpx.Client, year: str) -> None:
    """The province's summary of a year, net sales and income by prefecture, and the cooperatives that sold most."""
    summary = checked(bureau.get("/v1/stats/summary", params={"region": PROVINCE, "period": year}))
    indicators = summary["indicators"]
    table = Table(title=f"{summary['region']['name']} {year}", title_justify="left")
    table.add_column("指标 / Indicator")
    table.add_column("数值 / Value", justify="right")
    for label, name in _TILES:
        table.add_row(label, _text(indicators[name]))
    for basis, value in indicators["income"].items():
        table.add_row(f"增收 / Income: {basis}", _text(value))
    watermark = summary["watermark"]
    table.caption = f"截至位次 / as of position {watermark['position']}, {watermark['sealed_at']}"
    console.print(table)
    _show_prefectures(console, bureau, year)
    _show_cooperatives(console, bureau, year)


def _show_prefectures(console: Console, bureau: httpx.Client, year: str) -> None:
    columns = ("sales_net", "income", "households_reached", "people_reached")
    found: dict[str, dict[str, Any]] = {}
    names: dict[str, str] = {}
    for indicator in columns:
        question = {"region": PROVINCE, "period": year, "indicator": indicator, "by": "prefecture"}
        for row in checked(bureau.get("/v1/stats/breakdown", params=question))["rows"]:
            found.setdefault(row["key"], {})[indicator] = row
            names[row["key"]] = row["name"]
    table = Table(title="分市州 / By prefecture", title_justify="left")
    table.add_column("市州 / Prefecture")
    for label in ("净销售额 / Net", "增收 / Income", "带动户数 / Households", "带动人数 / People"):
        table.add_column(label, justify="right")
    for key in sorted(found):
        table.add_row(names[key], *(_text(found[key].get(indicator)) for indicator in columns))
    console.print(table)


def _show_cooperatives(console: Console, bureau: httpx.Client, year: str) -> None:
    question = {"region": PROVINCE, "period": year, "indicator": "sales_net", "by": "cooperative", "limit": str(_TOP)}
    table = Table(title="销售最多的合作社 / Top cooperatives", title_justify="left")
    table.add_column("识别码 / Code")
    table.add_column("合作社 / Cooperative")
    table.add_column("净销售额 / Net", justify="right")
    for row in checked(bureau.get("/v1/stats/breakdown", params=question))["rows"]:
        public = checked(bureau.get(f"/v1/codes/{row['key']}"))
        table.add_row(row["key"], public.get("name") or "—", _text(row))
    console.print(table)


def _text(value: Any) -> str:
    if value is None:
        return "—"
    if isinstance(value, dict):
        return f"— ({value['reason']})" if value.get("value") is None else _text(value["value"])
    return f"{value:,}" if isinstance(value, int) else str(value)
