"""Targets and reported figures on the wire."""

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.stats.plan.reporting import Outcome
from services.stats.schemas.base import Answer, WatermarkOut

Word = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Text = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]+$")]
MAX_REPORTS = 5_000
PlainValue = str | int | None
"""Counts are integers, money and rates decimal strings; null where there is none, with a reason beside it."""


class Incoming(BaseModel):
    """A body, or a part of one."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class ReportIn(Incoming):
    """A figure that an office reports."""

    indicator: Word
    unit: Word
    """A reporting unit, or ``province``."""
    audience: Word | None = None
    """Of trainings: whom they were for; left out for all."""
    period: Annotated[str, StringConstraints(max_length=24)]
    """``2020``, ``2020-Q1``, ``2020-02``, ``2020-02-21`` or a range; of what there is on a day, the day is its last."""
    value: str | int
    source: Text
    """The document or list it was taken from."""
    reporter: Text
    """The office that reports; no person's name."""
    reported_on: date


class ReportsIn(Incoming):
    """Reports, each judged by itself."""

    reports: Annotated[list[ReportIn], Field(min_length=1, max_length=MAX_REPORTS)]


class ReportResultOut(Answer):
    """What became of one report."""

    indicator: str
    unit: str
    period: str
    status: Outcome | str = Field(description="recorded, corrected, repeated, not_allowed or invalid.")
    detail: str | None = Field(default=None, description="What is wrong with it, and what to do.")


class ReportsOut(Answer):
    """What became of the reports, in their order."""

    counts: dict[str, int]
    results: list[ReportResultOut]


class RowErrorOut(Answer):
    """A row of a file that was not taken."""

    row: int = Field(description="As a spreadsheet numbers it; the header is row 1.")
    column: str | None
    detail: str


class ReportFileOut(Answer):
    """What became of a file of reports."""

    rows: int
    counts: dict[str, int]
    errors: list[RowErrorOut]


class ReportOut(Answer):
    """A reported figure as it is on record."""

    indicator: str
    unit: str
    audience: str | None
    first_day: date
    last_day: date
    value: PlainValue
    source: str
    reporter: str
    reported_on: date
    recorded_at: datetime
    recorded_by: str
    corrected: bool = Field(description="A later report took its place.")


class ReportHistoryOut(Answer):
    """Reported figures, those that were corrected among them."""

    reports: list[ReportOut]


class TargetIn(Incoming):
    """A target, or who answers for it."""

    indicator: Word
    unit: Word
    year: Annotated[int, Field(ge=2015, le=2100, strict=True)]
    target: str | int
    """The least that is asked, or ``all`` where there is a number of all."""
    lead_department: Text | None = None
    responsible_departments: Annotated[list[Text], Field(max_length=20)] = []
    source: Text


class TargetsIn(Incoming):
    """Targets, all taken or none."""

    targets: Annotated[list[TargetIn], Field(min_length=1, max_length=1_000)]


class TargetsRecordedOut(Answer):
    """How many of them said something new."""

    recorded: int
    unchanged: int


class TrendOut(Answer):
    """How an indicator stood at the end of a quarter (of the last one: on the day of the answer)."""

    label: str
    counted: PlainValue
    reported: PlainValue


class ReportedFromOut(Answer):
    """The reports that make a reported figure."""

    first_day: date | None
    last_day: date | None
    reports: int
    source: str | None
    reporter: str | None
    reported_on: date | None
    units_reporting: int | None = Field(description="Where the units' reports were added up for the province.")


class AudienceOut(Answer):
    """A reported figure of an audience."""

    audience: str
    zh: str
    en: str
    value: PlainValue


class TargetRowOut(Answer):
    """An indicator in a unit: what is asked, what is so, and how that is known."""

    indicator: str
    zh: str
    en: str
    unit: str
    unit_zh: str
    unit_en: str
    value_unit: str
    target: PlainValue
    target_is_all: bool
    due_year: int | None
    actual: PlainValue
    actual_reason: str | None = Field(
        description="Why there is none: not_reported, needs_full_year, no_year_before, not_counted."
    )
    actual_is: str = Field(description="counted or reported: which of the two the target is held against.")
    counted: PlainValue
    counted_reason: str | None
    counted_zh: str | None
    counted_en: str | None
    reported: PlainValue
    reported_zh: str
    reported_en: str
    reported_from: ReportedFromOut | None
    share_reached: str | None = Field(description="actual ÷ target; above 1 where more was reached than asked.")
    reached: bool | None
    lead_department: str | None = Field(description="null: still to be filled in (POST /v1/stats/targets).")
    responsible_departments: list[str]
    target_source: str | None
    trend: list[TrendOut]
    audiences: list[AudienceOut]


class TallyOut(Answer):
    """How many targets, and how they stand."""

    targets: int
    reached: int
    unknown: int = Field(description="Nothing is counted or reported.")


class UnitTallyOut(TallyOut):
    """Of a unit."""

    unit: str
    zh: str
    en: str


class DepartmentTallyOut(TallyOut):
    """Of a department, as lead or responsible; null: targets whose departments are still to be filled in."""

    department: str | None


class TargetsOut(Answer):
    """The plan's targets in a year."""

    year: int
    day: date = Field(description="The last day that figures speak of.")
    as_of: datetime | None
    watermark: WatermarkOut
    plan_batch: int = Field(description="Targets and reports up to this batch.")
    source: str
    units: list[UnitTallyOut]
    departments: list[DepartmentTallyOut]
    rows: list[TargetRowOut]


class IndustryOut(Answer):
    """A category that is agricultural, and the featured industry it belongs to."""

    category: str
    industry: str | None
    zh: str | None
    en: str | None


class IndustriesOut(Answer):
    """The table of categories and the plan's featured industries."""

    industries: list[IndustryOut]


class CategoryIn(Incoming):
    """A category is agricultural."""

    category: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")]
    industry: Word | None = None
    """One of the plan's twelve; left out: of none of them."""


class IndustriesIn(Incoming):
    """Categories of a house's own."""

    industries: Annotated[list[CategoryIn], Field(min_length=1, max_length=1_000)]
