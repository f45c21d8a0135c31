"""Blocks of the feed: the stretches whose effect on households' days is kept apart."""

from sqlalchemy import text

_WORK = """
    SELECT position, sealed_at FROM sales.feed JOIN sales.incomes USING (batch_id)
    WHERE position > :after AND position <= :upto
    UNION ALL
    SELECT position, sealed_at FROM sales.feed JOIN sales.payments AS payment ON payment.recorded_in = feed.batch_id
    WHERE position > :after AND position <= :upto
    UNION ALL
    SELECT position, sealed_at FROM sales.feed JOIN sales.payments AS payment ON payment.superseded_in = feed.batch_id
    WHERE position > :after AND position <= :upto
"""

INCOME_WORK = text(f"""
SELECT position, min(sealed_at) AS sealed_at, count(*) AS entries FROM ({_WORK}) AS work
GROUP BY position ORDER BY position
""")
"""Positions of a window that change incomes, and by how many entries."""

OPEN_BLOCK = text("SELECT block, after, upto, began_at, entries FROM stats.blocks ORDER BY block DESC LIMIT 1")

STORE_BLOCK = text("""
INSERT INTO stats.blocks AS known (block, after, upto, began_at, entries)
VALUES (:block, :after, :upto, :began_at, :entries)
ON CONFLICT (block) DO UPDATE SET upto = excluded.upto, entries = excluded.entries, began_at = excluded.began_at
""")

WORK_AROUND = text(f"""
SELECT count(*) FILTER (WHERE position <= :position) AS earlier, count(*) FILTER (WHERE position > :position) AS later
FROM ({_WORK}) AS work
""")
"""Entries and payments of a block on both sides of a position."""

BLOCK_OF = text("SELECT block, after, upto FROM stats.blocks WHERE upto >= :position ORDER BY upto LIMIT 1")
"""The block that a position lies in."""

MIDDLE_BLOCK = text("SELECT block, upto FROM stats.blocks WHERE block = (SELECT max(block) / 2 FROM stats.blocks)")
"""A closed block in the middle of the feed, once there are two."""
