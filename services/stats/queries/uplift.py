"""The uplift of a division and year: one row for each household that has a code and lives there, and what these add
up to.

A household counts where it lived on the year's last day, with the persons and status of that day, as in
``households.py``; so the parts of a division sum to it. Ratios are compared by multiplying out, never as floats.
"""

from sqlalchemy import TextClause, text

from services.stats.queries.registered import registered_rows
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


_BELOW = "income_fen > 0 AND per_head_fen < base_line"


def gap_closed(line: str, income: str) -> str:
    """Whether a household below the line of its base year is on this year's with its income, as ``uplift/lines.py``
    says; ``line`` is this year's, NULL where there is none.
    """
    return f"""
    CAST(per_head_fen AS numeric) * {line} * persons + CAST({income} AS numeric) * base_line
        >= CAST(base_line AS numeric) * {line} * persons
    """


def _households(*, as_of: bool, whole: bool) -> str:
    """The households of a division: those with a code in force at the year's end, and all with income in the year.

    Everything is read of those who live there, and of whom they came out of: what it costs goes with them alone. Of the
    ``whole`` province that is everybody, and nobody needs to be looked for.
    """
    of_those = "WHERE known.subject_id IN (SELECT subject_id FROM home UNION ALL SELECT ancestor_id FROM lineage)"
    return f"""
    home AS MATERIALIZED ({homes(as_of=as_of)}), before AS (
        SELECT subject_id FROM stats.homes AS home
        WHERE home.valid_from < :first AND home.valid_to >= :first AND status = 'registered'
          AND {known_home(as_of=as_of)}
    ), succession AS ({registered_rows("codes.successions", as_of=as_of)}), lineage AS (
        SELECT successor_id AS subject_id, predecessor_id AS ancestor_id FROM succession
        JOIN home ON home.subject_id = succession.successor_id
        UNION
        SELECT lineage.subject_id, earlier.predecessor_id
        FROM lineage JOIN succession AS earlier ON earlier.successor_id = lineage.ancestor_id
    ), known AS {"NOT" if whole and not as_of else ""} MATERIALIZED (
        SELECT known.* FROM {years(as_of=as_of)} AS known {"" if whole else of_those}
    ), income AS MATERIALIZED (
        SELECT subject_id, CAST(sum(contract_fen) FILTER (WHERE year = :year) AS bigint) AS contract_fen,
               CAST(sum(imputed_fen) FILTER (WHERE year = :year) AS bigint) AS imputed_fen,
               CAST(sum(paid_fen) FILTER (WHERE year = :year) AS bigint) AS paid_fen,
               CAST(coalesce(sum(contract_fen + imputed_fen + paid_fen) FILTER (WHERE year = :year), 0) AS bigint)
                   AS income_fen,
               CAST(coalesce(sum(contract_fen + imputed_fen + paid_fen) FILTER (WHERE year = :year - 1), 0) AS bigint)
                   AS prior_fen,
               min(year) FILTER (WHERE contract_fen + imputed_fen + paid_fen > 0) AS first_year
        FROM known GROUP BY subject_id
    ), first AS (
        SELECT subject_id, least(income.first_year, earlier.first_year) AS first_year
        FROM income FULL JOIN (
            SELECT lineage.subject_id, min(income.first_year) AS first_year
            FROM lineage JOIN income ON income.subject_id = lineage.ancestor_id GROUP BY lineage.subject_id
        ) AS earlier USING (subject_id)
    ), baseline AS (
        SELECT DISTINCT ON (subject_id) subject_id, registered.year AS base_year, registered.per_head_fen,
               registered.per_head_fen * registered.persons AS baseline_fen
        FROM {"" if whole else "home JOIN"} ({registered_rows("codes.reckoned_incomes", as_of=as_of)}) AS registered
             {"" if whole else "USING (subject_id)"}
        LEFT JOIN first USING (subject_id)
        WHERE registered.year < least(first_year, :year)
        ORDER BY subject_id, registered.year DESC, registered.valid_from < :past DESC,
                 CASE WHEN registered.valid_from < :past THEN registered.valid_from END DESC, registered.valid_from
    ), line AS (
        SELECT * FROM unnest(CAST(:line_years AS integer[]), CAST(:line_fen AS bigint[])) AS line (base_year, base_line)
    ), household AS MATERIALIZED (
        SELECT subject_id, home.persons, home.status = 'out_of_poverty' AND before.subject_id IS NOT NULL AS is_exit,
               coalesce(contract_fen, 0) AS contract_fen, coalesce(imputed_fen, 0) AS imputed_fen,
               coalesce(paid_fen, 0) AS paid_fen, coalesce(income_fen, 0) AS income_fen,
               coalesce(prior_fen, 0) AS prior_fen, coalesce(income_fen, 0) >= 100 AS is_reached,
               base_year, per_head_fen, baseline_fen, base_line, {_BELOW}
               AND {gap_closed("CAST(:line AS bigint)", "income_fen")} AS is_closed
        FROM home
        LEFT JOIN before USING (subject_id)
        LEFT JOIN income USING (subject_id)
        LEFT JOIN baseline USING (subject_id)
        LEFT JOIN line USING (base_year)
        WHERE income_fen > 0 OR subject_id IN (
            SELECT entry.subject_id FROM ({registered_rows("codes.directory", as_of=as_of)}) AS entry
            WHERE kind = 'household' AND state = 'in_force'
              AND valid_from < :end AND (valid_to IS NULL OR valid_to >= :end)
        )
    )
    """


