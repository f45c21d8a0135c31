"""How a window of codes' feed enters the cube: where households live, position by position."""

from sqlalchemy import text

FOLD_HOMES = text("""
WITH entered AS MATERIALIZED (
    -- A batch that replaces a version writes another of the same household, so these are of all that changed.
    SELECT position, subject_id, valid_from, superseded_in, region, persons, status
    FROM codes.feed JOIN codes.households ON households.recorded_in = feed.batch_id
    WHERE position > :after AND position <= :upto
), changed AS (
    SELECT DISTINCT subject_id, position FROM entered
), asked AS (
    SELECT subject_id, position, lead(position) OVER (PARTITION BY subject_id ORDER BY position) AS next_position
    FROM changed
), known AS MATERIALIZED (
    SELECT home.*, first.position
    FROM (SELECT subject_id, min(position) AS position FROM changed GROUP BY subject_id) AS first
    CROSS JOIN LATERAL (
        SELECT ctid, subject_id FROM stats.homes
        WHERE homes.subject_id = first.subject_id AND known_to IS NULL OFFSET 0
    ) AS home
), replaced AS (
    UPDATE stats.homes AS home SET known_to = known.position FROM known WHERE home.ctid = known.ctid
), recorded AS (
    SELECT * FROM entered
    UNION ALL
    -- Who has no home yet has no older version.
    SELECT feed.position, version.subject_id, version.valid_from, version.superseded_in, version.region,
           version.persons, version.status
    FROM (SELECT DISTINCT subject_id FROM known) AS household
    CROSS JOIN LATERAL (SELECT * FROM codes.households WHERE subject_id = household.subject_id OFFSET 0) AS version
    JOIN codes.feed ON feed.batch_id = version.recorded_in
    WHERE feed.position <= :after
), version AS (
    SELECT DISTINCT ON (asked.subject_id, asked.position, valid_from)
        asked.subject_id, asked.position, next_position, valid_from, region, persons, status
    FROM asked JOIN recorded ON recorded.subject_id = asked.subject_id AND recorded.position <= asked.position
    LEFT JOIN codes.feed AS superseded ON superseded.batch_id = recorded.superseded_in
    WHERE coalesce(superseded.position, asked.position + 1) > asked.position
    ORDER BY asked.subject_id, asked.position, valid_from, recorded.position DESC
)
INSERT INTO stats.homes (subject_id, known_from, valid_from, valid_to, known_to, region, persons, status)
SELECT subject_id, position, CASE WHEN row_number() OVER versions = 1 THEN '-infinity' ELSE valid_from END,
       coalesce(lead(valid_from) OVER versions, 'infinity'), next_position, region, persons, status
FROM version
WINDOW versions AS (PARTITION BY subject_id, position ORDER BY valid_from)
""")
"""A household's homes as they were known from each position on: from its first version on any day has one.

OFFSET 0 has households looked up by index, whatever the planner believes of tables that a roster is filling."""
