"""Recording order lines: the hot path is one statement for all lines of all batches of a transaction."""

from sqlalchemy import text

from services.sales.queries import batches
from services.sales.queries.incoming import CONTENT, NAMES, ROWS, column_of

_SINCE = {"batch_id": "excluded.batch_id", "parked_at": "now()"}
_ONLY_NEW_CONTENT = [
    f"{name} = CASE WHEN waiting.content_hash = excluded.content_hash THEN waiting.{name} ELSE {value} END"
    for name, value in _SINCE.items()
]
_OVERWRITTEN = [name for name, _ in CONTENT if name not in {"order_no", "platform", "line_no", *_SINCE}]
UPDATES = ", ".join([*(f"{name} = excluded.{name}" for name in _OVERWRITTEN), *_ONLY_NEW_CONTENT])
"""What a parked line (``waiting``) becomes that is judged anew: it stays in the batch that brought its content."""

_RESOLVED = f"""
WITH input AS (
    SELECT *, CAST(occurred_at AT TIME ZONE 'Asia/Shanghai' AS date) AS sale_day FROM (SELECT {ROWS}) AS line
), there AS MATERIALIZED (
    -- At once, by arrays, for a tenth of what it takes key by key; and bounded, whatever is in those orders.
    SELECT order_no, platform, line_no FROM sales.order_lines
    WHERE order_no = ANY({column_of("order_no", "text")}) AND platform = ANY({column_of("platform", "text")})
      AND line_no = ANY({column_of("line_no", "text")})
    LIMIT 10000
), bound AS (
    SELECT input.*,
           coalesce(input.hand_code, input.code, listing.code, shop.code) AS attributed_code,
           CASE WHEN input.hand_code IS NOT NULL THEN 'hand' WHEN input.code IS NOT NULL THEN 'line'
                WHEN listing.code IS NOT NULL THEN 'listing' ELSE 'shop' END AS method,
           input.buyer_code IS NOT NULL AND EXISTS (
               SELECT FROM codes.directory AS buyer
               WHERE buyer.code = input.buyer_code AND buyer.superseded_in IS NULL AND buyer.state = 'in_force'
                 AND buyer.valid_from <= input.occurred_at
                 AND (buyer.valid_to IS NULL OR input.occurred_at < buyer.valid_to)
           ) AS internal
    FROM input
    LEFT JOIN LATERAL (
        SELECT binding.code FROM sales.listing_bindings AS binding
        WHERE input.code IS NULL AND binding.platform = input.platform AND binding.shop = input.shop
          AND binding.sku = input.sku AND binding.superseded_in IS NULL
          AND binding.valid_from <= input.sale_day AND (binding.valid_to IS NULL OR input.sale_day < binding.valid_to)
        LIMIT 1
    ) AS listing ON TRUE
    LEFT JOIN LATERAL (
        SELECT binding.code FROM sales.shop_bindings AS binding
        WHERE input.code IS NULL AND listing.code IS NULL AND binding.platform = input.platform
          AND binding.shop = input.shop AND binding.superseded_in IS NULL
          AND binding.valid_from <= input.sale_day AND (binding.valid_to IS NULL OR input.sale_day < binding.valid_to)
        LIMIT 1
    ) AS shop ON TRUE
), resolved AS MATERIALIZED (
    SELECT bound.*, entry.subject_id, entry.kind, entry.region,
           CASE
               WHEN bound.attributed_code IS NULL THEN 'no_binding'
               WHEN entry.state = 'in_force' THEN NULL
               WHEN entry.state = 'suspended' THEN 'code_suspended'
               WHEN entry.state = 'revoked' THEN 'code_revoked'
               -- Not EXISTS: that may be planned as a hash of the whole directory.
               WHEN (SELECT TRUE FROM codes.directory AS any_time WHERE any_time.code = bound.attributed_code LIMIT 1)
                   THEN 'code_not_in_force'
               ELSE 'unknown_code'
           END AS parked_reason,
           (bound.order_no, bound.platform, bound.line_no) IN (SELECT order_no, platform, line_no FROM there)
               AS is_there
    FROM bound
    LEFT JOIN LATERAL (
        SELECT directory.subject_id, directory.kind, directory.region, directory.state
        FROM codes.directory AS directory
        WHERE directory.code = bound.attributed_code AND directory.superseded_in IS NULL
          AND directory.valid_from <= bound.occurred_at
          AND (directory.valid_to IS NULL OR bound.occurred_at < directory.valid_to)
        LIMIT 1
    ) AS entry ON TRUE
)"""
"""Whose each line is, or what it lacks; and whether it is there already."""

