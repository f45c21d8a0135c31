"""Products as they stand on the wire and in a file."""

from collections.abc import Sequence
from datetime import date

from services.kit.money import format_yuan, round_ratio
from services.stats.figures import rate
from services.stats.indicators import Missing, format_rate
from services.stats.monitoring.forecast import Errors
from services.stats.monitoring.products import Outlook, Product, ProductsFound, Sold
from services.stats.schemas.figures import PeriodOut, RegionOut
from services.stats.schemas.products import (
    BuyersOut,
    ErrorsOut,
    ForecastMonthOut,
    ForecastOut,
    MonthOut,
    ProductOut,
    ProductsOut,
    QuantityOut,
    SeasonOut,
)
from services.stats.tabular import Cell, Column, Table

TOP = 10
_MILLI = 1_000
SALES = "sales_net"
PROVINCES = {
    "11": "北京", "12": "天津", "13": "河北", "14": "山西", "15": "内蒙古", "21": "辽宁", "22": "吉林", "23": "黑龙江",
    "31": "上海", "32": "江苏", "33": "浙江", "34": "安徽", "35": "福建", "36": "江西", "37": "山东", "41": "河南",
    "42": "湖北", "43": "湖南", "44": "广东", "45": "广西", "46": "海南", "50": "重庆", "51": "四川", "52": "贵州",
    "53": "云南", "54": "西藏", "61": "陕西", "62": "甘肃", "63": "青海", "64": "宁夏", "65": "新疆", "71": "台湾",
    "81": "香港", "82": "澳门",
}  # fmt: skip
"""By the first two digits of a division code (GB/T 2260)."""


def products_out(found: ProductsFound, limit: int) -> ProductsOut:
    """The answer as JSON, with the first ``limit`` products."""
    moved = sorted(found.products, key=lambda one: (one.change_fen, one.key))
    net = sum(fen for _, fen in found.buyers)
    return ProductsOut(
        region=RegionOut(code=found.region.code, name=found.region.name, level=found.region.level),
        period=PeriodOut(label=found.period.label, first_day=found.period.first, last_day=found.period.last_day),
        by=found.by,
        category=found.category,
        platform=found.platform,
        position=found.position,
        row_count=len(found.products),
        rows=[_row(found, one) for one in found.products[:limit]],
        rising=[_row(found, one) for one in reversed(moved[-TOP:]) if one.change_fen > 0],
        falling=[_row(found, one) for one in moved[:TOP] if one.change_fen < 0],
        months=[
            MonthOut(month=f"{month:%Y-%m}", sales_net=format_yuan(sold.net_fen), quantities=_quantities(sold))
            for month, sold in found.months
        ],
        season=_season(found.season),
        buyers=[
            BuyersOut(
                province=f"{digits}0000000000" if digits else None,
                name=PROVINCES.get(digits),
                sales_net=format_yuan(fen),
                share=_share(fen, net),
            )
            for digits, fen in found.buyers
        ],
        forecasts=[_forecast(outlook) for outlook in found.outlooks],
    )


def _row(found: ProductsFound, one: Product) -> ProductOut:
    platform, shop, sku, category = one.key if found.by == "sku" else (None, None, None, one.key[0])
    return ProductOut(
        category=str(category),
        name=one.title if found.by == "sku" else found.names.get(str(category)),
        platform=platform,
        shop=shop,
        sku=sku,
        lines=one.now.lines,
        quantities=_quantities(one.now),
        sales_gross=format_yuan(one.now.gross_fen),
        refunds=format_yuan(one.now.refund_fen),
        sales_net=format_yuan(one.now.net_fen),
        refund_rate=_share(one.now.refund_fen, one.now.gross_fen),
        sales_net_before=format_yuan(one.before.net_fen),
        change=format_yuan(one.change_fen),
        sales_net_year_before=format_yuan(one.year_before.net_fen),
        growth_yoy=_share(one.now.net_fen - one.year_before.net_fen, one.year_before.net_fen),
    )


