"""The uplift of a division and year: one row for each household that has a code and lives there, and what these add
up to.

A household counts where it lived on the year's last day, with the persons and status of that day, as in
``households.py``; so the parts of a division sum to it. Ratios are compared by multiplying out, never as floats.
"""

from sqlalchemy import TextClause, text

from services.stats.queries.households import registered_rows
from services.stats.queries.lineage import first_incomes
from services.stats.uplift.bands import INCOME_BANDS


def known_home(*, as_of: bool) -> str:
    """Which rows of ``stats.homes AS home`` are known, or were."""
    if not as_of:
        return "home.known_to IS NULL"
    return (
        "home.known_from <= :registry_position AND coalesce(home.known_to, :registry_position + 1) > :registry_position"
    )


def homes(*, as_of: bool) -> str:
    """Where the households of a division lived on the year's last day, with persons and status of that day."""
    return f"""
    SELECT subject_id, region, persons, status FROM stats.homes AS home
    WHERE home.valid_from < :past AND home.valid_to >= :past AND {known_home(as_of=as_of)}
      AND home.region BETWEEN :lowest AND :highest
      AND (CAST(:places AS text[]) IS NULL OR home.region = ANY(CAST(:places AS text[])))
    """


def years(*, as_of: bool) -> str:
    """Incomes by way and category: as they are, or less what was moved since. A relation to select from."""
    if not as_of:
        return "stats.household_years"
    return """(
        SELECT subject_id, year, way, category, CAST(sum(contract_fen) AS bigint) AS contract_fen,
               CAST(sum(imputed_fen) AS bigint) AS imputed_fen, CAST(sum(paid_fen) AS bigint) AS paid_fen
        FROM (
            SELECT subject_id, year, way, category, contract_fen, imputed_fen, paid_fen FROM stats.household_years
            UNION ALL
            SELECT subject_id, year, way, category, -contract_fen, -imputed_fen, -paid_fen FROM unnest(
                CAST(:moved_subjects AS bigint[]), CAST(:moved_years AS integer[]), CAST(:moved_ways AS text[]),
                CAST(:moved_categories AS text[]), CAST(:moved_contract_fen AS bigint[]),
                CAST(:moved_imputed_fen AS bigint[]), CAST(:moved_paid_fen AS bigint[])
            ) AS moved (subject_id, year, way, category, contract_fen, imputed_fen, paid_fen)
        ) AS part
        GROUP BY subject_id, year, way, category
    )"""


_INCOMES = """
    SELECT subject_id, CAST(sum(contract_fen) AS bigint) AS contract_fen,
           CAST(sum(imputed_fen) AS bigint) AS imputed_fen, CAST(sum(paid_fen) AS bigint) AS paid_fen,
           CAST(sum(contract_fen + imputed_fen + paid_fen) AS bigint) AS income_fen
    FROM {years} AS known WHERE year = :year
    GROUP BY subject_id HAVING sum(contract_fen + imputed_fen + paid_fen) > 0
"""

_PRIOR = """
    SELECT subject_id, sum(contract_fen + imputed_fen + paid_fen) AS prior_fen
    FROM {years} AS known WHERE year = :year - 1 GROUP BY subject_id
"""

_REACHED = """
    SELECT subject_id, make_date(min(year), 1, 1) AS first_month FROM (
        SELECT subject_id, year FROM {years} AS known
        GROUP BY subject_id, year HAVING sum(contract_fen + imputed_fen + paid_fen) > 0
    ) AS of_year
    GROUP BY subject_id
"""


