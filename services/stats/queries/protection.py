"""What the protection of a release reads, once, and what it stores."""

from sqlalchemy import text

_KNOWN = """
    NOT EXISTS (SELECT FROM codes.feed WHERE batch_id = {row}.recorded_in AND position > :registry_position)
    AND ({row}.superseded_in IS NULL OR EXISTS (
        SELECT FROM codes.feed WHERE batch_id = {row}.superseded_in AND position > :registry_position
    ))
"""
"""What the registry knew at the release's position of it."""

DIVISIONS = text(f"""
SELECT DISTINCT code FROM codes.divisions AS division
WHERE code BETWEEN :lowest AND :highest AND {_KNOWN.format(row="division")}
""")

_PIECES = """
    unnest(CAST(:pieces AS bigint[]), CAST(:firsts AS date[]), CAST(:pasts AS date[])) AS piece (number, first, past)
"""

SALES = text(f"""
SELECT entry.region, piece.number AS piece, entry.subject_id AS holder, entry.kind, entry.category, entry.platform,
       entry.platform || '/' || coalesce(nullif(line.shop, ''), ' ' || entry.subject_id) AS shop,
       CAST(sum(entry.amount_fen) AS bigint) AS net_fen,
       CAST(-coalesce(sum(entry.amount_fen) FILTER (WHERE entry.measure = 'refund'), 0) AS bigint) AS refund_fen,
       count(DISTINCT (entry.order_no, entry.line_no)) AS order_lines
FROM sales.feed
JOIN sales.entries AS entry USING (batch_id)
JOIN {_PIECES} ON entry.sale_day >= piece.first AND entry.sale_day < piece.past
LEFT JOIN sales.lines AS line USING (order_no, platform, line_no)
WHERE feed.position <= :position AND NOT entry.internal AND entry.region BETWEEN :lowest AND :highest
GROUP BY 1, 2, 3, 4, 5, 6, 7
HAVING sum(entry.amount_fen) FILTER (WHERE entry.measure = 'gross') > 0
""")
"""Who sold what, by piece of time, as of the release's position. Who sells in no shop that is known is a shop of his
own. Lines that were refunded whole still count as lines here: nothing that is shown is made of them, they are only part
of how uncertain it stays.
"""

INCOME = text(f"""
WITH moved AS MATERIALIZED (
    SELECT * FROM unnest(
        CAST(:moved_subjects AS bigint[]), CAST(:moved_days AS date[]), CAST(:moved_contract_fen AS bigint[]),
        CAST(:moved_imputed_fen AS bigint[]), CAST(:moved_paid_fen AS bigint[])
    ) AS moved (subject_id, sale_day, contract_fen, imputed_fen, paid_fen)
), known AS (
    SELECT subject_id, sale_day, contract_fen, imputed_fen, paid_fen FROM stats.household_days WHERE block <= :block
    UNION ALL SELECT subject_id, sale_day, contract_fen, imputed_fen, paid_fen FROM moved
)
SELECT home.region, piece.number AS piece, known.subject_id AS holder, home.persons,
       CAST(sum(paid_fen) AS bigint) AS paid_fen, CAST(sum(contract_fen) AS bigint) AS contract_fen,
       CAST(sum(imputed_fen) AS bigint) AS imputed_fen
FROM known
JOIN {_PIECES} ON known.sale_day >= piece.first AND known.sale_day < piece.past
JOIN stats.homes AS home
  ON home.subject_id = known.subject_id AND home.valid_from <= :last_day AND home.valid_to > :last_day
 AND home.known_from <= :registry_position AND coalesce(home.known_to, :registry_position + 1) > :registry_position
WHERE home.region BETWEEN :lowest AND :highest
GROUP BY 1, 2, 3, 4
HAVING sum(paid_fen + contract_fen + imputed_fen) > 0
""")
"""Whom income reached, by piece of time, where they live on the release's last day; as of its positions."""

CODES = text(f"""
SELECT holder.region, asked.number AS piece, holder.subject_id AS holder, holder.kind,
       count(DISTINCT holder.code) AS codes
FROM unnest(CAST(:pieces AS bigint[]), CAST(:ends AS timestamptz[])) AS asked (number, moment)
JOIN codes.directory AS holder
  ON holder.valid_from < asked.moment AND (holder.valid_to IS NULL OR holder.valid_to >= asked.moment)
WHERE holder.state = 'in_force' AND {_KNOWN.format(row="holder")} AND holder.region BETWEEN :lowest AND :highest
GROUP BY 1, 2, 3, 4
""")
"""Whose codes are in force at the end of each period; as the registry knew at the release's position."""

_BESIDE = """
    release.release_id <> :release_id
    AND (release.region BETWEEN :lowest AND :highest OR release.region = ANY(CAST(:ancestors AS text[])))
    AND EXISTS (
        SELECT FROM stats.release_decisions AS decided
        WHERE decided.release_id = release.release_id AND decided.decision = 'approved'
    )
"""
"""Approved releases of the same tree, or of one within or around it."""

