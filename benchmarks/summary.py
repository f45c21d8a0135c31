"""Questions to the cube through the gateway, against DuckDB in memory with the same entries.

The entries are not sent: a statement makes them in the ledger, in batches of a thousand as they would have come, with
5 % refunds, and then the consumers drain them as they would any. They are spread over the days of 2019; a household's
own code is on seven of ten, and a cooperative sells on every tenth day. Ours answers all indicators, those of income
too, of which DuckDB is not even asked.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any
from urllib.parse import quote

import asyncpg

from benchmarks.backlog import LAST_POSITION, wait_until_drained
from benchmarks.duckdb_yardstick import BY_VILLAGE, SUMMARY, SUMMARY_AT, DuckDB
from benchmarks.house import Ground, House, house
from benchmarks.load import Connection, check, connect, request
from benchmarks.province import PLATFORM, PROVINCE
from benchmarks.rounds import Options, Row, Unit, take_turns

ASKED_A_ROUND = 40
ASKED_OF_DUCKDB_A_ROUND = 5

MAKE_ENTRIES = """
WITH subjects AS (
    SELECT subject_id, kind, region, row_number() OVER (PARTITION BY kind ORDER BY subject_id) - 1 AS place
    FROM codes.directory_entries WHERE superseded_in IS NULL AND state = 'in_force'
), many AS (
    SELECT kind, count(*) AS subjects FROM subjects GROUP BY kind
), drawn AS (
    SELECT n, CASE WHEN n % 10 < 7 THEN 'household' ELSE 'cooperative' END AS kind,
           (n * 7919) % 1000003 AS lot, (n * 104729) % 365 AS day, 500 + (n * 15485863) % 49500 AS amount_fen
    FROM generate_series($1::bigint, $2::bigint) AS n
), placed AS (
    SELECT drawn.*, lot % many.subjects AS place FROM drawn JOIN many USING (kind)
), lines AS (
    SELECT placed.n, placed.amount_fen, subjects.subject_id, kind, subjects.region,
           DATE '2019-01-01' + CAST(day - CASE WHEN kind = 'household' THEN 0 ELSE day % 10 END AS int) AS sale_day
    FROM placed JOIN subjects USING (kind, place)
), batches AS (
    INSERT INTO sales.batches (batch_id, platform, channel, kind, client_id)
    SELECT $4::bigint + n / 1000, $3, 'api', 'orders', 'benchmark' FROM drawn GROUP BY n / 1000
    RETURNING batch_id
), announced AS (
    INSERT INTO sales.unsealed (batch_id) SELECT batch_id FROM batches
)
INSERT INTO sales.ledger_entries (batch_id, order_no, platform, line_no, entry_no, cause, measure, amount_fen,
                                  subject_id, kind, region, category, sale_day, event_day, reference)
SELECT $4::bigint + n / 1000, 'S-' || lpad(CAST(n AS text), 9, '0'), $3, '1', entry_no, cause, measure, fen,
       subject_id, kind, region, (ARRAY['tea', 'fruit', 'vegetables', 'herbs', 'livestock'])[1 + n % 5],
       sale_day, sale_day, 'benchmark'