def _quantities(sold: Sold) -> list[QuantityOut]:
    return [
        QuantityOut(
            unit=unit or None,
            quantity=_thousandths(quantity),
            average_price=format_yuan(round_ratio(gross * _MILLI, quantity)) if quantity else None,
        )
        for unit, (quantity, gross) in sorted(sold.by_unit.items(), key=lambda entry: (-entry[1][1], entry[0]))
        if quantity or gross
    ]


def _thousandths(milli: int) -> str:
    whole, fraction = divmod(abs(milli), _MILLI)
    written = f"{whole}.{fraction:03d}".rstrip("0").rstrip(".")
    return f"-{written}" if milli < 0 else written


def _share(part: int, whole: int) -> str | None:
    share = rate(part, whole)
    return None if isinstance(share, Missing) else format_rate(share)


def _season(season: Sequence[int] | None) -> list[SeasonOut] | None:
    if season is None:
        return None
    return [SeasonOut(month=month, index=format_rate(index)) for month, index in enumerate(season, start=1)]


def _forecast(outlook: Outlook) -> ForecastOut:
    write = format_yuan if outlook.of == SALES else _thousandths
    found = outlook.found
    months = [
        ForecastMonthOut(
            month=_month_after(outlook.first_month, step),
            value=write(value),
            low=write(max(0, value - found.typical_error)),
            high=write(value + found.typical_error),
        )
        for step, value in enumerate(found.months)
    ]
    zh, en = _words(outlook)
    return ForecastOut(
        of=outlook.of,
        method=found.method,
        months=months,
        naive_method=found.naive_method,
        origins=found.origins,
        theta_error=ErrorsOut(**_errors(outlook.of, found.theta)),
        naive_error=ErrorsOut(**_errors(outlook.of, found.naive)),
        naive_wins=found.naive_wins,
        zh=zh,
        en=en,
    )


def _errors(of: str, errors: Errors) -> dict[str, str | None]:
    write = format_yuan if of == SALES else _thousandths
    share = None if errors.share_bp is None else format_rate(errors.share_bp)
    return {"mean_absolute": write(errors.mean_absolute), "share": share}


def _words(outlook: Outlook) -> tuple[str, str]:
    """What the trial on held-out months came to, for people."""
    found = outlook.found
    theta, naive = _percent(found.theta), _percent(found.naive)
    seasonal = found.naive_method == "seasonal_naive"
    same_zh, same_en = ("上年同月", "the same month of last year") if seasonal else ("上月", "the month before")
    if found.naive_wins:
        return (
            f"在保留月份上,直接用{same_zh}的误差({naive})不大于 Theta 模型({theta}),因此采用{same_zh}。",
            f"On months held out, {same_en} ({naive}) was at least as good as the Theta model ({theta}): it is used.",
        )
    return (
        f"在保留月份上,Theta 模型误差 {theta},小于直接用{same_zh}({naive})。",
        f"On months held out the Theta model was off by {theta}, less than {same_en} ({naive}).",
    )


def _percent(errors: Errors) -> str:
    return "—" if errors.share_bp is None else f"{errors.share_bp / 100:.1f}%"


def _month_after(first: date, step: int) -> str:
    year, month = divmod(first.year * 12 + first.month - 1 + step, 12)
    return f"{year}-{month + 1:02d}"


_TEXT = "text"


