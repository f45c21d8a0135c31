"""What a release is, of which parts it consists, who may see it, and what its digest says. Pure."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any

from services.stats.period import Frequency, Period, periods_between

QUALITY = "quality"
"""The source of the rows that hold quality blocks; the others are named as the sources of figures."""
QUALITY_LEVELS = ("province", "prefecture")
"""Whose quality blocks a release holds for every period, beside that of its own region; of counties it holds those of
its own period. A block is a question for one division: of more there would be too many."""


class Stage(StrEnum):
    """How settled the figures are meant to be."""

    PRELIMINARY = "preliminary"
    REVISED = "revised"
    FINAL = "final"


class Status(StrEnum):
    """What has become of a release."""

    FREEZING = "freezing"
    DRAFT = "draft"
    REJECTED = "rejected"
    APPROVED = "approved"
    PUBLISHED = "published"
    SUPERSEDED = "superseded"


PUBLIC = frozenset({Status.PUBLISHED, Status.SUPERSEDED})
"""Those which others than compilers and reviewers may know of. A superseded release stays what it was: readable."""


@dataclass(frozen=True, slots=True)
class Release:
    """A release as it stands in the books."""

    release_id: int
    region: str
    period: str
    first: date
    past: date
    stage: str
    calendar: str
    compiler: str
    note: str
    publish_at: datetime | None
    down_to: str
    supersedes: int | None
    reason: str | None
    drafted_at: datetime
    rules: Mapping[str, Any] | None = None
    """By which its figures are protected; ``None`` for those drafted before these were kept."""
    position: int | None = None
    """With the next four, what it contains; ``None`` until somebody begins to compute it."""
    registry_position: int | None = None
    income_position: int | None = None
    sealed_at: datetime | None = None
    first_month: date | None = None
    sources: Sequence[str] | None = None
    """Of the sources of figures, those that it holds."""
    frozen_at: datetime | None = None
    row_count: int | None = None
    digest: str | None = None
    decision: str | None = None
    reviewer: str | None = None
    review_note: str | None = None
    decided_at: datetime | None = None
    superseded_by: int | None = None
    """The release that stands in its place, once that one is published."""

    @property
    def last_day(self) -> date:
        """The last day that belongs to its period."""
        return self.past - timedelta(days=1)

    @property
    def published_at(self) -> datetime | None:
        """When everybody could, or will be able to, see it; ``None`` while it is not approved."""
        if self.decision != "approved" or self.decided_at is None:
            return None
        return max(self.decided_at, self.publish_at) if self.publish_at else self.decided_at

    def as_known_at(self, moment: datetime) -> "Release":
        """As it stood in the books then: undecided, if it was decided later."""
        if self.decided_at is None or self.decided_at <= moment:
            return self
        return replace(self, decision=None, reviewer=None, review_note=None, decided_at=None)

    def status(self, now: datetime) -> Status:
        """What has become of it by ``now``."""
        if self.decision == "rejected":
            return Status.REJECTED
        published_at = self.published_at
        if published_at is None:
            return Status.FREEZING if self.frozen_at is None else Status.DRAFT
        if published_at > now:
            return Status.APPROVED
        return Status.PUBLISHED if self.superseded_by is None else Status.SUPERSEDED


@dataclass(frozen=True, slots=True, order=True)
class Part:
    """What is computed and committed at once: all divisions of a level, for a period, narrowed to one key or none."""

    period: str
    level: str
    dimension: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True, order=True)
class Row:
    """The figures of one source for one division, in a part."""

    region: str
    source: str
    figures: Mapping[str, Any]


def covered_periods(period: Period) -> list[Period]:
    """The periods of which a release of ``period`` has figures: itself, then the years, quarters and months in it."""
    found = {(period.first, period.past): period}
    for frequency in (Frequency.YEAR, Frequency.QUARTER, Frequency.MONTH):
        for unit in periods_between(period.first.isoformat(), period.last_day.isoformat(), frequency):
            if period.first <= unit.first and unit.past <= period.past:
                found.setdefault((unit.first, unit.past), unit)
    return list(found.values())


def crosses(one: Period, others: Iterable[Period]) -> bool:
    """Whether a period shares days with one of the others, and neither lies in the other."""
    return any(
        one.first < other.first < one.past < other.past or other.first < one.first < other.past < one.past
        for other in others
    )


def plan_parts(
    periods: Iterable[Period], levels: Sequence[str], keys: Mapping[str, Sequence[str]], whole: Sequence[str] = ()
) -> Iterator[Part]:
    """All parts of a release; ``keys`` are the values of each dimension, which levels in ``whole`` are not narrowed to.

    Whole figures of high levels come first: their quality blocks are fullest in the snapshot that fixes the position.
    """
    labels = [period.label for period in periods]
    for level in (*levels, *whole):
        for label in labels:
            yield Part(label, level)
    for dimension, values in keys.items():
        for level in levels:
            for value in values:
                for label in labels:
                    yield Part(label, level, dimension, value)


def digest_of_part(rows: Iterable[Row]) -> str:
    """SHA-256 over the rows in their order, each as one line of canonical JSON."""
    digest = hashlib.sha256()
    for row in sorted(rows, key=lambda row: (row.region, row.source)):
        digest.update(_canonical([row.region, row.source, row.figures]))
    return digest.hexdigest()


def digest_of_release(release: Release, parts: Iterable[tuple[Part, str]]) -> str:
    """SHA-256 over what the release says of itself, its position too, and the digests of its parts."""
    digest = hashlib.sha256()
    said = [
        release.region, release.period, release.stage, release.calendar, release.compiler, release.note,
        _moment(release.publish_at), release.supersedes, release.reason, release.position, release.registry_position,
        release.income_position, _moment(release.sealed_at),
        None if release.first_month is None else release.first_month.isoformat(),
    ]  # fmt: skip
    kept = [] if release.rules is None else [release.rules]
    digest.update(_canonical([*said, *kept]))
    for part, digest_of_rows in sorted(parts):
        digest.update(_canonical([part.period, part.level, part.dimension, part.key, digest_of_rows]))
    return digest.hexdigest()


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat()


def _canonical(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n").encode()
