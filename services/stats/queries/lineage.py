"""Households that came out of others, or whom others joined: their income began when that of the first of them did."""

FIRST_INCOMES = """
    WITH RECURSIVE lineage AS (
        SELECT successor_id AS subject_id, predecessor_id AS ancestor_id
        FROM codes.successions WHERE superseded_in IS NULL
        UNION
        SELECT lineage.subject_id, earlier.predecessor_id
        FROM lineage JOIN codes.successions AS earlier
          ON earlier.successor_id = lineage.ancestor_id AND earlier.superseded_in IS NULL
    )
    SELECT subject_id, min(first_month) AS first_month FROM (
        SELECT subject_id, first_month FROM reached
        UNION ALL
        SELECT lineage.subject_id, reached.first_month FROM lineage JOIN reached
            ON reached.subject_id = lineage.ancestor_id
    ) AS begun
    GROUP BY subject_id
"""
"""From ``reached(subject_id, first_month)``, the months of the first income of each household itself, those by which
baselines are chosen."""
