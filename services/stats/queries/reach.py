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

TAKE_TURNS = text("SELECT pg_advisory_xact_lock(hashtextextended('onecode.stats.reach', 0))")
"""The consumers of both feeds change the same cells from each other's rows: one at a time, until it commits."""

REGISTRY_POSITION = text("""
SELECT coalesce((SELECT position FROM stats.cursors WHERE consumer = 'registry'), 0)
""")

_INCOME = "(contract_fen + imputed_fen + paid_fen)"

_FIRST_YEAR = f"""(
    SELECT CAST(extract(year FROM month) AS integer) FROM stats.household_months AS known
    WHERE known.subject_id = {{subject}} AND {_INCOME} > 0 ORDER BY month LIMIT 1
)"""
"""The year of a household's own first income."""


def _known(relation: str) -> str:
    """The rows of a view of the registry that it had at ``:registry_position``."""
    return f"""
    SELECT version.* FROM {relation} AS version
    JOIN codes.feed AS recorded ON recorded.batch_id = version.recorded_in
    LEFT JOIN codes.feed AS superseded ON superseded.batch_id = version.superseded_in
    WHERE recorded.position <= :registry_position
      AND coalesce(superseded.position, :registry_position + 1) > :registry_position
    """


_HEIRS = """
    heirs AS (
        SELECT subject_id FROM changed
        UNION
        SELECT succession.successor_id
        FROM heirs JOIN codes.successions AS succession ON succession.predecessor_id = heirs.subject_id
    )
    SELECT subject_id FROM heirs
    WHERE EXISTS (SELECT FROM stats.household_months AS known WHERE known.subject_id = heirs.subject_id)
    ORDER BY subject_id
"""
"""Baselines follow from the first income of all that a household came out of, so a change concerns its heirs too."""

BEGUN_ANEW = text(f"""
WITH RECURSIVE changed AS (
    SELECT touched.subject_id FROM (SELECT DISTINCT unnest(CAST(:household AS bigint[])) AS subject_id) AS touched
    WHERE (SELECT first_year FROM stats.standings WHERE standings.subject_id = touched.subject_id LIMIT 1)
        IS DISTINCT FROM {_FIRST_YEAR.format(subject="touched.subject_id")}
), {_HEIRS}
""")
"""Of some households, those whose income begins in another year than their standing says, and their heirs."""

CHANGED_HOUSEHOLDS = text(f"""
WITH RECURSIVE taken AS MATERIALIZED (
    SELECT batch_id FROM codes.feed WHERE position > :after AND position <= :upto
), changed AS (
    -- What replaces a version of a household is recorded in the same batch.
    SELECT subject_id FROM taken JOIN codes.households ON recorded_in = batch_id
    UNION
    SELECT subject_id FROM taken JOIN codes.reckoned_incomes ON recorded_in = batch_id
    UNION
    SELECT subject_id FROM taken JOIN codes.reckoned_incomes ON superseded_in = batch_id
    UNION
    SELECT successor_id FROM taken JOIN codes.successions ON recorded_in = batch_id OR superseded_in = batch_id
), {_HEIRS}
""")
"""The households with income whose standing a window of the registry's feed may change."""

