"""The nemesis against what takes long: a roster, a file of orders, a queue of scans, a release. It is killed on the
way, goes on where it was, and ends as if nothing had happened.
"""

import asyncio
import hashlib
import json
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import asyncpg
import httpx
import pytest

from services.demo.identities import IdCards
from services.kit import clock
from tests.nemesis.conftest import SEEDS, STATION, VILLAGE, Prepared
from tests.nemesis.house import BreakableHouse, random_bomb, token_of
from tests.nemesis.invariants import verified, wait_until_drained
from tests.nemesis.others import as_csv

COUNTY = VILLAGE[:6] + "000000"
ROWS, SCANS, FILE_LINES = 120, 60, 2_400
"""The file is recorded in three pieces."""
SECOND_PIECE = ("after:services.sales.queries.imports:ADVANCE_IMPORT", 2)
"""The first bomb: of the file one piece is committed, one is about to be."""
TRIES = 200


@dataclass(slots=True)
class Sender:
    """Asks a house until it answers: a house that is away is started again."""

    house: BreakableHouse
    random: Random
    deaths: int = 0
    only_one: threading.Lock = field(default_factory=threading.Lock)
    """Of those who ask at once, one starts it again."""

    async def ask(self, client: str, method: str, path: str, **options: Any) -> dict[str, Any]:
        """What the house answers one of its first clients, after as many deaths as it takes."""
        return await asyncio.to_thread(self._ask, client, method, path, options)

    def _ask(self, client: str, method: str, path: str, options: dict[str, Any]) -> dict[str, Any]:
        for _ in range(TRIES):
            try:
                login = token_of(self.house.address, self.house.data, client)
                headers = {**login, **options.get("headers", {})}
                with httpx.Client(base_url=self.house.address, timeout=60, trust_env=False) as connection:
                    answer = connection.request(method, path, **{**options, "headers": headers})
            except (httpx.TransportError, httpx.HTTPStatusError):  # it is away, or coming up and gives no token yet
                self._look_after_it()
                continue
            if answer.is_success:
                return dict(answer.json())
            assert answer.status_code in {409, 429, 503}, answer.text
            self._look_after_it()
        raise AssertionError(f"no answer after {TRIES} tries")

    def _look_after_it(self) -> None:
        with self.only_one:
            if self.house.wait_for_end(0.1):
                self.deaths += 1
                self.house.start(bomb=random_bomb(self.random))
                self.house.arm()

    async def follow(self, client: str, path: str, done: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Ask again and again until what is answered is ``done``."""
        for _ in range(TRIES * 5):
            state = await self.ask(client, "GET", path)
            if done(state):
                return state
            await asyncio.sleep(0.1)
        raise AssertionError(f"{path} does not end: {state}")


@pytest.mark.parametrize("seed", SEEDS)
async def test_long_work_ends_as_if_nothing_had_happened(seed: int, prepared: Prepared, above: Path) -> None:
    """Rows, lines, scans and figures are there once, and everything recomputes."""
    house = prepared.house(above)
    random = Random(seed)
    sender = Sender(house, random)
    jobs = [_file, _roster, _scans, _revocation, _release]
    try:
        await asyncio.to_thread(house.start, bomb=SECOND_PIECE)
        for job in jobs:
            house.arm()
            await job(sender, prepared)
        house.trigger.unlink(missing_ok=True)
        await asyncio.to_thread(house.wait_until_ready)
        await wait_until_drained(house)
        print(f"seed {seed}: {sender.deaths} deaths")
        await _hold(house, prepared)
        verified(house.data)
    except BaseException as error:
        error.add_note(f"seed {seed}, {sender.deaths} deaths")
        error.add_note("".join(house.said)[-2000:])
        raise
    finally:
        await asyncio.to_thread(house.stop)


async def _roster(sender: Sender, _prepared: Prepared) -> None:
    cards = IdCards()
    rows = [
        {"户编号": f"R{number}", "户主姓名": f"户主{number}", "证件号码": cards.issue(COUNTY), "家庭人口": "4",
         "人均纯收入": "3120.00", "核算年度": "2018", "户属性": "建档立卡", "行政区划代码": VILLAGE}
        for number in range(ROWS)
    ]  # fmt: skip
    terms = {"kind": "household", "region": COUNTY, "as_of": "2019-12-31", "mode": "delta"}
    content = as_csv(rows)
    uploaded = await sender.ask("officer", "POST", "/v1/rosters", params=terms, content=content)
    path = f"/v1/rosters/{uploaded['roster_id']}"
    await sender.follow("officer", path, lambda state: state["stage"] != "validating")
    await sender.ask("officer", "POST", f"{path}/commit")
    await sender.follow("officer", path, lambda state: state["stage"] != "committing")


async def _file(sender: Sender, prepared: Prepared) -> None:
    rows = [
        {"order_no": f"F-{number}", "line_no": "1", "occurred_at": f"2020-02-{1 + number % 28:02d} 10:00:00",
         "code": prepared.codes[number % len(prepared.codes)], "category": "other", "amount": f"{number}.50"}
        for number in range(FILE_LINES)
    ]  # fmt: skip
    query = {"platform": "guinong", "shop": "shop", "format": "onecode-csv", "file_name": "f.csv"}
    content = as_csv(rows)
    query["sha256"] = hashlib.sha256(content).hexdigest()
    await sender.ask("officer", "POST", "/v1/imports", params=query, content=content)
    assert sender.deaths, "the import was not cut"


async def _scans(sender: Sender, prepared: Prepared) -> None:
    """Two devices number their scans alike; each sends its queue in overlapping pieces, and all of it again."""
    for device in ("a", "b"):
        enrolment = await sender.ask("officer", "POST", f"/v1/stations/{STATION}/enrolments", json={"label": device})
        enrol = {"code": enrolment["code"], "request_id": uuid.UUID(int=sender.random.getrandbits(128)).hex}
        known = await sender.ask("officer", "POST", "/v1/stations/enrol", json=enrol)
        login = {"Authorization": f"Device {known['device']}:{known['secret']}"}
        queue = [
            {"scan_id": str(number), "sequence": number, "purpose": "goods_received", "code": prepared.codes[0],
             "scanned_at": clock.now().isoformat(), "category": "other", "quantity": "1", "unit": "kg",
             "amount_paid": f"{number}.00"}
            for number in range(1, SCANS // 2 + 1)
        ]  # fmt: skip
        for piece in (queue[:20], queue[10:], queue):
            body = {"sent_at": clock.now().isoformat(), "scans": piece}
            await sender.ask("officer", "POST", "/v1/scans", json=body, headers=login)


async def _revocation(sender: Sender, prepared: Prepared) -> None:
    """A code is revoked while orders with it arrive: what was sold before counts, whenever it is told."""
    code = prepared.codes[-1]

    async def sell() -> None:
        for number in range(20):
            day = "2020-03-01" if number % 2 else "2020-05-01"
            line = {"line_no": "1", "code": code, "category": "other", "amount": "1.00"}
            order = {"order_no": f"V-{number}", "occurred_at": f"{day}T10:00:00+08:00", "shop": "shop", "lines": [line]}
            body = {"orders": [order]}
            await sender.ask("platform", "POST", "/v1/orders", json=body)

    revoke = {"reason": "nemesis", "from": "2020-04-01T00:00:00+08:00"}
    await asyncio.gather(sell(), sender.ask("officer", "POST", f"/v1/codes/{code}/revoke", json=revoke))


async def _release(sender: Sender, _prepared: Prepared) -> None:
    sender.house.trigger.unlink(missing_ok=True)  # nobody asks, and so nobody would start it again
    await asyncio.to_thread(sender.house.wait_until_ready)
    await wait_until_drained(sender.house)
    sender.house.arm()
    draft = {"region": COUNTY, "period": "2020-Q1", "stage": "preliminary", "calendar": "一季度", "note": "nemesis"}
    made = await sender.ask("bureau", "POST", "/v1/stats/releases", json=draft)
    path = f"/v1/stats/releases/{made['release_id']}"
    await sender.follow("bureau", path, lambda state: state["status"] != "freezing")


async def _hold(house: BreakableHouse, prepared: Prepared) -> None:
    connection: asyncpg.Connection[Any] = await asyncpg.connect(house.dsn())
    try:
        households = await connection.fetchval("SELECT count(DISTINCT subject_id) FROM codes.codes")
        assert households == len(prepared.codes) + len(prepared.groups) + ROWS
        file_sum = await connection.fetchval(
            "SELECT sum(amount_fen) FROM sales.ledger_entries WHERE order_no LIKE 'F-%' AND measure = 'gross'"
        )
        assert file_sum == sum(number * 100 + 50 for number in range(FILE_LINES))
        imports = await connection.fetch("SELECT state, watermark_row, counts FROM sales.imports ORDER BY import_id")
        assert {(one["state"], one["watermark_row"]) for one in imports} == {("done", FILE_LINES + 1)}
        assert json.loads(imports[0]["counts"])["lines"]["accepted"] == FILE_LINES, "not resumed"
        assert await connection.fetchval("SELECT count(*) FROM codes.scan_records") == SCANS
        paid = await connection.fetchval(
            "SELECT sum(amount_fen) FROM sales.payment_records WHERE superseded_in IS NULL"
        )
        assert paid == 2 * sum(number * 100 for number in range(1, SCANS // 2 + 1))
        told = await connection.fetch(
            "SELECT order_no FROM sales.order_lines WHERE order_no LIKE 'V-%' AND occurred_at < '2020-04-01+08'"
        )
        assert len(told) == 10
        assert await connection.fetchval("SELECT count(*) FROM stats.releases") >= 1
    finally:
        await connection.close()
