"""Questions to the cube through the gateway, against DuckDB in memory with the same entries.

The entries are not sent: a statement makes them in the ledger, in batches of as many lines as a request may have, with
5 % refunds, and the consumers drain them as they would any, a quarter of a million at a time. They are spread over the
days of 2019; a household's own code is on seven of ten, and a cooperative sells on every tenth day. Ours answers all
indicators, those of income too, of which DuckDB is not even asked.

At the end households are added, each with a sale of its own, to see what their number costs.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from statistics import median
from typing import Any
from urllib.parse import quote

import asyncpg

from benchmarks.backlog import LAST_POSITION, PATIENCE_SECONDS, wait_until_drained
from benchmarks.duckdb_yardstick import BY_VILLAGE, SUMMARY, SUMMARY_AT, DuckDB
from benchmarks.house import Ground, House, fetch_value, house
from benchmarks.households import (
    ENTRIES_A_SECOND,
    FIRST_BATCH,
    HOUSEHOLDS,
    LINES_A_BATCH,
    PLANNED_EACH_TIME,
    RECORD_DRAWN,
    add_households,
)
from benchmarks.load import Connection, check, connect, request
from benchmarks.province import PLATFORM, PROVINCE
from benchmarks.rounds import Figures, Options, Row, Unit, take_turns

ASKED_A_ROUND = 40
SECONDS_A_ROUND = 3.0
"""What takes long is asked as often as fits, three times at least."""
ASKED_OF_DUCKDB_A_ROUND = 5

MAKE_ENTRIES = f"""
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
), {RECORD_DRAWN}
SELECT $4::bigint + n / {LINES_A_BATCH}, 'S-' || lpad(CAST(n AS text), 9, '0'), $3, '1', entry_no, cause, measure, fen,
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
STORED = """
SELECT CAST(sum(pg_total_relation_size(relation.oid)) AS bigint)
FROM pg_class AS relation JOIN pg_namespace AS space ON space.oid = relation.relnamespace
WHERE space.nspname IN ('sales', 'stats') AND relation.relkind = 'r'
"""
LEAST_ASKED = 3
MANY_HOUSEHOLDS, ALL_HOUSEHOLDS = 200_000, 1_900_000
"""With income; the latter as many as the province has poor ones."""
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
    """A row for each question and size, and how the summary grew; 10 M entries and 1.9 M households with ``full``."""
    sizes = [20_000] if options.quick else [100_000, 1_000_000, *([10_000_000] if options.full else [])]
    rows: list[Row] = []
    with ground.copy() as data, house(data) as server, DuckDB() as duck:
        made = 0
        for size in sizes:
            seconds = await _make_entries(server, made, size)
            await duck.load(server.dsn(), data.parent)
            questions = (*QUESTIONS, await _as_of_the_middle(server))
            contested = [await _contest(server, duck, question, size, options) for question in questions]
            storage = await _bytes_stored(server)
            filled = f"filled in {seconds:,.0f} s; {storage / size:,.0f} bytes an entry on disk"
            rows += [replace(contested[0], note=f"{contested[0].note}; {filled}"), *contested[1:]]
            made = size
        if len(sizes) > 1:
            large, small = rows[-len(QUESTIONS) - 1], rows[-2 * len(QUESTIONS) - 2]
            growth = f"summary, province-year: {sizes[-1]:,} entries against {sizes[-2]:,}"
            yardstick = f"the same at {sizes[-2]:,}"
            rows.append(Row(growth, yardstick, Unit.MILLISECONDS, large.ours, small.ours, 1 / 1.2))
        rows += await _by_households(server, made, options)
    return rows


async def _by_households(server: House, made: int, options: Options) -> list[Row]:
    """The summary, and one of a free span, with ever more households that have income; nobody else is asked."""
    connection = await asyncpg.connect(server.dsn())
    rows: list[Row] = []
    try:
        there = await connection.fetchval(HOUSEHOLDS)
        many = options.size(there + 1_000, MANY_HOUSEHOLDS)
        for wanted in (there, many, *([ALL_HOUSEHOLDS] if options.full else [])):
            if wanted > there:
                await add_households(connection, wanted - there, made)
                made, there = made + wanted - there, wanted
            for question in (QUESTIONS[0], QUESTIONS[1]):
                asked = request("GET", server.address, question.path, token=server.token("bureau"))
                link = await connect(server.address)
                try:
                    await link.ask(asked)
                    latencies_ms = await _ask_for_a_while(link, asked, ASKED_A_ROUND)
                finally:
                    link.close()
                work, note = f"{question.name}, {there:,} households", f"p99 {_p99(latencies_ms):.1f} ms"
                found = Figures((median(latencies_ms),))
                rows.append(
                    Row(work, "none", Unit.MILLISECONDS, found, note=note, grows=f"{question.name}, by households",
                        size=there)
                )  # fmt: skip
    finally:
        await connection.close()
    return rows


async def _bytes_stored(server: House) -> int:
    """Of all tables and indexes of the ledger, of incomes and of the cube."""
    return int(await fetch_value(server.dsn(), STORED))


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
        taken = await _ask_for_a_while(link, asked, options.size(5, ASKED_A_ROUND))
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
    work, note = f"{question.name}, {size:,} entries", f"p99 {_p99(latencies_ms):.1f} ms"
    return Row(
        work, "DuckDB in memory", Unit.MILLISECONDS, found["ours"], found["duckdb"], question.budget, note,
        question.name, size,
    )  # fmt: skip


def _p99(latencies_ms: list[float]) -> float:
    return sorted(latencies_ms)[min(len(latencies_ms) - 1, int(0.99 * len(latencies_ms)))]


async def _ask_for_a_while(link: Connection, asked: bytes, most: int) -> list[float]:
    taken: list[float] = []
    while len(taken) < most and (len(taken) < LEAST_ASKED or sum(taken) < SECONDS_A_ROUND * 1000):
        taken.append(await _ask(link, asked))
    return taken


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


async def _make_entries(server: House, made: int, size: int) -> float:
    """Bring the lines to ``size``, step by step, each once the cube has the one before; answers the seconds of it."""
    connection = await asyncpg.connect(server.dsn())
    try:
        began = time.monotonic()
        await connection.execute(PLANNED_EACH_TIME)
        step = min(LINES_A_TRANSACTION, max(1_000, (size - made) // 4))
        for first in range(made, size, step):
            before = await connection.fetchval(LAST_POSITION)
            last = min(size, first + step) - 1
            await connection.execute(MAKE_ENTRIES, first, last, PLATFORM, FIRST_BATCH)
            await wait_until_drained(connection, before, PATIENCE_SECONDS + step / ENTRIES_A_SECOND)
        seconds = time.monotonic() - began
        await connection.execute("VACUUM ANALYZE")
        return seconds
    finally:
        await connection.close()
