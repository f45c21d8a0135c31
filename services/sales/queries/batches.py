"""Batches, their control totals, and answers kept for Idempotency-Keys."""

from sqlalchemy import text

NEXT_BATCH_IDS = text(
    "SELECT nextval(pg_get_serial_sequence('sales.batches', 'batch_id')) FROM generate_series(1, CAST(:count AS int))"
)
"""Take numbers for batches; their order means nothing, and one that is not used leaves no gap in the feed."""

ADD_BATCHES = text("""
WITH added AS (
    INSERT INTO sales.batches (batch_id, platform, channel, kind, client_id, accepted, parked, duplicate, conflict,
                               rejected, accepted_fen, parked_fen, digest, import_id)
    SELECT * FROM unnest(
        CAST(:batch_id AS bigint[]), CAST(:platform AS text[]), CAST(:channel AS text[]), CAST(:kind AS text[]),
        CAST(:client_id AS text[]), CAST(:accepted AS int[]), CAST(:parked AS int[]), CAST(:duplicate AS int[]),
        CAST(:conflict AS int[]), CAST(:rejected AS int[]), CAST(:accepted_fen AS bigint[]),
        CAST(:parked_fen AS bigint[]), CAST(:digest AS bytea[]),
        CAST(:import_id AS bigint[]))
    RETURNING batch_id, recorded_at, platform
), announced AS (
    INSERT INTO sales.unsealed (batch_id) SELECT batch_id FROM added
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
