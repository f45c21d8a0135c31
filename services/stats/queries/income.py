"""How a window's income entries enter the cube: what is read before dividing, and how the results are stored.

The arithmetic in between is ``settlement.py``; every statement here takes or gives whole sets.
"""

from sqlalchemy import text

INCOME_CHANGES = text("""
SELECT subject_id, sale_day, category, coalesce(basis, 'unknown') AS basis,
       min(kind) AS kind, (array_agg(region ORDER BY feed.position DESC, entry_no DESC))[1] AS region,
       CAST(sum(net_fen) AS bigint) AS net_fen, CAST(sum(base_fen) AS bigint) AS base_fen,
       max(list_position) AS list_position
FROM sales.feed JOIN sales.incomes USING (batch_id)
WHERE feed.position > :after AND feed.position <= :upto
GROUP BY subject_id, sale_day, category, coalesce(basis, 'unknown')
""")
"""The window's income entries, summed by what is divided together; the newest member list wins."""

SOURCE_DAYS = text("""
SELECT subject_id, sale_day, category, basis, kind, region, net_fen, base_fen, list_position
FROM unnest(CAST(:subjects AS bigint[]), CAST(:days AS date[]), CAST(:categories AS text[]))
    AS asked (subject_id, sale_day, category)
JOIN stats.source_days USING (subject_id, sale_day, category)
""")
"""What is stored of some (subject, day, category)."""

RECEIVED_DAYS = text("""
SELECT subject_id, sale_day, category, basis, giver_id, received_fen, list_position
FROM unnest(CAST(:subjects AS bigint[]), CAST(:days AS date[]), CAST(:categories AS text[]))
    AS asked (subject_id, sale_day, category)
JOIN stats.received_days USING (subject_id, sale_day, category)
""")
"""What some (cooperative, day, category) have from enterprises."""

LINKS = text("""
SELECT link.group_id, link.member_id, link.member_kind, link.weight, link.valid_from, link.valid_to,
       recorded.position AS known_from, superseded.position AS known_to
FROM codes.memberships AS link
JOIN codes.feed AS recorded ON recorded.batch_id = link.recorded_in
LEFT JOIN codes.feed AS superseded ON superseded.batch_id = link.superseded_in
WHERE link.group_id = ANY(CAST(:groups AS bigint[]))
""")
"""All links of some groups, as they were ever known: a list is read for a day and a position."""

TERMS = text("""
SELECT term.subject_id AS group_id, term.members_bp, term.region, term.valid_from, term.valid_to,
       recorded.position AS known_from, superseded.position AS known_to
FROM codes.group_terms AS term
JOIN codes.feed AS recorded ON recorded.batch_id = term.recorded_in
LEFT JOIN codes.feed AS superseded ON superseded.batch_id = term.superseded_in
WHERE term.subject_id = ANY(CAST(:groups AS bigint[]))
""")
"""The part for members and the seat of some groups, as they were ever known."""

STORE_SOURCE_DAYS = text("""
INSERT INTO stats.source_days AS known (
    subject_id, sale_day, category, basis, kind, region, net_fen, base_fen, list_position
)
SELECT * FROM unnest(
    CAST(:subject_id AS bigint[]), CAST(:sale_day AS date[]), CAST(:category AS text[]), CAST(:basis AS text[]),
    CAST(:kind AS text[]), CAST(:region AS text[]), CAST(:net_fen AS bigint[]), CAST(:base_fen AS bigint[]),
    CAST(:list_position AS bigint[])
)
ON CONFLICT (subject_id, sale_day, category, basis) DO UPDATE
SET region = excluded.region, net_fen = excluded.net_fen, base_fen = excluded.base_fen,
    list_position = excluded.list_position
""")

CLEAR_RECEIVED_DAYS = text("""
DELETE FROM stats.received_days AS known
USING unnest(CAST(:subjects AS bigint[]), CAST(:days AS date[]), CAST(:categories AS text[]))
    AS asked (subject_id, sale_day, category)
WHERE known.giver_id = asked.subject_id AND known.sale_day = asked.sale_day AND known.category = asked.category
""")

