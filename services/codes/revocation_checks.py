"""What ``onecode verify`` recomputes of the list of revocations: from the directory, made for other readers.

The list reads the states of codes as they were recorded, the directory is what orders are judged by: a station without
a network and the ledger must not think differently of a code.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.codes.divisions import GUIZHOU
from services.codes.queries.revocations import changed_codes, positions
from services.codes.territory import tree_of
from services.kit.verify import MAX_DIFFERENCES, Check

# What waits for the seal is in the directory at once and in the list later.
_BY_DIRECTORY = text("""
    SELECT entry.code, entry.state FROM codes.directory_entries AS entry
    WHERE entry.superseded_in IS NULL AND entry.state <> 'in_force' AND entry.valid_from <= :moment
        AND (entry.valid_to IS NULL OR :moment < entry.valid_to)
    """)

_UNSEALED = text("""
    SELECT code FROM codes.code_states AS state
    WHERE NOT EXISTS (SELECT FROM codes.sealed WHERE sealed.batch_id = state.recorded_in)
        OR (state.superseded_in IS NOT NULL
            AND NOT EXISTS (SELECT FROM codes.sealed WHERE sealed.batch_id = state.superseded_in))
    """)


async def check_revocations(connection: AsyncConnection, moment: datetime) -> Check:
    """The whole list of the province at a moment, against the directory."""
    upto, beginning = await positions(connection, 0)
    listed = await changed_codes(connection, tree_of(GUIZHOU), since=0, since_at=beginning, upto=upto, moment=moment)
    by_list = dict(listed)
    by_directory = {row.code: row.state for row in await connection.execute(_BY_DIRECTORY, {"moment": moment})}
    waiting = set((await connection.execute(_UNSEALED)).scalars())
    wrong: list[dict[str, Any]] = [
        {"code": code, "listed": by_list.get(code), "directory": by_directory.get(code)}
        for code in sorted(by_list.keys() | by_directory.keys())
        if code not in waiting and by_list.get(code) != by_directory.get(code)
    ]
    return Check("停用清单等于目录 / list of revocations = directory", len(by_list), wrong[:MAX_DIFFERENCES])
