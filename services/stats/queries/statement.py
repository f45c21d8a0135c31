"""A household's own statement: who may read it, and what stands in it."""

from sqlalchemy import text

DEVICE = text("SELECT device FROM codes.devices_in_use WHERE device = :device AND secret_digest = :secret_digest")
"""The device that proves itself with a secret of this digest, unless it was disabled."""

GRANT = text("""
SELECT subject_id, code, station, actor, expires_at FROM codes.open_statements WHERE grant_digest = :grant_digest
""")
"""What a grant opens, where, to whom, and until when."""

INSERT_READING = text("""
INSERT INTO stats.statement_readings (subject_id, grant_digest, station, actor, from_month, to_month, read_at)
VALUES (:subject, :grant_digest, :station, :actor, :from_month, :to_month, :read_at)
""")

COUNT_READINGS = text("SELECT count(*) FROM stats.statement_readings")

WRONG_READINGS = text("""
SELECT reading.reading_id, reading.read_at, CASE
    WHEN opened.grant_digest IS NULL THEN 'no grant'
    WHEN opened.subject_id <> reading.subject_id THEN 'grant of another household'
    WHEN opened.actor <> reading.actor OR opened.station <> reading.station THEN 'grant of another station'
    ELSE 'grant was over' END AS finding
FROM stats.statement_readings AS reading LEFT JOIN codes.open_statements AS opened USING (grant_digest)
WHERE opened.grant_digest IS NULL OR opened.subject_id <> reading.subject_id OR opened.actor <> reading.actor
   OR opened.station <> reading.station OR reading.read_at >= opened.expires_at
ORDER BY reading.reading_id LIMIT :limit
""")
"""Readings that card and PIN had not opened: each must have had a grant, of this household, to this client or device,
that was not over."""

SOLD = text("""
SELECT CAST(date_trunc('month', entry.sale_day) AS date) AS month, entry.category, name.name AS category_name,
       entry.internal,
       CAST(coalesce(sum(entry.amount_fen) FILTER (WHERE entry.measure = 'gross'), 0) AS bigint) AS gross_fen,
       CAST(coalesce(-sum(entry.amount_fen) FILTER (WHERE entry.measure = 'refund'), 0) AS bigint) AS refund_fen
FROM sales.entries AS entry
JOIN sales.feed AS recorded USING (batch_id)
LEFT JOIN sales.product_categories AS name USING (category)
WHERE entry.subject_id = :subject AND entry.sale_day >= :first AND entry.sale_day < :past
  AND recorded.position <= :upto
GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 4
""")
"""What was sold under a subject's codes, by month and category, as far as the cube has taken the feed."""

INCOME = text("""
SELECT month, contract_fen, imputed_fen, paid_fen FROM stats.household_months
WHERE subject_id = :subject AND month >= :first AND month < :past ORDER BY month
""")
"""What reached a household, by month and by how it is known."""
