"""The data dictionary in full: beside what ``indicators.py`` says, each indicator's name, its formula in Chinese, and
where its figures come from. A test holds that no indicator is without them.
"""

from collections.abc import Sequence

from services.stats.indicators import BREAKDOWNS, FILTERS, INDICATORS, QUALITY, Indicator
from services.stats.release.public import DIMENSIONS, DIVIDED, TOTALS
from services.stats.schemas.dictionary import DictionaryOut, IndicatorOut, QualityOut, ReasonOut
from services.stats.tabular import Column, Table
from services.stats.tabular.table import TEXT
from services.stats.uplift.dictionary import ROWS, SINGLE

UNITS = {
    "yuan": ("元,两位小数", "yuan, two decimals"),
    "count": ("个、户、人、单、行,整数", "a whole number"),
    "quantity": ("数量,三位小数", "a quantity, three decimals"),
    "rate": ("比率,四位小数(0.1234 即 12.34 %)", "a ratio, four decimals (0.1234 is 12.34 %)"),
}
NAMES = {
    "sales_gross": ("销售额", "Gross sales", "按成交日汇总 gross 分录"),
    "refunds": ("退款额", "Refunds", "按成交日汇总 refund 分录,取负"),
    "sales_net": ("净销售额", "Net sales", "销售额 − 退款额"),
    "refunds_by_refund_day": ("退款额(按退款日)", "Refunds by their own day", "按退款日汇总 refund 分录,取负"),
    "orders": ("订单数", "Orders", "净额大于零的 (平台, 订单号, 成交日) 去重计数"),
    "order_lines": ("订单行数", "Order lines", "净额大于零的订单行计数"),
    "units": ("销售数量", "Quantities sold", "净额大于零的订单行的数量之和,按单位"),
    "growth_yoy": ("同比增速", "Growth on the year before", "本期净销售额 ÷ 上年同期净销售额 − 1"),
    "growth_panel": (
        "同口径同比增速", "Growth, same shops and subjects", "两期均有净额的 (主体, 平台, 店铺) 的净额之比 − 1",
    ),
    "codes_active": ("有效识别码数", "Codes in force", "期末有效的识别码去重计数"),
    "codes_with_sales": ("有销售的主体数", "Subjects with sales", "期内净额大于零的主体去重计数"),
    "income": ("带动收入", "Income", "农户所得之和 = 实付 + 合同 + 推算"),
    "income.paid": ("带动收入:实付", "Income: paid", "依据为 paid 的农户所得之和"),
    "income.contract": ("带动收入:合同", "Income: contract", "依据为 contract 的农户所得之和"),
    "income.imputed": ("带动收入:推算", "Income: imputed", "依据为 imputed 的农户所得之和"),
    "income_per_reached_household": ("户均带动收入", "Income per household reached", "带动收入 ÷ 带动户数"),
    "income_per_capita": ("人均带动收入", "Income per person reached", "带动收入 ÷ 带动人数"),
    "households_reached": ("带动户数", "Households reached", "收入 ≥ 1.00 元的农户计数"),
    "households_reached_100": ("带动户数(100 元以上)", "Households reached, 100 yuan", "收入 ≥ 100.00 元的农户计数"),
    "households_reached_1000": (
        "带动户数(1000 元以上)", "Households reached, 1,000 yuan", "收入 ≥ 1000.00 元的农户计数",
    ),
    "people_reached": ("带动人数", "People reached", "带动户期末人口之和"),
    "people_reached_by_status.registered": (
        "带动人数:建档立卡户", "People reached: registered as poor", "其中建档立卡户的人口之和",
    ),
    "people_reached_by_status.out_of_poverty": (
        "带动人数:脱贫户", "People reached: out of poverty", "其中脱贫户的人口之和",
    ),
    "people_reached_by_status.monitored": ("带动人数:监测对象", "People reached: monitored", "其中监测对象的人口之和"),
    "people_reached_by_status.other": ("带动人数:其他农户", "People reached: others", "其中其他农户的人口之和"),
    "sales_without_ratio": ("无收入系数的净销售额", "Sales without a ratio", "没有收入系数的收入分录的净额之和"),
    "uplift_rate": ("增收率", "Uplift rate", "Σ 带动收入 ÷ Σ (基期人均收入 × 基期人口)"),
    "people_with_increase": ("收入增加的人数", "People with an increase", "本年收入 > 上年收入的农户人口之和"),
    "households_without_baseline": (
        "无基期收入的带动户数", "Households without baseline", "收入大于零且无正的基期收入的农户计数",
    ),
    "line_gap_closed": (
        "补足贫困线差额的户数", "Households that close the gap to the line",
        "基期人均 < 基期年贫困线,且 基期人均 × 本年贫困线 ÷ 基期年贫困线 + 带动收入 ÷ 人口 ≥ 本年贫困线 的农户计数",
    ),
}  # fmt: skip
"""Name in Chinese and English, and formula in Chinese."""
SOURCES = {
    "sales": (
        "销售台账分录(sales.entries),不含编码主体之间的内部销售",
        "Entries of the ledger (sales.entries), without sales between coded subjects",
    ),
    "units": ("订单行的数量(sales.lines)", "Quantities of order lines (sales.lines)"),
    "growth": ("销售台账分录(sales.entries),两期", "Entries of the ledger (sales.entries), of both periods"),
    "panel": (
        "销售台账分录(sales.entries)与订单行的店铺,两期",
        "Entries of the ledger (sales.entries) with the shops of their lines, of both periods",
    ),
    "refund_days": ("销售台账的退款分录(sales.entries)", "Refund entries of the ledger (sales.entries)"),
    "sellers": ("销售台账分录(sales.entries),按主体", "Entries of the ledger (sales.entries), by subject"),
    "codes": ("识别码目录(codes.directory)", "The directory of codes (codes.directory)"),
    "income": (
        "收入分录(sales.incomes)按成员名单(codes.memberships)分配,付款(sales.payments)优先;户情 codes.households",
        "Income entries (sales.incomes) by member lists (codes.memberships), payments first; homes: codes.households",
    ),
    "without_ratio": (
        "没有收入系数的收入分录(sales.incomes)",
        "Income entries without a ratio (sales.incomes)",
    ),
    "line_gap": (
        "同带动收入;基期收入取自登记收入(codes.reckoned_incomes),贫困线见 GET /v1/stats/poverty-lines",
        "As income; baselines from registered incomes (codes.reckoned_incomes), lines: GET /v1/stats/poverty-lines",
    ),
    "uplift": (
        "同带动收入;基期收入取自登记收入(codes.registered_incomes)",
        "As income; baselines from registered incomes (codes.registered_incomes)",
    ),
}
"""Where the figures of each source come from."""
REASONS = {
    "needs_full_year": ("只对已结束的自然年计算", "Only for calendar years that are over"),
    "no_year_before": ("台账不含上一年", "The ledger does not cover the year before"),
    "needs_unit": ("不同计量单位不相加,须指定单位", "Quantities of unlike units are not summed: name one"),
    "zero_denominator": ("分母为零", "There is nothing to divide by"),
    "filter_not_offered": ("该指标不能这样筛选", "This indicator cannot be filtered like this"),
    "asked_alone": (
        "县以上地区的汇总不含此项:请用 series、breakdown 或 uplift 查询",
        "Not in the summary of what is larger than a county: ask for it by series, breakdown or uplift",
    ),
    "not_in_release": ("该发布不含此数字", "The release does not hold this figure"),
    "no_audit": ("该地区该期间没有抽查", "No audit was drawn of the region and period"),
    "too_few_findings": ("抽查结果尚不足以估计", "Too few findings of the audit for an estimate"),
    "no_line": ("没有该年的贫困线", "No poverty line is known for the year"),
    "no_comparison": ("没有足够的对照户", "No township and band has enough households of both groups"),
    "too_few_villages": ("村数太少,无法估计误差", "Too few villages to say how far chance reaches"),
    "not_counted": ("本系统不统计此项", "OneCode does not count this"),
    "not_reported": ("尚无上报数字", "Nothing was reported"),
    "not_kept": ("仅保留现状,不可追溯", "Known only as it stands now"),
    "suppressed": ("为保护个体而不公布", "Withheld, so that nobody can be recognised"),
}
"""Why a figure is null."""


