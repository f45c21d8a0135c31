"""The uplift of a division and year on the wire. What each figure is stands in ``/v1/stats/indicators``, ``uplift``."""

from pydantic import Field

from services.stats.schemas.audits import EstimateOut
from services.stats.schemas.base import Answer, WatermarkOut
from services.stats.schemas.figures import PeriodOut, RegionOut, SingleValue
from services.stats.schemas.poverty_lines import PovertyLineOut

Values = dict[str, SingleValue]


class PartOut(Answer):
    """One row of a part: a band, a way, a category, a comparison."""

    key: str
    name: str = Field(description="中文 / English, or the category's name.")
    values: Values


class TrendOut(Answer):
    """Mean registered income per head of a year, of the households that the placebo compares."""

    year: int
    reached: str
    comparison: str


class NoteOut(Answer):
    """A limit of the comparison, in Chinese and English."""

    zh: str
    en: str


class ComparisonOut(Answer):
    """Compared with what: differences, never effects."""

    rows: list[PartOut] = Field(
        description="all: all reached; newly: reached for the first time; placebo: the newly reached a year earlier. "
        "A value without a figure says why: no_comparison (no township and band has enough households of both groups), "
        "too_few_villages, needs_full_year."
    )
    trend: list[TrendOut] = Field(description="Three years, where they are registered; else empty.")
    few_villages: bool = Field(description="Under 30 villages: the interval tends to be too short.")
    limits: list[NoteOut]


class UpliftOut(Answer):
    """How much better off the households of a division are, read in one snapshot."""

    region: RegionOut
    period: PeriodOut
    watermark: WatermarkOut
    figures: dict[str, Values] = Field(description="By part, then name.")
    bands: list[PartOut] = Field(description="Distribution of coded income per head; keys in yuan, `from-before`.")
    ways: list[PartOut]
    categories: list[PartOut] = Field(description="Key '' is what was paid: payments name no category.")
    comparison: ComparisonOut
    audit: EstimateOut = Field(description="What the audits of the year's quarters say of the error of coded income.")
    poverty_lines: list[PovertyLineOut] = Field(description="Those of the province up to the year.")
