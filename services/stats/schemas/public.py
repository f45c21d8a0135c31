"""What everybody may read of a release, as it stands on the wire."""

from typing import Any

from pydantic import Field

from services.stats.schemas.base import Answer
from services.stats.schemas.figures import DivisionOut, PeriodOut, RegionOut

LEGEND = {
    "suppressed": "保密:贡献者过少或由一两家主导,或为防止由其他数据推算而不公布 / "
    "Confidential: too few contributors, one or two of them dominate, or another figure could be computed from it",
    "part_suppressed": "其组成部分保密 / A figure that it is made of is confidential",
    "by_division_only": "该期间只按行政区划公布 / Published by division only, not by reporting unit",
    "needs_full_year": "仅适用于已结束的日历年 / For calendar years that are over",
    "no_year_before": "台账不含上一年 / The ledger does not cover the year before",
    "zero_denominator": "分母为零 / There is nothing to divide by",
}  # fmt: skip
"""The statuses of figures without a value."""


class PublicFigureOut(Answer):
    """One figure of one division."""

    region: DivisionOut
    key: str | None = Field(description="With a dimension: which of its values.")
    indicator: str
    unit: str
    value: str | int | None
    status: str | None = Field(description="Why there is no value; the legend says what it means.")


class PublicTableOut(Answer):
    """Figures of a release as everybody may read them: protected once, when the release was frozen."""

    release_id: int
    digest: str | None
    region: RegionOut
    period: PeriodOut
    level: str
    by: str | None
    rules: dict[str, Any] | None = Field(description="By which the release is protected; null: kept since later.")
    legend: dict[str, str]
    figures: list[PublicFigureOut]