FROM lines CROSS JOIN LATERAL (
    SELECT 1 AS entry_no, 'sale' AS cause, 'gross' AS measure, amount_fen AS fen
    UNION ALL
    SELECT 2, 'refund', 'refund', -amount_fen / 2 WHERE n % 20 = 0
) AS entry
"""
"""Lines $1 to $2 of platform $3, in batches from number $4 on."""

MIDDLE = """
SELECT sealed_at FROM sales.sealed
WHERE position >= (SELECT max(position) / 2 FROM sales.sealed) ORDER BY position LIMIT 1
"""
FIRST_BATCH = 1_000_000
LINES_A_TRANSACTION = 250_000


@dataclass(frozen=True, slots=True)
class Question:
    """A question to both."""

    name: str
    path: str
    first: str
    past: str
    statement: str
    budget: float
    more: tuple[int, ...] = ()
    """What else DuckDB is given: a position."""


SUMMARY_PATH = f"/v1/stats/summary?region={PROVINCE}"
QUESTIONS = (
    Question(
        "summary, province-year", f"{SUMMARY_PATH}&period=2019", "2019-01-01", "2020-01-01", SUMMARY, 100
    ),
    Question(
        "summary, any from–to, distinct counts",
        f"{SUMMARY_PATH}&period=2019-03-05..2019-08-17", "2019-03-05", "2019-08-18", SUMMARY, 1,
    ),
    Question(
        "breakdown by village, province-year",
        f"/v1/stats/breakdown?region={PROVINCE}&indicator=sales_net&by=village&period=2019&limit=20000",
        "2019-01-01", "2020-01-01", BY_VILLAGE, 1,
    ),
)  # fmt: skip


async def measure(ground: Ground, options: Options) -> list[Row]:
    """A row for each question and size; with ``full``, 10 M entries beside 1 M, and how the summary grew."""
    sizes = [options.size(20_000, 1_000_000)] + ([10_000_000] if options.full else [])
    rows: list[Row] = []
    with ground.copy() as data, house(data) as server, DuckDB() as duck:
        made = 0
        for size in sizes:
            await _make_entries(server, made, size)
            made = size
            await duck.load(server.dsn(), data.parent)
            questions = (*QUESTIONS, await _as_of_the_middle(server))
            rows += [await _contest(server, duck, question, size, options) for question in questions]
    if options.full:
        small, large = rows[0], rows[len(QUESTIONS) + 1]
        growth = "summary, province-year: 10 M entries against 1 M"
        rows.append(Row(growth, "the same at 1 M", Unit.MILLISECONDS, large.ours, small.ours, 1 / 1.2))
    return rows


async def _as_of_the_middle(server: House) -> Question:
    """The province-year as it was known when half of the feed was sealed."""
    connection = await asyncpg.connect(server.dsn())
    try:
        moment = await connection.fetchval(MIDDLE)
        position = await connection.fetchval("SELECT max(position) FROM sales.sealed WHERE sealed_at <= $1", moment)
    finally:
        await connection.close()
    path = f"{SUMMARY_PATH}&period=2019&as_of={quote(moment.isoformat())}"
    return Question("summary as of half of the feed", path, "2019-01-01", "2020-01-01", SUMMARY_AT, 1, (position,))


async def _contest(server: House, duck: DuckDB, question: Question, size: int, options: Options) -> Row:
    link = await connect(server.address)
    asked = request("GET", server.address, question.path, token=server.token("bureau"))
    latencies_ms: list[float] = []

    async def ours(_round: int) -> float:
        taken = [await _ask(link, asked) for _ in range(options.size(5, ASKED_A_ROUND))]
        latencies_ms.extend(taken)
        return median(taken)

    async def theirs(_round: int) -> float:
        def ask() -> object:
            return duck.ask(question.statement, question.first, question.past, *question.more)

        return median(_time_ms(ask) for _ in range(ASKED_OF_DUCKDB_A_ROUND))

    try:
        _compare(
            question, await link.ask(asked), duck.ask(question.statement, question.first, question.past, *question.more)
        )
        found = await take_turns({"ours": ours, "duckdb": theirs}, options.size(1, options.rounds))
    finally:
        link.close()
    p99 = sorted(latencies_ms)[min(len(latencies_ms) - 1, int(0.99 * len(latencies_ms)))]
    work = f"{question.name}, {size:,} entries"
    note = f"p99 {p99:.1f} ms"
    return Row(work, "DuckDB in memory", Unit.MILLISECONDS, found["ours"], found["duckdb"], question.budget, note)


def _compare(question: Question, answer: bytes, expected: list[Any]) -> None:
    """Both must say the same, else nothing is worth measuring. Raises ValueError."""
    document = json.loads(check(answer, b"{").partition(b"\r\n\r\n")[2])
    if question.statement in {SUMMARY, SUMMARY_AT}:
        told = document["indicators"]
        names = ("sales_gross", "refunds", "orders", "codes_with_sales")
        said = [_number(told[name]) for name in names]
    else:
        said = sorted(filter(None, (_number(row["value"]) for row in document["rows"])))
        expected = [sorted(fen for _, fen in expected)]
    if said != list(expected[0]):
        raise ValueError(f"{question.name}: ours {said[:5]}, DuckDB {expected[0][:5]}")


def _number(value: Any) -> int:
    """A count, or yuan as fen."""
    return int(value.replace(".", "")) if isinstance(value, str) else int(value)


async def _ask(link: Connection, asked: bytes) -> float:
    began = time.perf_counter()
    check(await link.ask(asked), b"{")
    return (time.perf_counter() - began) * 1000


def _time_ms(ask: Callable[[], object]) -> float:
    began = time.perf_counter()
    ask()
    return (time.perf_counter() - began) * 1000


async def _make_entries(server: House, made: int, size: int) -> None:
    """Bring the lines to ``size`` and wait until the cube has them and their income."""
    connection = await asyncpg.connect(server.dsn())
    try:
        before = await connection.fetchval(LAST_POSITION)
        # The planner takes computed places for few rows and would walk all subjects for each line.
        await connection.execute("SET enable_nestloop = off")
        step = min(LINES_A_TRANSACTION, max(1_000, (size - made) // 4))
        for first in range(made, size, step):
            last = min(size, first + step) - 1
            await connection.execute(MAKE_ENTRIES, first, last, PLATFORM, FIRST_BATCH)
        await wait_until_drained(connection, before)
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()