_ACCEPTED = f""", accepted AS (
    INSERT INTO sales.order_lines ({NAMES}, sale_day, attributed_code, method, subject_id, kind, region, internal)
    SELECT {NAMES}, sale_day, attributed_code, method, subject_id, kind, region, internal
    FROM resolved WHERE {{wanted}}
    ORDER BY order_no, platform, line_no {{on_conflict}}
    RETURNING order_no, platform, line_no, batch_id, amount_fen, subject_id, kind, region, category, sale_day,
              attributed_code, method, internal
), entered AS (
    INSERT INTO sales.ledger_entries (
        batch_id, order_no, platform, line_no, entry_no, cause, measure, amount_fen,
        subject_id, kind, region, category, sale_day, event_day, reference, internal)
    SELECT batch_id, order_no, platform, line_no, 1, 'sale', 'gross', amount_fen,
           subject_id, kind, region, category, sale_day, sale_day, method || ' ' || attributed_code, internal
    FROM accepted
), no_longer_parked AS (
    DELETE FROM sales.parked_lines AS parked
    -- Found by an array, at once, and only then compared (IS TRUE: else it is a join). Line by line it took longer, and
    -- a plan that was made while few were parked took any index, and kept it.
    WHERE parked.order_no = ANY(ARRAY(SELECT order_no FROM accepted))
      AND parked.platform = ANY(ARRAY(SELECT platform FROM accepted))
      AND parked.line_no = ANY(ARRAY(SELECT line_no FROM accepted))
      AND ((parked.order_no, parked.platform, parked.line_no) IN (SELECT order_no, platform, line_no FROM accepted))
          IS TRUE
)"""
"""Lines and their entries in the ledger: those of ``resolved`` that are ``wanted``."""

_RECORDED = (
    _RESOLVED
    + _ACCEPTED.replace("{wanted}", "parked_reason IS NULL AND NOT is_there")
    + f""", parked AS (
    INSERT INTO sales.parked_lines AS waiting ({NAMES}, reason)
    SELECT {NAMES}, parked_reason FROM resolved
    WHERE parked_reason IS NOT NULL AND NOT EXISTS (
        SELECT FROM sales.order_lines AS line
        WHERE line.order_no = resolved.order_no AND line.platform = resolved.platform
          AND line.line_no = resolved.line_no
    )
    ORDER BY order_no, platform, line_no
    ON CONFLICT (order_no, platform, line_no) DO UPDATE
    SET {UPDATES}, codes = NULL, reason = excluded.reason
    WHERE waiting.content_hash <> excluded.content_hash OR waiting.reason <> excluded.reason
    RETURNING order_no, platform, line_no, reason, parked_at
)
"""
)
"""What RECORD_LINES and RECORD_NEW_LINES do; they differ in ``on_conflict``, and in what they answer."""

RECORD_LINES = text(
    _RECORDED.replace("{on_conflict}", "ON CONFLICT DO NOTHING")
    + """
SELECT order_no, platform, line_no, 'accepted' AS status, NULL AS reason FROM accepted
UNION ALL
SELECT order_no, platform, line_no, 'parked', reason FROM parked WHERE parked_at = now()
"""
)
"""Attribute, record, balance and enter lines in the ledger; park those that lack something.

Takes the columns of CONTENT (no key twice). Answers a row for every line that was accepted or newly parked; a line
without a row was there before, with the same content or with another: ask EXISTING_LINES in a statement of its own,
because a line that a concurrent transaction committed a moment ago is not visible to this one's snapshot.
A parked line that is sent again with other content is replaced: it has not been counted yet. With the same content it
only learns what it lacks now, and has no row.
"""
RECORD_NEW_LINES = text(
    _RECORDED.replace("{on_conflict}", "")
    + """
SELECT NULL AS order_no, NULL AS platform, NULL AS line_no, NULL AS reason, count(*) AS accepted FROM accepted
UNION ALL
SELECT resolved.order_no, resolved.platform, resolved.line_no, parked.reason, NULL
FROM resolved LEFT JOIN parked
  ON parked.order_no = resolved.order_no AND parked.platform = resolved.platform AND parked.line_no = resolved.line_no
 AND parked.parked_at = now()
WHERE resolved.is_there OR resolved.parked_reason IS NOT NULL
"""
)
"""As RECORD_LINES, for lines that nobody else is recording at this moment: that of a transaction that has not ended is
waited for, and if it is committed the whole statement fails (23505). To allow for that, line by line, takes 2 µs each.

Answers first how many were accepted, then a row for each of the others: newly parked, with the reason; or there before.
"""

