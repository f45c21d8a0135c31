"""How whom income reached is counted ahead: cells change by the difference between what the households concerned
counted as before and what they count as now.

What a household counts as in a month follows from the running sum of its income and from its standing: where it lives
at the month's end, with how many persons, in which status, beside which baseline. Both sides of the difference are
worked out in one statement, from the same rows of months.
"""

from collections.abc import Iterable

from sqlalchemy import text

from services.stats.queries.tree import ANCESTOR, ANCESTORS, IS_ANCESTOR

BASES = ("contract_fen", "imputed_fen", "paid_fen")
COUNTS = {
    "households": "1",
    "households_reached": "CASE WHEN income_fen >= 100 THEN 1 ELSE 0 END",
    "households_reached_100": "CASE WHEN income_fen >= 10000 THEN 1 ELSE 0 END",
    "households_reached_1000": "CASE WHEN income_fen >= 100000 THEN 1 ELSE 0 END",
    "people_reached": "CASE WHEN income_fen >= 100 THEN persons ELSE 0 END",
    **{
        status: f"CASE WHEN income_fen >= 100 AND status = '{status}' THEN persons ELSE 0 END"
        for status in ("registered", "out_of_poverty", "monitored")
    },
    "without_baseline": "CASE WHEN coalesce(baseline_fen, 0) <= 0 THEN 1 ELSE 0 END",
}
"""What a household with income adds to each count of a cell."""
MEASURES = (*BASES, *COUNTS)

UPLIFT = {
    "income_fen": "CASE WHEN baseline_fen > 0 THEN income_fen ELSE 0 END",
    "baseline_fen": "CASE WHEN baseline_fen > 0 THEN baseline_fen ELSE 0 END",
    "people_with_increase": "CASE WHEN income_fen > prior_fen THEN persons ELSE 0 END",
}
"""What a household with income in a year adds to the year's comparison."""

_INCOME = "(contract_fen + imputed_fen + paid_fen)"
_GRAINS = "(VALUES ('month'), ('quarter'), ('year')) AS grains (grain)"
_COUNTS_MOVED = ", ".join(f"sum(side * sign * ({measure})) AS {name}" for name, measure in COUNTS.items())

_GAINED = """
    changed AS MATERIALIZED (
        SELECT * FROM unnest(
            CAST(:household AS bigint[]), CAST(:month AS date[]), CAST(:contract_fen AS bigint[]),
            CAST(:imputed_fen AS bigint[]), CAST(:paid_fen AS bigint[])
        ) AS gain (subject_id, month, contract_fen, imputed_fen, paid_fen)
    )
"""

_CHANGED = f"""
    {_GAINED}, renewed AS MATERIALIZED (
        SELECT unnest(CAST(:renewed AS bigint[])) AS subject_id
    ), concerned AS MATERIALIZED (
        SELECT subject_id, CAST(date_trunc('year', month) AS date) AS year FROM changed
        UNION
        SELECT subject_id, CAST(date_trunc('year', month) AS date) FROM renewed JOIN stats.household_months
            USING (subject_id)
    ), standing AS MATERIALIZED (
        -- Before (-1) and after (1), of the households concerned.
        SELECT side, known.subject_id, valid_from, valid_to, region, persons, status, baseline_fen
        FROM (SELECT DISTINCT subject_id FROM concerned) AS household
        JOIN stats.standings AS known USING (subject_id)
        LEFT JOIN renewed USING (subject_id)
        CROSS JOIN (VALUES (-1), (1)) AS sides (side)
        WHERE side = -1 OR renewed.subject_id IS NULL
        UNION ALL
        SELECT 1, subject_id, valid_from, valid_to, region, persons, status, baseline_fen
        FROM unnest(
            CAST(:subject_id AS bigint[]), CAST(:valid_from AS date[]), CAST(:valid_to AS date[]),
            CAST(:region AS text[]), CAST(:persons AS integer[]), CAST(:status AS text[]),
            CAST(:baseline_fen AS bigint[])
        ) AS fresh (subject_id, valid_from, valid_to, region, persons, status, baseline_fen)
    )
"""
"""``household_months`` have the gains already; ``renewed`` households have new standings."""


def _each(pattern: str, names: Iterable[str] = BASES, *, by: str = ", ") -> str:
    return by.join(pattern.format(name=name) for name in names)


_ADD = "{name} = known.{name} + excluded.{name}"

_ADD_REACH = f"""
INSERT INTO stats.reach_cells AS known (level, grain, region, month, {_each("{name}", MEASURES)})
SELECT level, grain, {ANCESTOR}, month, {_each("sum({name})", MEASURES)}
FROM moved CROSS JOIN {ANCESTORS}
WHERE {IS_ANCESTOR} AND ({_each("{name}", MEASURES)}) <> ({_each("0", MEASURES)})
GROUP BY level, grain, {ANCESTOR}, month
ON CONFLICT (level, grain, region, month) DO UPDATE SET {_each(_ADD, MEASURES)}
"""
"""What ``moved`` in divisions, added to their cells and to those above them."""

