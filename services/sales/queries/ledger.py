"""Reading the ledger, page by page, within what the caller may see. Each way in is served by an index of its own."""

from sqlalchemy import text

_IN_SIGHT = """
(CAST(:own_platform AS text) IS NULL OR entry.platform = :own_platform)
  AND (CAST(:roots AS text[]) IS NULL OR EXISTS (
      SELECT FROM unnest(CAST(:roots AS text[])) AS root (prefix) WHERE starts_with(entry.region, root.prefix)))"""

_COLUMNS = """
entry.batch_id, entry.order_no, entry.platform, entry.line_no, entry.entry_no, entry.cause, entry.measure,
entry.amount_fen, entry.subject_id, entry.kind, entry.region, entry.category, entry.sale_day, entry.event_day,
entry.reference"""

_BY_KEY = "entry.batch_id, entry.order_no, entry.platform, entry.line_no, entry.entry_no"
_BY_DAY = f"entry.sale_day, {_BY_KEY}"
_AFTER_KEY = ":after_batch, :after_order, :after_platform, :after_line, :after_entry"


def _page(where: str, *, order: str, after: str) -> str:
    """A page of entries, and for each what the page alone needs: when it was recorded, where it is in the feed, and
    the newest code of its subject.
    """
    return f"""
    WITH page AS MATERIALIZED (
        SELECT {_COLUMNS} FROM sales.ledger_entries AS entry
        WHERE {where} AND ({order}) > ({after}) AND {_IN_SIGHT}
        ORDER BY {order} LIMIT :limit
    )
    SELECT {_COLUMNS}, batch.recorded_at, feed.position, newest.code
    FROM page AS entry
    JOIN sales.batches AS batch ON batch.batch_id = entry.batch_id
    LEFT JOIN sales.feed AS feed ON feed.batch_id = entry.batch_id
    LEFT JOIN LATERAL (
        SELECT directory.code FROM codes.directory AS directory
        WHERE directory.subject_id = entry.subject_id AND directory.superseded_in IS NULL
        ORDER BY directory.valid_from DESC, directory.code LIMIT 1
    ) AS newest ON TRUE
    ORDER BY {order}
    """


ENTRIES_OF_BATCH = text(_page("entry.batch_id = :batch_id", order=_BY_KEY, after=_AFTER_KEY))
"""A page of the entries of a batch, by their key: the primary key serves it."""

ENTRIES_OF_ORDER = text(
    _page(
        """entry.order_no = :order_no AND entry.batch_id = ANY(ARRAY(
            SELECT batch_id FROM sales.order_lines WHERE order_no = :order_no
            UNION SELECT applied_in FROM sales.refunds WHERE order_no = :order_no AND applied_in IS NOT NULL
            UNION SELECT batch_id FROM sales.order_spreads WHERE order_no = :order_no
            UNION SELECT batch_id FROM sales.refund_reversals WHERE order_no = :order_no
            UNION SELECT batch_id FROM sales.corrections WHERE order_no = :order_no))""",
        order=_BY_KEY,
        after=_AFTER_KEY,
    )
)
"""A page of the entries of an order, of whatever platform, by their key.

Entries are keyed by batch first, so that a batch lies together; which batches wrote about an order, its lines, refunds,
reversals and corrections know. So the primary key serves this question too, and the ledger needs no index more.
"""

ENTRIES_OF_SUBJECT = text(
    _page(
        "entry.subject_id = :subject_id AND (CAST(:day AS date) IS NULL OR entry.sale_day = :day)",
        order=_BY_DAY,
        after=f":after_day, {_AFTER_KEY}",
    )
)
"""A page of the entries of a subject (on one day, if it is given), by sale day: the index on both serves it."""

ENTRIES_OF_DAY = text(_page("entry.sale_day = :day", order=_BY_KEY, after=_AFTER_KEY))
"""A page of the entries that count on a day, by their key: the block range index leaves out the years around it."""

SUBJECT_OF_CODE = text("""
SELECT subject_id FROM codes.directory WHERE code = :code
ORDER BY superseded_in IS NULL DESC, valid_from DESC, recorded_in DESC LIMIT 1
""")
"""Whose code it is, in force or not; of one that came along with a household that joined another, the survivor."""
