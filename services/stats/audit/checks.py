"""Draws every audit again, from its seed and the incomes at its positions, and holds it against what was kept."""

from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.verify import MAX_DIFFERENCES, Check
from services.stats.as_of import as_of_position
from services.stats.audit.reading import quarter_of, read_frame
from services.stats.audit.sample import IncomeLine, Stratum, draw
from services.stats.queries import audits as queries
from services.stats.question import Region


async def check_audits(connection: AsyncConnection) -> Check:
    """Digest of the frame, strata and lines drawn of each audit."""
    differences = []
    audits = (await connection.execute(queries.EVERY_AUDIT)).all()
    for audit in audits:
        as_of = await as_of_position(connection, audit.position, audit.codes_position)
        county = Region(audit.county, "", "county")
        frame = await read_frame(connection, county, quarter_of(audit.quarter), as_of)
        again = draw(frame, audit.size, audit.seed)
        asked = {"audits": [audit.audit], "moment": None}
        strata = {
            Stratum(row.basis, row.lines, row.amount_fen, row.drawn)
            for row in (await connection.execute(queries.STRATA, {"audits": [audit.audit]})).all()
        }
        lines = [
            IncomeLine(row.household_id, row.month, row.basis, row.amount_fen)
            for row in (await connection.execute(queries.LINES, asked)).all()
        ]
        kept = {"frame": bytes(audit.frame_digest) == again.frame_digest, "strata": strata == set(again.strata),
                "lines": lines == list(again.lines)}  # fmt: skip
        if not all(kept.values()):
            differences.append({"audit": audit.audit, **kept})
    return Check("stats.audits = drawn again", len(audits), differences[:MAX_DIFFERENCES])
