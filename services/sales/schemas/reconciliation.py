"""The wire of reconciliation."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from services.kit.money import NotAnAmount, parse_yuan
from services.sales.schemas.fields import Day, Incoming, OrderNo, Outgoing, PlatformKey

MAX_DAYS = 366
MAX_ORDERS = 100_000


class By(StrEnum):
    """By which day things are added up."""

    SALE = "sale"
    """The business day of the line; refunds count on it too."""
    REFUND = "refund"
    """The business day of the event: a refund on the day it was given."""
    RECORDED = "recorded"
    """The day on which it was recorded here, beginning at the cut-off."""
    SETTLEMENT = "settlement"
    """The day on which the platform settles it: when sale or refund happened, beginning at the cut-off."""


def _yuan(text: str) -> str:
    try:
        parse_yuan(text)
    except NotAnAmount as error:
        raise ValueError("金额应为两位小数的文本 / an amount is text with at most two decimals") from error
    return text


Yuan = Annotated[str, Field(max_length=32), AfterValidator(_yuan)]


class OwnDay(Incoming):
    """A platform's own figures of a day; with its orders, what differs is told down to the order."""

    day: Day
    lines: int | None = Field(default=None, ge=0)
    sales: Yuan | None = None
    refunds: Yuan | None = None
    digest: Annotated[str | None, Field(pattern=r"^[0-9a-f]{64}$")] = None
    orders: list[OrderNo] | None = Field(default=None, max_length=MAX_ORDERS)


class OwnDays(Incoming):
    """Body of ``POST /v1/reconciliation``."""

    platform: PlatformKey | None = Field(default=None, description="Left out by platforms: the token says it.")
    by: By = By.SALE
    cut_off: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] = "00:00"
    days: list[OwnDay] = Field(min_length=1, max_length=MAX_DAYS)

    @model_validator(mode="after")
    def _each_day_once(self) -> Self:
        if len({own.day for own in self.days}) != len(self.days):
            raise ValueError("同一天出现两次 / a day is given twice")
        return self


class DayOut(Outgoing):
    """A day as it is recorded here."""

    day: date
    lines: int
    sales: str
    refunds: str
    net: str
    parked_lines: int
    parked: str = Field(description="Value of the lines that wait, by their own business day; in no other figure.")
    digest: str = Field(description="SHA-256, hex, over what moved on each line; see docs/api/reconciliation.md.")


class DaysOut(Outgoing):
    """A platform's days."""

    platform: str
    by: By
    cut_off: str
    days: list[DayOut]


class Difference(Outgoing):
    """A figure that is not the same on both sides."""

    figure: str
    theirs: str
    ours: str


class ComparedDay(Outgoing):
    """How a day compares."""

    day: date
    agrees: bool
    differences: list[Difference]
    missing_orders: list[str] = Field(description="Orders that the platform names and that have nothing here that day.")
    surplus_orders: list[str] = Field(description="Orders that have something here that day and were not named.")
    ours: DayOut


class ComparisonOut(Outgoing):
    """How the days compare."""

    platform: str
    by: By
    agrees: bool
    days: list[ComparedDay]
