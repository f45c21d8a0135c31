"""Whom income reached, what calendar years compare and which codes are in force are counted ahead.

The new tables follow from what is there: households' months and homes, and the registry up to where its consumer stands.
They are filled here, in a few statements over all households, so that no answer ever meets half of them.
"""

import sqlalchemy as sa
from alembic import op

revision = "stats_0014"
down_revision = "stats_0013"
branch_labels = None
depends_on = "codes_0006"


_HOUSEHOLDS_AT_ONCE = 100_000
_HERE = "coalesce((SELECT position FROM stats.cursors WHERE consumer = 'registry'), 0)"
_ANCESTORS = """
    (VALUES ('province', 1, 2), ('prefecture', 3, 4), ('county', 5, 6), ('township', 7, 9), ('village', 10, 12))
        AS tree (level, first_digit, last_digit)
"""
_IS_ANCESTOR = "substr(region, first_digit, last_digit - first_digit + 1) ~ '[^0]'"
_ANCESTOR = "rpad(left(region, last_digit), 12, '0')"


def _known(relation: str) -> str:
    return f"""
    SELECT version.* FROM {relation} AS version
    JOIN codes.sealed AS recorded ON recorded.batch_id = version.recorded_in
    LEFT JOIN codes.sealed AS superseded ON superseded.batch_id = version.superseded_in
    WHERE recorded.position <= {_HERE} AND coalesce(superseded.position, {_HERE} + 1) > {_HERE}
    """


_FILL_STANDINGS = f"""
WITH RECURSIVE reached AS MATERIALIZED (
    SELECT subject_id, CAST(extract(year FROM min(month)) AS integer) AS year FROM stats.household_months
    WHERE contract_fen + imputed_fen + paid_fen > 0 GROUP BY subject_id
), succession AS MATERIALIZED ({_known("codes.succession_records")}), ancestry AS (
    SELECT successor_id AS subject_id, predecessor_id AS ancestor_id FROM succession
    UNION
    SELECT ancestry.subject_id, succession.predecessor_id
    FROM ancestry JOIN succession ON succession.successor_id = ancestry.ancestor_id
), begun AS MATERIALIZED (
    SELECT own.subject_id, own.year AS own_year, least(own.year, min(earlier.year)) AS year
    FROM reached AS own
    LEFT JOIN ancestry ON ancestry.subject_id = own.subject_id
    LEFT JOIN reached AS earlier ON earlier.subject_id = ancestry.ancestor_id
    GROUP BY own.subject_id, own.year
), registered AS (
    SELECT begun.subject_id, known.valid_from, known.per_head_fen * known.persons AS baseline_fen,
           rank() OVER (PARTITION BY begun.subject_id ORDER BY known.year DESC) AS age
    FROM begun JOIN ({_known("codes.income_records")}) AS known
      ON known.subject_id = begun.subject_id AND known.year < begun.year
), baseline AS (
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
INSERT INTO stats.standings
    (subject_id, valid_from, valid_to, region, persons, status, baseline_fen, first_year)
SELECT subject_id, valid_from, valid_to, region, persons, status, baseline_fen, own_year
FROM dated
"""

_MEASURES = (
    "contract_fen", "imputed_fen", "paid_fen", "households", "households_reached", "households_reached_100",
    "households_reached_1000", "people_reached", "registered", "out_of_poverty", "monitored", "without_baseline",
)  # fmt: skip
_ADDED = ", ".join(f"{name} = known.{name} + excluded.{name}" for name in _MEASURES)