_PER_HEAD = "CAST(income_fen AS double precision) / persons"
_PER_HEAD_AFTER = "CAST(per_head_fen * persons + income_fen AS double precision) / persons"
"""What households are put in order by. The quotient of two whole numbers below 2⁵³ is rounded the same way whenever it
is the same, and to two numbers where they differ by more than its last digit: below 10⁹ yuan a head, fractions of up
to a thousand persons do. So the order is that of the fractions; what is added up and shown are whole numbers."""

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
           count(*) FILTER (WHERE is_closed) AS households_gap_closed,
           coalesce(sum(persons) FILTER (WHERE is_closed), 0) AS people_gap_closed,
           count(*) FILTER (WHERE income_fen > 0 AND base_year IS NOT NULL AND base_line IS NULL)
               AS households_without_line,
           count(*) FILTER (WHERE is_exit) AS households_out_of_poverty,
           coalesce(sum(persons) FILTER (WHERE is_exit), 0) AS people_out_of_poverty,
           count(*) FILTER (WHERE is_exit AND is_closed) AS households_both
    FROM household
"""

_QUANTILES = """
    SELECT asked.percent, ordered.income_fen, ordered.persons
    FROM ordered JOIN unnest(CAST(:percents AS integer[])) AS asked (percent)
      ON upto * 100 >= people * asked.percent AND (upto - persons) * 100 < people * asked.percent
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

_GINI = f"""
    SELECT count(*) AS households, coalesce(sum(persons), 0) AS people, coalesce(sum(before_fen), 0) AS before_fen,
           coalesce(sum(after_fen), 0) AS after_fen,
           coalesce(sum(CAST(before_fen AS numeric) * (2 * before_rank - persons)), 0) AS before_moment,
           coalesce(sum(CAST(after_fen AS numeric) * (2 * after_rank - persons)), 0) AS after_moment
    FROM (
        SELECT persons, per_head_fen * persons AS before_fen, per_head_fen * persons + income_fen AS after_fen,
               sum(persons) OVER (ORDER BY per_head_fen, subject_id) AS before_rank,
               sum(persons) OVER (ORDER BY {_PER_HEAD_AFTER}, subject_id) AS after_rank
        FROM household WHERE per_head_fen > 0
    ) AS ranked
"""
"""What ``measures.gini`` needs, before and after, over the same people: integers all."""


def _parts(key: str) -> str:
    return f"""
    SELECT key, count(*) AS households, sum(paid_fen) AS paid_fen, sum(contract_fen) AS contract_fen,
           sum(imputed_fen) AS imputed_fen
    FROM (
        SELECT known.subject_id, known.{key} AS key, sum(known.paid_fen) AS paid_fen,
               sum(known.contract_fen) AS contract_fen, sum(known.imputed_fen) AS imputed_fen
        FROM known JOIN household USING (subject_id)
        WHERE known.year = :year AND known.paid_fen + known.contract_fen + known.imputed_fen <> 0
        GROUP BY known.subject_id, known.{key}
    ) AS of_household
    GROUP BY key
    """


def figures(*, as_of: bool, whole: bool) -> TextClause:
    """All figures of the answer in one statement, so that the households are put together once. Whole numbers all."""
    return text(f"""
    WITH RECURSIVE {_households(as_of=as_of, whole=whole)}, ordered AS MATERIALIZED (
        SELECT income_fen, persons,
               sum(persons) OVER (ORDER BY {_PER_HEAD}, subject_id) AS upto, sum(persons) OVER () AS people
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
        'ways', (SELECT jsonb_agg(part ORDER BY key) FROM ({_parts("way")}) AS part),
        'categories', (SELECT jsonb_agg(part ORDER BY key) FROM ({_parts("category")}) AS part)
    ) AS text)
    """)


BE_READY = text("""
SELECT set_config('work_mem', '256MB', true), set_config('enable_nestloop', CASE WHEN (
    SELECT count(*) FROM (
        SELECT FROM stats.homes WHERE known_to IS NULL AND region BETWEEN :lowest AND :highest LIMIT 5000
    ) AS home
) < 5000 THEN 'on' ELSE 'off' END, true)
""")
"""The statements join whole sets: of a township by looking each household up, of more by hashing. A nested loop that is
chosen there, because statistics are missing, would not come to an end."""
