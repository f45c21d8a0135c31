"""Releases: drafted, frozen part by part, decided, read."""

from sqlalchemy import text

from services.stats.kinds import KINDS

LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('onecode.stats.releases', 0))")
"""Drafts and decisions one at a time: each looks at what there is first."""

ONE_FREEZES = text("SELECT pg_try_advisory_xact_lock(hashtextextended('onecode.stats.freezing', 0))")
"""False while another process freezes."""

KEYS = text(f"""
SELECT DISTINCT 'platform' AS dimension, platform AS key FROM stats.sales_cells
WHERE level = :level AND region = :region AND kind IN {KINDS} AND category = '*' AND grain = 'month'
  AND period >= :first AND period < :past
UNION
SELECT DISTINCT 'category', category FROM stats.sales_cells
WHERE level = :level AND region = :region AND kind IN {KINDS} AND category <> '*' AND grain = 'month'
  AND period >= :first AND period < :past
UNION
SELECT 'platform', platform FROM stats.refund_cells
WHERE level = :level AND region = :region AND event_day >= :event_first AND event_day < :event_past
UNION
SELECT 'category', category FROM stats.refund_cells
WHERE level = :level AND region = :region AND event_day >= :event_first AND event_day < :event_past
ORDER BY dimension, key
""")
"""The platforms and categories that the figures of a region and period can be narrowed to."""

ADD_RELEASE = text("""
INSERT INTO stats.releases (
    region, period, first, past, stage, calendar, compiler, note, publish_at, down_to, supersedes, reason, rules
) VALUES (
    :region, :period, :first, :past, :stage, :calendar, :compiler, :note, :publish_at, :down_to, :supersedes, :reason,
    CAST(:rules AS jsonb)
) RETURNING release_id
""")

START = text("""
INSERT INTO stats.started_releases (
    release_id, position, registry_position, income_position, sealed_at, first_month, sources
) VALUES (:release_id, :position, :registry_position, :income_position, :sealed_at, :first_month, :sources)
""")
"""Fix the position of a release."""

PLAN_PARTS = text("""
INSERT INTO stats.release_parts (release_id, period, level, dimension, key, part_no)
SELECT :release_id, * FROM unnest(
    CAST(:periods AS text[]), CAST(:levels AS text[]), CAST(:dimensions AS text[]), CAST(:keys AS text[]),
    CAST(:part_nos AS bigint[])
)
""")

_RELEASE = """
SELECT release.release_id, release.region, release.period, release.first, release.past, release.stage,
       release.calendar, release.compiler, release.note, release.publish_at, release.down_to, release.supersedes,
       release.reason, release.rules, release.drafted_at,
       started.position, started.registry_position, started.income_position,
       started.sealed_at, started.first_month, started.sources, frozen.frozen_at, frozen.row_count, frozen.digest,
       decided.decision, decided.reviewer, decided.note AS review_note, decided.decided_at,
       (SELECT newer.release_id FROM stats.releases AS newer JOIN stats.release_decisions AS taken USING (release_id)
        WHERE newer.supersedes = release.release_id AND taken.decision = 'approved'
          AND greatest(taken.decided_at, newer.publish_at) <= :now
        ORDER BY newer.release_id DESC LIMIT 1) AS superseded_by
FROM stats.releases AS release
LEFT JOIN stats.started_releases AS started USING (release_id)
LEFT JOIN stats.frozen_releases AS frozen USING (release_id)
LEFT JOIN stats.release_decisions AS decided USING (release_id)
"""

RELEASE = text(f"{_RELEASE} WHERE release.release_id = :release_id")

RELEASES = text(f"""
{_RELEASE}
WHERE (CAST(:period AS text) IS NULL OR release.period = :period)
  AND (CAST(:stage AS text) IS NULL OR release.stage = :stage)
ORDER BY release.release_id DESC
""")
"""Newest first. There are few: who may see which of them is a rule, not a query."""

RELEASES_HOLDING = text(f"""
{_RELEASE}
WHERE release.region = ANY(CAST(:ancestors AS text[])) AND frozen.release_id IS NOT NULL
  AND EXISTS (
      SELECT FROM stats.release_parts AS part
      WHERE part.release_id = release.release_id AND part.period = :period AND part.level = :level
        AND part.dimension = :dimension AND part.key = :key
  )
ORDER BY started.position DESC, release.release_id DESC
""")
"""The frozen releases that hold figures of a division and period; those of the newest position first."""

