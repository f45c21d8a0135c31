"""What the pages read of the public API's answers. Fields that no page shows are left out on purpose.

Only here does the wire's JSON become typed values; money stays the decimal string it came as.
"""

from datetime import date
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field


class Answer(BaseModel):
    """An answer of the API; members the pages do not know are ignored, so that the API may grow."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Token(Answer):
    """``POST /v1/token``."""

    access_token: str
    expires_in: int = Field(gt=0)
    """Seconds."""


class Region(Answer):
    """A division: 12-digit code and name."""

    code: str
    name: str = ""


class DivisionDetail(Region):
    """``GET /v1/regions/{code}``: a division and those above it, the province first."""

    path: list[Region]


class CodeState(Answer):
    """``GET /v1/codes/{code}`` as anybody may see it."""

    code: str
    state: str
    kind: str | None = None
    place: str
    """The county's name, with what it belongs to."""
    since: AwareDatetime | None = None
    """Since when the code has this state."""


class Group(Answer):
    """A cooperative or an enterprise, by its public name."""

    name: str
    code: str


class Origin(Answer):
    """``GET /v1/codes/{code}/origin``."""

    place: str
    """The smallest division around it in which twenty households or more have codes."""
    organisation: Group | None = None
    cooperatives: list[Group] = []


class Good(Answer):
    """A category of goods, and the month since when it is sold."""

    category: str
    name: str | None = None
    name_en: str | None = None
    since: str


class Goods(Answer):
    """``GET /v1/stats/goods/{code}``: what a cooperative or an enterprise sells."""

    goods: list[Good] = []


class Watermark(Answer):
    """What the figures know: the feed position they contain, when it was sealed, and income's own position."""

    position: int
    sealed_at: AwareDatetime | None
    """``None`` before anything was sealed."""
    income_position: int


class Held(Answer):
    """What a release holds."""

    periods: list[str]


class Release(Answer):
    """``GET /v1/stats/releases``: a period as it was frozen."""

    release_id: int
    region: str
    period: str
    first_day: date
    last_day: date
    stage: str
    status: str
    calendar: str
    note: str
    compiler: str
    reviewer: str | None = None
    published_at: AwareDatetime | None = None
    superseded_by: int | None = None
    digest: str | None = None
    holds: Held


class Releases(Answer):
    """Releases, newest first."""

    releases: list[Release]


class ReleaseReference(Answer):
    """Which release it is."""

    release_id: int


class RevisedFigure(Answer):
    """What a release had, and by how much the present figure differs."""

    released: Any
    change: str | int | None


class Revision(Answer):
    """What has changed since the newest release of the same region and period."""

    release: ReleaseReference
    indicators: dict[str, RevisedFigure]


class Summary(Answer):
    """``GET /v1/stats/summary``. An indicator is a money string, an integer, null, or an object of such."""

    region: Region
    watermark: Watermark
    revision: Revision | None = None
    indicators: dict[str, Any]


class PublicFigure(Answer):
    """One figure of one division; without a value, ``status`` says why."""

    region: Region
    indicator: str
    unit: str
    value: str | int | None
    status: str | None = None


class PublicFigures(Answer):
    """``GET /v1/stats/releases/{release_id}/figures``."""

    region: Region
    figures: list[PublicFigure]


class Point(Answer):
    """One period of a series; ``value`` is null where nothing can be said, and ``reason`` says why."""

    period: str
    value: str | int | None
    reason: str | None = None


class Series(Answer):
    """``GET /v1/stats/series``."""

    points: list[Point]


class Row(Answer):
    """One division of a breakdown."""

    region: Region
    value: str | int | None
    reason: str | None = None


class Breakdown(Answer):
    """``GET /v1/stats/breakdown`` by a level of divisions."""

    rows: list[Row]
    undivided: Any = None
    """What belongs to none of the rows: sales of an enterprise seated in the county, when townships are asked for."""


class Comparison(Answer):
    """Compared with what: rows of figures, the means of the years before, and what limits them."""

    rows: list[dict[str, Any]]
    trend: list[dict[str, Any]]
    few_villages: bool
    limits: list[dict[str, str]]


class Uplift(Answer):
    """``GET /v1/stats/uplift``. Values are those of :class:`Summary`."""

    region: Region
    watermark: Watermark
    figures: dict[str, dict[str, Any]]
    bands: list[dict[str, Any]]
    ways: list[dict[str, Any]]
    categories: list[dict[str, Any]]
    comparison: Comparison
    audit: dict[str, Any]
    poverty_lines: list[dict[str, Any]]


class ProblemDocument(Answer):
    """RFC 9457; the token endpoint answers with OAuth's ``error`` instead of ``code``."""

    code: str = ""
    detail: str = ""
    error: str = ""