RECORD_ALL_NEW = text(
    _RESOLVED
    + """, verdict AS MATERIALIZED (
    SELECT NOT EXISTS (SELECT FROM resolved WHERE parked_reason IS NOT NULL OR is_there)
       AND NOT EXISTS (
           SELECT FROM sales.imports WHERE platform = ANY(CAST(:added_platform AS text[]))) AS all_new
)"""
    + _ACCEPTED.format(wanted="(SELECT all_new FROM verdict)", on_conflict="")
    + f""", added AS (
    {batches.added("added_", "(SELECT all_new FROM verdict)")}
), announced AS (
    {batches.ANNOUNCED}
)
SELECT batch_id, recorded_at FROM added
"""
)
"""Record lines as RECORD_NEW_LINES and their batches as ADD_BATCHES (whose parameters are called ``added_…``), if every
line can be accepted and no platform imports files too. Else nothing is written, and no row answered.

Alone it is a whole transaction. An import that is opened after its snapshot was taken is not known to it: who opens the
first one waits for transactions that had begun (``TRANSACTIONS``).
"""

EXISTING_LINES = text("""
WITH keys AS (
    SELECT * FROM unnest(CAST(:order_no AS text[]), CAST(:platform AS text[]), CAST(:line_no AS text[]))
        AS wanted (order_no, platform, line_no)
)
SELECT keys.order_no, keys.platform, keys.line_no,
       coalesce(line.content_hash, parked.content_hash) AS content_hash,
       CASE WHEN line.order_no IS NULL THEN 'parked' WHEN line.cancelled THEN 'cancelled' ELSE 'accepted' END AS state,
       line.refunded_fen, parked.reason
FROM keys
LEFT JOIN sales.order_lines AS line USING (order_no, platform, line_no)
LEFT JOIN sales.parked_lines AS parked USING (order_no, platform, line_no)
""")
"""What is recorded under the keys of lines that were there before."""

LOCK_UPTAKE = text("SELECT pg_advisory_xact_lock(hashtextextended('onecode.sales.uptake', 0))")
"""Let one consumer judge parked lines anew at a time: what one parks under the next code it lacks, the other, whose
window has that code, would not see."""

RESOLVABLE_PARKED = text(f"""
WITH codes AS (
    SELECT DISTINCT directory.code FROM codes.directory AS directory
    WHERE directory.recorded_in = ANY(CAST(:codes_batches AS bigint[]))
), shops AS (
    SELECT platform, shop FROM sales.shop_bindings WHERE recorded_in = ANY(CAST(:sales_batches AS bigint[]))
    UNION
    SELECT platform, shop FROM sales.shop_bindings WHERE code = ANY(ARRAY(SELECT code FROM codes))
), listings AS (
    SELECT platform, shop, sku FROM sales.listing_bindings WHERE recorded_in = ANY(CAST(:sales_batches AS bigint[]))
    UNION
    SELECT platform, shop, sku FROM sales.listing_bindings WHERE code = ANY(ARRAY(SELECT code FROM codes))
), found AS (
    SELECT order_no, platform, line_no FROM sales.parked_lines WHERE batch_id = ANY(CAST(:own_batches AS bigint[]))
    UNION
    SELECT order_no, platform, line_no FROM sales.parked_lines WHERE code = ANY(ARRAY(SELECT code FROM codes))
    UNION
    SELECT parked.order_no, parked.platform, parked.line_no
    FROM shops CROSS JOIN LATERAL (
        SELECT * FROM sales.parked_lines AS waiting
        WHERE waiting.platform = shops.platform AND waiting.shop = shops.shop AND waiting.code IS NULL OFFSET 0
    ) AS parked
    UNION
    SELECT parked.order_no, parked.platform, parked.line_no
    FROM listings CROSS JOIN LATERAL (
        SELECT * FROM sales.parked_lines AS waiting
        WHERE waiting.platform = listings.platform AND waiting.shop = listings.shop AND waiting.sku = listings.sku
          AND waiting.code IS NULL OFFSET 0
    ) AS parked
)
SELECT parked.* FROM found CROSS JOIN LATERAL (
    SELECT {NAMES}, codes FROM sales.parked_lines AS waiting
    WHERE waiting.order_no = found.order_no AND waiting.platform = found.platform
      AND waiting.line_no = found.line_no LIMIT 1
) AS parked
ORDER BY order_no, platform, line_no
""")
"""Parked lines for which the given batches of codes (new states of a code) or of sales (new bindings) may change
something; and those that ``own_batches`` brought: what they lacked may have been committed, and looked after, between
their transaction's snapshot and its commit."""

# Of a line that several codes share, ``code`` is the one that it lacks: so it is found like every other.
PARKED_LINES_FOR_UPDATE = text(f"""
SELECT {NAMES}, codes FROM sales.parked_lines
WHERE (order_no, platform, line_no) IN (
    SELECT * FROM unnest(CAST(:order_no AS text[]), CAST(:platform AS text[]), CAST(:line_no AS text[])))
ORDER BY order_no, platform, line_no
FOR UPDATE
""")
"""Lock the given parked lines."""