STANDINGS = text(f"""
WITH RECURSIVE asked AS (
    SELECT unnest(CAST(:subjects AS bigint[])) AS subject_id
), ancestry AS (
    SELECT subject_id, subject_id AS ancestor_id FROM asked
    UNION
    SELECT ancestry.subject_id, succession.predecessor_id
    FROM ancestry JOIN ({_known("codes.successions")}) AS succession ON succession.successor_id = ancestry.ancestor_id
), begun AS MATERIALIZED (
    SELECT subject_id, min(year) FILTER (WHERE ancestor_id = subject_id) AS own_year, min(year) AS year
    FROM (
        SELECT subject_id, ancestor_id, {_FIRST_YEAR.format(subject="ancestor_id")} AS year FROM ancestry
    ) AS ancestor
    GROUP BY subject_id
), registered AS (
    SELECT begun.subject_id, known.valid_from, known.per_head_fen * known.persons AS baseline_fen,
           rank() OVER (PARTITION BY begun.subject_id ORDER BY known.year DESC) AS age
    FROM begun JOIN ({_known("codes.reckoned_incomes")}) AS known
      ON known.subject_id = begun.subject_id AND known.year < begun.year
), baseline AS (
    -- Of the last year before it began; what it first reckoned with counts for the days before, too.
    SELECT subject_id, baseline_fen,
           CASE WHEN row_number() OVER dates = 1 THEN '-infinity' ELSE valid_from END AS valid_from,
           coalesce(lead(valid_from) OVER dates, 'infinity') AS valid_to
    FROM registered WHERE age = 1
    WINDOW dates AS (PARTITION BY subject_id ORDER BY valid_from)
), dated AS (
    SELECT home.subject_id, home.region, home.persons, home.status, baseline.baseline_fen, begun.own_year,
           greatest(home.valid_from, baseline.valid_from) AS valid_from,
           least(home.valid_to, baseline.valid_to) AS valid_to
    FROM begun JOIN stats.homes AS home ON home.subject_id = begun.subject_id AND home.known_to IS NULL
    LEFT JOIN baseline ON baseline.subject_id = home.subject_id
      AND baseline.valid_from < home.valid_to AND home.valid_from < baseline.valid_to
)
SELECT subject_id, valid_from, valid_to, region, persons, status, baseline_fen, own_year AS first_year
FROM dated
ORDER BY subject_id, valid_from
""")
"""What households count as, day by day, as the registry has it."""

_CHANGED = """
    changed AS MATERIALIZED (
        SELECT subject_id, CAST(date_trunc('month', day) AS date) AS month,
               CAST(sum(contract_fen) AS bigint) AS contract_fen, CAST(sum(imputed_fen) AS bigint) AS imputed_fen,
               CAST(sum(paid_fen) AS bigint) AS paid_fen
        FROM unnest(
            CAST(:household AS bigint[]), CAST(:day AS date[]), CAST(:contract_fen AS bigint[]),
            CAST(:imputed_fen AS bigint[]), CAST(:paid_fen AS bigint[])
        ) AS gain (subject_id, day, contract_fen, imputed_fen, paid_fen)
        GROUP BY subject_id, date_trunc('month', day)
    ), renewed AS MATERIALIZED (
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
    FROM point CROSS JOIN (VALUES ('month'), ('quarter'), ('year')) AS grains (grain)
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
           {", ".join(f"sum(side * sign * ({measure})) AS {name}" for name, measure in COUNTS.items())}
    FROM counted CROSS JOIN LATERAL (VALUES (month, 1), (next_month, -1)) AS event (month, sign)
    WHERE income_fen > 0 AND event.month IS NOT NULL
    GROUP BY grain, event.month, region
)
INSERT INTO stats.reach_cells AS known (level, grain, region, month, {_each("{name}", MEASURES)})
SELECT level, grain, {ANCESTOR}, month, {_each("sum({name})", MEASURES)}
FROM moved CROSS JOIN {ANCESTORS}
WHERE {IS_ANCESTOR} AND ({_each("{name}", MEASURES)}) <> ({_each("0", MEASURES)})
GROUP BY level, grain, {ANCESTOR}, month
ON CONFLICT (level, grain, region, month) DO UPDATE SET {_each(_ADD, MEASURES)}
""")

UPLIFT = {
    "income_fen": "CASE WHEN baseline_fen > 0 THEN income_fen ELSE 0 END",
    "baseline_fen": "CASE WHEN baseline_fen > 0 THEN baseline_fen ELSE 0 END",
    "people_with_increase": "CASE WHEN income_fen > prior_fen THEN persons ELSE 0 END",
}
"""What a household with income in a year adds to the year's comparison."""

