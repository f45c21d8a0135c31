"""Audits: the frame they are drawn from, what was drawn, and what was found."""

from sqlalchemy import text

FRAME = text("""
WITH home AS (
    SELECT subject_id FROM stats.homes
    WHERE valid_from < :past AND valid_to >= :past AND known_from <= :registry_position
      AND coalesce(known_to, :registry_position + 1) > :registry_position AND region BETWEEN :lowest AND :highest
), part AS (
    SELECT subject_id, sale_day, contract_fen, imputed_fen, paid_fen FROM stats.household_days
    WHERE sale_day >= :first AND sale_day < :past AND block <= :block
    UNION ALL
    SELECT * FROM unnest(
        CAST(:moved_subjects AS bigint[]), CAST(:moved_days AS date[]), CAST(:moved_contract_fen AS bigint[]),
        CAST(:moved_imputed_fen AS bigint[]), CAST(:moved_paid_fen AS bigint[])
    ) AS moved (subject_id, sale_day, contract_fen, imputed_fen, paid_fen)
    WHERE sale_day >= :first AND sale_day < :past
), known AS (
    SELECT subject_id, CAST(date_trunc('month', sale_day) AS date) AS month, sum(contract_fen) AS contract_fen,
           sum(imputed_fen) AS imputed_fen, sum(paid_fen) AS paid_fen
    FROM part JOIN home USING (subject_id) GROUP BY subject_id, date_trunc('month', sale_day)
)
SELECT known.subject_id, known.month, line.basis, CAST(line.amount_fen AS bigint) AS amount_fen
FROM known
CROSS JOIN LATERAL (
    VALUES ('paid', known.paid_fen), ('contract', known.contract_fen), ('imputed', known.imputed_fen)
) AS line (basis, amount_fen)
WHERE line.amount_fen > 0
""")
"""The income lines of a county and quarter as of two positions: of the households that lived there at its end."""

LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('onecode.stats.audit.' || :name, 0))")

NEXT_TURN = text("SELECT count(*) + 1 FROM stats.audits WHERE county = :county AND quarter = :quarter")

RECORD = text("""
INSERT INTO stats.audits (audit, county, quarter, seed, size, position, codes_position, frame_digest, client_id)
VALUES (:audit, :county, :quarter, :seed, :size, :position, :codes_position, :frame_digest, :client_id)
""")

RECORD_STRATA = text("""
INSERT INTO stats.audit_strata (audit, basis, lines, amount_fen, drawn)
SELECT :audit, * FROM unnest(
    CAST(:bases AS text[]), CAST(:lines AS bigint[]), CAST(:amounts AS bigint[]), CAST(:drawn AS integer[])
)
""")

RECORD_LINES = text("""
INSERT INTO stats.audit_lines (audit, line, household_id, month, basis, amount_fen)
SELECT :audit, * FROM unnest(
    CAST(:numbers AS integer[]), CAST(:households AS bigint[]), CAST(:months AS date[]), CAST(:bases AS text[]),
    CAST(:amounts AS bigint[])
)
""")

_AUDITS = """
SELECT audit, county, quarter, seed, size, position, codes_position, frame_digest, drawn_at,
       (SELECT count(*) FROM stats.audit_lines WHERE audit_lines.audit = audits.audit) AS lines
FROM stats.audits
"""

AUDIT = text(f"{_AUDITS} WHERE audit = :audit")

AUDITS = text(f"""
{_AUDITS}
WHERE county BETWEEN :lowest AND :highest AND quarter >= :first AND quarter < :past
  AND (CAST(:places AS text[]) IS NULL OR county = ANY(CAST(:places AS text[])))
  AND (CAST(:moment AS timestamptz) IS NULL OR drawn_at <= :moment)
ORDER BY quarter, county, drawn_at
""")
"""Audits of the counties of a division, of quarters that begin in a period."""

STRATA = text("""
SELECT audit, basis, lines, amount_fen, drawn FROM stats.audit_strata
WHERE audit = ANY(CAST(:audits AS text[])) ORDER BY audit, basis
""")

LINES = text("""
SELECT known.audit, known.line, known.household_id, known.month, known.basis, known.amount_fen,
       found.confirmed_fen, found.finder, found.evidence, found.found_on, found.turn
FROM stats.audit_lines AS known
LEFT JOIN LATERAL (
    SELECT * FROM stats.audit_findings AS finding
    WHERE finding.audit = known.audit AND finding.line = known.line
      AND (CAST(:moment AS timestamptz) IS NULL OR finding.recorded_at <= :moment)
    ORDER BY finding.turn DESC LIMIT 1
) AS found ON true
WHERE known.audit = ANY(CAST(:audits AS text[]))
ORDER BY known.audit, known.line
""")
"""The lines drawn, each with the finding that counts."""

RECORD_FINDINGS = text("""
INSERT INTO stats.audit_findings (audit, line, turn, confirmed_fen, finder, evidence, found_on, client_id)
SELECT :audit, given.line,
       1 + (SELECT count(*) FROM stats.audit_findings AS known WHERE known.audit = :audit AND known.line = given.line),
       given.confirmed_fen, given.finder, given.evidence, given.found_on, :client_id
FROM unnest(
    CAST(:lines AS integer[]), CAST(:confirmed AS bigint[]), CAST(:finders AS text[]), CAST(:evidence AS text[]),
    CAST(:days AS date[])
) AS given (line, confirmed_fen, finder, evidence, found_on)
""")
"""A finding of each line; what was found of it before stays, and no longer counts."""

NOTE_READING = text("INSERT INTO stats.audit_readings (audit, client_id) VALUES (:audit, :client_id)")
"""Who was shown the codes of a sample."""

EVERY_AUDIT = text(f"{_AUDITS} ORDER BY position, audit")
