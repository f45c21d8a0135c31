"""What the protection of a release reads, once, and what it stores."""

from sqlalchemy import text

DIVISIONS = text("""
SELECT DISTINCT code FROM codes.divisions WHERE code BETWEEN :lowest AND :highest AND superseded_in IS NULL
""")

UNITS = text("SELECT village, unit FROM codes.report_unit_villages WHERE superseded_in IS NULL AND valid_to IS NULL")
"""The reporting unit of each village."""

_PIECES = """
    unnest(CAST(:pieces AS bigint[]), CAST(:firsts AS date[]), CAST(:pasts AS date[])) AS piece (number, first, past)
"""

SALES = text(f"""
SELECT entry.region, piece.number AS piece, entry.subject_id AS holder, entry.kind, entry.category, entry.platform,
       entry.platform || '/' || coalesce(line.shop, '') AS shop,
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
"""Who sold what, by piece of time, as of the release's position. Lines that were refunded whole still count as lines
here: nothing that is shown is made of them, they are only part of how uncertain it stays.
"""

INCOME = text(f"""
WITH home AS (
    SELECT DISTINCT ON (subject_id) subject_id, region, persons FROM codes.households
    WHERE superseded_in IS NULL
    ORDER BY subject_id, valid_from <= :last_day DESC,
             CASE WHEN valid_from <= :last_day THEN valid_from END DESC, valid_from
)
SELECT home.region, piece.number AS piece, subject_id AS holder, home.persons,
       CAST(sum(paid_fen) AS bigint) AS paid_fen, CAST(sum(contract_fen) AS bigint) AS contract_fen,
       CAST(sum(imputed_fen) AS bigint) AS imputed_fen
FROM stats.household_days AS known
JOIN {_PIECES} ON known.sale_day >= piece.first AND known.sale_day < piece.past
JOIN home USING (subject_id)
WHERE home.region BETWEEN :lowest AND :highest
GROUP BY 1, 2, 3, 4
HAVING sum(paid_fen + contract_fen + imputed_fen) > 0
""")
"""Whom income reached, by piece of time, where they live on the release's last day."""

CODES = text("""
SELECT holder.region, asked.number AS piece, holder.subject_id AS holder, holder.kind,
       count(DISTINCT holder.code) AS codes
FROM unnest(CAST(:pieces AS bigint[]), CAST(:ends AS timestamptz[])) AS asked (number, moment)
JOIN codes.directory AS holder
  ON holder.valid_from < asked.moment AND (holder.valid_to IS NULL OR holder.valid_to >= asked.moment)
WHERE holder.state = 'in_force' AND holder.superseded_in IS NULL AND holder.region BETWEEN :lowest AND :highest
GROUP BY 1, 2, 3, 4
""")
"""Whose codes are in force at the end of each period."""

EARLIER = text("""
SELECT release.region, shown.table_name, shown.period, shown.divisions
FROM stats.shown_divisions AS shown
JOIN stats.releases AS release USING (release_id)
JOIN stats.release_decisions AS decided USING (release_id)
WHERE decided.decision = 'approved' AND release.release_id <> :release_id
ORDER BY release.release_id
""")
"""What other releases have shown: by table and period, the divisions."""

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
