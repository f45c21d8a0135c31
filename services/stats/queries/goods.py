"""What cooperatives and enterprises sell."""

from sqlalchemy import text

GROUP = text("""
SELECT subject_id, kind FROM codes.directory
WHERE code = :code AND superseded_in IS NULL AND state = 'in_force'
  AND valid_from <= :moment AND (valid_to IS NULL OR :moment < valid_to)
""")
"""Whose code it is, if it is in force."""

GOODS = text("""
SELECT sold.category, name.name, name.name_en, sold.first_day
FROM (
    SELECT category, min(sale_day) AS first_day, max(sale_day) AS last_day, max(max(sale_day)) OVER () AS newest
    FROM stats.source_days WHERE subject_id = :subject AND net_fen > 0 GROUP BY category
) AS sold
LEFT JOIN sales.product_categories AS name USING (category)
WHERE sold.last_day > sold.newest - CAST(:days AS integer)
ORDER BY sold.first_day, sold.category
""")
"""The categories that a subject sold under its own code in the days before its newest sale; no amounts."""
