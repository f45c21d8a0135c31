"""The hash chain over the feed."""

from sqlalchemy import text

BATCH_DIGESTS = text("""
SELECT feed.position, feed.batch_id, sha256(convert_to(coalesce(string_agg(
    concat_ws('|', entry.order_no, entry.platform, entry.line_no, entry.entry_no, entry.cause, entry.measure,
              entry.amount_fen, entry.subject_id, entry.kind, entry.region, entry.category, entry.sale_day,
              entry.event_day, entry.internal, entry.reference),
    E'\\n' ORDER BY entry.order_no, entry.platform, entry.line_no, entry.entry_no), ''), 'UTF8')) AS digest
FROM sales.feed AS feed
LEFT JOIN sales.ledger_entries AS entry USING (batch_id)
WHERE feed.position > :after AND feed.position <= :upto
GROUP BY feed.position, feed.batch_id
ORDER BY feed.position
""")
"""What is hashed of each batch of a window."""

HASH_AT = text("SELECT hash FROM sales.chain WHERE position = :position")
"""The hash of a position."""

LAST_POSITION = text("SELECT max(position) FROM sales.chain")
"""How far the chain has come."""

LINKS = text("SELECT position, hash FROM sales.chain WHERE position > :after AND position <= :upto")
"""The stored links of a window."""

ADD_LINKS = text("""
INSERT INTO sales.chain (position, batch_id, hash)
SELECT * FROM unnest(CAST(:position AS bigint[]), CAST(:batch_id AS bigint[]), CAST(:hash AS bytea[]))
""")
"""Add links at the end of the chain."""