def products_tables(found: ProductsFound) -> list[Table]:
    """All products as a file, a row for each unit; a workbook has months, season, buyers and forecasts too."""
    answer = products_out(found, len(found.products))
    columns = (
        Column("category", _TEXT, "品类", "Category"),
        Column("name", _TEXT, "名称", "Name"),
        Column("platform", _TEXT, "平台", "Platform"),
        Column("shop", _TEXT, "店铺", "Shop"),
        Column("sku", _TEXT, "SKU", "SKU"),
        Column("sales_gross", "yuan", "销售额", "Gross sales"),
        Column("refunds", "yuan", "退款", "Refunds"),
        Column("sales_net", "yuan", "净销售额", "Net sales"),
        Column("refund_rate", "rate", "退款率", "Refunds ÷ gross"),
        Column("sales_net_before", "yuan", "前一等长期间净销售额", "Net sales of as many months before"),
        Column("change", "yuan", "变化", "Change"),
        Column("sales_net_year_before", "yuan", "上年同期净销售额", "Net sales of the same months a year before"),
        Column("growth_yoy", "rate", "同比", "Growth against them"),
        Column("units", _TEXT, "数量及均价(分单位,不相加)", "Quantities and average prices; unlike units never add up"),
    )
    rows: list[list[Cell]] = [
        [
            one.category, one.name, one.platform, one.shop, one.sku, one.sales_gross, one.refunds, one.sales_net,
            one.refund_rate, one.sales_net_before, one.change, one.sales_net_year_before, one.growth_yoy,
            "; ".join(f"{q.quantity} {q.unit or '?'} @ {q.average_price or '—'}" for q in one.quantities) or None,
        ]
        for one in answer.rows
    ]  # fmt: skip
    stem = f"products-{found.region.code}-{found.period.label.replace('..', '-')}"
    notes = [
        ("region", f"{found.region.code} {found.region.name}"),
        ("period", found.period.label),
        ("watermark.position", str(found.position)),
    ]
    return [
        Table(stem, f"产品监测 {found.region.name} / Products", columns, rows, notes),
        _months_table(answer),
        _buyers_table(answer),
        _forecast_table(answer),
    ]


def _months_table(answer: ProductsOut) -> Table:
    columns = (
        Column("month", _TEXT, "月份", "Month"),
        Column("sales_net", "yuan", "净销售额", "Net sales"),
        Column("season", "rate", "季节指数(该月 ÷ 平均月)", "The calendar month against the average month"),
    )
    season = {one.month: one.index for one in answer.season or []}
    rows: list[list[Cell]] = [[one.month, one.sales_net, season.get(int(one.month[-2:]))] for one in answer.months]
    return Table("months", "各月 / Months", columns, rows)


def _buyers_table(answer: ProductsOut) -> Table:
    columns = (
        Column("province", _TEXT, "买家省份代码", "Buyers' province"),
        Column("name", _TEXT, "省份", "Its name"),
        Column("sales_net", "yuan", "净销售额", "Net sales"),
        Column("share", "rate", "占比", "Share"),
    )
    rows: list[list[Cell]] = [[one.province, one.name, one.sales_net, one.share] for one in answer.buyers]
    return Table("buyers", "买家分布 / Buyers", columns, rows)


def _forecast_table(answer: ProductsOut) -> Table:
    columns = (
        Column("of", _TEXT, "预测对象(sales_net 净销售额,或数量单位)", "Of what: net sales, or the quantity's unit"),
        Column("month", _TEXT, "月份", "Month"),
        Column("value", "number", "预测值", "Forecast"),
        Column("low", "number", "下限(五次误差中四次不超出)", "Low: four of five errors were smaller"),
        Column("high", "number", "上限", "High"),
        Column("method", _TEXT, "采用的方法", "Method"),
        Column("theta_error", "rate", "Theta 模型在保留月份上的误差", "Theta's error on months held out"),
        Column("naive_error", "rate", "简单方法的误差", "The naive one's"),
        Column("verdict", _TEXT, "说明", "What it came to"),
    )
    rows: list[list[Cell]] = [
        [one.of, month.month, month.value, month.low, month.high, one.method, one.theta_error.share,
         one.naive_error.share, f"{one.zh} / {one.en}"]
        for one in answer.forecasts
        for month in one.months
    ]  # fmt: skip
    return Table("forecast", "预测 / Forecast", columns, rows)
