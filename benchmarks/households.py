"""More households in a province that has been filled already, each with a sale of its own.

They are written as the registry and the ledger would write them, and the consumers take them like any others.
"""

import asyncio

import asyncpg

from benchmarks.backlog import LAST_POSITION, LOOK_SECONDS, PATIENCE_SECONDS, wait_until_drained
from benchmarks.province import PLATFORM

FIRST_BATCH = 1_000_000
"""Batches of lines that a statement makes are numbered from here on."""
LINES_A_BATCH = 5_000
"""As many as a request may have: the cube takes a window of so many batches at a time, and each window costs."""
SALES_A_TRANSACTION = 250_000
PLANNED_EACH_TIME = """
SET enable_nestloop = off;
SET plan_cache_mode = force_custom_plan
"""
"""The planner takes computed places for few rows and would walk all subjects for each line; from the sixth execution on
it would plan for any number of lines, and join them all with all subjects.
"""
ENTRIES_A_SECOND = 1_000
"""So slow a machine that others use may be before a night's run is given up, beyond half an hour."""

RECORD_DRAWN = f"""batches AS (
    INSERT INTO sales.batches (batch_id, platform, channel, kind, client_id)
    SELECT $4::bigint + n / {LINES_A_BATCH}, $3, 'api', 'orders', 'benchmark' FROM drawn GROUP BY n / {LINES_A_BATCH}
    RETURNING batch_id
), announced AS (
    INSERT INTO sales.unsealed (batch_id) SELECT batch_id FROM batches
)
INSERT INTO sales.ledger_entries (batch_id, order_no, platform, line_no, entry_no, cause, measure, amount_fen,
                                  subject_id, kind, region, category, sale_day, event_day, reference)"""
"""Of lines that were ``drawn`` with a number ``n``: their batches, from number $4 on, of platform $3; entries."""
MAKE_HOUSEHOLDS = """
WITH batch AS (
    INSERT INTO codes.batches (actor, operation) VALUES ('benchmark', 'register') RETURNING batch_id
), villages AS (
    SELECT array_agg(code ORDER BY code) AS codes FROM codes.regions WHERE level = 'village' AND superseded_in IS NULL
), made AS (
    INSERT INTO codes.subjects (kind, registered_on, recorded_in)
    SELECT 'household', DATE '2018-01-01', batch_id FROM batch CROSS JOIN generate_series(1, $1::bigint)
    RETURNING subject_id
), placed AS (
    SELECT subject_id, batch_id, 1 + subject_id % 6 AS persons,
           codes[1 + subject_id * 7 % array_length(codes, 1)] AS region
    FROM made CROSS JOIN batch CROSS JOIN villages
), versions AS (
    INSERT INTO codes.subject_versions (subject_id, valid_from, recorded_in, region, persons, status)
    SELECT subject_id, DATE '2018-01-01', batch_id, region, persons, 'registered' FROM placed
), incomes AS (
    INSERT INTO codes.income_records (subject_id, year, recorded_in, per_head_fen, persons)
    SELECT subject_id, 2018, batch_id, 312000, persons FROM placed
)
INSERT INTO codes.unsealed (batch_id) SELECT batch_id FROM batch
"""
"""$1 households in all villages, with a baseline; without codes, for nobody resolves one here."""
HOUSEHOLDS = "SELECT count(*) FROM codes.subjects WHERE kind = 'household'"
KNOWN_BY_THE_CUBE = """
SELECT NOT EXISTS (SELECT FROM codes.unsealed) AND (SELECT position FROM stats.cursors WHERE consumer = 'registry')
    = (SELECT max(position) FROM codes.sealed)
"""
MAKE_SALES = f"""
WITH newest AS (
    SELECT subject_id, row_number() OVER (ORDER BY subject_id DESC) - 1 AS n FROM codes.subjects
    WHERE kind = 'household'
), drawn AS (
    SELECT newest.subject_id, region, $5::bigint + n AS n, DATE '2019-01-01' + CAST(n % 365 AS int) AS sale_day
    FROM newest JOIN codes.subject_versions USING (subject_id)
    WHERE n >= $1::bigint AND n < $2::bigint AND superseded_in IS NULL
), {RECORD_DRAWN}
SELECT $4::bigint + n / {LINES_A_BATCH}, 'H-' || lpad(CAST(n AS text), 9, '0'), $3, '1', 1, 'sale',
       'gross', 500 + n % 49500, subject_id, 'household', region, 'tea', sale_day, sale_day, 'benchmark'
FROM drawn
"""
"""A sale for each of the households $1 up to, not including, $2, the newest first; $5 lines are there already."""


async def add_households(connection: asyncpg.Connection, many: int, made: int) -> None:
    """Register ``many`` (whole thousands), sell something of each beside ``made`` lines, and wait until all counts."""
    await connection.execute(MAKE_HOUSEHOLDS, many)
    await _settle(connection)
    await _sell(connection, made, many)


async def _settle(connection: asyncpg.Connection) -> None:
    """Wait until the cube knows where the new households live."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await connection.fetchval(KNOWN_BY_THE_CUBE):  # noqa: ASYNC110 - it happens in another process
            await asyncio.sleep(LOOK_SECONDS)


async def _sell(connection: asyncpg.Connection, made: int, many: int) -> None:
    before = await connection.fetchval(LAST_POSITION)
    for first in range(0, many, SALES_A_TRANSACTION):
        last = min(many, first + SALES_A_TRANSACTION)
        await connection.execute(MAKE_SALES, first, last, PLATFORM, FIRST_BATCH, made)
    await wait_until_drained(connection, before, PATIENCE_SECONDS + many / ENTRIES_A_SECOND)
    await connection.execute("VACUUM ANALYZE")
