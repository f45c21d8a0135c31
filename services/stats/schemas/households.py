"""The answer that explains a household's income, as it stands on the wire."""

from datetime import date

from pydantic import Field

from services.stats.schemas.base import Answer, WatermarkOut


class OriginOut(Answer):
    """A base that a line is a part of."""

    source: str | None = Field(description="Code of who sold: the household, the group, or an enterprise above it.")
    base: str = Field(description="What of its income base of that day, category and basis was divided here.")
    ratio: str | None = Field(description="Part of net sales that is income.")
    ratio_source: str | None
    explained: str | None = Field(description="The path to how the source's day was settled, and to its order lines.")


class IncomeLineOut(Answer):
    """What a household has of a day, category and basis, under its own code or from one group."""

    group: str | None = Field(description="The group's code; null for sales under the household's own.")
    sale_day: date
    category: str
    basis: str = Field(description="contract or imputed.")
    amount: str
    weight: int | None = Field(description="Of the household's link to the group; null for its own sales.")
    weights: int | None = Field(description="Of all members that day.")
    members_part: str | None = Field(description="Part of the base that goes to members.")
    origins: list[OriginOut]
    replaced: bool = Field(description="The group paid the household for this month: this line is in no total.")


class PaidLineOut(Answer):
    """A payment that counts."""

    payment_no: str
    group: str | None = Field(description="Who paid; null where no coded group did.")
    method: str
    amount: str
    paid_on: date
    counts_on: date
    confirmation: str
    replaces: str = Field(
        description="Modelled income of this group and month that is in no total because the group paid. "
        "Several payments of one group replace it together."
    )


class HouseholdIncomeOut(Answer):
    """A household's income of a month, and why. ``totals`` is what the statistics count."""

    code: str
    month: str
    watermark: WatermarkOut
    totals: dict[str, str] = Field(description="By basis, and total.")
    lines: list[IncomeLineOut]
    payments: list[PaidLineOut]
