"""The households that a region's income is of, one by one, as they were at a position; see ``as_of.py``."""

from sqlalchemy import text

_DAYS = """
    SELECT subject_id, sale_day, contract_fen, imputed_fen, paid_fen FROM stats.household_days
    WHERE block <= :block AND sale_day >= :first AND sale_day < :past
    UNION ALL
    SELECT subject_id, sale_day, contract_fen, imputed_fen, paid_fen FROM unnest(
        CAST(:moved_subjects AS bigint[]), CAST(:moved_days AS date[]), CAST(:moved_contract_fen AS bigint[]),
        CAST(:moved_imputed_fen AS bigint[]), CAST(:moved_paid_fen AS bigint[])
    ) AS moved (subject_id, sale_day, contract_fen, imputed_fen, paid_fen)
    WHERE sale_day >= :first AND sale_day < :past
"""

_BY_BASIS = """
    CAST(sum(contract_fen) AS bigint) AS contract_fen, CAST(sum(imputed_fen) AS bigint) AS imputed_fen,
    CAST(sum(paid_fen) AS bigint) AS paid_fen
"""

INCOMES_OF_HOUSEHOLDS_THEN = text(f"""
SELECT income.subject_id, contract_fen, imputed_fen, paid_fen
FROM (
    SELECT subject_id, {_BY_BASIS} FROM ({_DAYS}) AS day WHERE subject_id > :after
    GROUP BY subject_id HAVING sum(contract_fen + imputed_fen + paid_fen) > 0
) AS income
JOIN stats.homes AS home
  ON home.subject_id = income.subject_id AND home.valid_from < :past AND home.valid_to >= :past
 AND home.known_from <= :registry_position
 AND coalesce(home.known_to, :registry_position + 1) > :registry_position
WHERE home.region BETWEEN :lowest AND :highest
  AND (CAST(:places AS text[]) IS NULL OR home.region = ANY(CAST(:places AS text[])))
ORDER BY income.subject_id LIMIT :limit
""")
"""A page of the households that lived there on the last day of the period, with the income of it."""

INCOME_BY_MONTH_THEN = text(f"""
SELECT to_char(sale_day, 'YYYY-MM') AS label, subject_id, {_BY_BASIS}
FROM ({_DAYS}) AS day WHERE subject_id = ANY(CAST(:subjects AS bigint[]))
GROUP BY label, subject_id
HAVING (sum(contract_fen), sum(imputed_fen), sum(paid_fen)) <> (0, 0, 0)
ORDER BY subject_id, label
""")
"""What some of them have of each month of the period."""