_ADD_UPLIFT = f"""
INSERT INTO stats.uplift_cells AS known (level, region, year, {_each("{name}", UPLIFT)})
SELECT level, {ANCESTOR}, year, {_each("sum({name})", UPLIFT)}
FROM (
    SELECT region, year, {", ".join(f"sum(side * ({measure})) AS {name}" for name, measure in UPLIFT.items())}
    FROM compared WHERE income_fen > 0 GROUP BY region, year
) AS difference CROSS JOIN {ANCESTORS}
WHERE {IS_ANCESTOR} AND ({_each("{name}", UPLIFT)}) <> ({_each("0", UPLIFT)})
GROUP BY level, {ANCESTOR}, year
ON CONFLICT (level, region, year) DO UPDATE SET {_each(_ADD, UPLIFT)}
"""
"""Both sides of what is ``compared``, by household and year, as their difference."""

FOLD_REACH = text(f"""
WITH {_CHANGED}, point AS (
    -- Months at which a running sum or a standing changes: what there is now, and what of it is new.
    SELECT subject_id, month, {_each("sum({name}) AS {name}, sum(new_{name}) AS new_{name}")}
    FROM (
        SELECT subject_id, month, {_each("{name}, 0 AS new_{name}")}
        FROM concerned JOIN stats.household_months USING (subject_id)
        WHERE month >= year AND month < year + interval '1 year'
        UNION ALL
        SELECT subject_id, month, {_each("0, {name}")} FROM changed
        UNION ALL
        SELECT subject_id, CAST(date_trunc('month', valid_from) AS date), {_each("0, 0")}
        FROM concerned JOIN standing USING (subject_id)
        WHERE valid_from >= year + interval '1 month' AND valid_from < year + interval '1 year'
    ) AS part
    GROUP BY subject_id, month
), running AS (
    SELECT grain, subject_id, month, lead(month) OVER upto AS next_month,
           CAST(month + interval '1 month' AS date) - 1 AS last_day,
           {_each("CAST(sum({name}) OVER upto AS bigint) AS {name}")},
           {_each("CAST(sum(new_{name}) OVER upto AS bigint) AS new_{name}")}
    FROM point CROSS JOIN {_GRAINS}
    WINDOW upto AS (
        PARTITION BY grain, subject_id, date_trunc(grain, month) ORDER BY month ROWS UNBOUNDED PRECEDING
    )
), counted AS (
    SELECT grain, month, next_month, region, side, persons, status, baseline_fen, {_each("amount.{name}")},
           amount.contract_fen + amount.imputed_fen + amount.paid_fen AS income_fen
    FROM running
    LEFT JOIN renewed USING (subject_id)
    CROSS JOIN LATERAL (
        VALUES (-1, {_each("running.{name} - new_{name}")}), (1, {_each("running.{name}")})
    ) AS amount (side, {_each("{name}")})
    JOIN standing USING (subject_id, side)
    WHERE ((new_contract_fen, new_imputed_fen, new_paid_fen) <> (0, 0, 0) OR renewed.subject_id IS NOT NULL)
      AND standing.valid_from <= last_day AND standing.valid_to > last_day
), moved AS (
    -- From its month on a running sum counts until the next one takes its place.
    SELECT grain, event.month, region, {_each("sum(side * sign * {name}) AS {name}")},
           {_COUNTS_MOVED}
    FROM counted CROSS JOIN LATERAL (VALUES (month, 1), (next_month, -1)) AS event (month, sign)
    WHERE income_fen > 0 AND event.month IS NOT NULL
    GROUP BY grain, event.month, region
)
{_ADD_REACH}
""")

FOLD_UPLIFT = text(f"""
WITH {_CHANGED}, asked AS (
    -- A year's income is compared in the year itself, and in the one after.
    SELECT subject_id, year FROM concerned
    UNION
    SELECT subject_id, CAST(year + interval '1 year' AS date) FROM concerned
), income AS (
    SELECT subject_id, year,
           coalesce(sum(fen) FILTER (WHERE month >= year), 0) AS income_fen,
           coalesce(sum(new_fen) FILTER (WHERE month >= year), 0) AS new_income_fen,
           coalesce(sum(fen) FILTER (WHERE month < year), 0) AS prior_fen,
           coalesce(sum(new_fen) FILTER (WHERE month < year), 0) AS new_prior_fen
    FROM (
        SELECT subject_id, year, month, {_INCOME} AS fen, 0 AS new_fen
        FROM asked JOIN stats.household_months USING (subject_id)
        WHERE month >= year - interval '1 year' AND month < year + interval '1 year'
        UNION ALL
        SELECT subject_id, year, month, 0, {_INCOME}
        FROM asked JOIN changed USING (subject_id)
        WHERE month >= year - interval '1 year' AND month < year + interval '1 year'
    ) AS part
    GROUP BY subject_id, year
), compared AS (
    SELECT CAST(extract(year FROM year) AS integer) AS year, region, side, persons, baseline_fen, amount.income_fen,
           amount.prior_fen
    FROM income
    CROSS JOIN LATERAL (
        VALUES (-1, income.income_fen - new_income_fen, income.prior_fen - new_prior_fen),
               (1, income.income_fen, income.prior_fen)
    ) AS amount (side, income_fen, prior_fen)
    JOIN standing USING (subject_id, side)
    WHERE standing.valid_from < year + interval '1 year' AND standing.valid_to >= year + interval '1 year'
)
{_ADD_UPLIFT}
""")

