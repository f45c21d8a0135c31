"""What must hold however the house was broken, once everything unacknowledged was sent again."""

import asyncio
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import asyncpg

from services.kit.money import format_yuan
from tests.end_to_end.conftest import ONECODE, ROOT
from tests.nemesis.consumers import CONSUMERS, SEALED
from tests.nemesis.house import BreakableHouse
from tests.nemesis.journal import Journal

DRAIN_SECONDS = 90

_LEFT = " UNION ALL ".join(
    [f"SELECT '{schema}.sealer' AS name, count(*) AS positions FROM {schema}.unsealed" for schema in SEALED]
    + [
        f"""SELECT '{name}', (SELECT coalesce(max(position), 0) FROM {where.source}.feed)
                           - coalesce((SELECT position FROM {where.schema}.cursors WHERE consumer = '{name}'), 0)"""
        for name, where in CONSUMERS.items()
    ]
)
"""How much every sealer and every consumer has before it."""
_IDLE = """
SELECT count(*) FROM pg_stat_activity
WHERE state LIKE 'idle in transaction%' AND state_change < clock_timestamp() - interval '5 seconds'
"""


async def wait_until_drained(house: BreakableHouse) -> None:
    """Wait until every batch is in a feed and every consumer has taken all of it."""
    connection = await asyncpg.connect(house.dsn())
    try:
        left: dict[str, int] = {}
        give_up_at = time.monotonic() + DRAIN_SECONDS
        while time.monotonic() < give_up_at:
            left = {name: count for name, count in await connection.fetch(_LEFT) if count}
            if not left:
                return
            await asyncio.sleep(0.2)
        raise AssertionError(f"not drained in {DRAIN_SECONDS} s: {left}")
    finally:
        await connection.close()


async def hold(house: BreakableHouse, journal: Journal) -> None:
    """Assert all of them."""
    connection = await asyncpg.connect(house.dsn())
    try:
        await _every_line_once(connection, journal)
        await _every_refund_once(connection, journal)
        assert await connection.fetchval(_IDLE) == 0, "a transaction was left open"
    finally:
        await connection.close()
    verified(house.data)


async def _every_line_once(connection: "asyncpg.Connection[Any]", journal: Journal) -> None:
    rows = await connection.fetch("SELECT order_no, line_no, amount_fen FROM sales.order_lines")
    found = {(row["order_no"], row["line_no"]): row["amount_fen"] for row in rows}
    assert len(found) == len(rows)
    assert found == journal.lines, "lines lost, or recorded though nobody sent them"
    gross = await connection.fetchval(
        "SELECT sum(amount_fen) FROM sales.ledger_entries WHERE measure = 'gross' AND cause = 'sale'"
    )
    assert (gross or 0) == sum(journal.lines.values()), "the ledger is not what was sent"
    for number, answer in journal.acknowledged.items():
        if journal.batches[number][0] != "/v1/orders":
            continue
        amounts = [journal.lines[result["order_no"], result["line_no"]] for result in answer["results"]
                   if result["status"] == "accepted"]  # fmt: skip
        assert answer["amounts"]["accepted"] == format_yuan(sum(amounts))
        assert not answer["counts"]["conflict"] + answer["counts"]["rejected"] + answer["counts"]["parked"]
    accepted = [
        (result["order_no"], result["line_no"])
        for number, answer in journal.acknowledged.items() if journal.batches[number][0] == "/v1/orders"
        for result in answer["results"] if result["status"] == "accepted"
    ]  # fmt: skip
    assert len(accepted) == len(set(accepted)), "a line was accepted twice"


async def _every_refund_once(connection: "asyncpg.Connection[Any]", journal: Journal) -> None:
    rows = await connection.fetch("SELECT refund_no, order_no, line_no, amount_fen, state FROM sales.refunds")
    found = {row["refund_no"]: ((row["order_no"], row["line_no"]), row["amount_fen"]) for row in rows}
    assert found == journal.refunds, "refunds lost, or made up"
    assert {row["state"] for row in rows} <= {"applied"}, "a refund whose order is there still waits"
    refunded = await connection.fetchval("SELECT -sum(amount_fen) FROM sales.ledger_entries WHERE measure = 'refund'")
    assert (refunded or 0) == sum(fen for _, fen in journal.refunds.values())


def verified(data: Path) -> None:
    """Every check of ``onecode verify``: the cube is a recompute, income is the rule, the chain is whole."""
    carried_out("verify", "--data", str(data))


def carried_out(*arguments: str) -> None:
    """Run a command that must end well."""
    command = [sys.executable, *ONECODE, *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def describe(journal: Journal, refused: list[tuple[int, str | None]], hung: int) -> str:
    """One line about what a run saw."""
    statuses: dict[int, int] = {}
    for status, _ in refused:
        statuses[status] = statuses.get(status, 0) + 1
    return json.dumps(
        {"requests": len(journal.batches), "acknowledged": len(journal.acknowledged), "lines": len(journal.lines),
         "refunds": len(journal.refunds), "refused": statuses, "hung": hung}
    )  # fmt: skip