def describe_indicators() -> DictionaryOut:
    """The data dictionary."""
    return DictionaryOut(
        indicators=[_describe(known) for known in INDICATORS.values()],
        quality=[
            QualityOut(name=name, unit=unit, definition_zh=zh, definition_en=en)
            for name, (unit, zh, en) in QUALITY.items()
        ],
        uplift=[
            QualityOut(name=f"{part}.{known.name}", unit=known.unit, definition_zh=known.zh, definition_en=known.en)
            for part, figures in (*SINGLE.items(), *ROWS.items())
            for known in figures
        ],
        reasons=[ReasonOut(reason=reason, meaning_zh=zh, meaning_en=en) for reason, (zh, en) in REASONS.items()],
    )


def _describe(known: Indicator) -> IndicatorOut:
    name_zh, name_en, formula_zh = NAMES[known.name]
    source_zh, source_en = SOURCES[known.source]
    unit_zh, unit_en = UNITS[known.unit]
    return IndicatorOut(
        name=known.name,
        name_zh=name_zh,
        name_en=name_en,
        unit=known.unit,
        unit_zh=unit_zh,
        unit_en=unit_en,
        definition_zh=known.zh,
        definition_en=known.en,
        formula=known.formula,
        formula_zh=formula_zh,
        source_zh=source_zh,
        source_en=source_en,
        additive=known.additive,
        filters=list(FILTERS[known.source]),
        breakdowns=list(BREAKDOWNS[known.source]),
        published=_published(known.name),
    )


