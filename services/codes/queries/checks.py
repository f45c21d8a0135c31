"""What is registered of subjects over time, recomputed: each query answers what differs, nothing when all is well."""

from sqlalchemy import text

COUNT_VERSIONS = text("SELECT count(*) FROM codes.subject_versions WHERE superseded_in IS NULL")
COUNT_SUCCESSIONS = text("SELECT count(*) FROM codes.succession_records")
COUNT_INCOMES = text("SELECT count(*) FROM codes.income_records WHERE superseded_in IS NULL")
COUNT_TAGS = text("SELECT count(*) FROM codes.region_tags WHERE superseded_in IS NULL")
COUNT_REPLACEMENTS = text("SELECT count(*) FROM codes.code_replacements")

VERSIONS_NOT_SIDE_BY_SIDE = text("""
    SELECT subject_id, valid_from, valid_to, following FROM (
        SELECT v.subject_id, v.valid_from, v.valid_to,
               lead(v.valid_from) OVER (PARTITION BY v.subject_id ORDER BY v.valid_from) AS following,
               merged.on_day AS ends
        FROM codes.subject_versions v
        LEFT JOIN codes.succession_records merged
            ON merged.predecessor_id = v.subject_id AND merged.kind = 'merge' AND merged.superseded_in IS NULL
        WHERE v.superseded_in IS NULL
    ) AS versions
    WHERE valid_to IS DISTINCT FROM coalesce(following, ends) LIMIT :limit
    """)
"""The versions of a subject lie side by side; the last is open, or ends on the day on which it joined another."""

PERSONS_NOT_CONSERVED = text("""
    WITH before AS (
        SELECT o.batch_id, sum(v.persons) AS persons
        FROM codes.operations o JOIN codes.subject_versions v
            ON v.subject_id = o.subject_id AND v.superseded_in = o.batch_id
            AND v.valid_from <= o.on_day AND (v.valid_to IS NULL OR o.on_day < v.valid_to)
        WHERE o.operation IN ('split', 'merge') GROUP BY o.batch_id
    ), after AS (
        SELECT o.batch_id, sum(v.persons) AS persons
        FROM codes.operations o JOIN codes.subject_versions v
            ON v.subject_id = o.subject_id AND v.recorded_in = o.batch_id AND v.valid_from = o.on_day
        WHERE o.operation IN ('split', 'merge') GROUP BY o.batch_id
    ), over AS (
        SELECT recorded_in AS batch_id, kind, sum(persons) AS persons FROM codes.succession_records
        WHERE kind <> 'undone' GROUP BY recorded_in, kind
    )
    SELECT batch_id, over.kind, before.persons AS before, after.persons AS after, over.persons AS went_over
    FROM before FULL JOIN after USING (batch_id) FULL JOIN over USING (batch_id)
    WHERE before.persons IS DISTINCT FROM after.persons OR over.persons IS NULL OR over.persons >= before.persons
    LIMIT :limit
    """)
"""What a division or a joining wrote of a day has as many persons as what it replaced, and some went over."""

LEFT_WITH_WHO_IS_GONE = text("""
    SELECT merged.predecessor_id, 'link' AS what, link.link_id::text AS which
    FROM codes.succession_records merged JOIN codes.links link
        ON link.member_id = merged.predecessor_id AND link.superseded_in IS NULL
        AND (link.valid_to IS NULL OR link.valid_to > merged.on_day)
    WHERE merged.kind IN ('merge', 'undone') AND merged.superseded_in IS NULL
    UNION ALL
    SELECT merged.predecessor_id, 'code', entry.code
    FROM codes.succession_records merged JOIN codes.directory_entries entry
        ON entry.subject_id = merged.predecessor_id AND entry.superseded_in IS NULL
        AND coalesce(entry.valid_to, 'infinity') > merged.on_day::timestamp AT TIME ZONE 'Asia/Shanghai'
    WHERE merged.kind IN ('merge', 'undone') AND merged.superseded_in IS NULL
    UNION ALL
    SELECT merged.predecessor_id, 'number', NULL
    FROM codes.succession_records merged JOIN codes.identities number ON number.subject_id = merged.predecessor_id
    LEFT JOIN codes.identity_transfers moved
        ON moved.identity_index = number.identity_index AND moved.superseded_in IS NULL
    WHERE merged.kind IN ('merge', 'undone') AND merged.superseded_in IS NULL
        AND coalesce(moved.subject_id, number.subject_id) = merged.predecessor_id
    LIMIT :limit
    """)
"""Nothing leads to a household any more from the day on which it joined another."""

OVERLAPPING_INCOMES = text("""
    SELECT one.subject_id, one.year, one.valid_from, other.valid_from AS overlaps
    FROM codes.income_records one JOIN codes.income_records other
        ON other.subject_id = one.subject_id AND other.year = one.year AND other.valid_from > one.valid_from
        AND other.superseded_in IS NULL AND (one.valid_to IS NULL OR other.valid_from < one.valid_to)
    WHERE one.superseded_in IS NULL LIMIT :limit
    """)
"""A household reckons with one income of a year at a time."""

OVERLAPPING_TAGS = text("""
    SELECT one.code, one.tag, one.valid_from, other.valid_from AS overlaps
    FROM codes.region_tags one JOIN codes.region_tags other
        ON other.code = one.code AND other.tag = one.tag AND other.valid_from > one.valid_from
        AND other.superseded_in IS NULL AND (one.valid_to IS NULL OR other.valid_from < one.valid_to)
    WHERE one.superseded_in IS NULL LIMIT :limit
    """)
"""A division is listed as a thing once at a time."""

WRONG_REPLACEMENTS = text("""
    WITH RECURSIVE chain AS (
        SELECT code AS first, code, replaced_by, 1 AS steps FROM codes.code_replacements
        UNION ALL
        SELECT chain.first, next.code, next.replaced_by, chain.steps + 1
        FROM chain JOIN codes.code_replacements next ON next.code = chain.replaced_by
        WHERE chain.steps < 1000 AND chain.replaced_by <> chain.first
    )
    SELECT replacement.code, replacement.replaced_by, 'another subject' AS finding
    FROM codes.code_replacements replacement
    LEFT JOIN codes.codes old ON old.code = replacement.code
    LEFT JOIN codes.codes new ON new.code = replacement.replaced_by
    WHERE old.subject_id IS DISTINCT FROM new.subject_id OR new.subject_id IS NULL
    UNION ALL
    SELECT first, replaced_by, 'in a circle' FROM chain WHERE replaced_by = first
    UNION ALL
    SELECT replacement.code, replacement.replaced_by, 'not revoked'
    FROM codes.code_replacements replacement WHERE NOT EXISTS (
        SELECT FROM codes.code_states state WHERE state.code = replacement.code AND state.state = 'revoked'
            AND state.superseded_in IS NULL AND state.valid_from <= replacement.compromised_at
            AND state.valid_to IS NULL
    )
    LIMIT :limit
    """)
"""A replaced code is revoked for good, its successor is the same subject's, and no chain of them closes."""
