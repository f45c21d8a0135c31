"""Figures as they stand on the wire. Questions are query parameters; see ``routes/``."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from services.stats.indicators import Missing, Unit, Value, written
from services.stats.schemas.base import Answer, WatermarkOut


class MissingValue(Answer):
    """No value, because it would mislead."""

    value: None = None
    reason: str = Field(
        description="needs_full_year: asked for a period that is no calendar year, or one that is not over. "
        "no_year_before: the ledger does not cover the year before. zero_denominator: there is nothing to divide by. "
        "needs_unit: quantities of unlike units are not summed. "
        "filter_not_offered: this indicator cannot be filtered like this. "
        "not_kept: only the present of it is kept, not what it was as of an earlier moment. "
        "GET /v1/stats/indicators explains these and all others."
    )


SingleValue = str | int | MissingValue
"""Money (yuan, two decimals) and rates (four decimals) are strings, counts are integers."""


def single_value(value: Value, unit: Unit) -> SingleValue:
    """A value where it stands alone."""
    return MissingValue(reason=value.reason) if isinstance(value, Missing) else written(value, unit)


class WithReason(Answer):
    """A value beside the key it belongs to."""

    value: str | int | None
    reason: str | None = Field(default=None, description="Why there is no value; the words of MissingValue.")


def value_and_reason(value: Value, unit: Unit) -> WithReason:
    """A value where it stands in a list."""
    if isinstance(value, Missing):
        return WithReason(value=None, reason=value.reason)
    return WithReason(value=written(value, unit))


class RegionOut(Answer):
    """A division."""

    code: str
    name: str
    level: str


@dataclass(frozen=True, slots=True)
class DivisionOut:
    """A division in a list, which may hold all villages: so it is no model, which would look at each once more."""

    code: str
    name: str


class PeriodOut(Answer):
    """A period, as it was asked for, and its first and last day."""

    label: str
    first_day: date
    last_day: date


class ReleaseReference(Answer):
    """The release that figures are of."""

    release_id: int
    stage: str
    calendar: str
    note: str
    compiler: str
    reviewer: str | None
    published_at: datetime | None
    digest: str | None


class RevisedFigure(Answer):
    """What a release had, and by how much the present figure differs."""

    released: SingleValue
    change: str | int | None = Field(description="Null where one of both is.")


class RevisionOut(Answer):
    """The present figures beside those of the newest release of the same region and period."""

    release: ReleaseReference
    indicators: dict[str, RevisedFigure] = Field(description="Those that have changed since.")


class SummaryOut(Answer):
    """All indicators of a region and period, read in one snapshot."""

    region: RegionOut
    period: PeriodOut
    filters: dict[str, str]
    watermark: WatermarkOut
    release: ReleaseReference | None = Field(default=None, description="With `release`: which one the figures are of.")
    revision: RevisionOut | None = Field(
        default=None, description="Of present figures, where a release has the same region, period and filters."
    )
    indicators: dict[str, SingleValue | dict[str, SingleValue | list[str]]] = Field(
        description="Name to value; `income`, `people_reached_by_status` and `quality` are objects of values."
    )


class Point(WithReason):
    """One period of a series."""

    period: str


class SeriesOut(Answer):
    """An indicator over time."""

    region: RegionOut
    indicator: str
    unit: str
    freq: str
    filters: dict[str, str]
    watermark: WatermarkOut
    release: ReleaseReference | None = None
    points: list[Point]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One part of a breakdown; no model, as of divisions in a list."""

    value: str | int | None
    reason: Annotated[str | None, Field(description="Why there is no value; the words of MissingValue.")] = None
    key: Annotated[str, Field(description="Division code, kind, platform, category, or the cooperative's code.")]
    name: str | None
    region: Annotated[DivisionOut | None, Field(description="With a breakdown by division.")] = None


class BreakdownOut(Answer):
    """An indicator by a dimension, largest first."""

    region: RegionOut
    period: PeriodOut
    indicator: str
    unit: str
    by: str
    filters: dict[str, str]
    watermark: WatermarkOut
    release: ReleaseReference | None = None
    total: SingleValue
    undivided: SingleValue | None = Field(
        default=None,
        description="With divisions, for figures whose parts sum to the whole: what belongs to none of the rows, "
        "such as sales of an enterprise seated in a county when townships are asked for.",
    )
    row_count: int = Field(description="How many rows there are; `rows` holds the first `limit` of them.")
    rows: list[Row]
