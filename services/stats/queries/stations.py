"""Stations of a region in a period: the days that they were heard of, what passed through them, what they cover."""

from sqlalchemy import text

from services.stats.queries.monitoring_fold import COUNTED, PURPOSES

_STATIONS = """
    station AS MATERIALIZED (
        SELECT station, name, region, type, status,
               (SELECT min(other.valid_from) FROM codes.station_facts AS other
                WHERE other.station = fact.station AND other.superseded_in IS NULL) AS since
        FROM codes.station_facts AS fact
        WHERE superseded_in IS NULL AND valid_from <= :day AND (valid_to IS NULL OR :day < valid_to)
          AND region BETWEEN :lowest AND :highest
          AND (CAST(:places AS text[]) IS NULL OR region = ANY(CAST(:places AS text[])))
          AND (CAST(:type AS text) IS NULL OR type = :type) AND (CAST(:station AS text) IS NULL OR station = :station)
    )
"""

STATIONS = text(f"""
WITH {_STATIONS}, scanned AS (
    SELECT station, {", ".join(f"CAST(sum({column}) AS bigint) AS {column}" for column in COUNTED)},
           count(*) FILTER (WHERE {" + ".join(PURPOSES)} > 0) AS active_days,
           max(longest_queue_seconds) AS longest_queue_seconds, max(largest_skew_ms) AS largest_skew_ms
    FROM station JOIN stats.station_days USING (station)
    WHERE business_day >= :first AND business_day < :past
    GROUP BY station
), sold AS (
    SELECT station, count(*) FILTER (WHERE gross_fen > refund_fen) AS orders,
           CAST(sum(gross_fen) AS bigint) AS gross_fen, CAST(sum(refund_fen) AS bigint) AS refund_fen
    FROM station JOIN stats.station_orders USING (station)
    WHERE sale_day >= :first AND sale_day < :past
    GROUP BY station
)
SELECT station.station, station.name, station.region, station.type, station.status, station.since,
       {", ".join(f"coalesce(scanned.{column}, 0) AS {column}" for column in COUNTED)},
       coalesce(active_days, 0) AS active_days, coalesce(longest_queue_seconds, 0) AS longest_queue_seconds,
       coalesce(largest_skew_ms, 0) AS largest_skew_ms, coalesce(orders, 0) AS orders,
       coalesce(gross_fen, 0) AS gross_fen, coalesce(refund_fen, 0) AS refund_fen, heard.business_day AS last_heard
FROM station LEFT JOIN scanned USING (station) LEFT JOIN sold USING (station)
LEFT JOIN LATERAL (
    SELECT business_day FROM stats.station_days AS known
    WHERE known.station = station.station AND known.business_day <= :day AND {" + ".join(PURPOSES)} > 0
    ORDER BY business_day DESC LIMIT 1
) AS heard ON TRUE
ORDER BY station.station
""")
"""Every station of the region as it is on ``:day``, and what it did from ``:first`` to before ``:past``."""

CLOSURES = text("""
SELECT closure.station, closure.valid_from, closure.valid_to
FROM codes.closures AS closure
WHERE closure.superseded_in IS NULL AND closure.valid_from <= :day
  AND closure.station = ANY(CAST(:stations AS text[]))
""")

SEASONS = text("""
SELECT region, valid_from, valid_to FROM stats.quiet_seasons WHERE superseded_in IS NULL AND valid_from <= :day
""")

COVERAGE = text("""
WITH active AS (
    SELECT DISTINCT region FROM codes.station_facts
    WHERE superseded_in IS NULL AND valid_from <= :day AND (valid_to IS NULL OR :day < valid_to)
      AND status = 'active' AND region BETWEEN :lowest AND :highest
      AND (CAST(:places AS text[]) IS NULL OR region = ANY(CAST(:places AS text[])))
      AND (CAST(:type AS text) IS NULL OR type = :type)
), covered AS (
    SELECT DISTINCT rpad(left(region, digits), 12, '0') AS code, level
    FROM active CROSS JOIN (VALUES ('county', 6), ('township', 9), ('village', 12)) AS depth (level, digits)
), division AS (
    SELECT code, level FROM codes.divisions
    WHERE superseded_in IS NULL AND valid_from <= :day AND (valid_to IS NULL OR :day < valid_to)
      AND level IN ('county', 'township', 'village') AND code BETWEEN :lowest AND :highest
      AND (CAST(:places AS text[]) IS NULL OR code = ANY(CAST(:places AS text[])))
)
SELECT level AS what, count(*) AS divisions, count(covered.code) AS covered
FROM division LEFT JOIN covered USING (code, level) GROUP BY level
UNION ALL
SELECT tagged.tag, count(DISTINCT tagged.code), count(DISTINCT covered.code)
FROM codes.division_tags AS tagged JOIN division USING (code) LEFT JOIN covered USING (code, level)
WHERE tagged.superseded_in IS NULL AND tagged.valid_from <= :day
  AND (tagged.valid_to IS NULL OR :day < tagged.valid_to)
GROUP BY tagged.tag
""")
"""Divisions with an active station in them, of all and of those that are tagged."""

STATE = text("""
SELECT coalesce((SELECT position FROM stats.cursors WHERE consumer = 'monitoring.scans'), 0) AS registry_position,
       coalesce((SELECT position FROM stats.cursors WHERE consumer = 'monitoring.sales'), 0) AS position,
       (SELECT max(batch_id) FROM stats.plan_batches) AS batch
""")
"""How far monitoring has come, in this snapshot."""

SUPERSEDE_SEASON = text("""
UPDATE stats.quiet_seasons SET superseded_in = :batch
WHERE superseded_in IS NULL AND region = :region AND valid_from = :valid_from
""")

INSERT_SEASON = text("""
INSERT INTO stats.quiet_seasons (region, valid_from, recorded_in, valid_to, reason)
VALUES (:region, :valid_from, :batch, :valid_to, :reason)
""")
