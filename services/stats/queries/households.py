"""What reached households, counted where they live.

A household counts with its whole income of a period where it lived on the period's last day (or on its own last day,
or, if it was registered later, where it was first registered), with the persons and status of that day. So the
figures of a division's parts sum to the division's.
"""

from sqlalchemy import TextClause, text

from services.stats.queries.lineage import first_incomes
from services.stats.queries.registered import registered_rows
from services.stats.queries.tree import ANCESTOR, ANCESTORS, IS_ANCESTOR
from services.stats.question import By

_PARTS = "known.contract_fen, known.imputed_fen, known.paid_fen"

_MOVED = """
    moved AS MATERIALIZED (
        SELECT * FROM unnest(
            CAST(:moved_subjects AS bigint[]), CAST(:moved_days AS date[]), CAST(:moved_contract_fen AS bigint[]),
            CAST(:moved_imputed_fen AS bigint[]), CAST(:moved_paid_fen AS bigint[])
        ) AS moved (subject_id, sale_day, contract_fen, imputed_fen, paid_fen)
    ),
"""
"""What a replay adds to blocks up to ``:block``, so that days are as of a position within one (``as_of.py``)."""


def _income(*, as_of: bool) -> str:
    """Income by label and household of the spans ``asked``: of whole months from months, of edges from days."""
    then = f"""
        UNION ALL
        SELECT asked.label, known.subject_id, -known.contract_fen, -known.imputed_fen, -known.paid_fen
        FROM asked JOIN stats.household_days AS known
          ON asked.grain = 'month' AND known.sale_day >= asked.first AND known.sale_day < asked.past
        WHERE known.block > :block
        UNION ALL
        SELECT asked.label, known.subject_id, {_PARTS}
        FROM asked JOIN moved AS known ON known.sale_day >= asked.first AND known.sale_day < asked.past
    """
    return f"""
    SELECT label, subject_id, CAST(sum(contract_fen) AS bigint) AS contract_fen,
           CAST(sum(imputed_fen) AS bigint) AS imputed_fen, CAST(sum(paid_fen) AS bigint) AS paid_fen,
           CAST(sum(contract_fen + imputed_fen + paid_fen) AS bigint) AS income_fen
    FROM (
        SELECT asked.label, known.subject_id, {_PARTS}
        FROM asked JOIN stats.household_months AS known
          ON asked.grain = 'month' AND known.month >= asked.first AND known.month < asked.past
        UNION ALL
        SELECT asked.label, known.subject_id, {_PARTS}
        FROM asked JOIN stats.household_days AS known
          ON asked.grain = 'day' AND known.sale_day >= asked.first AND known.sale_day < asked.past
        {"WHERE known.block <= :block" if as_of else ""}
        {then if as_of else ""}
    ) AS part
    GROUP BY label, subject_id
    HAVING sum(contract_fen + imputed_fen + paid_fen) > 0
    """


def _months(*, as_of: bool) -> str:
    """Every household's months, of all time."""
    if not as_of:
        return "SELECT subject_id, month, contract_fen + imputed_fen + paid_fen AS fen FROM stats.household_months"
    return """
    SELECT subject_id, month, sum(fen) AS fen
    FROM (
        SELECT subject_id, month, contract_fen + imputed_fen + paid_fen AS fen FROM stats.household_months
        UNION ALL
        SELECT subject_id, CAST(date_trunc('month', sale_day) AS date), -contract_fen - imputed_fen - paid_fen
        FROM stats.household_days WHERE block > :block
        UNION ALL
        SELECT subject_id, CAST(date_trunc('month', sale_day) AS date), contract_fen + imputed_fen + paid_fen
        FROM moved
    ) AS part
    GROUP BY subject_id, month
    """


_ASKED = """
    SELECT * FROM unnest(
        CAST(:labels AS text[]), CAST(:grains AS text[]), CAST(:firsts AS date[]), CAST(:pasts AS date[])
    ) AS asked (label, grain, first, past)
"""

_LAST_DAYS = """
    SELECT label, max(past) - 1 AS last_day FROM asked GROUP BY label
"""


def _home(*, as_of: bool) -> str:
    """Where a household lived on the last day of its period, as the registry has it (beside its baseline) or had it."""
    known = ""
    if as_of:
        known = (
            "AND home.known_from <= :registry_position "
            "AND coalesce(home.known_to, :registry_position + 1) > :registry_position"
        )
    return f"""
    JOIN stats.{"homes" if as_of else "standings"} AS home
      ON home.subject_id = income.subject_id AND home.valid_from <= last_day AND home.valid_to > last_day {known}
    """


