"""How a window of codes' feed enters the cube: where households live, position by position."""

from sqlalchemy import text

FOLD_HOMES = text("""
WITH changed AS (
    -- A batch that replaces a version writes another of the same household, so these are all that changed.
    SELECT DISTINCT subject_id, position
    FROM codes.feed JOIN codes.households ON households.recorded_in = feed.batch_id
    WHERE position > :after AND position <= :upto
), asked AS (
    SELECT subject_id, position, lead(position) OVER (PARTITION BY subject_id ORDER BY position) AS next_position
    FROM changed
), replaced AS (
    UPDATE stats.homes AS home SET known_to = first.position
    FROM (SELECT subject_id, min(position) AS position FROM changed GROUP BY subject_id) AS first
    WHERE home.subject_id = first.subject_id AND home.known_to IS NULL
)
INSERT INTO stats.homes (subject_id, known_from, valid_from, valid_to, known_to, region, persons, status)
SELECT subject_id, position, CASE WHEN row_number() OVER versions = 1 THEN '-infinity' ELSE valid_from END,
       coalesce(lead(valid_from) OVER versions, 'infinity'), next_position, region, persons, status
FROM asked CROSS JOIN LATERAL (
    SELECT DISTINCT ON (version.valid_from) version.valid_from, version.region, version.persons, version.status
    FROM codes.households AS version
    JOIN codes.feed AS recorded ON recorded.batch_id = version.recorded_in
    LEFT JOIN codes.feed AS superseded ON superseded.batch_id = version.superseded_in
    WHERE version.subject_id = asked.subject_id AND recorded.position <= asked.position
      AND coalesce(superseded.position, asked.position + 1) > asked.position
    ORDER BY version.valid_from, recorded.position DESC
) AS version
WINDOW versions AS (PARTITION BY subject_id, position ORDER BY valid_from)
""")
"""A household's homes as they were known from each position on: from its first version on any day has one."""
