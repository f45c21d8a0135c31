"""A roster of households, read from its CSV file, validated, encrypted, deduplicated and coded, against COPY.

The file goes in at ``POST /v1/rosters``, and the clock runs until ``GET`` says that it is committed: upload,
validation, preview and commit, through the gateway, as ``onecode roster import`` does it. The yardstick copies the same
rows, twelve columns with the number in the register as key, into one bare table, a thousand a transaction.
"""

import asyncio
import time
from collections.abc import Sequence
from typing import Any

import asyncpg
import httpx

from benchmarks.house import Ground, House, house, make_yardstick_database
from benchmarks.roster_file import AS_OF, COLUMNS, RosterFile
from benchmarks.roster_file import Row as Household
from benchmarks.rounds import Figures, Options, Row, Unit
from services.cli.roster import pause_after

ROWS_A_TRANSACTION = 1_000
MOST_ROUNDS = 3
PATIENCE_SECONDS = 1_800
MAKE = (
    "CREATE TABLE bare_roster (county text, township text, village text, external_id text PRIMARY KEY, name text, "
    "id_card text, phone text, persons integer, income text, year integer, status text, cause text)"
)
PROVINCE = "520000000000"


async def measure(ground: Ground, options: Options) -> list[Row]:
    """The one row."""
    households = options.size(1_000, 100_000, 100_000)
    roster = RosterFile.generate(households)
    content = roster.csv()
    ours, theirs = [], []
    for _ in range(options.size(1, min(options.rounds, MOST_ROUNDS))):
        with ground.copy() as data, house(data) as server:
            theirs.append(await _copy(server, roster.rows))
            ours.append(await asyncio.to_thread(_import, server, content, households))
    work = f"a roster of {households:,} households: read, validated, encrypted, deduplicated, coded"
    yardstick = "COPY into a bare keyed table"
    return [Row(work, yardstick, Unit.LINES, Figures(tuple(ours)), Figures(tuple(theirs)), 0.08)]


async def _copy(server: House, rows: Sequence[Household]) -> float:
    connection = await asyncpg.connect(await make_yardstick_database(server))
    try:
        await connection.execute(MAKE)
        began = time.perf_counter()
        for first in range(0, len(rows), ROWS_A_TRANSACTION):
            async with connection.transaction():
                await connection.copy_records_to_table(
                    "bare_roster", records=rows[first : first + ROWS_A_TRANSACTION], columns=COLUMNS
                )
        return len(rows) / (time.perf_counter() - began)
    finally:
        await connection.close()


def _import(server: House, content: bytes, households: int) -> float:
    terms = {"kind": "household", "region": PROVINCE, "as_of": AS_OF.isoformat(), "mode": "delta"}
    with server.client("officer") as api:
        began = time.perf_counter()
        roster_id = api.post("/v1/rosters", params=terms, content=content).raise_for_status().json()["roster_id"]
        previewed = _wait(api, roster_id, "previewed")
        if previewed["counts"]["new"] != households:
            raise RuntimeError(f"not all rows are new: {previewed['counts']}")
        api.post(f"/v1/rosters/{roster_id}/commit").raise_for_status()
        committed = _wait(api, roster_id, "committed")
        seconds = time.perf_counter() - began
    if committed["committed"] != households:
        raise RuntimeError(f"not all rows are committed: {committed}")
    return households / seconds


def _wait(api: httpx.Client, roster_id: str, stage: str) -> dict[str, Any]:
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < give_up_at:
        began = time.monotonic()
        state: dict[str, Any] = api.get(f"/v1/rosters/{roster_id}").raise_for_status().json()
        if state["stage"] == stage:
            return state
        time.sleep(pause_after(time.monotonic() - began))
    raise TimeoutError(f"the roster is not {stage}")
