"""A year worked out anew in DuckDB, from the exported ledger and the published views: SQL that shares nothing with the
house's own, and knows its rules from DESIGN only.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

VIEWS: Mapping[str, Sequence[str]] = {
    # Relation: the columns that are no text.
    "codes.directory": ("subject_id BIGINT", "valid_from TIMESTAMPTZ", "valid_to TIMESTAMPTZ", "superseded_in BIGINT"),
    "codes.memberships": ("member_id BIGINT", "group_id BIGINT", "weight BIGINT", "valid_from DATE", "valid_to DATE",
                          "superseded_in BIGINT"),
    "codes.group_terms": ("subject_id BIGINT", "members_bp BIGINT", "valid_from DATE", "valid_to DATE",
                          "superseded_in BIGINT"),
    "codes.households": ("subject_id BIGINT", "persons BIGINT", "valid_from DATE", "valid_to DATE",
                         "superseded_in BIGINT"),
    "codes.reckoned_incomes": ("subject_id BIGINT", "year BIGINT", "per_head_fen BIGINT", "persons BIGINT",
                               "valid_from TEXT", "valid_to TEXT", "superseded_in BIGINT"),
    "codes.successions": ("predecessor_id BIGINT", "successor_id BIGINT", "superseded_in BIGINT"),
    "codes.report_unit_villages": ("superseded_in BIGINT",),
    "sales.lines": ("quantity_milli BIGINT", "internal BOOLEAN"),
    "sales.ratios": ("ratio_bp BIGINT", "valid_from DATE", "valid_to DATE", "superseded_in BIGINT"),
    "sales.payments": ("group_id BIGINT", "member_id BIGINT", "amount_fen BIGINT", "for_month DATE",
                       "superseded_in BIGINT"),
}  # fmt: skip

LEVELS = (("province", 2, 0), ("prefecture", 4, 2), ("county", 6, 4), ("township", 9, 6), ("village", 12, 9))
"""Each level with the digits that name a division of it, and those that name the one above."""

_ENTRIES = """
CREATE TABLE entry AS
SELECT CAST(ledger.subject_id AS BIGINT) AS subject_id, ledger.order_no, ledger.platform, ledger.line_no,
       ledger.measure,
       CAST(round(CAST(ledger.amount AS DECIMAL(18, 2)) * 100) AS BIGINT) AS fen, ledger.kind, ledger.region,
       ledger.category, CAST(ledger.sale_day AS DATE) AS sale_day, CAST(ledger.event_day AS DATE) AS event_day,
       ledger.position, coalesce(line.station, '') AS station, coalesce(line.trade, '') AS trade,
       coalesce(rpad(left(line.buyer_region, 2), 12, '0'), '') AS buyer_province, coalesce(line.unit, '') AS unit,
       line.quantity_milli
FROM read_json('{ledger}', format = 'newline_delimited', columns = {{
    subject_id: 'TEXT', order_no: 'TEXT', platform: 'TEXT', line_no: 'TEXT', measure: 'TEXT', amount: 'TEXT',
    kind: 'TEXT', region: 'TEXT', category: 'TEXT', sale_day: 'TEXT', event_day: 'TEXT', position: 'BIGINT'
}}) AS ledger
JOIN sales_lines AS line USING (order_no, platform, line_no)
WHERE NOT line.internal;
CREATE TABLE held AS
SELECT subject_id, region, order_no, platform, line_no, any_value(kind) AS kind, any_value(category) AS category,
       any_value(sale_day) AS sale_day, any_value(station) AS station, any_value(trade) AS trade,
       any_value(buyer_province) AS buyer_province, any_value(unit) AS unit,
       any_value(quantity_milli) AS quantity_milli, coalesce(sum(fen) FILTER (WHERE measure = 'gross'), 0) AS gross,
       -coalesce(sum(fen) FILTER (WHERE measure = 'refund'), 0) AS refund
