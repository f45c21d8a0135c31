"""The data dictionary: what each indicator is, in which unit, and which filters and breakdowns go with it.

What is not offered is refused (422), because a figure that a filter cannot touch would look as if it had been filtered.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from services.kit.money import format_yuan

RATE_SCALE = 10_000
"""Rates and shares are whole ten-thousandths inside."""


class Unit(StrEnum):
    """What a value counts, and so how it is written."""

    YUAN = "yuan"
    COUNT = "count"
    RATE = "rate"
    QUANTITY = "quantity"


@dataclass(frozen=True, slots=True)
class Missing:
    """No value, and why, in a word that the dictionary explains (``dictionary.REASONS``)."""

    reason: str


ASKED_ALONE = Missing("asked_alone")
"""Of what a summary leaves out, because it takes a while."""
Value = int | Missing
"""Fen, a count, or ten-thousandths; or nothing, with its reason."""


@dataclass(frozen=True, slots=True)
class Indicator:
    """One indicator."""

    name: str
    unit: Unit
    source: str
    """Which figures it is among: a name of :data:`FILTERS`."""
    zh: str
    en: str
    formula: str
    additive: bool = False
    """Whether the figures of a division's parts sum to the division's."""


_SALES_FILTERS = ("kind", "platform", "category", "station", "buyer_province", "trade")
FILTERS: Mapping[str, tuple[str, ...]] = {
    "sales": _SALES_FILTERS,
    "refund_days": _SALES_FILTERS,
    "sellers": _SALES_FILTERS,
    "units": ("platform", "category", "unit"),
    "growth": _SALES_FILTERS,
    "panel": ("kind", "platform"),
    "codes": ("kind",),
    "income": (),
    "without_ratio": ("kind", "category"),
    "uplift": (),
    "line_gap": (),
}
"""Filters by source of figures; any of them together."""
BREAKDOWNS: Mapping[str, tuple[str, ...]] = {
    "sales": ("region", *_SALES_FILTERS),
    "refund_days": ("region", *_SALES_FILTERS),
    "sellers": ("region", *_SALES_FILTERS),
    "units": ("region", "platform", "category", "unit"),
    "growth": ("region", *_SALES_FILTERS),
    "panel": ("region", "kind", "platform"),
    "codes": ("region", "kind"),
    "income": ("region",),
    "without_ratio": ("region", "kind", "category"),
    "uplift": ("region",),
    "line_gap": ("region",),
}
"""Breakdowns by source of figures; ``region`` stands for the levels below the region. Cooperatives: see the routes."""

INDICATORS = {
    indicator.name: indicator
    for indicator in (
        Indicator(
            "sales_gross", Unit.YUAN, "sales",
            "销售额:期内成交订单行的货值(含税,店铺优惠后,平台补贴加回,不含运费),按成交时主体所在地区",
            "Gross sales of the lines sold in the period (VAT included, after the shop's discount, platform coupons "
            "added back, without postage), by the subject's division at the sale",
            "Σ gross entries, by sale day", additive=True,
        ),
        Indicator(
            "refunds", Unit.YUAN, "sales",
            "退款额:期内成交订单行的退款,不论何时发生,计入成交日",
            "Refunds of the lines sold in the period, whenever they were made, on the day of the sale",
            "−Σ refund entries, by sale day", additive=True,
        ),
        Indicator(
            "sales_net", Unit.YUAN, "sales", "净销售额", "Net sales", "sales_gross − refunds", additive=True,
        ),
        Indicator(
            "refunds_by_refund_day", Unit.YUAN, "refund_days",
            "按退款日统计的退款额:期内发生的退款,不论何时成交",
            "Refunds made in the period, whenever their lines were sold", "−Σ refund entries, by event day",
            additive=True,
        ),
        Indicator(
            "orders", Unit.COUNT, "sales",
            "订单数:有净额大于零的订单行的订单(平台 + 订单号 + 成交日去重);一单跨品类或地区时各计一次,合计只计一次",
            "Orders with a line of net > 0: distinct (platform, order number, sale day); an order of two categories or "
            "divisions counts in both, and once in their total",
            "count distinct (platform, order_no, sale_day) where net > 0",
        ),
        Indicator(
            "order_lines", Unit.COUNT, "sales", "订单行数:净额大于零的订单行", "Order lines with net > 0",
            "count lines where net > 0", additive=True,
        ),
        Indicator(
            "units", Unit.QUANTITY, "units",
            "销售数量:净额大于零的订单行的数量,按计量单位分列,不同单位不相加(须以 unit 指定单位)",
            "Quantity of lines with net > 0, by unit; unlike units are never summed (name one with unit=)",
            "Σ quantity of lines where net > 0, of one unit", additive=True,
        ),
        Indicator(
            "growth_yoy", Unit.RATE, "growth",
            "净销售额同比增速(仅编码主体的销售,不是全部网络零售额)",
            "Growth of net sales against the same days a year before: of coded sales, which are not all online retail",
            "sales_net(P) ÷ sales_net(P − 1 year) − 1",
        ),
        Indicator(
            "growth_panel", Unit.RATE, "panel",
            "同口径同比增速:仅计入两期均有净销售额的主体和店铺组合",
            "The same over those subjects and shops only that had net sales with each other in both periods",
            "Σ net(P) ÷ Σ net(P − 1 year) − 1, over (subject, platform, shop) with net > 0 in both",
        ),
        Indicator(
            "codes_active", Unit.COUNT, "codes", "期末有效的识别码数", "Codes in force at the end of the period",
            "count distinct codes in force at the period's end", additive=True,
        ),
        Indicator(
            "codes_with_sales", Unit.COUNT, "sellers", "有销售的主体数:期内净销售额大于零",
            "Subjects with net sales > 0 in the period", "count distinct subjects where net > 0",
        ),
        Indicator(
            "income", Unit.YUAN, "income",
            "带动收入:期内成交中到达农户的部分,按农户期末居住地",
            "Income that reached households from the sales of the period, where they live on its last day",
            "Σ household amounts = paid + contract + imputed", additive=True,
        ),
        Indicator("income.paid", Unit.YUAN, "income", "其中:有付款记录的收入", "Of it: recorded as paid",
                  "Σ household amounts with basis paid", additive=True),
        Indicator("income.contract", Unit.YUAN, "income", "其中:按本户识别码或合同的收入",
                  "Of it: by the household's own code or a contract",
                  "Σ household amounts with basis contract", additive=True),
        Indicator("income.imputed", Unit.YUAN, "income", "其中:按收入系数推算的收入", "Of it: imputed by a ratio",
                  "Σ household amounts with basis imputed", additive=True),
        Indicator("income_per_reached_household", Unit.YUAN, "income", "户均带动收入",
                  "Income per household reached", "income ÷ households_reached"),
        Indicator("income_per_capita", Unit.YUAN, "income", "人均带动收入", "Income per person reached",
                  "income ÷ people_reached"),
        Indicator("households_reached", Unit.COUNT, "income", "带动户数:期内收入不低于 1.00 元的农户",
                  "Households with an income of at least 1.00 yuan in the period",
                  "count households where income ≥ 1.00", additive=True),
        Indicator("households_reached_100", Unit.COUNT, "income", "期内收入不低于 100 元的农户",
                  "Households with an income of at least 100 yuan", "count households where income ≥ 100.00",
                  additive=True),
        Indicator("households_reached_1000", Unit.COUNT, "income", "期内收入不低于 1000 元的农户",
                  "Households with an income of at least 1,000 yuan", "count households where income ≥ 1000.00",
                  additive=True),
        Indicator("people_reached", Unit.COUNT, "income", "带动人数:带动户在期末的人口",
                  "Persons of the households reached, as of the period's last day",
                  "Σ persons of households reached", additive=True),
        *(
            Indicator(f"people_reached_by_status.{status}", Unit.COUNT, "income", f"其中:{zh}", f"Of them: {en}",
                      f"Σ persons of households reached with status {status}", additive=True)
            for status, zh, en in (
                ("registered", "建档立卡户", "registered as poor"),
                ("out_of_poverty", "脱贫户", "out of poverty"),
                ("monitored", "监测对象", "monitored"),
                ("other", "其他农户", "other households"),
            )
        ),
        Indicator(
            "sales_without_ratio", Unit.YUAN, "without_ratio",
            "无收入系数的净销售额:成交日、品类和地区没有生效的收入系数,其收入未知,不计入带动收入(不按 100 % 推定)",
            "Net sales for which no ratio of income was in force: what of them is income is unknown, and in no figure "
            "of income (never 100 % by silence)",
            "Σ net of income entries without a ratio, by sale day", additive=True,
        ),
        Indicator(
            "uplift_rate", Unit.RATE, "uplift",
            "增收率(整年):带动收入 ÷ 基期收入(人均 × 人口)之和;基期为首次有带动收入之前最近一个登记年度;"
            "无正的基期收入者不计入分子分母,另行计数",
            "Uplift rate (full years): income ÷ baseline income (per head × persons), each summed over the households "
            "with income in the year; the baseline is the last registered year that closed before the household's "
            "first income; households without a positive baseline are in neither sum, and counted",
            "Σ income ÷ Σ (baseline per head × persons at baseline)",
        ),
        Indicator(
            "people_with_increase", Unit.COUNT, "uplift",
            "收入增加的人数(整年):带动收入高于上一年的农户的人口",
            "Persons of households whose income of the year exceeds that of the year before (full years, where the "
            "ledger covers the year before from its January)",
            "Σ persons where income(year) > income(year − 1)", additive=True,
        ),
        Indicator(
            "households_without_baseline", Unit.COUNT, "uplift", "有带动收入但无正的基期收入的户数",
            "Households with income in the period but without a positive baseline",
            "count households where income > 0 and no baseline > 0", additive=True,
        ),
        Indicator(
            "line_gap_closed", Unit.COUNT, "line_gap",
            "收入补足贫困线差额的户数(整年):基期人均收入低于基期年贫困线,按贫困线变动折算后加上人均带动收入达到本年贫困线。"
            "是算术结果,不是脱贫认定",
            "Households whose coded income closes the gap to the poverty line (full years): below the line of their "
            "base year, and on this year's with their baseline carried on by the line and their income per head added. "
            "Arithmetic, no exit from poverty",
            "count households where baseline < line(base) "
            "and baseline × line(P) ÷ line(base) + income ÷ persons ≥ line(P)",
            additive=True,
        ),
    )
}  # fmt: skip
"""By name, in the order in which a summary shows them. A part of an indicator has a dot in its name."""

QUALITY = {
    "attributed_share": (Unit.RATE, "已归属销售额占比(全部地区)", "Share of sales that is attributed (all regions)"),
    "parked_amount": (Unit.YUAN, "待归属金额(全部地区)", "Amount that is parked (all regions: it has none yet)"),
    "sales_without_ratio": (Unit.YUAN, "无收入系数的净销售额", "Net sales for which no ratio was in force"),
    "income_kept_by_groups": (Unit.YUAN, "留在合作社和企业的收入基数", "Income base that stayed with groups"),
    "replaced_by_payment": (
        Unit.YUAN,
        "被付款记录取代、未计入的测算收入",
        "Modelled income that payments replaced: in no total",
    ),
    "households_without_baseline": (Unit.COUNT, "无基期收入的带动户", "Households with income without a baseline"),
    "share_of_paid": (Unit.RATE, "收入中有付款记录的占比", "Share of income that was recorded as paid"),
    "share_of_contract": (Unit.RATE, "收入中按合同的占比", "Share of income by contract"),
    "share_of_imputed": (Unit.RATE, "收入中推算的占比", "Share of income that is imputed"),
    "confirmed_by_household": (Unit.YUAN, "收入中经农户确认的付款", "Of income: paid, and confirmed by the household"),
    "confirmed_by_group": (Unit.YUAN, "收入中经付款方确认的付款", "Of income: paid, and confirmed by the group"),
    "confirmed_by_bank_digest": (
        Unit.YUAN,
        "收入中与银行流水摘要核对一致的付款",
        "Of income: paid, and matched with a digest of the bank's",
    ),
    "confirmed_by_nobody": (
        Unit.YUAN,
        "收入中无人确认的部分(含全部测算收入)",
        "Of income: confirmed by nobody (all that is modelled is among it)",
    ),
    "audited_share": (
        Unit.RATE,
        "期内各季度抽查所代表的收入 ÷ 收入(抽查后入账的变动会使其偏离)",
        "Income that the audits of the period's quarters stand for ÷ income (what was booked since an audit moves it)",
    ),
    "audit_error_rate": (
        Unit.RATE,
        "抽查估计的误差率:登记而不实的金额占比",
        "Error rate by audits: estimated part of the booked amount that is not true",
    ),
    "audit_error_low": (Unit.RATE, "误差率 95 % 区间下限", "Lower end of its 95 % interval"),
    "audit_error_high": (Unit.RATE, "误差率 95 % 区间上限", "Upper end of its 95 % interval"),
}
"""The quality block: unit and definition of each member. ``platforms`` beside these lists who reported."""


def written(number: int, unit: Unit) -> str | int:
    """A number as it stands in an answer: money and rates as decimal strings, counts as integers."""
    if unit is Unit.COUNT:
        return number
    if unit is Unit.QUANTITY:
        return format_quantity(number)
    return format_yuan(number) if unit is Unit.YUAN else format_rate(number)


def format_quantity(thousandths: int) -> str:
    """``12500`` → ``"12.500"``."""
    whole, fraction = divmod(thousandths, 1000)
    return f"{whole}.{fraction:03d}"


def format_rate(ten_thousandths: int) -> str:
    """``1234`` → ``"0.1234"``."""
    sign = "-" if ten_thousandths < 0 else ""
    whole, fraction = divmod(abs(ten_thousandths), RATE_SCALE)
    return f"{sign}{whole}.{fraction:04d}"
