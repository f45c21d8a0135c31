"""Releases as they stand on the wire."""

from datetime import date, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from services.stats.release.release import Stage
from services.stats.schemas.base import Answer, WatermarkOut

Note = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000)]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


Percent = Annotated[int, Field(ge=0, le=100)]


class RuleIn(_In):
    """What is asked of the contributors of one kind behind a figure that is shown to everybody."""

    threshold: Annotated[int, Field(ge=1, le=1_000)] | None = Field(default=None, description="k: so many at least.")
    largest_percent: Percent | None = Field(default=None, description="The largest has no more than this of the sum.")
    largest_two_percent: Percent | None = Field(default=None, description="Nor the two largest than this.")
    p_percent: Percent | None = Field(default=None, description="p: all but these two have this of the largest.")


class RulesIn(_In):
    """Rules of protection stricter than the house's; what is not named is as these."""

    household: RuleIn | None = None
    business: RuleIn | None = None
    shop: RuleIn | None = None
    platform: RuleIn | None = None
    interval_percent: Annotated[int, Field(ge=1, le=100)] | None = Field(
        default=None, description="What is suppressed stays uncertain by this much of itself."
    )


class ReleaseIn(_In):
    """A period to freeze."""

    region: Annotated[str, StringConstraints(pattern="^[0-9]{12}$")] = Field(
        description="A division; all divisions of its tree are in the release."
    )
    period: Annotated[str, StringConstraints(max_length=24)] = Field(
        description="As everywhere; the years, quarters and months in it are in the release too."
    )
    stage: Stage
    calendar: Note = Field(description="Which entry of the calendar of releases it is, such as 2020年一季度统计公报.")
    note: Note = Field(description="What readers have to know.")
    publish_at: AwareDatetime | None = Field(
        default=None, description="Held until then, for all who lack the scope; null: public once it is approved."
    )
    down_to: Literal["province", "prefecture", "county", "township", "village"] = Field(
        default="village", description="The lowest level whose divisions are in it."
    )
    supersedes: int | None = Field(default=None, description="A published release in whose place it stands.")
    reason: Note | None = Field(default=None, description="Why; with `supersedes`.")

    rules: RulesIn = Field(default_factory=RulesIn, description="Stricter rules of protection, kept with the release.")

    @model_validator(mode="after")
    def _reason_for_superseding(self) -> Self:
        if (self.supersedes is None) != (self.reason is None):
            raise ValueError("取代须说明理由 / `supersedes` and `reason` go together")
        return self


class DecisionIn(_In):
    """What the reviewer finds."""

    note: Note


class HeldOut(Answer):
    """What a release holds, and how much of it is computed."""

    parts: int
    frozen_parts: int
    periods: list[str]
    levels: list[str]
    dimensions: list[str] = Field(description="What figures are narrowed by, one at a time, beside those that are not.")
    row_count: int | None


class ReleaseOut(Answer):
    """A release."""

    release_id: int
    region: str
    period: str
    first_day: date
    last_day: date
    stage: str
    status: str = Field(
        description="freezing: being computed. draft: waits for a reviewer. rejected. approved: waits for "
        "`publish_at`. published. superseded: another stands in its place; it can still be read."
    )
    calendar: str
    note: str
    compiler: str
    drafted_at: datetime
    reviewer: str | None
    review_note: str | None
    decided_at: datetime | None
    publish_at: datetime | None
    published_at: datetime | None
    supersedes: int | None
    reason: str | None
    superseded_by: int | None
    rules: dict[str, Any] | None = Field(
        description="By which its figures are protected, for ever; null: drafted before rules were kept."
    )
    watermark: WatermarkOut | None = Field(description="Null until its computation begins, within a second.")
    digest: str | None = Field(description="SHA-256 over what stands here and over all figures.")
    holds: HeldOut
    quality: dict[str, dict[str, Any]] | None = Field(
        default=None, description="By period: how good the data of its region were. Where one release is asked for."
    )


class ReleasesOut(Answer):
    """Releases, newest first."""

    releases: list[ReleaseOut]