_FILL_REACH = f"""
WITH point AS (
    SELECT subject_id, month, sum(contract_fen) AS contract_fen, sum(imputed_fen) AS imputed_fen,
           sum(paid_fen) AS paid_fen
    FROM (
        SELECT subject_id, month, contract_fen, imputed_fen, paid_fen FROM stats.household_months
        WHERE subject_id % :parts = :part
        UNION ALL
        SELECT subject_id, CAST(date_trunc('month', valid_from) AS date), 0, 0, 0
        FROM stats.standings JOIN (
            SELECT DISTINCT subject_id, date_trunc('year', month) AS year FROM stats.household_months
            WHERE subject_id % :parts = :part
        ) AS known USING (subject_id)
        WHERE valid_from >= year + interval '1 month' AND valid_from < year + interval '1 year'
    ) AS part
    GROUP BY subject_id, month
), running AS (
    SELECT grain, subject_id, month, lead(month) OVER upto AS next_month,
           CAST(sum(contract_fen) OVER upto AS bigint) AS contract_fen,
           CAST(sum(imputed_fen) OVER upto AS bigint) AS imputed_fen, CAST(sum(paid_fen) OVER upto AS bigint) AS paid_fen,
           CAST(sum(contract_fen + imputed_fen + paid_fen) OVER upto AS bigint) AS income_fen
    FROM point CROSS JOIN (VALUES ('month'), ('quarter'), ('year')) AS grains (grain)
    WINDOW upto AS (
        PARTITION BY grain, subject_id, date_trunc(grain, month) ORDER BY month ROWS UNBOUNDED PRECEDING
    )
), moved AS (
    SELECT grain, event.month, region, sum(sign * contract_fen) AS contract_fen,
           sum(sign * imputed_fen) AS imputed_fen, sum(sign * paid_fen) AS paid_fen, sum(sign) AS households,
           coalesce(sum(sign) FILTER (WHERE income_fen >= 100), 0) AS reached,
           coalesce(sum(sign) FILTER (WHERE income_fen >= 10000), 0) AS reached_100,
           coalesce(sum(sign) FILTER (WHERE income_fen >= 100000), 0) AS reached_1000,
           coalesce(sum(sign * persons) FILTER (WHERE income_fen >= 100), 0) AS people,
           coalesce(sum(sign * persons) FILTER (WHERE income_fen >= 100 AND status = 'registered'), 0) AS registered,
           coalesce(sum(sign * persons) FILTER (WHERE income_fen >= 100 AND status = 'out_of_poverty'), 0) AS out_of,
           coalesce(sum(sign * persons) FILTER (WHERE income_fen >= 100 AND status = 'monitored'), 0) AS monitored,
           coalesce(sum(sign) FILTER (WHERE coalesce(baseline_fen, 0) <= 0), 0) AS without_baseline
    FROM running
    JOIN stats.standings AS standing USING (subject_id)
    CROSS JOIN LATERAL (VALUES (month, 1), (next_month, -1)) AS event (month, sign)
    WHERE standing.valid_from < running.month + interval '1 month'
      AND standing.valid_to >= running.month + interval '1 month' AND income_fen > 0 AND event.month IS NOT NULL
    GROUP BY grain, event.month, region
)
INSERT INTO stats.reach_cells AS known
    (level, grain, region, month, contract_fen, imputed_fen, paid_fen, households, households_reached,
     households_reached_100, households_reached_1000, people_reached, registered, out_of_poverty, monitored,
     without_baseline)
SELECT level, grain, {_ANCESTOR}, month, sum(contract_fen), sum(imputed_fen), sum(paid_fen), sum(households),
       sum(reached), sum(reached_100), sum(reached_1000), sum(people), sum(registered), sum(out_of), sum(monitored),
       sum(without_baseline)
FROM moved CROSS JOIN {_ANCESTORS}
WHERE {_IS_ANCESTOR}
GROUP BY level, grain, {_ANCESTOR}, month
ON CONFLICT (level, grain, region, month) DO UPDATE SET {_ADDED}
"""
"""Of a part of the households at a time: a province has two million."""

