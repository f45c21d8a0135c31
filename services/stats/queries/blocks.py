"""Blocks of the feed: the stretches whose effect on households' days is kept apart."""

from sqlalchemy import text

INCOME_WORK = text("""
SELECT position, min(sealed_at) AS sealed_at, CAST(sum(entries) AS bigint) AS entries
FROM (
    SELECT position, sealed_at, count(*) AS entries FROM sales.feed JOIN sales.incomes USING (batch_id)
    WHERE position > :after AND position <= :upto GROUP BY position, sealed_at
    UNION ALL
    SELECT position, sealed_at, 1 FROM sales.feed JOIN sales.payments AS payment ON payment.recorded_in = feed.batch_id
    WHERE position > :after AND position <= :upto
    UNION ALL
    SELECT position, sealed_at, 1
    FROM sales.feed JOIN sales.payments AS payment ON payment.superseded_in = feed.batch_id
    WHERE position > :after AND position <= :upto
) AS work
GROUP BY position ORDER BY position
""")
"""Positions of a window that change incomes, and by how many entries."""

OPEN_BLOCK = text("SELECT block, after, upto, began_at, entries FROM stats.blocks ORDER BY block DESC LIMIT 1")

STORE_BLOCK = text("""
INSERT INTO stats.blocks AS known (block, after, upto, began_at, entries)
VALUES (:block, :after, :upto, :began_at, :entries)
ON CONFLICT (block) DO UPDATE SET upto = excluded.upto, entries = excluded.entries, began_at = excluded.began_at
""")

WORK_AROUND = text("""
SELECT count(*) FILTER (WHERE position <= :position) AS earlier, count(*) FILTER (WHERE position > :position) AS later
FROM (
    SELECT position FROM sales.feed JOIN sales.incomes USING (batch_id)
    WHERE position > :after AND position <= :upto
    UNION ALL
    SELECT position FROM sales.feed JOIN sales.payments AS payment ON payment.recorded_in = feed.batch_id
    WHERE position > :after AND position <= :upto
    UNION ALL
    SELECT position FROM sales.feed JOIN sales.payments AS payment ON payment.superseded_in = feed.batch_id
    WHERE position > :after AND position <= :upto
) AS work
""")
"""Entries and payments of a block on both sides of a position."""

BLOCK_OF = text("SELECT block, after, upto, entries FROM stats.blocks WHERE upto >= :position ORDER BY upto LIMIT 1")
"""The block that a position lies in."""
