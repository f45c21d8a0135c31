"""The background work on rosters: one at a time in all processes, resumed wherever a process ended."""

from services.codes.privacy import PersonKeys
from services.codes.queries import rosters
from services.codes.service.roster_commit import RosterCommit
from services.codes.service.roster_findings import Roster
from services.codes.service.roster_validation import RosterValidation
from services.kit.database import Database


async def work_on_rosters(database: Database, keys: PersonKeys) -> int:
    """Validate, or commit, the first roster that waits for it; answers how many were worked on (0 or 1)."""
    async with database.transaction() as connection:
        if await rosters.waiting_roster(connection) is None:
            return 0
    async with rosters.only_worker(database) as taken:
        if not taken:
            return 0
        async with database.transaction() as connection:
            row = await rosters.waiting_roster(connection)
        if row is None:
            return 0
        roster = Roster.of(row)
        if roster.stage == "validating":
            await RosterValidation(database, keys, roster).run()
        else:
            await RosterCommit(database, keys, roster).run()
    return 1
