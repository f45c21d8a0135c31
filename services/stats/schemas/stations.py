"""Stations, monitored, on the wire."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.stats.schemas.base import Answer
from services.stats.schemas.figures import PeriodOut, RegionOut


class SignOut(Answer):
    """Something that is noticed of a station, and the points that it takes off its score."""

    sign: str = Field(description="never_heard, silent, offline, bad_codes, only_looks, late_uploads or clock.")
    points: int
    zh: str
    en: str


class StationOut(Answer):
    """A station in the period."""

    station: str
    name: str
    region: str
    type: str
    status: str
    since: date
    score: int | None = Field(description="100 less the points of all signs; null for one that is not active.")
    signs: list[SignOut]
    scans: int
    by_purpose: dict[str, int]
    orders: int = Field(description="Orders through this station with net sales.")
    sales_net: str
    goods_paid: str = Field(description="Paid for goods taken in.")
    parcels: int
    active_days: int = Field(description="Days of the period with a scan.")
    last_heard: date | None
    silent_days: int = Field(
        description="Days without a scan up to `day`; declared closures and seasons without harvest apart."
    )
    offline_share: str | None
    not_valid_share: str | None
    longest_queue_hours: int
    largest_skew_seconds: int
    clock_corrected: int


class CoverageOut(Answer):
    """Divisions of a level, or with a tag, and in how many of them a station is active on the day."""

    what: str
    divisions: int
    covered: int
    share: str | None


class StationTotalsOut(Answer):
    """Sums over all stations of the answer, listed or not."""

    stations: int
    by_status: dict[str, int]
    by_type: dict[str, int]
    heard_of: int
    scans_by_purpose: dict[str, int]
    orders: int
    sales_net: str
    goods_paid: str
    parcels: int


class StationsOut(Answer):
    """Stations of a region, the one that needs a call most first."""

    region: RegionOut
    period: PeriodOut
    day: date = Field(description="Stations as they are on this day: the period's last, or today.")
    position: int = Field(description="Orders up to this position of the ledger's feed.")
    registry_position: int = Field(description="Scans up to this position of the registry's feed.")
    totals: StationTotalsOut
    coverage: list[CoverageOut]
    row_count: int
    rows: list[StationOut]


class SeasonIn(BaseModel):
    """A season without harvest: days on which the stations of a place may be silent."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    region: Annotated[str, StringConstraints(pattern=r"^[0-9]{12}$")]
    valid_from: date
    valid_to: date
    """The first day on which they should be heard of again."""
    reason: Annotated[str, StringConstraints(min_length=1, max_length=200)]


class SeasonOut(Answer):
    """A season on record."""

    region: str
    valid_from: date
    valid_to: date
    reason: str
