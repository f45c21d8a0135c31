"""Poverty lines that officers recorded."""

from sqlalchemy import text

RECORDED = text("""
SELECT region, year, per_head_fen, standing, source, note, recorded_at FROM stats.poverty_lines
WHERE CAST(:moment AS timestamptz) IS NULL OR recorded_at <= :moment
ORDER BY line_id
""")
"""In the order of recording; as known at ``:moment``, or now."""

RECORD = text("""
INSERT INTO stats.poverty_lines (region, year, per_head_fen, standing, source, note, client_id)
SELECT line.*, :client_id FROM unnest(
    CAST(:regions AS text[]), CAST(:years AS integer[]), CAST(:fen AS bigint[]), CAST(:standings AS text[]),
    CAST(:sources AS text[]), CAST(:notes AS text[])
) AS line
""")
