"""Load the divisions, their tags and the reporting units that come with the package, once."""

from datetime import date
from itertools import groupby

from services.codes.divisions import Division, read_divisions
from services.codes.queries import batches, region_tags, regions
from services.codes.region_tags import read_region_tags
from services.codes.reporting_units import ReportingUnit, assign_villages, read_reporting_units
from services.kit.database import Database

ALWAYS = date(1949, 10, 1)
"""First day of what the package gives no date for."""


async def load_divisions(database: Database) -> bool:
    """Load divisions and reporting units and their tags in one batch, if there are none yet; answers whether it did.

    Processes that start at the same time wait for each other; one of them loads.
    """
    async with database.transaction() as connection:
        loaded = await regions.lock_and_ask_if_loaded(connection)
        # Asked for by themselves: a database of before there were these tags has the divisions already.
        there = await region_tags.tags_there(connection)
        lacking = [tag for tag in read_region_tags() if tag.tag not in there]
        if loaded and not lacking:
            return False
        batch_id = await batches.open_batch(connection, actor="system", operation="load_divisions")
        if lacking:
            await region_tags.insert_tags(connection, batch_id, lacking)
        if loaded:
            return False
        divisions = read_divisions()
        units = read_reporting_units()
        await regions.insert_divisions(connection, batch_id, divisions, valid_from=ALWAYS)
        await regions.insert_reporting_units(connection, batch_id, units, dated_memberships(units, divisions))
    return True


def dated_memberships(
    units: tuple[ReportingUnit, ...], divisions: tuple[Division, ...]
) -> list[tuple[str, str, date, date | None]]:
    """Which unit each village belongs to and when: (village, unit, first day, first day no longer or None).

    A unit that begins later takes its villages out of those that were there before.
    """
    begins = sorted({unit.valid_from or ALWAYS for unit in units})
    assigned = {
        day: assign_villages([unit for unit in units if (unit.valid_from or ALWAYS) <= day], divisions)
        for day in begins
    }
    memberships = []
    for village in assigned[begins[0]]:
        runs = [next(run) for _, run in groupby(begins, key=lambda day: assigned[day][village])]
        for first, following in zip(runs, [*runs[1:], None], strict=True):
            memberships.append((village, assigned[first][village], first, following))
    return memberships