_TIER = " + ".join(f"CAST(({{fen}}) {bound} AS integer)" for bound in ("> 0", ">= 100", ">= 10000", ">= 100000"))
"""How many of the thresholds an income is above: between two of them all counts are the same."""

FOLD_GAINS = text(f"""
WITH {_GAINED}, standing AS MATERIALIZED (
    SELECT known.* FROM (SELECT DISTINCT subject_id FROM changed) AS household
    JOIN stats.standings AS known USING (subject_id)
), point AS MATERIALIZED (
    -- Months of the years that changed, and of those beside them.
    SELECT known.subject_id, known.month, known.contract_fen + known.imputed_fen + known.paid_fen AS fen,
           coalesce(changed.contract_fen + changed.imputed_fen + changed.paid_fen, 0) AS new_fen
    FROM (
        SELECT subject_id, date_trunc('year', min(month)) AS first, date_trunc('year', max(month)) AS last
        FROM changed GROUP BY subject_id
    ) AS span
    JOIN stats.household_months AS known
      ON known.subject_id = span.subject_id
     AND known.month >= first - interval '1 year' AND known.month < last + interval '2 years'
    LEFT JOIN changed ON changed.subject_id = known.subject_id AND changed.month = known.month
), stretch AS (
    SELECT DISTINCT grain, subject_id, CAST(date_trunc(grain, month) AS date) AS start
    FROM changed CROSS JOIN {_GRAINS}
), running AS (
    SELECT grain, month, lead(month) OVER upto AS next_month, subject_id,
           CAST(sum(fen) OVER upto AS bigint) AS fen, CAST(sum(new_fen) OVER upto AS bigint) AS new_fen
    FROM stretch JOIN point USING (subject_id)
    WHERE month >= start AND month < start + CASE grain
        WHEN 'month' THEN interval '1 month' WHEN 'quarter' THEN interval '3 months' ELSE interval '1 year' END
    WINDOW upto AS (PARTITION BY grain, subject_id, start ORDER BY month ROWS UNBOUNDED PRECEDING)
), crossed AS (
    SELECT grain, month, next_month, region, side, persons, status, baseline_fen, amount.income_fen
    FROM running
    CROSS JOIN LATERAL (VALUES (-1, fen - new_fen), (1, fen)) AS amount (side, income_fen)
    JOIN standing USING (subject_id)
    WHERE new_fen <> 0 AND {_TIER.format(fen="fen - new_fen")} <> {_TIER.format(fen="fen")}
), moved AS (
    SELECT grain, event.month, region, {_each("CAST(0 AS bigint) AS {name}")},
           {_COUNTS_MOVED}
    FROM crossed CROSS JOIN LATERAL (VALUES (month, 1), (next_month, -1)) AS event (month, sign)
    WHERE income_fen > 0 AND event.month IS NOT NULL
    GROUP BY grain, event.month, region
    UNION ALL
    SELECT grain, month, region, {_each("sum({name})")}, {", ".join("0" for _ in COUNTS)}
    FROM changed JOIN standing USING (subject_id)
    CROSS JOIN {_GRAINS}
    GROUP BY grain, month, region
), of_year AS (
    SELECT subject_id, CAST(extract(year FROM month) AS integer) AS year,
           CAST(sum(fen) AS bigint) AS fen, CAST(sum(new_fen) AS bigint) AS new_fen
    FROM point GROUP BY subject_id, extract(year FROM month)
), compared AS (
    SELECT region, now.year, side, persons, baseline_fen, amount.income_fen, amount.prior_fen
    FROM of_year AS now
    LEFT JOIN of_year AS prior ON prior.subject_id = now.subject_id AND prior.year = now.year - 1
    CROSS JOIN LATERAL (
        VALUES (-1, now.fen - now.new_fen, coalesce(prior.fen - prior.new_fen, 0)),
               (1, now.fen, coalesce(prior.fen, 0))
    ) AS amount (side, income_fen, prior_fen)
    JOIN standing ON standing.subject_id = now.subject_id
    WHERE now.new_fen <> 0 OR prior.new_fen <> 0
), uplifted AS (
    {_ADD_UPLIFT}
)
{_ADD_REACH}
""")
"""The same for households that never counted elsewhere or otherwise, which are most: amounts are added where they are,
and counts change only where a running sum crosses a threshold.
"""
