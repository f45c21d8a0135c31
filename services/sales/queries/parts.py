"""Lines that several codes share: resolved, recorded and entered apart from the others, which are thousands."""

from sqlalchemy import text

from services.sales.queries.incoming import ARRAYS, NAMES
from services.sales.queries.lines import UPDATES

RESOLVE_SHARES = text("""
SELECT asked.code, asked.occurred_at, entry.subject_id, entry.kind, entry.region,
       CASE
           WHEN entry.state = 'in_force' THEN NULL
           WHEN entry.state = 'suspended' THEN 'code_suspended'
           WHEN entry.state = 'revoked' THEN 'code_revoked'
           WHEN (SELECT TRUE FROM codes.directory AS any_time WHERE any_time.code = asked.code LIMIT 1)
               THEN 'code_not_in_force'
           ELSE 'unknown_code'
       END AS parked_reason
FROM (
    SELECT DISTINCT *
    FROM unnest(CAST(:code AS text[]), CAST(:occurred_at AS timestamptz[])) AS named (code, occurred_at)
) AS asked
LEFT JOIN LATERAL (
    SELECT directory.subject_id, directory.kind, directory.region, directory.state
    FROM codes.directory AS directory
    WHERE directory.code = asked.code AND directory.superseded_in IS NULL
      AND directory.valid_from <= asked.occurred_at
      AND (directory.valid_to IS NULL OR asked.occurred_at < directory.valid_to)
    LIMIT 1
) AS entry ON TRUE
""")
"""Whose each code was at its moment, or why that cannot be said; as RECORD_LINES judges codes."""

RECORD_SHARED_LINES = text(f"""
WITH input AS (
    SELECT *, CAST(occurred_at AT TIME ZONE 'Asia/Shanghai' AS date) AS sale_day
    FROM unnest({ARRAYS}, CAST(:codes AS text[]), CAST(:method AS text[]), CAST(:entry_count AS smallint[]))
        AS line ({NAMES}, codes, method, entry_count)
), part AS (
    SELECT * FROM unnest(
        CAST(:part_order_no AS text[]), CAST(:part_platform AS text[]), CAST(:part_line_no AS text[]),
        CAST(:part_no AS smallint[]), CAST(:part_code AS text[]), CAST(:weight AS bigint[]),
        CAST(:subject_id AS bigint[]), CAST(:kind AS text[]), CAST(:region AS text[]), CAST(:gross_fen AS bigint[]),
        CAST(:reference AS text[]))
        AS part (order_no, platform, line_no, part_no, code, weight, subject_id, kind, region, gross_fen, reference)
), accepted AS (
    INSERT INTO sales.order_lines ({NAMES}, codes, sale_day, method, split_no, entry_count, attributed_code, subject_id,
                                   kind, region, internal)
    SELECT {", ".join(f"input.{name}" for name in NAMES.split(", "))}, input.codes, input.sale_day, input.method,
           CASE WHEN input.method = 'split' THEN 1 END, input.entry_count,
           alone.code, alone.subject_id, alone.kind, alone.region,
           input.buyer_code IS NOT NULL AND EXISTS (
               SELECT FROM codes.directory AS buyer
               WHERE buyer.code = input.buyer_code AND buyer.superseded_in IS NULL AND buyer.state = 'in_force'
                 AND buyer.valid_from <= input.occurred_at
                 AND (buyer.valid_to IS NULL OR input.occurred_at < buyer.valid_to))
    FROM input
    LEFT JOIN part AS alone
      ON input.method <> 'split' AND alone.order_no = input.order_no AND alone.platform = input.platform
     AND alone.line_no = input.line_no
    ORDER BY input.order_no, input.platform, input.line_no
    ON CONFLICT DO NOTHING
    RETURNING order_no, platform, line_no, batch_id, category, sale_day, internal, method
), divided AS (
    INSERT INTO sales.line_parts (
        order_no, platform, line_no, split_no, part_no, code, weight, subject_id, kind, region, batch_id)
    SELECT order_no, platform, line_no, 1, part.part_no, part.code, part.weight, part.subject_id, part.kind,
           part.region, accepted.batch_id
    FROM accepted JOIN part USING (order_no, platform, line_no) WHERE accepted.method = 'split'
), entered AS (
    INSERT INTO sales.ledger_entries (
        batch_id, order_no, platform, line_no, entry_no, cause, measure, amount_fen,
        subject_id, kind, region, category, sale_day, event_day, reference, internal)
    SELECT accepted.batch_id, order_no, platform, line_no, part.part_no, 'sale', 'gross', part.gross_fen,
           part.subject_id, part.kind, part.region, accepted.category, accepted.sale_day, accepted.sale_day,
           part.reference, accepted.internal
    FROM accepted JOIN part USING (order_no, platform, line_no)
), no_longer_parked AS (
    DELETE FROM sales.parked_lines AS parked USING accepted
    WHERE parked.order_no = accepted.order_no AND parked.platform = accepted.platform
      AND parked.line_no = accepted.line_no
)
SELECT order_no, platform, line_no FROM accepted
""")
"""Record lines whose codes are all in force, with a ledger entry for each part. Without a row: it was there before.
With the method ``hand`` a line has one part, and is that subject's alone."""

PARK_SHARED_LINES = text(f"""
INSERT INTO sales.parked_lines AS waiting ({NAMES}, codes, reason)
SELECT * FROM unnest({ARRAYS}, CAST(:codes AS text[]), CAST(:reason AS text[])) AS line ({NAMES}, codes, reason)
WHERE NOT EXISTS (
    SELECT FROM sales.order_lines AS known
    WHERE known.order_no = line.order_no AND known.platform = line.platform AND known.line_no = line.line_no
)
ORDER BY order_no, platform, line_no
ON CONFLICT (order_no, platform, line_no) DO UPDATE
SET {UPDATES}, codes = excluded.codes, reason = excluded.reason
WHERE waiting.content_hash <> excluded.content_hash
   OR (CAST(:again AS boolean) AND (waiting.code, waiting.reason) IS DISTINCT FROM (excluded.code, excluded.reason))
RETURNING order_no, platform, line_no, reason
""")
"""Park lines of which a code cannot be used, under that code. Those that are parked with the same content stay under
the code they are under, unless they are judged ``again`` by the uptake: it alone makes sure that no code is missed."""

PARTS_OF_LINES = text("""
SELECT part.order_no, part.platform, part.line_no, part.code, part.subject_id, part.kind, part.region, part.weight
FROM unnest(
    CAST(:order_no AS text[]), CAST(:platform AS text[]), CAST(:line_no AS text[]), CAST(:split_no AS smallint[]))
    AS wanted (order_no, platform, line_no, split_no)
JOIN sales.line_parts AS part USING (order_no, platform, line_no, split_no)
ORDER BY part.order_no, part.platform, part.line_no, part.part_no
""")
"""Who holds lines by the divisions named, in the order in which ties go."""

DIVIDE_LINES = text("""
INSERT INTO sales.line_parts (order_no, platform, line_no, split_no, part_no, code, weight, subject_id, kind, region,
                              batch_id)
SELECT * FROM unnest(
    CAST(:order_no AS text[]), CAST(:platform AS text[]), CAST(:line_no AS text[]), CAST(:split_no AS smallint[]),
    CAST(:part_no AS smallint[]), CAST(:code AS text[]), CAST(:weight AS bigint[]), CAST(:subject_id AS bigint[]),
    CAST(:kind AS text[]), CAST(:region AS text[]), CAST(:batch_id AS bigint[]))
""")
"""Divide lines among several, as corrections say."""
