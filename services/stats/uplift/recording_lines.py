"""The use cases of poverty lines: what holds, and recording another."""

from datetime import datetime

from services.kit.auth import Caller
from services.kit.database import Database
from services.kit.money import format_yuan, parse_yuan
from services.stats.errors import RegionNotAllowed
from services.stats.queries import poverty_lines as queries
from services.stats.schemas.poverty_lines import PovertyLineIn, PovertyLineOut, PovertyLinesOut
from services.stats.together import Reads
from services.stats.uplift.lines import NATIONAL, PovertyLine, lines_in_force


async def read_lines(connection: Reads, moment: datetime | None = None) -> list[PovertyLine]:
    """The lines in force, as known at a moment, or now."""
    rows = (await connection.execute(queries.RECORDED, {"moment": moment})).all()
    return lines_in_force(PovertyLine(*row) for row in rows)


async def list_lines(database: Database, region: str | None, moment: datetime | None) -> PovertyLinesOut:
    """All of them, or those of a province (or ``*``) alone."""
    async with database.snapshot() as connection:
        lines = await read_lines(connection, moment)
    return PovertyLinesOut(lines=[line_out(line) for line in lines if region in (None, line.region)])


async def record_lines(database: Database, caller: Caller, lines: list[PovertyLineIn]) -> PovertyLinesOut:
    """Record lines; answers them. Raises :class:`RegionNotAllowed`: a province's line is its own office's to record,
    the national one may be recorded by whoever sees a whole province.
    """
    for line in lines:
        allowed = (
            any(root.endswith("0000000000") for root in caller.regions)
            if line.region == NATIONAL
            else caller.may_see_region(line.region)
        )
        if not allowed:
            raise RegionNotAllowed(
                "只能登记本省的贫困线;全国线需省级权限 / "
                "Only your own province's line can be recorded; the national one needs a whole province"
            )
    async with database.transaction() as connection:
        parameters = {
            "client_id": caller.client_id,
            "regions": [line.region for line in lines],
            "years": [line.year for line in lines],
            "fen": [parse_yuan(line.per_head) for line in lines],
            "standings": [line.standing for line in lines],
            "sources": [line.source for line in lines],
            "notes": [line.note for line in lines],
        }
        await connection.execute(queries.RECORD, parameters)
        in_force = await read_lines(connection)
    asked = {(line.region, line.year) for line in lines}
    return PovertyLinesOut(lines=[line_out(line) for line in in_force if (line.region, line.year) in asked])


def line_out(line: PovertyLine) -> PovertyLineOut:
    """A line on the wire."""
    return PovertyLineOut(
        region=line.region,
        year=line.year,
        per_head=format_yuan(line.per_head_fen),
        standing=line.standing,
        source=line.source,
        note=line.note,
        recorded_at=line.recorded_at,
        status=line.status,
    )
