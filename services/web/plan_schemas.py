"""What the pages read of the plan, stations and products. Fields that no page shows are left out on purpose."""

from datetime import date
from typing import Any

from services.web.schemas import Answer, Region

Value = str | int | None


class Tally(Answer):
    """How many targets a unit or a department has, and how many are reached."""

    targets: int
    reached: int
    unknown: int


class UnitTally(Tally):
    """Of a unit."""

    unit: str
    zh: str
    en: str


class DepartmentTally(Tally):
    """Of a department; null: still to be filled in."""

    department: str | None


class TargetRow(Answer):
    """An indicator in a unit."""

    indicator: str
    zh: str
    en: str
    unit: str
    value_unit: str
    target: Value
    target_is_all: bool
    due_year: int | None
    actual: Value
    actual_reason: str | None
    actual_is: str
    counted: Value
    counted_reason: str | None
    counted_zh: str | None
    counted_en: str | None
    reported: Value
    reported_zh: str
    reported_en: str
    share_reached: str | None
    reached: bool | None
    lead_department: str | None
    responsible_departments: list[str]


class Targets(Answer):
    """``GET /v1/stats/targets``."""

    year: int
    day: date
    units: list[UnitTally]
    departments: list[DepartmentTally]
    rows: list[TargetRow]


class Sign(Answer):
    """Something that is noticed of a station."""

    sign: str
    points: int
    zh: str
    en: str


class Station(Answer):
    """A station in the period."""

    station: str
    name: str
    type: str
    status: str
    score: int | None
    signs: list[Sign]
    scans: int
    orders: int
    sales_net: str
    goods_paid: str
    parcels: int
    active_days: int
    silent_days: int


class Coverage(Answer):
    """Divisions with an active station."""

    what: str
    divisions: int
    covered: int
    share: str | None


class Stations(Answer):
    """``GET /v1/stats/stations``."""

    region: Region
    day: date
    totals: dict[str, Any]
    coverage: list[Coverage]
    row_count: int
    rows: list[Station]


class Quantity(Answer):
    """What was sold in a unit."""

    unit: str | None
    quantity: str
    average_price: str | None


class Product(Answer):
    """A category."""

    category: str
    name: str | None
    quantities: list[Quantity]
    sales_net: str
    refund_rate: str | None
    change: str


class Products(Answer):
    """``GET /v1/stats/products``."""

    region: Region
    rows: list[Product]
    rising: list[Product]
    falling: list[Product]
    months: list[dict[str, Any]]
    season: list[dict[str, Any]] | None
    buyers: list[dict[str, Any]]
    forecasts: list[dict[str, Any]]