_KEYS = {None: "CAST('' AS text)", By.REGION: "rpad(left(home.region, :digits), 12, '0')"}
_TREE = """
    home.region BETWEEN :lowest AND :highest AND substr(home.region, :first_digit, :width) ~ '[^0]'
    AND (CAST(:places AS text[]) IS NULL OR home.region = ANY(CAST(:places AS text[])))
"""


_REACHED = """
    count(*) FILTER (WHERE income_fen >= 100) AS households_reached,
    count(*) FILTER (WHERE income_fen >= 10000) AS households_reached_100,
    count(*) FILTER (WHERE income_fen >= 100000) AS households_reached_1000,
    coalesce(sum(persons) FILTER (WHERE income_fen >= 100), 0) AS people_reached,
    coalesce(sum(persons) FILTER (WHERE income_fen >= 100 AND status = 'registered'), 0) AS registered,
    coalesce(sum(persons) FILTER (WHERE income_fen >= 100 AND status = 'out_of_poverty'), 0) AS out_of_poverty,
    coalesce(sum(persons) FILTER (WHERE income_fen >= 100 AND status = 'monitored'), 0) AS monitored
"""
"""Whom income reached, of rows of one household each."""


def household_incomes(by: By | None, *, as_of: bool) -> TextClause:
    """Income by basis, and how many households and persons it reached; of now those without baseline, too."""
    return text(f"""
    WITH {_MOVED if as_of else ""} asked AS MATERIALIZED ({_ASKED}), last_days AS ({_LAST_DAYS}),
         income AS ({_income(as_of=as_of)})
    SELECT last_days.label, {_KEYS[by]} AS key,
           CAST(sum(contract_fen) AS bigint) AS contract_fen, CAST(sum(imputed_fen) AS bigint) AS imputed_fen,
           CAST(sum(paid_fen) AS bigint) AS paid_fen,
           {_REACHED}
           {"" if as_of else ", count(*) FILTER (WHERE coalesce(baseline_fen, 0) <= 0) AS without_baseline"}
    FROM income JOIN last_days USING (label) {_home(as_of=as_of)}
    WHERE {_TREE}
    GROUP BY last_days.label, key
    """)


INCOMES_OF_HOUSEHOLDS = text(f"""
WITH asked AS MATERIALIZED ({_ASKED}), last_days AS ({_LAST_DAYS}), income AS ({_income(as_of=False)})
SELECT income.subject_id, contract_fen, imputed_fen, paid_fen
FROM income JOIN last_days USING (label) {_home(as_of=False)}
WHERE {_TREE} AND income.subject_id > :after
ORDER BY income.subject_id LIMIT :limit
""")
"""The households that a region's income of one period is of, a page of them."""

INCOME_BY_MONTH = text(f"""
WITH asked AS MATERIALIZED ({_ASKED})
SELECT label, subject_id, CAST(sum(contract_fen) AS bigint) AS contract_fen,
       CAST(sum(imputed_fen) AS bigint) AS imputed_fen, CAST(sum(paid_fen) AS bigint) AS paid_fen
FROM (
    SELECT asked.label, known.subject_id, {_PARTS}
    FROM asked JOIN stats.household_months AS known
      ON asked.grain = 'month' AND known.month >= asked.first AND known.month < asked.past
    WHERE known.subject_id = ANY(CAST(:subjects AS bigint[]))
    UNION ALL
    SELECT asked.label, known.subject_id, {_PARTS}
    FROM asked JOIN stats.household_days AS known
      ON asked.grain = 'day' AND known.sale_day >= asked.first AND known.sale_day < asked.past
    WHERE known.subject_id = ANY(CAST(:subjects AS bigint[]))
) AS part
GROUP BY label, subject_id
HAVING (sum(contract_fen), sum(imputed_fen), sum(paid_fen)) <> (0, 0, 0)
ORDER BY subject_id, label
""")
"""What some households have of each month of a period."""


def _baselines(*, as_of: bool) -> str:
    """The last registered year that closed before the year of the household's first income (its own, or of those it
    came out of, or who joined it), as it reckoned with it on the period's last day.
    """
    return f"""
    reached AS (
        SELECT subject_id, min(month) AS first_month FROM months WHERE fen > 0 GROUP BY subject_id
    ), first_incomes AS ({first_incomes(registered_rows("codes.successions", as_of=as_of))}), baseline AS MATERIALIZED (
        SELECT DISTINCT ON (last_day, subject_id) last_day, subject_id,
               registered.per_head_fen * registered.persons AS baseline_fen,
               registered.persons AS baseline_persons, registered.year AS baseline_year
        FROM (SELECT DISTINCT last_day FROM last_days) AS day
        CROSS JOIN first_incomes
        JOIN ({registered_rows("codes.reckoned_incomes", as_of=as_of)}) AS registered USING (subject_id)
        WHERE registered.year < extract(year FROM first_month)
        ORDER BY last_day, subject_id, registered.year DESC, registered.valid_from <= last_day DESC,
                 CASE WHEN registered.valid_from <= last_day THEN registered.valid_from END DESC, registered.valid_from
    )
    """


