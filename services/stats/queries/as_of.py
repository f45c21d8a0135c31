"""Which positions belong to a moment, and how far the cube has come."""

from sqlalchemy import text


def _position_at(schema: str) -> str:
    """The last position that was sealed by ``:moment``; positions are gapless and grow with time: halve and halve."""
    return f"""(
        WITH RECURSIVE search AS (
            SELECT CAST(0 AS bigint) AS low, coalesce((SELECT max(position) FROM {schema}.feed), 0) AS high
            UNION ALL
            SELECT CASE WHEN probe.sealed_at <= :moment THEN probe.position ELSE low END,
                   CASE WHEN probe.sealed_at <= :moment THEN high ELSE probe.position - 1 END
            FROM search JOIN {schema}.feed AS probe ON probe.position = (search.low + search.high + 1) / 2
            WHERE search.low < search.high
        )
        SELECT low FROM search WHERE low = high
    )"""


POSITIONS_AT = text(f"""
SELECT {_position_at("sales")} AS position, {_position_at("codes")} AS registry_position
""")

CURSORS = text("""
SELECT coalesce((SELECT position FROM stats.cursors WHERE consumer = 'cube'), 0) AS position,
       coalesce((SELECT position FROM stats.cursors WHERE consumer = 'registry'), 0) AS registry_position
""")