STORE_RECEIVED_DAYS = text("""
INSERT INTO stats.received_days (subject_id, sale_day, category, basis, giver_id, received_fen, list_position)
SELECT * FROM unnest(
    CAST(:subject_id AS bigint[]), CAST(:sale_day AS date[]), CAST(:category AS text[]), CAST(:basis AS text[]),
    CAST(:giver_id AS bigint[]), CAST(:received_fen AS bigint[]), CAST(:list_position AS bigint[])
)
""")

CLEAR_GROUP_DAYS = text("""
DELETE FROM stats.group_days AS known
USING unnest(CAST(:subjects AS bigint[]), CAST(:days AS date[]), CAST(:categories AS text[]))
    AS asked (subject_id, sale_day, category)
WHERE known.subject_id = asked.subject_id AND known.sale_day = asked.sale_day AND known.category = asked.category
""")

STORE_GROUP_DAYS = text("""
INSERT INTO stats.group_days (
    subject_id, sale_day, category, basis, region, members_fen, kept_fen, list_position
)
SELECT * FROM unnest(
    CAST(:subject_id AS bigint[]), CAST(:sale_day AS date[]), CAST(:category AS text[]), CAST(:basis AS text[]),
    CAST(:region AS text[]), CAST(:members_fen AS bigint[]), CAST(:kept_fen AS bigint[]),
    CAST(:list_position AS bigint[])
)
""")

ADD_TO_DAYS = text("""
INSERT INTO stats.household_days AS known (subject_id, sale_day, block, contract_fen, imputed_fen, paid_fen)
SELECT subject_id, sale_day, open.block, contract_fen, imputed_fen, paid_fen
FROM unnest(
    CAST(:household AS bigint[]), CAST(:day AS date[]), CAST(:contract_fen AS bigint[]),
    CAST(:imputed_fen AS bigint[]), CAST(:paid_fen AS bigint[])
) AS change (subject_id, sale_day, contract_fen, imputed_fen, paid_fen)
CROSS JOIN (SELECT max(block) AS block FROM stats.blocks) AS open
ON CONFLICT (subject_id, sale_day, block) DO UPDATE
SET contract_fen = known.contract_fen + excluded.contract_fen, imputed_fen = known.imputed_fen + excluded.imputed_fen,
    paid_fen = known.paid_fen + excluded.paid_fen
""")
"""What households gained or lost, by day."""

ADD_TO_MONTHS = text("""
INSERT INTO stats.household_months AS known (subject_id, month, contract_fen, imputed_fen, paid_fen)
SELECT * FROM unnest(
    CAST(:household AS bigint[]), CAST(:month AS date[]), CAST(:contract_fen AS bigint[]),
    CAST(:imputed_fen AS bigint[]), CAST(:paid_fen AS bigint[])
)
ON CONFLICT (subject_id, month) DO UPDATE
SET contract_fen = known.contract_fen + excluded.contract_fen, imputed_fen = known.imputed_fen + excluded.imputed_fen,
    paid_fen = known.paid_fen + excluded.paid_fen
""")
"""The same, by month."""

ADD_TO_YEARS = text("""
INSERT INTO stats.household_years AS known (subject_id, year, way, category, contract_fen, imputed_fen, paid_fen)
SELECT * FROM unnest(
    CAST(:household AS bigint[]), CAST(:year AS integer[]), CAST(:way AS text[]), CAST(:category AS text[]),
    CAST(:contract_fen AS bigint[]), CAST(:imputed_fen AS bigint[]), CAST(:paid_fen AS bigint[])
)
ON CONFLICT (subject_id, year, way, category) DO UPDATE
SET contract_fen = known.contract_fen + excluded.contract_fen, imputed_fen = known.imputed_fen + excluded.imputed_fen,
    paid_fen = known.paid_fen + excluded.paid_fen
""")
"""The same gains and losses, by year, way and category."""
