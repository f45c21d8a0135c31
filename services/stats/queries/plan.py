"""Targets, reported figures, and what belongs to which industry: rows of record, read as known now or at a moment."""

from sqlalchemy import text

LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('stats.plan', 0))")
"""One writer at a time, so that batches are recorded in the order in which they are committed."""

OPEN_BATCH = text("""
INSERT INTO stats.plan_batches (recorded_at, actor, operation)
SELECT greatest(:now, max(recorded_at) + interval '1 microsecond'), :actor, :operation FROM stats.plan_batches
RETURNING batch_id
""")

BATCH_AT = text("""
SELECT coalesce(max(batch_id), 0) FROM stats.plan_batches
WHERE CAST(:as_of AS timestamptz) IS NULL OR recorded_at <= :as_of
""")
"""The last batch that was recorded by a moment."""

_KNOWN = "recorded_in <= :batch AND (superseded_in IS NULL OR superseded_in > :batch)"

TARGETS = text(f"""
SELECT indicator, unit, year, target_value, lead_department, responsible_departments, source
FROM stats.plan_targets WHERE {_KNOWN} ORDER BY indicator, unit, year
""")

REPORTS = text(f"""
SELECT indicator, unit, audience, first_day, past_day, value, source, reporter, reported_on
FROM stats.reported_figures WHERE {_KNOWN} AND past_day <= :past ORDER BY indicator, unit, first_day, past_day, audience
""")

INDUSTRIES = text(f"""
SELECT category, industry FROM stats.industry_categories
WHERE {_KNOWN} ORDER BY industry NULLS LAST, category, valid_from
""")

LOADED = text("SELECT EXISTS (SELECT FROM stats.plan_targets)")

_GIVEN_TARGETS = """
    SELECT given.indicator, given.unit, given.year, given.target_value, given.lead_department,
           CAST(string_to_array(nullif(given.responsible, ''), chr(31)) AS text[]) AS responsible_departments,
           given.source
    FROM unnest(
        CAST(:indicators AS text[]), CAST(:units AS text[]), CAST(:years AS int[]), CAST(:target_values AS bigint[]),
        CAST(:leads AS text[]), CAST(:responsibles AS text[]), CAST(:sources AS text[])
    ) AS given (indicator, unit, year, target_value, lead_department, responsible, source)
"""

SUPERSEDE_TARGETS = text(f"""
UPDATE stats.plan_targets AS known SET superseded_in = :batch
FROM ({_GIVEN_TARGETS}) AS given
WHERE known.superseded_in IS NULL
  AND (known.indicator, known.unit, known.year) = (given.indicator, given.unit, given.year)
  AND (known.target_value, known.lead_department, known.responsible_departments, known.source)
      IS DISTINCT FROM (
          given.target_value, given.lead_department, coalesce(given.responsible_departments, '{{}}'), given.source
      )
""")

INSERT_TARGETS = text(f"""
INSERT INTO stats.plan_targets (
    indicator, unit, year, recorded_in, target_value, lead_department, responsible_departments, source
)
SELECT indicator, unit, year, :batch, target_value, lead_department, coalesce(responsible_departments, '{{}}'), source
FROM ({_GIVEN_TARGETS}) AS given
WHERE NOT EXISTS (
    SELECT FROM stats.plan_targets AS known
    WHERE known.superseded_in IS NULL
      AND (known.indicator, known.unit, known.year) = (given.indicator, given.unit, given.year)
)
""")

_GIVEN_REPORTS = """
    SELECT * FROM unnest(
        CAST(:numbers AS int[]), CAST(:indicators AS text[]), CAST(:units AS text[]), CAST(:audiences AS text[]),
        CAST(:firsts AS date[]), CAST(:pasts AS date[]), CAST(:values AS bigint[]), CAST(:sources AS text[]),
        CAST(:reporters AS text[]), CAST(:days AS date[])
    ) AS given (number, indicator, unit, audience, first_day, past_day, value, source, reporter, reported_on)
"""

REPORTS_KNOWN = text(f"""
SELECT given.number, known.superseded_in IS NULL AS is_current,
       (known.value, known.source, known.reporter, known.reported_on)
           IS NOT DISTINCT FROM (given.value, given.source, given.reporter, given.reported_on) AS is_same
FROM ({_GIVEN_REPORTS}) AS given JOIN stats.reported_figures AS known
  USING (indicator, unit, audience, first_day, past_day)
""")
"""What was recorded before under the keys of what is reported now."""

SUPERSEDE_REPORTS = text(f"""
UPDATE stats.reported_figures AS known SET superseded_in = :batch
FROM ({_GIVEN_REPORTS}) AS given
WHERE known.superseded_in IS NULL
  AND (known.indicator, known.unit, known.audience, known.first_day, known.past_day)
      = (given.indicator, given.unit, given.audience, given.first_day, given.past_day)
""")

INSERT_REPORTS = text(f"""
INSERT INTO stats.reported_figures (
    indicator, unit, audience, first_day, past_day, recorded_in, value, source, reporter, reported_on
)
SELECT indicator, unit, audience, first_day, past_day, :batch, value, source, reporter, reported_on
FROM ({_GIVEN_REPORTS}) AS given
""")

HISTORY = text("""
SELECT figure.indicator, figure.unit, figure.audience, figure.first_day, figure.past_day, figure.value, figure.source,
       figure.reporter, figure.reported_on, batch.recorded_at, batch.actor,
       figure.superseded_in IS NOT NULL AS corrected
FROM stats.reported_figures AS figure JOIN stats.plan_batches AS batch ON batch.batch_id = figure.recorded_in
WHERE (CAST(:indicator AS text) IS NULL OR figure.indicator = :indicator) AND figure.unit = ANY(CAST(:units AS text[]))
ORDER BY figure.indicator, figure.unit, figure.first_day, figure.past_day, figure.audience, figure.recorded_in
LIMIT :limit
""")

INSERT_INDUSTRIES = text("""
INSERT INTO stats.industry_categories (category, valid_from, recorded_in, valid_to, industry)
SELECT category, valid_from, :batch, NULL, industry
FROM unnest(CAST(:categories AS text[]), CAST(:froms AS date[]), CAST(:industries AS text[]))
    AS given (category, valid_from, industry)
""")

SUPERSEDE_INDUSTRIES = text("""
UPDATE stats.industry_categories SET superseded_in = :batch
WHERE superseded_in IS NULL AND category = ANY(CAST(:categories AS text[]))
""")
"""A category belongs to one industry; what is said of it anew holds for all days."""

POSITIONS = text("""
SELECT coalesce((SELECT position FROM stats.cursors WHERE consumer = 'monitoring.sales'), 0) AS products,
       coalesce((SELECT max(position) FROM codes.feed), 0) AS registry
""")
"""How far products and the registry have come: stations and divisions are counted as they are known now."""
