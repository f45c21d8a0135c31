"""Products, monitored, on the wire."""

from pydantic import Field

from services.stats.schemas.base import Answer
from services.stats.schemas.figures import PeriodOut, RegionOut


class QuantityOut(Answer):
    """What was sold in a unit, before refunds, and its average price."""

    unit: str | None = Field(
        description="As platforms write it; null where they wrote none. Unlike units never add up."
    )
    quantity: str
    average_price: str | None


class ProductOut(Answer):
    """A category, or an SKU of a shop."""

    category: str
    name: str | None = Field(description="The category's name, or what the SKU was called last.")
    platform: str | None = None
    shop: str | None = None
    sku: str | None = None
    lines: int
    quantities: list[QuantityOut]
    sales_gross: str
    refunds: str
    sales_net: str
    refund_rate: str | None
    sales_net_before: str = Field(description="Of as many months before the period.")
    change: str = Field(description="sales_net − sales_net_before.")
    sales_net_year_before: str
    growth_yoy: str | None = Field(description="Against the same months a year before, as a share of them.")


class MonthOut(Answer):
    """A month of all that was asked for."""

    month: str
    sales_net: str
    quantities: list[QuantityOut]


class BuyersOut(Answer):
    """Where buyers live."""

    province: str | None = Field(description="12-digit code; null where platforms did not say.")
    name: str | None
    sales_net: str
    share: str | None


class SeasonOut(Answer):
    """A calendar month against the average month of the whole years known."""

    month: int
    index: str


class ErrorsOut(Answer):
    """How far a method was off on the months held out."""

    mean_absolute: str
    share: str | None = Field(description="Σ |error| ÷ Σ actual.")


class ForecastMonthOut(Answer):
    """A month to come."""

    month: str
    value: str
    low: str = Field(description="Four of five errors of this method were no larger than from here to `high`.")
    high: str


class ForecastOut(Answer):
    """A forecast and what it was worth."""

    of: str = Field(description="sales_net (yuan), or the unit of the quantity.")
    method: str = Field(description="theta; or naive / seasonal_naive where that was at least as good.")
    months: list[ForecastMonthOut]
    naive_method: str
    origins: int = Field(description="From how many months both methods were tried.")
    theta_error: ErrorsOut
    naive_error: ErrorsOut
    naive_wins: bool
    zh: str
    en: str


class ProductsOut(Answer):
    """What is sold in a region, by category or SKU."""

    region: RegionOut
    period: PeriodOut
    by: str
    category: str | None
    platform: str | None
    position: int
    row_count: int
    rows: list[ProductOut]
    rising: list[ProductOut] = Field(description="Net sales rose most against the months before.")
    falling: list[ProductOut]
    months: list[MonthOut]
    season: list[SeasonOut] | None
    buyers: list[BuyersOut] = Field(description="By category and region; empty when a platform is asked for.")
    forecasts: list[ForecastOut] = Field(description="With a category; empty while less than twelve months are known.")
