"""What cooperatives and enterprises sell."""

from sqlalchemy import text

GROUP = text("""
SELECT subject_id, kind FROM codes.directory
WHERE code = :code AND superseded_in IS NULL AND state = 'in_force'
  AND valid_from <= :moment AND (valid_to IS NULL OR :moment < valid_to)
""")
"""Whose code it is, if it is in force."""

GOODS = text("""
SELECT day.category, name.name, name.name_en, min(day.sale_day) AS first_day, max(day.sale_day) AS last_day
FROM stats.source_days AS day LEFT JOIN sales.product_categories AS name USING (category)
WHERE day.subject_id = :subject AND day.net_fen > 0
GROUP BY day.category, name.name, name.name_en
HAVING max(day.sale_day) >= :since
ORDER BY min(day.sale_day), day.category
""")
"""The categories that a subject sold under its own code lately, and since when it sells them. No amounts."""
