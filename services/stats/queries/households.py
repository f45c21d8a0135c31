"""What reached households, counted where they live.

A household counts with its whole income of a period where it lived on the period's last day (or on its own last day,
or, if it was registered later, where it was first registered), with the persons and status of that day. So the
figures of a division's parts sum to the division's.
"""

from sqlalchemy import TextClause, text

from services.stats.queries.lineage import FIRST_INCOMES
from services.stats.question import By

_INCOME = """
    SELECT label, subject_id, CAST(sum(contract_fen) AS bigint) AS contract_fen,
           CAST(sum(imputed_fen) AS bigint) AS imputed_fen, CAST(sum(paid_fen) AS bigint) AS paid_fen,
           CAST(sum(contract_fen + imputed_fen + paid_fen) AS bigint) AS income_fen
    FROM (
        SELECT asked.label, known.subject_id, known.contract_fen, known.imputed_fen, known.paid_fen
        FROM asked JOIN stats.household_months AS known
          ON asked.grain = 'month' AND known.month >= asked.first AND known.month < asked.past
        UNION ALL
        SELECT asked.label, known.subject_id, known.contract_fen, known.imputed_fen, known.paid_fen
        FROM asked JOIN stats.household_days AS known
          ON asked.grain = 'day' AND known.sale_day >= asked.first AND known.sale_day < asked.past
    ) AS part
    GROUP BY label, subject_id
    HAVING sum(contract_fen + imputed_fen + paid_fen) > 0
"""

_ASKED = """
    SELECT * FROM unnest(
        CAST(:labels AS text[]), CAST(:grains AS text[]), CAST(:firsts AS date[]), CAST(:pasts AS date[])
    ) AS asked (label, grain, first, past)
"""

_LAST_DAYS = """
    SELECT label, max(past) - 1 AS last_day FROM asked GROUP BY label
"""

_HOMES = """
    SELECT DISTINCT ON (last_day, subject_id) last_day, subject_id, region, persons, status
    FROM (SELECT DISTINCT last_day FROM last_days) AS day CROSS JOIN codes.households AS version
    WHERE version.superseded_in IS NULL
    ORDER BY last_day, subject_id, valid_from <= last_day DESC,
             CASE WHEN valid_from <= last_day THEN valid_from END DESC, valid_from
"""

_KEYS = {None: "CAST('' AS text)", By.REGION: "rpad(left(home.region, :digits), 12, '0')"}
_TREE = "home.region BETWEEN :lowest AND :highest AND substr(home.region, :first_digit, :width) ~ '[^0]'"


def household_incomes(by: By | None) -> TextClause:
    """Income by basis, and how many households and persons it reached."""
    return text(f"""
    WITH asked AS MATERIALIZED ({_ASKED}), last_days AS ({_LAST_DAYS}), home AS MATERIALIZED ({_HOMES}),
         income AS ({_INCOME})
    SELECT label, {_KEYS[by]} AS key,
           CAST(sum(contract_fen) AS bigint) AS contract_fen, CAST(sum(imputed_fen) AS bigint) AS imputed_fen,
           CAST(sum(paid_fen) AS bigint) AS paid_fen,
           count(*) FILTER (WHERE income_fen >= 100) AS households_reached,
           count(*) FILTER (WHERE income_fen >= 10000) AS households_reached_100,
           count(*) FILTER (WHERE income_fen >= 100000) AS households_reached_1000,
           coalesce(sum(persons) FILTER (WHERE income_fen >= 100), 0) AS people_reached,
           coalesce(sum(persons) FILTER (WHERE income_fen >= 100 AND status = 'registered'), 0) AS registered,
           coalesce(sum(persons) FILTER (WHERE income_fen >= 100 AND status = 'out_of_poverty'), 0) AS out_of_poverty,
           coalesce(sum(persons) FILTER (WHERE income_fen >= 100 AND status = 'monitored'), 0) AS monitored
    FROM income JOIN last_days USING (label) JOIN home USING (last_day, subject_id)
    WHERE {_TREE}
    GROUP BY label, key
    """)


def household_uplift(by: By | None) -> TextClause:
    """Incomes beside baselines, and beside the incomes of the year before.

    The baseline is the last registered year that closed before the year of the household's first income (its own, or
    of those it came out of, or who joined it), as it reckoned with it on the period's last day. Prior years
    are asked for under the label of the year they precede, with ``is_prior`` set.
    """
    return text(f"""
    WITH spans AS MATERIALIZED (
        SELECT * FROM unnest(
            CAST(:labels AS text[]), CAST(:grains AS text[]), CAST(:firsts AS date[]), CAST(:pasts AS date[]),
            CAST(:are_prior AS boolean[])
        ) AS asked (label, grain, first, past, is_prior)
    ), asked AS (
        SELECT label, grain, first, past FROM spans WHERE NOT is_prior
    ), last_days AS ({_LAST_DAYS}), home AS MATERIALIZED ({_HOMES}), income AS ({_INCOME}), prior AS (
        SELECT spans.label, known.subject_id, sum(contract_fen + imputed_fen + paid_fen) AS prior_fen
        FROM spans JOIN stats.household_months AS known
          ON spans.is_prior AND known.month >= spans.first AND known.month < spans.past
        GROUP BY spans.label, known.subject_id
    ), reached AS (
        SELECT subject_id, min(month) AS first_month
        FROM stats.household_months WHERE contract_fen + imputed_fen + paid_fen > 0
        GROUP BY subject_id
    ), first_incomes AS ({FIRST_INCOMES}), baseline AS (
        SELECT DISTINCT ON (last_day, subject_id) last_day, subject_id,
               registered.per_head_fen * registered.persons AS baseline_fen
        FROM (SELECT DISTINCT last_day FROM last_days) AS day
        CROSS JOIN first_incomes JOIN codes.reckoned_incomes AS registered USING (subject_id)
        WHERE registered.superseded_in IS NULL AND registered.year < extract(year FROM first_month)
        ORDER BY last_day, subject_id, registered.year DESC, registered.valid_from <= last_day DESC,
                 CASE WHEN registered.valid_from <= last_day THEN registered.valid_from END DESC, registered.valid_from
    )
    SELECT label, {_KEYS[by]} AS key,
           CAST(coalesce(sum(income_fen) FILTER (WHERE baseline_fen > 0), 0) AS bigint) AS income_fen,
           CAST(coalesce(sum(baseline_fen) FILTER (WHERE baseline_fen > 0), 0) AS bigint) AS baseline_fen,
           count(*) FILTER (WHERE coalesce(baseline_fen, 0) <= 0) AS without_baseline,
           coalesce(sum(home.persons) FILTER (WHERE income_fen > coalesce(prior_fen, 0)), 0) AS people_with_increase
    FROM income
    JOIN last_days USING (label)
    JOIN home USING (last_day, subject_id)
    LEFT JOIN baseline USING (last_day, subject_id)
    LEFT JOIN prior USING (label, subject_id)
    WHERE {_TREE}
    GROUP BY label, key
    """)
