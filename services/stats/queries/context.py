"""What stands around the figures: regions, the watermark, and how good the data are."""

from sqlalchemy import text

from services.stats.kinds import KINDS

REGION = text("""
SELECT code, name, level FROM codes.divisions
WHERE code = :code AND superseded_in IS NULL
ORDER BY valid_from DESC LIMIT 1
""")
"""A division under its newest name."""

_UNIT_OF_PLACE = """
    member AS (
        SELECT village, unit FROM codes.report_unit_villages
        WHERE superseded_in IS NULL AND valid_from <= :day AND (valid_to IS NULL OR valid_to > :day)
    ), place AS (
        -- A division that is no village belongs where most of its villages do: so do the subjects seated in it.
        SELECT DISTINCT ON (code) code, unit, villages,
               sum(villages) OVER (PARTITION BY code) AS villages_of_all
        FROM (
            SELECT rpad(left(village, digits), 12, '0') AS code, unit, count(*) AS villages
            FROM member CROSS JOIN (VALUES (4), (6), (9), (12)) AS tree (digits)
            GROUP BY rpad(left(village, digits), 12, '0'), unit
        ) AS counted
        ORDER BY code, villages DESC, unit
    )
"""

REPORTING_UNITS = text(f"""
WITH {_UNIT_OF_PLACE}
SELECT unit.unit, unit.name, array_agg(place.code ORDER BY place.code) AS places,
       -- It is a prefecture if all of that one's villages are its own, and it has no others.
       max(place.code) FILTER (
           WHERE place.code LIKE '____00000000' AND place.villages = place.villages_of_all
             AND place.villages = (SELECT count(*) FROM member WHERE member.unit = unit.unit)
       ) AS tree
FROM codes.report_units AS unit JOIN place USING (unit)
WHERE CAST(:unit AS text) IS NULL OR unit.unit = :unit
GROUP BY unit.unit, unit.name ORDER BY min(place.code), unit.unit
""")
"""The reporting units on a day: what belongs to each, and the prefecture that it is the same as."""

STATION_NAMES = text("SELECT station AS key, min(name) AS name FROM codes.station_facts WHERE superseded_in IS NULL "
                     "GROUP BY station")  # fmt: skip

DIVISIONS = text("""
SELECT DISTINCT ON (code) code, name FROM codes.divisions
WHERE level = :level AND code BETWEEN :lowest AND :highest AND superseded_in IS NULL
ORDER BY code, valid_from DESC
""")
"""The divisions of a level within a tree."""

CATEGORY_NAMES = text("SELECT category AS key, name, name_en FROM sales.product_categories")

_SETTLED = """
    -- How far the ledger is settled by what the cube has taken up to a position. As far as the income consumer has
    -- come, if the newest income batch is among that; else NULL. (Settlements run one at a time, so the newest has the
    -- highest number.)
    SELECT least(
        coalesce((SELECT position FROM sales.progress WHERE consumer = 'income.sales'), 0), here.position
    ) AS position
    FROM here
    WHERE coalesce((
        SELECT feed.position <= here.position
        FROM (SELECT batch_id FROM sales.batch_totals WHERE channel = 'income' ORDER BY batch_id DESC LIMIT 1) AS newest
        LEFT JOIN sales.feed USING (batch_id)
    ), NOT EXISTS (SELECT FROM sales.batch_totals WHERE channel = 'income'))
"""

NOTE_SETTLED = text(f"""
WITH here AS (SELECT CAST(:upto AS bigint) AS position), settled AS ({_SETTLED})
INSERT INTO stats.settled_positions (position, income_position)
SELECT here.position, settled.position FROM here CROSS JOIN settled
WHERE settled.position > coalesce((SELECT max(income_position) FROM stats.settled_positions), 0)
""")
"""Remember, with each window, how far income is in it."""

WATERMARK = text(f"""
WITH here AS (
    SELECT coalesce((SELECT position FROM stats.cursors WHERE consumer = 'cube'), 0) AS position
), settled AS ({_SETTLED})
SELECT here.position, feed.sealed_at,
       coalesce((SELECT position FROM stats.cursors WHERE consumer = 'registry'), 0) AS registry_position,
       coalesce((SELECT position FROM settled), (SELECT max(income_position) FROM stats.settled_positions), 0)
           AS income_position,
       (SELECT min(period) FROM stats.sales_cells
        WHERE level = 'province' AND kind IN {KINDS} AND category = '*' AND grain = 'month') AS first_month
FROM here LEFT JOIN sales.feed USING (position)
""")
"""What the cube contains: the ledger up to ``position``, its income up to ``income_position``."""

WATERMARK_AT = text(f"""
SELECT here.position, feed.sealed_at, CAST(:registry_position AS bigint) AS registry_position,
       coalesce((
           SELECT income_position FROM stats.settled_positions WHERE settled_positions.position <= here.position
           ORDER BY settled_positions.position DESC LIMIT 1
       ), 0) AS income_position,
       (SELECT min(period) FROM stats.sales_cells
        WHERE level = 'province' AND kind IN {KINDS} AND category = '*' AND grain = 'month' AND EXISTS (
            SELECT FROM stats.lines
            WHERE sale_day >= period AND sale_day < period + interval '1 month' AND since <= here.position
        )) AS first_month
FROM (SELECT CAST(:position AS bigint) AS position) AS here LEFT JOIN sales.feed USING (position)
""")
"""The same, as it was at a position."""