FOLD_UPLIFT = text(f"""
WITH {_CHANGED}, compared AS (
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
        FROM compared JOIN stats.household_months USING (subject_id)
        WHERE month >= year - interval '1 year' AND month < year + interval '1 year'
        UNION ALL
        SELECT subject_id, year, month, 0, {_INCOME}
        FROM compared JOIN changed USING (subject_id)
        WHERE month >= year - interval '1 year' AND month < year + interval '1 year'
    ) AS part
    GROUP BY subject_id, year
), counted AS (
    SELECT year, region, side, persons, baseline_fen, amount.income_fen, amount.prior_fen
    FROM income
    CROSS JOIN LATERAL (
        VALUES (-1, income.income_fen - new_income_fen, income.prior_fen - new_prior_fen),
               (1, income.income_fen, income.prior_fen)
    ) AS amount (side, income_fen, prior_fen)
    JOIN standing USING (subject_id, side)
    WHERE standing.valid_from < year + interval '1 year' AND standing.valid_to >= year + interval '1 year'
), moved AS (
    SELECT region, CAST(extract(year FROM year) AS integer) AS year,
           {", ".join(f"sum(side * ({measure})) AS {name}" for name, measure in UPLIFT.items())}
    FROM counted WHERE income_fen > 0
    GROUP BY region, year
)
INSERT INTO stats.uplift_cells AS known (level, region, year, {_each("{name}", UPLIFT)})
SELECT level, {ANCESTOR}, year, {_each("sum({name})", UPLIFT)}
FROM moved CROSS JOIN {ANCESTORS}
WHERE {IS_ANCESTOR} AND ({_each("{name}", UPLIFT)}) <> (0, 0, 0)
GROUP BY level, {ANCESTOR}, year
ON CONFLICT (level, region, year) DO UPDATE SET {_each(_ADD, UPLIFT)}
""")

FORGET_STANDINGS = text("DELETE FROM stats.standings WHERE subject_id = ANY(CAST(:renewed AS bigint[]))")

STORE_STANDINGS = text("""
INSERT INTO stats.standings
    (subject_id, valid_from, valid_to, region, persons, status, baseline_fen, first_year)
SELECT * FROM unnest(
    CAST(:subject_id AS bigint[]), CAST(:valid_from AS date[]), CAST(:valid_to AS date[]), CAST(:region AS text[]),
    CAST(:persons AS integer[]), CAST(:status AS text[]), CAST(:baseline_fen AS bigint[]),
    CAST(:first_year AS integer[])
)
""")

_ENTERED = """
    SELECT region, kind, valid_from AS moment, 1 AS codes FROM taken JOIN codes.directory ON recorded_in = batch_id
    WHERE state = 'in_force'
    UNION ALL
    SELECT region, kind, valid_to, -1 FROM taken JOIN codes.directory ON recorded_in = batch_id
    WHERE state = 'in_force' AND valid_to IS NOT NULL
    UNION ALL
    SELECT region, kind, valid_from, -1 FROM taken JOIN codes.directory ON superseded_in = batch_id
    WHERE state = 'in_force'
    UNION ALL
    SELECT region, kind, valid_to, 1 FROM taken JOIN codes.directory ON superseded_in = batch_id
    WHERE state = 'in_force' AND valid_to IS NOT NULL
"""

FOLD_CODES = text(f"""
WITH taken AS MATERIALIZED (
    SELECT batch_id FROM codes.feed WHERE position > :after AND position <= :upto
), moved AS (
    -- Who is in force when a day begins was so on the day before: of a moment the day after it is the first.
    SELECT region, kind, CAST(moment AT TIME ZONE 'Asia/Shanghai' AS date) + 1 AS day, sum(codes) AS codes
    FROM ({_ENTERED}) AS entered
    GROUP BY region, kind, day
)
INSERT INTO stats.code_cells AS known (level, kind, grain, region, past, codes)
SELECT level, kind, grain, {ANCESTOR}, past, sum(codes)
FROM moved
CROSS JOIN LATERAL (VALUES ('day', day), ('month', CAST(date_trunc('month', day) AS date))) AS cell (grain, past)
CROSS JOIN {ANCESTORS}
WHERE {IS_ANCESTOR} AND codes <> 0
GROUP BY level, kind, grain, {ANCESTOR}, past
ON CONFLICT (level, kind, grain, region, past) DO UPDATE SET codes = known.codes + excluded.codes
""")
"""Codes that a window of the registry's feed put into force, or out of it."""

KNOWN_MONTHS = text("""
SELECT least(income.first, codes.first) AS first, greatest(income.last, codes.last) AS last
FROM (SELECT min(month), max(month) FROM stats.household_months) AS income (first, last)
CROSS JOIN (SELECT min(past), max(past) FROM stats.code_cells) AS codes (first, last)
""")