def _households(*, as_of: bool) -> str:
    """The households of a division: those with a code in force at the year's end, and all with income in the year."""
    source = {"years": years(as_of=as_of)}
    return f"""
    home AS MATERIALIZED ({homes(as_of=as_of)}), before AS (
        SELECT subject_id, status FROM stats.homes AS home
        WHERE home.valid_from < :first AND home.valid_to >= :first AND {known_home(as_of=as_of)}
    ), coded AS (
        SELECT DISTINCT subject_id, true AS has_code
        FROM ({registered_rows("codes.directory", as_of=as_of)}) AS entry
        WHERE kind = 'household' AND state = 'in_force'
          AND valid_from < :end AND (valid_to IS NULL OR valid_to >= :end)
    ), income AS ({_INCOMES.format(**source)}), prior AS ({_PRIOR.format(**source)}),
    reached AS ({_REACHED.format(**source)}),
    first_incomes AS ({first_incomes(registered_rows("codes.successions", as_of=as_of))}), baseline AS (
        SELECT DISTINCT ON (subject_id) subject_id, registered.year AS base_year, registered.per_head_fen,
               registered.per_head_fen * registered.persons AS baseline_fen
        FROM ({registered_rows("codes.reckoned_incomes", as_of=as_of)}) AS registered
        LEFT JOIN first_incomes USING (subject_id)
        WHERE registered.year < least(extract(year FROM first_month), :year)
        ORDER BY subject_id, registered.year DESC, registered.valid_from < :past DESC,
                 CASE WHEN registered.valid_from < :past THEN registered.valid_from END DESC, registered.valid_from
    ), line AS (
        SELECT * FROM unnest(CAST(:line_years AS integer[]), CAST(:line_fen AS bigint[])) AS line (base_year, base_line)
    ), household AS MATERIALIZED (
        SELECT subject_id, home.persons, home.status, before.status AS status_before,
               coalesce(contract_fen, 0) AS contract_fen, coalesce(imputed_fen, 0) AS imputed_fen,
               coalesce(paid_fen, 0) AS paid_fen, coalesce(income_fen, 0) AS income_fen,
               coalesce(prior_fen, 0) AS prior_fen, coalesce(income_fen, 0) >= 100 AS is_reached,
               base_year, per_head_fen, baseline_fen, base_line
        FROM home
        LEFT JOIN before USING (subject_id)
        LEFT JOIN income USING (subject_id)
        LEFT JOIN prior USING (subject_id)
        LEFT JOIN baseline USING (subject_id)
        LEFT JOIN line USING (base_year)
        LEFT JOIN coded USING (subject_id)
        WHERE income_fen IS NOT NULL OR has_code
    )
    """


_BELOW = "income_fen > 0 AND per_head_fen < base_line"
_GAP_CLOSED = f"""{_BELOW}
    AND CAST(per_head_fen AS numeric) * CAST(:line AS bigint) * persons + CAST(income_fen AS numeric) * base_line
        >= CAST(base_line AS numeric) * CAST(:line AS bigint) * persons"""
"""As ``uplift/lines.py`` says; ``:line`` is this year's, NULL where there is none."""
_EXIT = "status = 'out_of_poverty' AND status_before = 'registered'"

_REACH = f"""
    SELECT count(*) AS households_coded, coalesce(sum(persons), 0) AS people_coded,
           coalesce(sum(income_fen), 0) AS income_fen, coalesce(sum(paid_fen), 0) AS paid_fen,
           coalesce(sum(contract_fen), 0) AS contract_fen, coalesce(sum(imputed_fen), 0) AS imputed_fen,
           count(*) FILTER (WHERE is_reached) AS households_reached,
           coalesce(sum(persons) FILTER (WHERE is_reached), 0) AS people_reached,
           count(*) FILTER (WHERE income_fen > prior_fen) AS households_with_increase,
           coalesce(sum(persons) FILTER (WHERE income_fen > prior_fen), 0) AS people_with_increase,
           count(*) FILTER (WHERE income_fen > 0 AND baseline_fen > 0) AS households_with_baseline,
           count(*) FILTER (WHERE income_fen > 0 AND coalesce(baseline_fen, 0) <= 0) AS households_without_baseline,
           coalesce(sum(income_fen) FILTER (WHERE income_fen > 0 AND baseline_fen > 0), 0) AS income_with_baseline_fen,
           coalesce(sum(baseline_fen) FILTER (WHERE income_fen > 0 AND baseline_fen > 0), 0) AS baseline_fen,
           round(avg(CAST(income_fen AS numeric) / nullif(baseline_fen, 0))
               FILTER (WHERE income_fen > 0 AND baseline_fen > 0) * 10000) AS mean_rate_bp,
           count(*) FILTER (WHERE {_BELOW}) AS households_below_line,
           count(*) FILTER (WHERE {_GAP_CLOSED}) AS households_gap_closed,
           coalesce(sum(persons) FILTER (WHERE {_GAP_CLOSED}), 0) AS people_gap_closed,
           count(*) FILTER (WHERE income_fen > 0 AND base_year IS NOT NULL AND base_line IS NULL)
               AS households_without_line,
           count(*) FILTER (WHERE {_EXIT}) AS households_out_of_poverty,
           coalesce(sum(persons) FILTER (WHERE {_EXIT}), 0) AS people_out_of_poverty,
           count(*) FILTER (WHERE {_EXIT} AND {_GAP_CLOSED}) AS households_both
    FROM household
"""