def _published(name: str) -> list[str]:
    """How everybody may read an indicator: in protected tables, whole and by which dimensions; not at all if empty."""
    return ["whole", *(DIMENSIONS if name in DIVIDED else ())] if name in TOTALS else []


_TEXTS = (
    ("name", "指标", "Indicator"),
    ("name_zh", "中文名", "Name in Chinese"),
    ("name_en", "英文名", "Name in English"),
    ("unit", "单位", "Unit"),
    ("definition_zh", "定义", "Definition in Chinese"),
    ("definition_en", "英文定义", "Definition in English"),
    ("formula_zh", "公式", "Formula in Chinese"),
    ("formula", "英文公式", "Formula"),
    ("source_zh", "来源", "Source in Chinese"),
    ("source_en", "英文来源", "Source in English"),
    ("filters", "可用筛选", "Filters offered"),
    ("breakdowns", "可用分组", "Breakdowns offered"),
    ("published", "公开发布的表(whole 合计)", "Tables that everybody may read: whole, and by one dimension"),
    ("additive", "下级之和是否等于上级", "Whether the figures of parts sum to the whole's"),
)


def dictionary_tables(dictionary: DictionaryOut) -> Sequence[Table]:
    """Indicators, members of the quality block, figures of the uplift, and reasons for nulls."""
    indicators = [
        (
            one.name, one.name_zh, one.name_en, one.unit, one.definition_zh, one.definition_en, one.formula_zh,
            one.formula, one.source_zh, one.source_en, " ".join(one.filters), " ".join(one.breakdowns),
            " ".join(one.published), one.additive,
        )
        for one in dictionary.indicators
    ]  # fmt: skip
    quality = [(one.name, one.unit, one.definition_zh, one.definition_en) for one in dictionary.quality]
    uplift = [(one.name, one.unit, one.definition_zh, one.definition_en) for one in dictionary.uplift]
    reasons = [(one.reason, one.meaning_zh, one.meaning_en) for one in dictionary.reasons]
    return [
        Table("indicators", "指标词典 / Data dictionary", _columns(*_TEXTS), indicators),
        Table("quality", "质量指标 / Quality block", _columns(_TEXTS[0], _TEXTS[3], *_TEXTS[4:6]), quality),
        Table("uplift", "增收报告 / The uplift's figures", _columns(_TEXTS[0], _TEXTS[3], *_TEXTS[4:6]), uplift),
        Table(
            "reasons",
            "无值的原因 / Why a figure is null",
            _columns(("reason", "原因", "Reason"), ("meaning_zh", "含义", "In Chinese"),
                     ("meaning_en", "英文含义", "In English")),
            reasons,
        ),
    ]  # fmt: skip


def _columns(*texts: tuple[str, str, str]) -> list[Column]:
    return [Column(name, TEXT, zh, en) for name, zh, en in texts]
