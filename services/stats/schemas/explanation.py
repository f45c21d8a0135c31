"""The stages of an explanation on the wire."""

from datetime import date, datetime

from pydantic import Field

from services.stats.schemas.base import Answer, WatermarkOut
from services.stats.schemas.figures import PeriodOut, RegionOut, SingleValue


class CellOut(Answer):
    """A cell of the cube that the figure sums."""

    period: str
    kind: str | None = Field(description="Null: all kinds, where the figure does not add up over them.")
    category: str | None = Field(description="Likewise.")
    platform: str
    value: str | int
    lines: str = Field(description="The path that lists its order lines, which sum to it.")


class ExplanationOut(Answer):
    """A figure, and the cells that sum to it."""

    region: RegionOut
    period: PeriodOut
    indicator: str
    unit: str
    formula: str
    filters: dict[str, str]
    watermark: WatermarkOut
    value: SingleValue
    cells: list[CellOut]


class EntryOut(Answer):
    """An entry of the ledger."""

    entry_no: int
    cause: str
    measure: str
    amount: str
    event_day: date
    reference: str
    batch_id: int
    position: int
    recorded_at: datetime
    channel: str = Field(description="How the batch came in: api, file, uptake, …")


class LineOut(Answer):
    """An order line as it counts for one holder, and the entries that say so."""

    platform: str
    order_no: str
    line_no: str
    code: str | None
    kind: str
    region: str
    category: str
    sale_day: date
    gross: str
    refunds: str
    net: str
    entries: list[EntryOut]


class LineTotals(Answer):
    """What all lines add up to, of all pages."""

    sales_gross: str
    refunds: str
    sales_net: str
    order_lines: int
    orders: int
    lines: int = Field(description="With those whose net is nought.")


class LinesOut(Answer):
    """Lines of a region, period and filters, a page of them."""

    region: RegionOut
    period: PeriodOut
    filters: dict[str, str]
    watermark: WatermarkOut
    totals: LineTotals
    lines: list[LineOut]
    next: str | None


class IncomeByBasisOut(Answer):
    """Income by how it is known."""

    paid: str
    contract: str
    imputed: str
    total: str


class HouseholdMonthOut(Answer):
    """What a household has of a month."""

    month: str
    whole: bool = Field(description="False where only a part of the month lies in the period: this is of that part.")
    income: IncomeByBasisOut
    explained: str | None = Field(description="The path to the month's lines and payments, which sum to a whole month.")


class HouseholdOfIncomeOut(Answer):
    """A household that lived in the region at the period's end; its months sum to its income."""

    code: str | None
    income: IncomeByBasisOut
    months: list[HouseholdMonthOut]


class IncomeExplanationOut(Answer):
    """The households whose incomes sum to a region's, a page of them."""

    region: RegionOut
    period: PeriodOut
    watermark: WatermarkOut
    totals: IncomeByBasisOut = Field(description="The figure `income`, of all pages.")
    households: list[HouseholdOfIncomeOut]
    next: str | None


class BindingOut(Answer):
    """The binding by which a line found its code, as known when it was recorded."""

    binding: str = Field(description="listing or shop.")
    shop: str
    sku: str | None
    code: str
    valid_from: date
    valid_to: date | None
    recorded_position: int = Field(description="Of sales' feed.")


class LineOriginOut(Answer):
    """One order line: what the platform said, what it was attributed to and by what, and what the ledger says."""

    platform: str
    order_no: str
    line_no: str
    occurred_at: datetime
    sale_day: date
    shop: str | None
    station: str | None
    sku: str | None
    title: str | None
    category: str
    quantity: str | None
    unit: str | None
    buyer_region: str | None
    trade: str
    amount: str
    refunded: str
    internal: bool = Field(description="Between coded subjects: in no total.")
    code: str | None = Field(description="The code that it was attributed to.")
    method: str = Field(description="line: the code on it. listing, shop: a binding. hand, split.")
    binding: BindingOut | None
    watermark: WatermarkOut
    holders: list[LineOut]
    sources: list[str] = Field(description="Paths that show how the income of its holders' day was settled.")


class RatioOut(Answer):
    """A version of a ratio."""

    ratio_id: int
    ratio: str
    category: str
    region: str
    valid_from: date
    source: str


class IncomeEntryOut(Answer):
    """An entry that settled a part of a source's day."""

    batch_id: int
    position: int
    net: str
    base: str
    basis: str
    ratio: RatioOut | None
    list_position: int = Field(description="Of codes' feed: the version of the member list.")


class SourceBasisOut(Answer):
    """What a source has to divide, by basis."""

    basis: str
    net: str
    base: str
    to_members: str | None = Field(description="Null for a household's own sales, and where there is nothing.")
    kept: str | None


class MemberOut(Answer):
    """A member of the list that was divided by."""

    code: str | None
    kind: str
    weight: int


class MemberListOut(Answer):
    """The list of a group's members on the day, in the version that was divided by."""

    list_position: int
    members_part: str
    member_count: int
    weights: int
    members: list[MemberOut] = Field(description="The first 1,000.")


class SourceDayOut(Answer):
    """A source's day and category: its sales, how they were settled, and by which list they were divided."""

    code: str
    kind: str
    sale_day: date
    category: str
    watermark: WatermarkOut
    bases: list[SourceBasisOut]
    entries: list[IncomeEntryOut] = Field(description="Their nets and bases sum to those above, by basis.")
    member_list: MemberListOut | None
    lines: str = Field(description="The path that lists the order lines; their nets sum to the nets above.")


class DayWithoutRatioOut(Answer):
    """What a source sold of a day and category while no ratio was in force for it."""

    code: str | None
    kind: str
    region: str
    sale_day: date
    category: str
    net: str
    explained: str | None = Field(description="The path to how the day was settled, and to its order lines.")


class WithoutRatioOut(Answer):
    """The days that `sales_without_ratio` sums, a page of them."""

    region: RegionOut
    period: PeriodOut
    filters: dict[str, str]
    watermark: WatermarkOut
    value: str = Field(description="The figure, of all pages.")
    days: list[DayWithoutRatioOut]
    next: str | None


class HouseholdBelowLineOut(Answer):
    """A household whose baseline lay below the line of its base year, with its income of the year."""

    code: str | None
    persons: int
    income: str
    base_year: int
    baseline: str = Field(description="Registered yuan per head of the base year.")
    base_line: str = Field(description="The line of that year.")
    closed: bool | None = Field(description="baseline × line ÷ base_line + income ÷ persons ≥ line; null: no line.")


class LineGapExplanationOut(Answer):
    """The households that `line_gap_closed` counts, and those it does not, a page of them."""

    region: RegionOut
    year: int
    watermark: WatermarkOut
    line: str | None = Field(description="Of the year; null: none is known.")
    line_source: str | None
    value: int | None = Field(description="The figure, of all pages.")
    households: list[HouseholdBelowLineOut]
    next: str | None
