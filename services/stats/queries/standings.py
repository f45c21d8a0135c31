"""What households count as, day by day: where they live beside the baseline that they reckon with, as the registry has
it; and whose standing a change of their income, or of the registry, makes another.
"""

from sqlalchemy import text

from services.stats.queries.registered import registered_rows

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


_HEIRS = """
    heirs AS (
        SELECT successor_id AS subject_id FROM codes.successions
        WHERE predecessor_id = ANY(ARRAY(SELECT subject_id FROM changed))
        UNION
        SELECT succession.successor_id
        FROM heirs JOIN codes.successions AS succession ON succession.predecessor_id = heirs.subject_id
    )
    SELECT subject_id FROM (SELECT subject_id FROM changed UNION SELECT subject_id FROM heirs) AS concerned
    WHERE EXISTS (SELECT FROM stats.household_months AS known WHERE known.subject_id = concerned.subject_id)
    ORDER BY subject_id
"""
"""Baselines follow from the first income of all that a household came out of, so a change concerns its heirs too.

The recursion begins with the heirs, and with an array, of which the planner expects little: of all that changed it
would expect ten rounds, and make room for them in memory, which cost more than the rest.
"""

BEGUN_ANEW = text(f"""
WITH RECURSIVE changed AS (
    SELECT DISTINCT gain.subject_id
    FROM unnest(
        CAST(:household AS bigint[]), CAST(:month AS date[]), CAST(:contract_fen AS bigint[]),
        CAST(:imputed_fen AS bigint[]), CAST(:paid_fen AS bigint[])
    ) AS gain (subject_id, month, contract_fen, imputed_fen, paid_fen)
    LEFT JOIN LATERAL (
        SELECT first_year FROM stats.standings WHERE standings.subject_id = gain.subject_id LIMIT 1
    ) AS known ON TRUE
    -- A gain of the first year or a later one leaves it the first.
    WHERE CASE
        WHEN extract(year FROM gain.month) > first_year
            OR extract(year FROM gain.month) = first_year AND {_INCOME} >= 0 THEN FALSE
        ELSE first_year IS DISTINCT FROM {_FIRST_YEAR.format(subject="gain.subject_id")}
    END
), {_HEIRS}
""")
"""Of households that gained or lost in some months, those whose income begins in another year than their standing says,
and their heirs."""

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
    FROM ancestry JOIN ({registered_rows("codes.successions", as_of=True)}) AS succession
      ON succession.successor_id = ancestry.ancestor_id
), begun AS MATERIALIZED (
    SELECT subject_id, min(year) FILTER (WHERE ancestor_id = subject_id) AS own_year, min(year) AS year
    FROM (
        SELECT subject_id, ancestor_id, {_FIRST_YEAR.format(subject="ancestor_id")} AS year FROM ancestry
    ) AS ancestor
    GROUP BY subject_id
), registered AS (
    SELECT begun.subject_id, known.valid_from, known.per_head_fen * known.persons AS baseline_fen,
           rank() OVER (PARTITION BY begun.subject_id ORDER BY known.year DESC) AS age
    FROM begun JOIN ({registered_rows("codes.reckoned_incomes", as_of=True)}) AS known
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
WHERE own_year IS NOT NULL
ORDER BY subject_id, valid_from
""")
"""What households count as, day by day, as the registry has it. One whose months are all nought counts as nothing,
however it came to them, and whoever it came out of."""

MOVED = text("""
SELECT DISTINCT subject_id FROM stats.standings
WHERE subject_id = ANY(CAST(:household AS bigint[])) AND valid_from > '-infinity'
""")
"""Of some households, those that have counted as more than one thing."""

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