def _uplift(*, as_of: bool) -> str:
    """Incomes, the incomes of the year before, and baselines, by label and household.

    Prior years are asked for under the label of the year they precede, with ``is_prior`` set.
    """
    return f"""
    {_MOVED if as_of else ""} spans AS MATERIALIZED (
        SELECT * FROM unnest(
            CAST(:labels AS text[]), CAST(:grains AS text[]), CAST(:firsts AS date[]), CAST(:pasts AS date[]),
            CAST(:are_prior AS boolean[])
        ) AS asked (label, grain, first, past, is_prior)
    ), asked AS (
        SELECT label, grain, first, past FROM spans WHERE NOT is_prior
    ), last_days AS ({_LAST_DAYS}), income AS ({_income(as_of=as_of)}), months AS ({_months(as_of=as_of)}), prior AS (
        SELECT spans.label, known.subject_id, CAST(sum(known.fen) AS bigint) AS prior_fen
        FROM spans JOIN months AS known
          ON spans.is_prior AND known.month >= spans.first AND known.month < spans.past
        GROUP BY spans.label, known.subject_id
    ), {_baselines(as_of=as_of)}, household AS (
        SELECT last_days.label, income.subject_id, home.region, home.persons, home.status, income.contract_fen,
               income.imputed_fen, income.paid_fen, income.income_fen, coalesce(prior.prior_fen, 0) AS prior_fen,
               baseline.baseline_fen, baseline.baseline_persons, baseline.baseline_year
        FROM income
        JOIN last_days USING (label)
        {_home(as_of=as_of)}
        LEFT JOIN baseline ON baseline.last_day = last_days.last_day AND baseline.subject_id = income.subject_id
        LEFT JOIN prior ON prior.label = last_days.label AND prior.subject_id = income.subject_id
        WHERE {_TREE}
    )
    """


def household_uplift(by: By | None, *, as_of: bool) -> TextClause:
    """Incomes beside baselines, and beside the incomes of the year before."""
    return text(f"""
    WITH {_uplift(as_of=as_of)}
    SELECT label, {_KEYS[by]} AS key,
           CAST(coalesce(sum(income_fen) FILTER (WHERE baseline_fen > 0), 0) AS bigint) AS income_fen,
           CAST(coalesce(sum(baseline_fen) FILTER (WHERE baseline_fen > 0), 0) AS bigint) AS baseline_fen,
           count(*) FILTER (WHERE coalesce(baseline_fen, 0) <= 0) AS without_baseline,
           coalesce(sum(persons) FILTER (WHERE income_fen > prior_fen), 0) AS people_with_increase
    FROM household AS home
    GROUP BY label, key
    """)


def households_one_by_one(*, as_of: bool) -> TextClause:
    """Every household with income, with what there is to compare it with."""
    return text(f"WITH {_uplift(as_of=as_of)} SELECT * FROM household ORDER BY label, subject_id")


BY_LEVEL = text(f"""
WITH {_uplift(as_of=True)}
SELECT label, level, {ANCESTOR} AS region,
       CAST(sum(contract_fen) AS bigint) AS contract_fen, CAST(sum(imputed_fen) AS bigint) AS imputed_fen,
       CAST(sum(paid_fen) AS bigint) AS paid_fen, count(*) AS households,
       {_REACHED},
       count(*) FILTER (WHERE coalesce(baseline_fen, 0) <= 0) AS without_baseline,
       CAST(coalesce(sum(income_fen) FILTER (WHERE baseline_fen > 0), 0) AS bigint) AS income_fen,
       CAST(coalesce(sum(baseline_fen) FILTER (WHERE baseline_fen > 0), 0) AS bigint) AS baseline_fen,
       coalesce(sum(persons) FILTER (WHERE income_fen > prior_fen), 0) AS people_with_increase
FROM household CROSS JOIN {ANCESTORS}
WHERE {IS_ANCESTOR}
GROUP BY label, level, {ANCESTOR}
""")
"""All that is counted ahead, for every division, household by household: what ``verify`` holds it against."""