_QUANTILES = """
    SELECT asked.percent, found.income_fen, found.persons
    FROM unnest(CAST(:percents AS integer[])) AS asked (percent)
    CROSS JOIN LATERAL (
        SELECT income_fen, persons FROM ordered WHERE upto * 100 >= people * asked.percent ORDER BY upto LIMIT 1
    ) AS found
"""
"""Quantiles of income per head over the people reached: exact, the smallest value that so many percent of the people
do not exceed (the inverse of the empirical distribution; Hyndman & Fan 1996, type 1). Nothing is interpolated."""

_BAND = (
    "CASE "
    + " ".join(
        f"WHEN income_fen < CAST({band.past_fen} AS bigint) * persons THEN {place}"
        for place, band in enumerate(INCOME_BANDS)
        if band.past_fen is not None
    )
    + f" ELSE {len(INCOME_BANDS) - 1} END"
)

_GINI = """
    SELECT count(*) AS households, coalesce(sum(persons), 0) AS people, coalesce(sum(before_fen), 0) AS before_fen,
           coalesce(sum(after_fen), 0) AS after_fen,
           coalesce(sum(before_fen * (2 * before_rank - persons)), 0) AS before_moment,
           coalesce(sum(after_fen * (2 * after_rank - persons)), 0) AS after_moment
    FROM (
        SELECT persons, before_fen, after_fen,
               sum(persons) OVER (ORDER BY before_fen / persons, subject_id) AS before_rank,
               sum(persons) OVER (ORDER BY after_fen / persons, subject_id) AS after_rank
        FROM (
            SELECT subject_id, persons, CAST(per_head_fen AS numeric) * persons AS before_fen,
                   CAST(per_head_fen AS numeric) * persons + income_fen AS after_fen
            FROM household WHERE per_head_fen > 0
        ) AS held
    ) AS ranked
"""
"""What ``measures.gini`` needs, before and after, over the same people: integers all."""


def _parts(key: str, *, as_of: bool) -> str:
    return f"""
    SELECT known.{key} AS key, count(DISTINCT subject_id) AS households, sum(known.paid_fen) AS paid_fen,
           sum(known.contract_fen) AS contract_fen, sum(known.imputed_fen) AS imputed_fen
    FROM {years(as_of=as_of)} AS known JOIN household USING (subject_id)
    WHERE known.year = :year AND known.paid_fen + known.contract_fen + known.imputed_fen <> 0
    GROUP BY known.{key}
    """


def figures(*, as_of: bool) -> TextClause:
    """All figures of the answer in one statement, so that the households are put together once. Whole numbers all."""
    return text(f"""
    WITH {_households(as_of=as_of)}, ordered AS MATERIALIZED (
        SELECT income_fen, persons,
               sum(persons) OVER (ORDER BY CAST(income_fen AS numeric) / persons, subject_id) AS upto,
               sum(persons) OVER () AS people
        FROM household WHERE is_reached
    ), bands AS (
        SELECT {_BAND} AS band, count(*) AS households, sum(persons) AS people, sum(income_fen) AS income_fen
        FROM household WHERE is_reached GROUP BY band
    )
    SELECT CAST(jsonb_build_object(
        'reach', (SELECT to_jsonb(part) FROM ({_REACH}) AS part),
        'quantiles', (SELECT jsonb_agg(part ORDER BY percent) FROM ({_QUANTILES}) AS part),
        'bands', (SELECT jsonb_agg(part ORDER BY band) FROM bands AS part),
        'gini', (SELECT to_jsonb(part) FROM ({_GINI}) AS part),
        'ways', (SELECT jsonb_agg(part ORDER BY key) FROM ({_parts("way", as_of=as_of)}) AS part),
        'categories', (SELECT jsonb_agg(part ORDER BY key) FROM ({_parts("category", as_of=as_of)}) AS part)
    ) AS text)
    """)


BE_READY = text("SELECT set_config('enable_nestloop', 'off', true), set_config('work_mem', '64MB', true)")
"""The statements join whole sets; a nested loop, chosen where statistics are missing, would not come to an end."""

STATE = text("""
SELECT (SELECT count(*) FROM stats.poverty_lines) AS lines,
       (SELECT count(*) FROM stats.audits) AS audits, (SELECT count(*) FROM stats.audit_findings) AS findings
""")
"""What the answer follows from beside the watermark."""
