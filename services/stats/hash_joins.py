"""Rows of statements that join or add up whole sets: the planner takes the one row of a question for one household, and
would go through all baselines again for each; and it would keep what it hashes on disk.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import TextClause, text

from services.stats.together import Reads, Together

_HASH_JOINS = text("""
WITH known AS MATERIALIZED (
    SELECT current_setting('enable_nestloop') AS loops, current_setting('work_mem') AS memory
)
SELECT loops, memory, set_config('enable_nestloop', 'off', TRUE), set_config('work_mem', '64MB', TRUE) FROM known
""")
_AS_BEFORE = text("SELECT set_config('enable_nestloop', :loops, TRUE), set_config('work_mem', :memory, TRUE)")
"""Whoever asks may have switched loops off for all of his transaction: what was found is what is left behind."""


async def joined_rows(connection: Reads, statement: TextClause, parameters: Mapping[str, Any]) -> list[Any]:
    """The rows, joined by hashing; what follows in the transaction is planned as before. Where there is nothing to hash
    (days between two bounds) the planner still uses the index.
    """
    if isinstance(connection, Together):
        return list(await connection.read_alone(statement, parameters, joined_rows))
    before = (await connection.execute(_HASH_JOINS)).one()
    rows = list((await connection.execute(statement, parameters)).all())
    await connection.execute(_AS_BEFORE, {"loops": before.loops, "memory": before.memory})
    return rows
