"""Revisions on the wire."""

from datetime import datetime

from pydantic import Field

from services.stats.schemas.base import Answer, WatermarkOut
from services.stats.schemas.figures import PeriodOut, RegionOut, SingleValue


class VantageOut(Answer):
    """The figure at one release, or now."""

    release_id: int | None = Field(description="Null: now.")
    stage: str | None
    status: str | None
    published_at: datetime | None
    watermark: WatermarkOut
    value: SingleValue


class PartOut(Answer):
    """What of a movement came from one cause."""

    cause: str
    cause_zh: str
    cause_en: str
    change: str | int


class MovementOut(Answer):
    """How the figure moved from one vantage point to the next."""

    from_release: int | None
    to_release: int | None = Field(description="Null: to now.")
    change: str | int | None = Field(description="Null where one of both figures is.")
    parts: list[PartOut] | None = Field(
        description="They sum to the change. Null for an average, a share or what is compared with another year: these "
        "move with what they are made of."
    )
    unexplained: str | int | None = Field(
        description="What of the change no part explains: nought, unless the code that computes figures changed since."
    )


class RevisionsOut(Answer):
    """How a figure moved from release to release, and to now."""

    region: RegionOut
    period: PeriodOut
    indicator: str
    unit: str
    filters: dict[str, str]
    watermark: WatermarkOut
    figures: list[VantageOut] = Field(description="By position, the present last.")
    movements: list[MovementOut]