FROM entry GROUP BY ALL;
"""

_BASES = """
CREATE TABLE source AS
SELECT day.*, coalesce(CASE WHEN day.kind = 'household' THEN 'contract' ELSE ratio.basis END, 'unknown') AS basis,
       day.net * ratio.ratio_bp // 10000 AS base
FROM (
    SELECT subject_id, kind, sale_day, category, arg_max(region, position) AS region, sum(fen) AS net FROM entry
    GROUP BY ALL
) AS day
LEFT JOIN LATERAL (
    SELECT * FROM sales_ratios AS ratio
    WHERE ratio.superseded_in IS NULL AND ratio.category IN (day.category, '*') AND ratio.valid_from <= day.sale_day
      AND (ratio.valid_to IS NULL OR ratio.valid_to > day.sale_day)
      AND starts_with(day.region, regexp_replace(ratio.region, '(0000000000|00000000|000000|000|)$', ''))
    ORDER BY ratio.category = '*', length(regexp_replace(ratio.region, '(0000000000|00000000|000000|000|)$', '')) DESC
    LIMIT 1
) AS ratio ON true;
"""

_SPLIT = """
CREATE TABLE {parts} AS
WITH terms AS (
    SELECT bases.*, coalesce(terms.members_bp, 0) AS members_bp
    FROM {bases} AS bases LEFT JOIN codes_group_terms AS terms
      ON terms.subject_id = bases.subject_id AND terms.superseded_in IS NULL AND terms.valid_from <= bases.sale_day
     AND (terms.valid_to IS NULL OR terms.valid_to > bases.sale_day)
    WHERE bases.base > 0
), member AS (
    SELECT terms.subject_id, terms.sale_day, terms.category, terms.basis, terms.base, terms.members_bp,
           link.member_id, any_value(link.member_kind) AS member_kind, sum(link.weight) AS weight
    FROM terms JOIN codes_memberships AS link
      ON link.group_id = terms.subject_id AND link.superseded_in IS NULL AND link.valid_from <= terms.sale_day
     AND (link.valid_to IS NULL OR link.valid_to > terms.sale_day)
    GROUP BY ALL
), party AS (
    SELECT *, weight * members_bp AS part_of,
           '0' || sha256(concat_ws('|', subject_id, strftime(sale_day, '%Y-%m-%d'), category, member_id)) AS tie
    FROM member
    UNION ALL
    SELECT subject_id, sale_day, category, basis, base, members_bp, NULL, 'kept', 0,
           sum(weight) * (10000 - members_bp), '1'
    FROM member GROUP BY subject_id, sale_day, category, basis, base, members_bp
), shared AS (
    SELECT *, sum(part_of) OVER same AS whole FROM party
    WINDOW same AS (PARTITION BY subject_id, sale_day, category, basis)
), floored AS (
    SELECT *, base * part_of // whole AS fen, base * part_of % whole AS rest FROM shared
), ranked AS (
    SELECT *, base - sum(fen) OVER (PARTITION BY subject_id, sale_day, category, basis) AS left_over,
           row_number() OVER (PARTITION BY subject_id, sale_day, category, basis ORDER BY rest DESC, tie) AS place
    FROM floored
)
SELECT subject_id, sale_day, category, basis, member_id, member_kind, fen + CAST(place <= left_over AS INT) AS fen
FROM ranked WHERE member_id IS NOT NULL;
"""

_HOUSEHOLDS = """
CREATE TABLE household_day AS
WITH given AS (
    SELECT * FROM from_enterprises UNION ALL SELECT * FROM from_cooperatives
)
SELECT subject_id, sale_day, basis, sum(fen) AS fen FROM (
    SELECT subject_id, sale_day, basis, base AS fen FROM source WHERE kind = 'household' AND basis <> 'unknown'
    UNION ALL
    SELECT member_id, sale_day, basis, fen FROM given
    WHERE member_kind = 'household' AND NOT EXISTS (
        SELECT 1 FROM sales_payments AS paid
        WHERE paid.superseded_in IS NULL AND paid.group_id = given.subject_id AND paid.member_id = given.member_id
          AND paid.for_month = date_trunc('month', given.sale_day)
    )
    UNION ALL
    SELECT member_id, last_day(for_month), 'paid', amount_fen FROM sales_payments
    WHERE superseded_in IS NULL AND member_kind = 'household'
) AS part GROUP BY ALL;
"""

_UPLIFT = """
CREATE TABLE first_year AS
WITH RECURSIVE came AS (
    SELECT DISTINCT subject_id, subject_id AS earlier FROM codes_households
    UNION
    SELECT came.subject_id, succession.predecessor_id
    FROM came JOIN codes_successions AS succession
      ON succession.successor_id = came.earlier AND succession.superseded_in IS NULL
)
SELECT came.subject_id, min(year(day.sale_day)) AS year
FROM came JOIN household_day AS day ON day.subject_id = came.earlier WHERE day.fen > 0 GROUP BY ALL;
"""

_REACH = """
CREATE TABLE reach AS
WITH income AS (
    SELECT label, past, is_year, day.subject_id, coalesce(sum(fen) FILTER (WHERE basis = 'paid'), 0) AS paid,
           coalesce(sum(fen) FILTER (WHERE basis = 'contract'), 0) AS contract,
           coalesce(sum(fen) FILTER (WHERE basis = 'imputed'), 0) AS imputed, sum(fen) AS fen
    FROM period JOIN household_day AS day ON day.sale_day >= first AND day.sale_day < past
    GROUP BY ALL HAVING sum(fen) > 0
), home AS (
    SELECT income.*, home.region, home.persons, home.status FROM income JOIN LATERAL (
        SELECT * FROM codes_households AS version
        WHERE version.subject_id = income.subject_id AND version.superseded_in IS NULL
        ORDER BY version.valid_from < income.past DESC,
                 CASE WHEN version.valid_from < income.past THEN version.valid_from END DESC, version.valid_from
        LIMIT 1
    ) AS home ON true
), reckoned AS (
    SELECT * EXCLUDE (valid_from), CASE valid_from WHEN '-infinity' THEN DATE '0001-01-01'
                                        ELSE CAST(valid_from AS DATE) END AS valid_from
    FROM codes_reckoned_incomes WHERE superseded_in IS NULL
)
SELECT home.*, baseline.per_head_fen, baseline.per_head_fen * baseline.persons AS baseline, baseline.year AS base_year
FROM home LEFT JOIN LATERAL (
    SELECT reckoned.* FROM reckoned JOIN first_year ON first_year.subject_id = reckoned.subject_id
    WHERE reckoned.subject_id = home.subject_id AND reckoned.year < first_year.year
    ORDER BY reckoned.year DESC, reckoned.valid_from < home.past DESC,
             CASE WHEN reckoned.valid_from < home.past THEN reckoned.valid_from END DESC, reckoned.valid_from
    LIMIT 1
) AS baseline ON true;
"""

SALES = """
    sum(gross) AS sales_gross, sum(refund) AS refunds, sum(gross - refund) AS sales_net,
    count(DISTINCT (platform, order_no, sale_day)) FILTER (WHERE gross > refund) AS orders,
    count(DISTINCT (platform, order_no, line_no, sale_day)) FILTER (WHERE gross > refund) AS order_lines
