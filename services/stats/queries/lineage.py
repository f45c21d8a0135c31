"""Households that came out of others, or whom others joined: their income began when that of the first of them did."""


def first_incomes(succession: str) -> str:
    """From ``reached(subject_id, first_month)``, the months of the first income of each household itself, those by
    which baselines are chosen; ``succession`` selects who came out of whom, as it is known.
    """
    return f"""
    WITH RECURSIVE succession AS ({succession}), lineage AS (
        SELECT successor_id AS subject_id, predecessor_id AS ancestor_id FROM succession
        UNION
        SELECT lineage.subject_id, earlier.predecessor_id
        FROM lineage JOIN succession AS earlier ON earlier.successor_id = lineage.ancestor_id
    )
    SELECT subject_id, min(first_month) AS first_month FROM (
        SELECT subject_id, first_month FROM reached
        UNION ALL
        SELECT lineage.subject_id, reached.first_month FROM lineage JOIN reached
            ON reached.subject_id = lineage.ancestor_id
    ) AS begun
    GROUP BY subject_id
    """