QUALITY = text(f"""
SELECT
    (SELECT CAST(coalesce(sum(amount_fen), 0) AS bigint) FROM sales.parked
     WHERE occurred_at >= :start AND occurred_at < :end
       AND (CAST(:platform AS text) IS NULL OR platform = :platform)
       AND (CAST(:category AS text) IS NULL OR category = :category)) AS parked_fen,
    (SELECT CAST(coalesce(sum(gross_fen), 0) AS bigint)
     FROM unnest(CAST(:grains AS text[]), CAST(:firsts AS date[]), CAST(:pasts AS date[])) AS asked (grain, first, past)
     JOIN stats.sales_cells AS cell
       ON cell.grain = asked.grain AND cell.period >= asked.first AND cell.period < asked.past
     WHERE cell.level = 'province' AND cell.kind IN {KINDS} AND cell.category = coalesce(:category, '*')
       AND (CAST(:platform AS text) IS NULL OR cell.platform = :platform)) AS attributed_fen,
    (SELECT CAST(coalesce(sum(net_fen), 0) AS bigint) FROM stats.source_days
     WHERE basis = 'unknown' AND sale_day >= :first AND sale_day < :past AND region BETWEEN :lowest AND :highest
       AND (CAST(:places AS text[]) IS NULL OR region = ANY(CAST(:places AS text[])))
       AND (CAST(:kind AS text) IS NULL OR kind = :kind)
       AND (CAST(:category AS text) IS NULL OR category = :category)) AS without_ratio_fen,
    (SELECT CAST(coalesce(sum(kept_fen), 0) AS bigint) FROM stats.group_days
     WHERE kept_fen <> 0 AND sale_day >= :first AND sale_day < :past AND region BETWEEN :lowest AND :highest
       AND (CAST(:places AS text[]) IS NULL OR region = ANY(CAST(:places AS text[])))
       AND (CAST(:category AS text) IS NULL OR category = :category)) AS kept_fen,
    (SELECT CAST(coalesce(sum(replaced.fen), 0) AS bigint)
     FROM (
         SELECT subject_id, sum(contract_fen + imputed_fen) AS fen FROM stats.replaced_days
         WHERE sale_day >= :first AND sale_day < :past GROUP BY subject_id
     ) AS replaced
     JOIN stats.homes AS home
       ON home.subject_id = replaced.subject_id AND home.known_to IS NULL
      AND home.valid_from < :past AND home.valid_to >= :past
     WHERE home.region BETWEEN :lowest AND :highest
       AND (CAST(:places AS text[]) IS NULL OR home.region = ANY(CAST(:places AS text[])))) AS replaced_fen
""")
"""How good the data of a region and period are. What is parked has no subject and so no region: it is shown whole.
What payments replaced is shown where the household lived on the period's last day, as its income is."""

WITHOUT_RATIO_AT = text("""
SELECT CAST(coalesce(sum(net_fen), 0) AS bigint) AS without_ratio_fen
FROM (
    SELECT sum(entry.net_fen) AS net_fen, min(entry.kind) AS kind, entry.category,
           (array_agg(entry.region ORDER BY feed.position DESC, entry.entry_no DESC))[1] AS region
    FROM sales.incomes AS entry JOIN sales.feed USING (batch_id)
    WHERE entry.basis IS NULL AND entry.sale_day >= :first AND entry.sale_day < :past AND feed.position <= :position
    GROUP BY entry.subject_id, entry.sale_day, entry.category
) AS source_day
WHERE region BETWEEN :lowest AND :highest
  AND (CAST(:places AS text[]) IS NULL OR region = ANY(CAST(:places AS text[])))
  AND (CAST(:kind AS text) IS NULL OR kind = :kind)
  AND (CAST(:category AS text) IS NULL OR category = :category)
""")
"""Net sales for which no ratio had been known by a position."""

STATE = text("""
SELECT coalesce((SELECT string_agg(consumer || ' ' || position, ',' ORDER BY consumer) FROM stats.cursors), ''),
       coalesce((SELECT max(income_position) FROM stats.settled_positions), 0),
       coalesce((SELECT position FROM sales.progress WHERE consumer = 'income.sales'), 0),
       coalesce((SELECT max(position) FROM sales.feed), 0), coalesce((SELECT max(position) FROM codes.feed), 0),
       -- What is committed and not yet sealed can be seen in views of facts already.
       (SELECT string_agg(CAST(batch_id AS text), ',' ORDER BY batch_id) FROM sales.pending),
       (SELECT string_agg(CAST(batch_id AS text), ',' ORDER BY batch_id) FROM codes.pending),
       (SELECT coalesce(max(batch_id), 0) FROM stats.plan_batches),
       (SELECT count(*) FROM stats.releases), (SELECT count(*) FROM stats.frozen_releases),
       (SELECT count(*) FROM stats.release_decisions),
       (SELECT count(*) FROM stats.audits), (SELECT count(*) FROM stats.audit_findings),
       (SELECT count(*) FROM stats.poverty_lines),
       (SELECT md5(string_agg(concat_ws('|', category, name, name_en), ';' ORDER BY category))
        FROM sales.product_categories),
       (SELECT count(*) FROM stats.releases AS release JOIN stats.release_decisions AS decided USING (release_id)
        WHERE greatest(decided.decided_at, release.publish_at) <= now())
""")
"""All that present answers follow from. Whatever changes one of them is pending or moves a feed or a cursor, adds a
report, an audit, a line of poverty, a release or what became of one, or renames a category.
"""

NAMES = text("""
SELECT (SELECT md5(string_agg(concat_ws('|', category, name, name_en), ';' ORDER BY category))
        FROM sales.product_categories),
       (SELECT md5(string_agg(concat_ws('|', code, name, valid_from), ';' ORDER BY code, valid_from))
        FROM codes.divisions WHERE superseded_in IS NULL AND code BETWEEN :lowest AND :highest),
       (SELECT md5(string_agg(concat_ws('|', unit, name), ';' ORDER BY unit)) FROM codes.report_units)
""")
"""What the figures of a release are called: of all that an answer about it says, what may change."""
