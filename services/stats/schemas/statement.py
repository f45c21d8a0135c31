"""A household's own statement as it stands on the wire."""

from datetime import date, datetime

from pydantic import Field

from services.stats.schemas.base import Answer, WatermarkOut


class SoldOut(Answer):
    """What was sold under the code in a month and category."""

    month: str
    category: str
    category_name: str | None
    gross: str
    refunds: str
    net: str
    internal: bool = Field(description="Bought by somebody who has a code too: listed here, in no statistics.")


class MonthIncomeOut(Answer):
    """What reached the household in a month, by how it is known."""

    month: str
    paid: str
    contract: str
    imputed: str
    total: str


class PaidOut(Answer):
    """A payment that counts as income."""

    payment_no: str
    group: str | None = Field(description="Who paid; null where no coded group did.")
    method: str
    amount: str
    paid_on: date
    month: str = Field(description="Which month's income it is.")
    confirmation: str


class StatementOut(Answer):
    """What the figures say of one household. Objections and their answers came with the grant."""

    code: str
    from_month: str
    to_month: str
    read_at: datetime
    watermark: WatermarkOut
    sold: list[SoldOut]
    income: list[MonthIncomeOut]
    payments: list[PaidOut]
    totals: dict[str, str] = Field(description="sold (net), paid, contract, imputed, and income: the last three.")