"""
INCOME = """
    sum(fen) AS income, sum(paid) AS "income.paid", sum(contract) AS "income.contract",
    sum(imputed) AS "income.imputed", count(*) FILTER (WHERE fen >= 100) AS households_reached,
    count(*) FILTER (WHERE fen >= 10000) AS households_reached_100,
    count(*) FILTER (WHERE fen >= 100000) AS households_reached_1000,
    coalesce(sum(persons) FILTER (WHERE fen >= 100), 0) AS people_reached,
    coalesce(sum(persons) FILTER (WHERE fen >= 100 AND status = 'registered'), 0)
        AS "people_reached_by_status.registered",
    coalesce(sum(persons) FILTER (WHERE fen >= 100 AND status = 'out_of_poverty'), 0)
        AS "people_reached_by_status.out_of_poverty",
    coalesce(sum(persons) FILTER (WHERE fen >= 100 AND status = 'monitored'), 0)
        AS "people_reached_by_status.monitored"
"""
UPLIFT = """
    count(*) FILTER (WHERE coalesce(baseline, 0) <= 0) AS households_without_baseline,
    sum(fen) FILTER (WHERE baseline > 0) AS gained, sum(baseline) FILTER (WHERE baseline > 0) AS from_baseline
"""


class Year:
    """The year in DuckDB: one connection, everything in memory."""

    def __init__(self, folder: Path) -> None:
        self.duck = duckdb.connect()
        self.duck.execute("SET TimeZone = 'Asia/Shanghai'")
        for view, columns in VIEWS.items():
            name = view.replace(".", "_")
            typed = ", ".join(f"CAST({column.split()[0]} AS {column.split()[1]}) AS {column.split()[0]}"
                              for column in columns)  # fmt: skip
            self.duck.execute(
                f"CREATE TABLE {name} AS SELECT * REPLACE ({typed}) "
                f"FROM read_csv('{folder / name}.csv', header = true, all_varchar = true, nullstr = '\\N')"
            )
        self.duck.execute(_ENTRIES.format(ledger=folder / "ledger.ndjson"))
        self.duck.execute(_BASES)
        self.duck.execute("CREATE VIEW of_enterprises AS SELECT * FROM source WHERE kind = 'enterprise'")
        self.duck.execute(_SPLIT.format(parts="from_enterprises", bases="of_enterprises"))
        self.duck.execute("""
            CREATE VIEW of_cooperatives AS SELECT subject_id, sale_day, category, basis, sum(base) AS base FROM (
                SELECT subject_id, sale_day, category, basis, base FROM source WHERE kind = 'cooperative'
                UNION ALL
                SELECT member_id, sale_day, category, basis, fen FROM from_enterprises
                WHERE member_kind = 'cooperative'
            ) AS part GROUP BY ALL
        """)
        self.duck.execute(_SPLIT.format(parts="from_cooperatives", bases="of_cooperatives"))
        self.duck.execute(_HOUSEHOLDS)
        self.duck.execute(_UPLIFT)

    def ask(self, periods: Sequence[tuple[str, str, str, bool]]) -> None:
        """Which periods: label, first day, the day after the last, and whether it is a calendar year."""
        self.duck.execute("CREATE TABLE period (label TEXT, first DATE, past DATE, is_year BOOLEAN)")
        self.duck.executemany("INSERT INTO period VALUES (?, ?, ?, ?)", [list(period) for period in periods])
        self.duck.execute(_REACH)

    def place_in_units(self) -> None:
        """Which reporting unit each division belongs to: the one of most of its villages."""
        self.duck.execute("""
            CREATE TABLE unit_of AS SELECT code, arg_max(unit, (villages, -ascii(unit))) AS unit FROM (
                SELECT rpad(left(village, digits), 12, '0') AS code, unit, count(*) AS villages
                FROM codes_report_unit_villages CROSS JOIN (VALUES (4), (6), (9), (12)) AS tree (digits)
                WHERE superseded_in IS NULL GROUP BY ALL
            ) AS counted GROUP BY code
        """)

    def figures(self, measures: str, rows: str, key: str) -> dict[tuple[str, str], dict[str, int]]:
        """Measures over rows of periods, by label and key."""
        found = self.duck.execute(f"SELECT label, {key} AS key, {measures} FROM {rows} GROUP BY ALL")
        names = [column[0] for column in found.description][2:]
        return {
            (label, key): {name: int(value or 0) for name, value in zip(names, values, strict=True)}
            for label, key, *values in found.fetchall()
        }