LABELS = text(f"""
SELECT DISTINCT shown.period FROM stats.shown_divisions AS shown JOIN stats.releases AS release USING (release_id)
WHERE {_BESIDE} AND release.first < :past AND release.past > :first AND shown.divisions <> '{{}}'
""")
"""The periods of which such releases show something, as each calls them."""

SHOWING_BESIDE = text(f"""
SELECT release_id FROM stats.releases AS release
WHERE {_BESIDE} AND release.first < :past AND release.past > :first
  AND EXISTS (
    SELECT FROM stats.shown_divisions AS shown
    WHERE shown.release_id = release.release_id AND shown.divisions <> '{{}}'
  )
ORDER BY release_id
""")
"""Such releases of some of the same days that show something."""

APPROVED_SINCE = text(f"""
SELECT min(release_id) FROM ({SHOWING_BESIDE.text}) AS beside
JOIN stats.release_decisions AS decision USING (release_id)
WHERE decision.decided_at > :since
""")
"""Such a release that was approved after a moment, so that what was frozen by then knows nothing of it."""

EARLIER = text(f"""
SELECT release_id, release.region, started.position, started.registry_position, shown.table_name, shown.period,
       shown.divisions
FROM stats.shown_divisions AS shown
JOIN stats.releases AS release USING (release_id)
JOIN stats.started_releases AS started USING (release_id)
WHERE {_BESIDE} AND shown.period = ANY(CAST(:labels AS text[]))
ORDER BY release_id
""")
"""What they have shown of some periods: by table and period, the divisions; and as of where."""

STORE_SHOWN = text("""
INSERT INTO stats.shown_divisions (release_id, table_name, period, divisions)
VALUES (:release_id, :table_name, :period, :divisions)
""")

SHOWN = text("""
SELECT table_name, divisions FROM stats.shown_divisions WHERE release_id = :release_id AND period = :period
""")
"""What a release shows of a period."""

KEYS = text("""
SELECT DISTINCT key FROM stats.release_parts WHERE release_id = :release_id AND dimension = :dimension ORDER BY key
""")
"""The values of a dimension that a release has figures of."""

COUNT_SHOWN = text("SELECT count(*) FROM stats.shown_divisions")

TOLD_BY_SUBTRACTION = text("""
WITH shown AS MATERIALIZED (
    SELECT release_id, table_name, period, unnest(divisions) AS region FROM stats.shown_divisions
    WHERE table_name IN ('sales', 'refunds', 'income', 'codes')
), figure AS MATERIALIZED (
    SELECT row.release_id, asked.table_name, row.period, row.level, row.region,
           CAST(row.figures ->> asked.indicator AS bigint) AS amount, shown.region IS NOT NULL AS is_shown
    FROM stats.release_rows AS row
    JOIN (VALUES ('sales', 'sales', 'sales_net'), ('refunds', 'sales', 'refunds'), ('income', 'income', 'income'),
                 ('codes', 'codes', 'codes_active')) AS asked (table_name, source, indicator)
      ON asked.source = row.source
    LEFT JOIN shown ON shown.release_id = row.release_id AND shown.table_name = asked.table_name
     AND shown.period = row.period AND shown.region = row.region
    WHERE row.dimension = '' AND jsonb_typeof(row.figures -> asked.indicator) = 'number'
)
SELECT whole.release_id, whole.table_name, whole.period, whole.region,
       max(part.region) FILTER (WHERE NOT part.is_shown) AS told
FROM figure AS whole
JOIN (VALUES ('province', 'prefecture', 2), ('prefecture', 'county', 4), ('county', 'township', 6),
             ('township', 'village', 9), ('province', 'reporting_unit', 0)) AS step (above, below, digits)
  ON step.above = whole.level
JOIN figure AS part
  ON part.release_id = whole.release_id AND part.table_name = whole.table_name AND part.period = whole.period
 AND part.level = step.below AND left(part.region, step.digits) = left(whole.region, step.digits)
WHERE whole.is_shown AND part.amount <> 0
GROUP BY 1, 2, 3, 4, whole.amount
HAVING count(*) FILTER (WHERE NOT part.is_shown) = 1 AND sum(part.amount) = whole.amount
LIMIT :limit
""")
"""Shown sums of which one part alone is hidden, and nothing stands beside the parts: whoever subtracts knows it. Of
net sales, refunds, income and codes in force, of divisions and of a province's reporting units.
"""

SHOWN_BEYOND = text("""
WITH shown AS MATERIALIZED (
    SELECT release_id, table_name, period, unnest(divisions) AS region FROM stats.shown_divisions
)
SELECT part.release_id, part.table_name, part.period, part.region
FROM shown AS part
JOIN (VALUES ('sellers', 'sales'), ('refunds', 'sales'), ('sales by kind', 'sales'), ('sales by platform', 'sales'),
             ('sales by category', 'sales'), ('reach', 'income'), ('income by basis', 'income'))
  AS within (table_name, whole) ON within.table_name = part.table_name
WHERE NOT EXISTS (
    SELECT FROM shown AS around WHERE around.release_id = part.release_id AND around.table_name = within.whole
      AND around.period = part.period AND around.region = part.region
)
LIMIT :limit
""")
"""Figures of a part that are shown where those of the whole are not."""
