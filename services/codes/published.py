"""What ``codes`` offers to other services: its public paths, views with both clocks, and the form of a code.

No view carries a name, a number or a phone. This is the only module of ``codes`` that another service may import.
"""

from services.codes.code import Kind, MalformedCode, parse_code
from services.kit.feed import feed_view
from services.kit.tables import PublishedView

__all__ = ["PATHS", "VIEWS", "Kind", "MalformedCode", "parse_code"]

PATHS = (
    "/v1/regions",
    "/v1/reporting-units",
    "/v1/subjects",
    "/v1/rosters",
    "/v1/links",
    "/v1/codes",
)
"""Every public path of this service is one of these or lies below one."""

_READERS = ("sales", "stats")


_BOTH_CLOCKS = ("valid_from", "valid_to", "recorded_in", "superseded_in")


def _view(name: str, table: str, *columns: str, where: str = "") -> PublishedView:
    query = f"SELECT {', '.join(columns)} FROM codes.{table}" + (f" WHERE {where}" if where else "")  # noqa: S608
    return PublishedView("codes", name, query, _READERS, {table: columns})


VIEWS = (
    _view("directory", "directory_entries", "code", "state", "subject_id", "kind", "region", *_BOTH_CLOCKS),
    _view(
        "memberships", "links",
        "link_id", "member_id", "member_kind", "group_id", "group_kind", "weight", *_BOTH_CLOCKS,
    ),
    _view(
        "households", "subject_versions", "subject_id", "region", "persons", "status", *_BOTH_CLOCKS,
        where="persons IS NOT NULL",
    ),
    _view(
        "group_terms", "subject_versions", "subject_id", "region", "members_bp", *_BOTH_CLOCKS,
        where="members_bp IS NOT NULL",
    ),
    _view(
        "registered_incomes", "income_records",
        "subject_id", "year", "per_head_fen", "persons", "recorded_in", "superseded_in",
    ),
    _view("divisions", "regions", "code", "name", "level", "parent_code", *_BOTH_CLOCKS),
    feed_view("codes", *_READERS),
)  # fmt: skip
