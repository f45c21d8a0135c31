"""What ``codes`` offers to other services: its public paths, views with both clocks, and the form of a code.

No view carries a name, a number or a phone. This is the only module of ``codes`` that another service may import.
"""

from services.codes.code import Kind, MalformedCode, parse_code
from services.kit.feed import feed_view, pending_view
from services.kit.tables import PublishedView

__all__ = ["PATHS", "VIEWS", "Kind", "MalformedCode", "parse_code"]

PATHS = (
    "/v1/regions",
    "/v1/reporting-units",
    "/v1/subjects",
    "/v1/rosters",
    "/v1/links",
    "/v1/codes",
    "/v1/cards",
    "/v1/card-keys",
    "/v1/cards.pdf",
    "/v1/handovers.pdf",
    "/v1/labels.pdf",
    "/v1/revocations",
    "/.well-known/onecode-keys.json",
    "/v1/stations",
    "/v1/scans",
    "/v1/statements",
)
"""Every public path of this service is one of these or lies below one."""

_READERS = ("sales", "stats")


_BOTH_CLOCKS = ("valid_from", "valid_to", "recorded_in", "superseded_in")


def _view(
    name: str,
    table: str,
    *columns: str,
    where: str = "",
    also_reads: tuple[str, ...] = (),
    readers: tuple[str, ...] = _READERS,
) -> PublishedView:
    query = f"SELECT {', '.join(columns)} FROM codes.{table}" + (f" WHERE {where}" if where else "")  # noqa: S608
    return PublishedView("codes", name, query, readers, {table: (*columns, *also_reads)})


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
    # What households reckon with now: one of a year. For what they reckoned with on an earlier day, before they divided
    # or others joined them, there is the next one.
    _view(
        "registered_incomes", "income_records",
        "subject_id", "year", "per_head_fen", "persons", "recorded_in", "superseded_in",
        where="valid_to IS NULL", also_reads=("valid_to",),
    ),
    _view(
        "reckoned_incomes", "income_records",
        "subject_id", "year", "per_head_fen", "persons", *_BOTH_CLOCKS,
    ),
    # merge: all that is the predecessor's (codes, links) is the successor's from on_day on; split: the successor
    # came out of the predecessor, whose first income is its own too. ``persons`` went over.
    _view(
        "successions", "succession_records",
        "predecessor_id", "successor_id", "kind", "persons", "on_day", "recorded_in", "superseded_in",
        where="kind <> 'undone'",
    ),
    # Names of cooperatives and enterprises, which are public; no household is among them.
    _view("group_names", "organisations", "subject_id", "name", "recorded_in", "superseded_in", readers=("stats",)),
    _view("divisions", "regions", "code", "name", "level", "parent_code", *_BOTH_CLOCKS),
    _view("division_tags", "region_tags", "code", "tag", *_BOTH_CLOCKS, readers=("stats",)),
    _view("report_units", "reporting_units", "unit", "name", "name_en", readers=("stats",)),
    _view("report_unit_villages", "reporting_unit_villages", "village", "unit", *_BOTH_CLOCKS, readers=("stats",)),
    _view("station_facts", "station_versions", "station", "name", "region", "type", "status", *_BOTH_CLOCKS),
    _view("closures", "station_closures", "closure_id", "station", *_BOTH_CLOCKS, readers=("stats",)),
    # A scan counts while superseded_in is NULL; a void (purpose) is the row that supersedes another and never counts.
    _view(
        "scans", "scan_records",
        "station", "source", "scan_id", "purpose", "verdict", "subject_id", "kind", "region", "station_region",
        "scanned_at", "business_day", "clock", "clock_skew_ms", "offline", "category", "quantity_milli", "unit",
        "amount_paid_fen", "order_no", "voids_source", "voids_scan_id", "recorded_in", "superseded_in",
        readers=("stats",),
    ),
    PublishedView(
        "codes", "purchases",
        # As services.codes.scan.is_paid_income says.
        "SELECT station, source, scan_id, code, subject_id, region, amount_paid_fen AS amount_fen, "
        "business_day AS paid_on, scanned_at, category, recorded_in, superseded_in FROM codes.scan_records "
        "WHERE purpose = 'goods_received' AND verdict = 'valid' AND kind = 'household' AND amount_paid_fen > 0",
        _READERS,
        {
            "scan_records": (
                "station", "source", "scan_id", "code", "subject_id", "region", "amount_paid_fen", "business_day",
                "scanned_at", "category", "recorded_in", "superseded_in", "purpose", "verdict", "kind",
            ),
        },
    ),
    # By the digest of the grant a station holds: for some minutes it opens one household's statement, nothing else, and
    # to nobody but the client or device (actor) that was shown card and PIN.
    PublishedView(
        "codes", "open_statements",
        "SELECT granted.grant_digest, granted.subject_id, granted.expires_at, attempt.code, attempt.station, "
        "attempt.actor FROM codes.statement_grants AS granted JOIN codes.pin_attempts AS attempt USING (attempt_id)",
        ("stats",),
        {
            "statement_grants": ("attempt_id", "grant_digest", "subject_id", "expires_at"),
            "pin_attempts": ("attempt_id", "code", "station", "actor"),
        },
    ),
    # Digests of 256 random bits each: by them a device is known, and nobody can be it.
    _view(
        "devices_in_use", "devices", "device", "station", "secret_digest",
        where="disabled_in IS NULL", readers=("stats",), also_reads=("disabled_in",),
    ),
    feed_view("codes", *_READERS),
    pending_view("codes", "stats"),
)  # fmt: skip
