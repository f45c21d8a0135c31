"""Batches, their control totals, and answers kept for Idempotency-Keys."""

from sqlalchemy import text

NEXT_BATCH_IDS = text(
    "SELECT nextval(pg_get_serial_sequence('sales.batches', 'batch_id')) AS batch_id "
    "FROM generate_series(1, CAST(:count AS int))"
)
"""Take numbers for batches; their order means nothing, and one that is not used leaves no gap in the feed."""

_COLUMNS = (
    ("batch_id", "bigint"),
    ("platform", "text"),
    ("channel", "text"),
    ("kind", "text"),
    ("client_id", "text"),
    ("accepted", "int"),
    ("parked", "int"),
    ("duplicate", "int"),
    ("conflict", "int"),
    ("rejected", "int"),
    ("accepted_fen", "bigint"),
    ("parked_fen", "bigint"),
    ("digest", "bytea"),
    ("import_id", "bigint"),
)
NAMES = tuple(name for name, _ in _COLUMNS)
"""The columns of a batch, in the order in which they are passed."""


def added(prefix: str, wanted: str) -> str:
    """The part of a statement that records batches with their control totals, if it is ``wanted``. The parameters are
    arrays, called as the columns with ``prefix``.
    """
    names = ", ".join(NAMES)
    arrays = ", ".join(f"CAST(:{prefix}{name} AS {kind}[])" for name, kind in _COLUMNS)
    return f"""INSERT INTO sales.batches ({names}) SELECT * FROM unnest({arrays}) WHERE {wanted}
    RETURNING batch_id, recorded_at, platform"""


ANNOUNCED = "INSERT INTO sales.unsealed (batch_id) SELECT batch_id FROM added"
"""The part that announces them to the sealer."""

ADD_BATCHES = text(f"""
WITH added AS (
    {added("", "TRUE")}
), announced AS (
    {ANNOUNCED}
)
SELECT batch_id, recorded_at,
       EXISTS (SELECT FROM sales.imports WHERE imports.platform = added.platform) AS beside_files
FROM added
""")
"""Record batches with their control totals and announce them to the sealer; answers whether their platforms import
files too."""

RECEIPTS_PAGE = text("""
SELECT batch_id, platform, kind, recorded_at, accepted, parked, duplicate, conflict, rejected, accepted_fen, parked_fen,
       digest, import_id
FROM sales.batches
WHERE digest IS NOT NULL AND channel IN ('api', 'file') AND batch_id > :after_batch
  AND (CAST(:batch_id AS bigint) IS NULL OR batch_id = :batch_id)
  AND (CAST(:import_id AS bigint) IS NULL OR import_id = :import_id)
  AND (CAST(:own_platform AS text) IS NULL OR platform = :own_platform)
  AND (CAST(:platform AS text) IS NULL OR platform = :platform)
ORDER BY batch_id LIMIT :limit
""")
"""A page of batches that were answered with a receipt, the oldest first."""

STORED_ANSWER = text("SELECT body_hash, answer FROM sales.idempotency_keys WHERE client_id = :client_id AND key = :key")
"""The first answer to a request with this Idempotency-Key, if there was one."""

LOCK_KEY = text("SELECT pg_try_advisory_xact_lock(hashtextextended(:name, 20190318))")
"""Hold an Idempotency-Key for the length of the transaction; false while another request holds it."""

STORE_ANSWER = text("""
INSERT INTO sales.idempotency_keys (client_id, key, body_hash, answer) VALUES (:client_id, :key, :body_hash, :answer)
""")
"""Keep an answer, in the transaction of its effect."""

BATCHES_IN_WINDOW = text("""
SELECT batch_id, kind, channel, parked FROM sales.batches
WHERE batch_id = ANY(ARRAY(
    SELECT feed.batch_id FROM sales.feed WHERE feed.position > :after AND feed.position <= :upto))
""")
"""The batches of a window of sales' feed."""

CODES_BATCHES_IN_WINDOW = text("SELECT batch_id FROM codes.feed WHERE position > :after AND position <= :upto")
"""The batches of a window of codes' feed."""