_FILL_UPLIFT = f"""
WITH income AS (
    SELECT subject_id, CAST(extract(year FROM month) AS integer) AS year,
           sum(contract_fen + imputed_fen + paid_fen) AS income_fen
    FROM stats.household_months GROUP BY subject_id, extract(year FROM month)
), counted AS (
    SELECT standing.region, income.year, standing.persons, standing.baseline_fen, income.income_fen,
           coalesce(prior.income_fen, 0) AS prior_fen
    FROM income
    JOIN stats.standings AS standing ON standing.subject_id = income.subject_id
      AND standing.valid_from < make_date(income.year + 1, 1, 1) AND standing.valid_to >= make_date(income.year + 1, 1, 1)
    LEFT JOIN income AS prior ON prior.subject_id = income.subject_id AND prior.year = income.year - 1
    WHERE income.income_fen > 0
)
INSERT INTO stats.uplift_cells (level, region, year, income_fen, baseline_fen, people_with_increase)
SELECT level, {_ANCESTOR}, year, coalesce(sum(income_fen) FILTER (WHERE baseline_fen > 0), 0),
       coalesce(sum(baseline_fen) FILTER (WHERE baseline_fen > 0), 0),
       coalesce(sum(persons) FILTER (WHERE income_fen > prior_fen), 0)
FROM counted CROSS JOIN {_ANCESTORS}
WHERE {_IS_ANCESTOR}
GROUP BY level, {_ANCESTOR}, year
"""

_FILL_CODES = f"""
WITH known AS (
    SELECT region, kind, valid_from, valid_to FROM ({_known("codes.directory_entries")}) AS entry
    WHERE state = 'in_force'
), moved AS (
    SELECT region, kind, CAST(moment AT TIME ZONE 'Asia/Shanghai' AS date) + 1 AS day, sum(codes) AS codes
    FROM (
        SELECT region, kind, valid_from AS moment, 1 AS codes FROM known
        UNION ALL
        SELECT region, kind, valid_to, -1 FROM known WHERE valid_to IS NOT NULL
    ) AS entered
    GROUP BY region, kind, day
)
INSERT INTO stats.code_cells (level, kind, grain, region, past, codes)
SELECT level, kind, grain, {_ANCESTOR}, past, sum(codes)
FROM moved
CROSS JOIN LATERAL (VALUES ('day', day), ('month', CAST(date_trunc('month', day) AS date))) AS cell (grain, past)
CROSS JOIN {_ANCESTORS}
WHERE {_IS_ANCESTOR}
GROUP BY level, kind, grain, {_ANCESTOR}, past
"""


