"""Whether what is stored about which figures of releases may be shown keeps the promises that can be seen in it, by SQL
over the frozen rows: another path than the one it was decided by.
"""

from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.verify import MAX_DIFFERENCES, Check
from services.stats.queries import protection as queries


async def check_shown(connection: AsyncConnection) -> list[Check]:
    """No shown sum tells the one part of it that is hidden; and no part of a table is shown where the whole is not."""
    asked = {"limit": MAX_DIFFERENCES}
    lone = (await connection.execute(queries.TOLD_BY_SUBTRACTION, asked)).mappings()
    beyond = (await connection.execute(queries.SHOWN_BEYOND, asked)).mappings()
    checked = int(await connection.scalar(queries.COUNT_SHOWN) or 0)
    return [
        Check("stats.shown_divisions tell no figure by subtraction", checked, [dict(row) for row in lone]),
        Check("stats.shown_divisions within the tables they divide", checked, [dict(row) for row in beyond]),
    ]