UNDER_WAY = text("""
SELECT release_id FROM stats.releases
WHERE region = :region AND period = :period
  AND NOT EXISTS (SELECT FROM stats.release_decisions AS decided WHERE decided.release_id = releases.release_id)
""")
"""A draft of the same region and period that nobody has decided on."""

PLANNED = text("""
SELECT release_id FROM stats.releases AS release
WHERE NOT EXISTS (SELECT FROM stats.frozen_releases AS frozen WHERE frozen.release_id = release.release_id)
  AND NOT EXISTS (SELECT FROM stats.release_decisions AS decided WHERE decided.release_id = release.release_id)
ORDER BY release_id LIMIT 1
""")
"""The oldest draft that is not frozen."""

PARTS_LEFT = text("""
SELECT period, level, dimension, key FROM stats.release_parts AS part
LEFT JOIN stats.frozen_parts AS frozen USING (release_id, period, level, dimension, key)
WHERE part.release_id = :release_id AND frozen.release_id IS NULL
ORDER BY part.part_no
""")
"""The parts of a release that are not frozen yet, in their order."""

STORE_ROWS = text("""
INSERT INTO stats.release_rows (release_id, period, level, dimension, key, region, source, figures)
SELECT :release_id, :period, :level, :dimension, :key, region, source, CAST(figures AS jsonb)
FROM unnest(CAST(:regions AS text[]), CAST(:sources AS text[]), CAST(:figures AS text[]))
    AS row (region, source, figures)
""")

FREEZE_PART = text("""
INSERT INTO stats.frozen_parts (release_id, period, level, dimension, key, row_count, digest)
VALUES (:release_id, :period, :level, :dimension, :key, :row_count, :digest)
""")

FROZEN_PARTS = text("""
SELECT period, level, dimension, key, row_count, digest FROM stats.frozen_parts WHERE release_id = :release_id
""")

FREEZE_RELEASE = text("""
INSERT INTO stats.frozen_releases (release_id, row_count, digest) VALUES (:release_id, :row_count, :digest)
""")

DECIDE = text("""
INSERT INTO stats.release_decisions (release_id, decision, reviewer, note, decided_at)
VALUES (:release_id, :decision, :reviewer, :note, clock_timestamp())
""")
"""Decided when the lock was had, not when it was asked for: after whatever was frozen under it before."""

PROGRESS = text("""
SELECT release.release_id, release.period, count(*) AS parts,
       (SELECT count(*) FROM stats.frozen_parts AS frozen WHERE frozen.release_id = release.release_id) AS frozen_parts,
       array_agg(DISTINCT part.level) AS levels, array_agg(DISTINCT part.dimension) AS dimensions
FROM stats.releases AS release JOIN stats.release_parts AS part USING (release_id)
WHERE release.release_id = ANY(CAST(:release_ids AS bigint[])) GROUP BY release.release_id
""")
"""How much of each release is planned and frozen, and what it covers."""

HAS_PARTS = text("""
SELECT period FROM stats.release_parts
WHERE release_id = :release_id AND period = ANY(CAST(:labels AS text[])) AND level = :level
  AND dimension = :dimension AND (CAST(:key AS text) IS NULL OR key = :key)
GROUP BY period
""")
"""For which of some periods a release has figures that are narrowed like this."""

FIGURES = text("""
SELECT period AS label, region, key, figures FROM stats.release_rows
WHERE release_id = :release_id AND period = ANY(CAST(:labels AS text[])) AND level = :level
  AND dimension = :dimension AND (CAST(:key AS text) IS NULL OR key = :key)
  AND region BETWEEN :lowest AND :highest AND source = :source
""")
"""Figures of the divisions of a level in a tree, for some periods."""

ROWS_OF_PART = text("""
SELECT region, source, figures FROM stats.release_rows
WHERE release_id = :release_id AND period = :period AND level = :level AND dimension = :dimension AND key = :key
""")

QUALITY_BLOCKS = text("""
SELECT period, figures FROM stats.release_rows
WHERE release_id = :release_id AND level = :level AND dimension = '' AND region = :region AND source = 'quality'
""")
"""The quality blocks of a region, by period."""