def upgrade() -> None:

    op.create_table(
        "code_cells",
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("grain", sa.Text(), nullable=False, comment="month or day: all of a month together, or each day."),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column(
            "past", sa.Date(), nullable=False, comment="First day before whose beginning they count, or its month."
        ),
        sa.Column(
            "codes",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="Codes that came into force, less those that went out of it.",
        ),
        sa.CheckConstraint("grain IN ('day', 'month')", name=op.f("code_cells_grain_check")),
        sa.CheckConstraint(
            "level IN ('province', 'prefecture', 'county', 'township', 'village')", name=op.f("code_cells_level_check")
        ),
        sa.PrimaryKeyConstraint("level", "kind", "grain", "region", "past", name=op.f("code_cells_pkey")),
        schema="stats",
        comment="Codes in force by their subjects' divisions: a running sum over all time.",
        info={"grants": ("SELECT", "INSERT", "UPDATE", "DELETE")},
    )
    op.create_table(
        "reach_cells",
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("grain", sa.Text(), nullable=False, comment="month, quarter or year: within which income adds up."),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False, comment="The month that makes the difference; its first day."),
        sa.Column("contract_fen", sa.BigInteger(), server_default="0", nullable=False, comment="As in household_days."),
        sa.Column("imputed_fen", sa.BigInteger(), server_default="0", nullable=False, comment="As in household_days."),
        sa.Column("paid_fen", sa.BigInteger(), server_default="0", nullable=False, comment="As in household_days."),
        sa.Column("households", sa.BigInteger(), server_default="0", nullable=False, comment="Households with income."),
        sa.Column(
            "households_reached", sa.BigInteger(), server_default="0", nullable=False, comment="Of 1.00 yuan at least."
        ),
        sa.Column(
            "households_reached_100",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="Of 100.00 yuan at least.",
        ),
        sa.Column(
            "households_reached_1000",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="Of 1,000.00 yuan at least.",
        ),
        sa.Column(
            "people_reached",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="Persons of households_reached.",
        ),
        sa.Column(
            "registered",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="Of them, in households of this status.",
        ),
        sa.Column(
            "out_of_poverty",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="Of them, in households of this status.",
        ),
        sa.Column(
            "monitored",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="Of them, in households of this status.",
        ),
        sa.Column(
            "without_baseline",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="Households with income and no positive baseline.",
        ),
        sa.CheckConstraint("grain IN ('month', 'quarter', 'year')", name=op.f("reach_cells_grain_check")),
        sa.CheckConstraint(
            "level IN ('province', 'prefecture', 'county', 'township', 'village')", name=op.f("reach_cells_level_check")
        ),
        sa.PrimaryKeyConstraint("level", "grain", "region", "month", name=op.f("reach_cells_pkey")),
        schema="stats",
        comment="Income and whom it reached by where households live at a period's end: a running sum over its months.",
        info={"grants": ("SELECT", "INSERT", "UPDATE", "DELETE")},
    )
    op.create_table(
        "standings",
        sa.Column("subject_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False, comment="-infinity for the first."),
        sa.Column("valid_to", sa.Date(), nullable=False, comment="First day no longer; infinity for the last."),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("persons", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column(
            "baseline_fen",
            sa.BigInteger(),
            nullable=True,
            comment="Of all its persons at baseline; NULL: there is none.",
        ),
        sa.Column(
            "first_year",
            sa.Integer(),
            nullable=True,
            comment="Of its own first income, from which the baseline follows.",
        ),
        sa.PrimaryKeyConstraint("subject_id", "valid_from", name=op.f("standings_pkey")),
        schema="stats",
        comment="What each household that has income counts as: its home, and the baseline it reckons with.",
        info={"grants": ("SELECT", "INSERT", "UPDATE", "DELETE")},
    )
    op.create_table(
        "uplift_cells",
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "income_fen",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="Income of the year of households with a positive baseline.",
        ),
        sa.Column("baseline_fen", sa.BigInteger(), server_default="0", nullable=False, comment="Their baselines."),
        sa.Column(
            "people_with_increase",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="Persons of households with more income than in the year before.",
        ),
        sa.CheckConstraint(
            "level IN ('province', 'prefecture', 'county', 'township', 'village')",
            name=op.f("uplift_cells_level_check"),
        ),
        sa.PrimaryKeyConstraint("level", "region", "year", name=op.f("uplift_cells_pkey")),
        schema="stats",
        comment="What calendar years compare, by where households live on the year's last day.",
        info={"grants": ("SELECT", "INSERT", "UPDATE", "DELETE")},
    )
    op.execute("SET LOCAL work_mem = '128MB'")
    op.execute(_FILL_STANDINGS)
    op.execute("ANALYZE stats.standings")
    households = op.get_bind().scalar(sa.text("SELECT count(*) FROM stats.standings")) or 0
    parts = 1 + households // _HOUSEHOLDS_AT_ONCE
    for part in range(parts):
        op.get_bind().execute(sa.text(_FILL_REACH), {"part": part, "parts": parts})
    op.execute(_FILL_UPLIFT)
    op.execute(_FILL_CODES)


def downgrade() -> None:

    op.drop_table("uplift_cells", schema="stats")
    op.drop_table("standings", schema="stats")
    op.drop_table("reach_cells", schema="stats")
    op.drop_table("code_cells", schema="stats")
