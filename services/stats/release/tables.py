"""Releases as a table of a file."""

from collections.abc import Sequence

from services.stats.schemas.releases import ReleaseOut
from services.stats.tabular import Column, Table
from services.stats.tabular.table import DAY, TEXT

_COLUMNS = (
    Column("release_id", "id", "发布编号", "Number of the release"),
    Column("region", TEXT, "行政区划代码", "Division"),
    Column("period", TEXT, "期间", "Period"),
    Column("first_day", DAY, "首日", "First day"),
    Column("last_day", DAY, "末日", "Last day"),
    Column("stage", TEXT, "阶段:初步、修订、最终", "preliminary, revised or final"),
    Column("status", TEXT, "状态", "freezing, draft, rejected, approved, published or superseded"),
    Column("calendar", TEXT, "发布日程条目", "Entry of the calendar of releases"),
    Column("note", TEXT, "说明", "Note to readers"),
    Column("compiler", TEXT, "编制人", "Who compiled it"),
    Column("reviewer", TEXT, "审核人", "Who approved it"),
    Column("published_at", TEXT, "公布时间", "When it was published, or will be"),
    Column("supersedes", "id", "取代的发布", "The release in whose place it stands"),
    Column("reason", TEXT, "取代理由", "Why"),
    Column("superseded_by", "id", "被何发布取代", "The release that stands in its place"),
    Column("position", "position", "台账位置", "Position of the ledger's feed"),
    Column("sealed_at", TEXT, "该位置的封存时间", "When that position was sealed"),
    Column("row_count", "count", "行数", "Rows"),
    Column("digest", TEXT, "SHA-256 摘要", "SHA-256 digest"),
)


def releases_table(releases: Sequence[ReleaseOut]) -> Table:
    """A row a release."""
    rows = [
        (
            one.release_id, one.region, one.period, one.first_day, one.last_day, one.stage, one.status, one.calendar,
            one.note, one.compiler, one.reviewer, None if one.published_at is None else one.published_at.isoformat(),
            one.supersedes, one.reason, one.superseded_by, None if one.watermark is None else one.watermark.position,
            None if one.watermark is None or one.watermark.sealed_at is None else one.watermark.sealed_at.isoformat(),
            one.holds.row_count, one.digest,
        )
        for one in releases
    ]  # fmt: skip
    return Table("releases", "统计发布 / Releases", _COLUMNS, rows)
