"""A clock that jumps an hour back on one process, and forward again, changes no order of things: not on the process of
the services, and not on the database's.
"""

import asyncio
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from tests.nemesis.clocks import FalseClock
from tests.nemesis.conftest import IS_ASKED_FOR, Prepared
from tests.nemesis.database_clock import PREFIX
from tests.nemesis.house import BreakableHouse, token_of
from tests.nemesis.invariants import describe
from tests.nemesis.others import Asking
from tests.nemesis.world import World, create_world

JUMPS = {"services": (-1, 1, -1), "database": (-1, 0, -1)}
"""Hours by which the clock is ahead. The house goes by its database's clock, and a token lasts an hour by it: put that
one an hour ahead of the truth, and whoever asked for his token before is rightly told to get another."""
WORK_SECONDS = 1.5
VOID_SECONDS = 40
"""A token that was voided stops working within 30 s."""
GUEST = {"client_id": "guest", "name": "guest", "scope": "orders:write registry:read", "regions": ["520000000000"],
         "platform": "guinong"}  # fmt: skip

_GOES_BACK = """
SELECT count(*) FROM (
    SELECT sealed_at < lag(sealed_at) OVER (ORDER BY position) AS goes_back,
           position <> row_number() OVER (ORDER BY position) AS has_gap
    FROM {schema}.feed
) AS feed WHERE goes_back OR has_gap
"""


@pytest.mark.parametrize("whose", list(JUMPS) if IS_ASKED_FOR else ["services"])
async def test_a_clock_that_jumps_changes_no_order_of_things(whose: str, prepared: Prepared, above: Path) -> None:
    """Work of all kinds goes on, each line counts once, positions and their times only grow."""
    clock = FalseClock(above / "clock")
    house = _house(whose, clock, prepared, above)
    try:
        await asyncio.to_thread(house.start)
        world = await create_world(1, prepared, house)
        admin = Asking(house.address, await asyncio.to_thread(token_of, house.address, house.data, "admin"))
        guest = await _guest(admin)
        key = uuid.uuid4().hex
        first = await _sell_now(house, guest, prepared.codes[0], key)
        async with world.at_work():
            for hours in JUMPS[whose]:
                await asyncio.to_thread(clock.put, hours)
                await asyncio.sleep(WORK_SECONDS)
                await _judged_by_the_true_time(world, prepared)
                again = await _sell_now(house, guest, prepared.codes[0], key, body=first[0])
                assert again == first, "an idempotency key was forgotten, or its answer changed"
            if whose == "services":
                await _voided_tokens_are_void(admin, guest)
        orders = first[0]["orders"]
        world.journal.noting({(orders[0]["order_no"], "1"): orders[0]["lines"][0]["amount"]})
        await world.finish()
        await _feeds_only_grow(house)
        print(f"{whose}:", describe(world.journal, [], 0))
    except BaseException as error:
        error.add_note("".join(house.said)[-2000:])
        raise
    finally:
        await asyncio.to_thread(house.stop)


def _house(whose: str, clock: FalseClock, prepared: Prepared, above: Path) -> BreakableHouse:
    if whose == "services":
        return prepared.house(above, environment=clock.environment)
    its = {PREFIX + name: value for name, value in clock.environment.items()}
    above.chmod(0o711)  # PostgreSQL may run under an account of its own, and reads its clock there
    return prepared.house(above, environment=its, program=("-m", "tests.nemesis.database_clock"))


async def _ask(asking: Asking, method: str, path: str, **options: Any) -> httpx.Response:
    """A good answer: nothing is broken here, so there is one at once."""
    answer = await asking.ask(method, path, **options)
    assert answer is not None, f"{path} was refused"
    assert answer.is_success, answer.text
    return answer


async def _guest(admin: Asking) -> dict[str, Any]:
    """A client whose rights can be changed: its id, secret and headers."""
    known: dict[str, Any] = (await _ask(admin, "POST", "/v1/clients", json=GUEST)).json()
    return {**known, "headers": await _token(admin, known)}


async def _token(admin: Asking, known: dict[str, Any]) -> dict[str, str]:
    form = {"grant_type": "client_credentials", **{name: known[name] for name in ("client_id", "client_secret")}}
    answer = await _ask(Asking(admin.address, {}), "POST", "/v1/token", data=form)
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


async def _sell_now(
    house: BreakableHouse, guest: dict[str, Any], code: str, key: str, *, body: dict[str, Any] | None = None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What was sent under an idempotency key, and the answer; the order is of this moment, by the true time."""
    if body is None:
        line = {"line_no": "1", "code": code, "category": "other", "amount": "1.00"}
        order = {
            "order_no": f"now-{key}",
            "occurred_at": datetime.now(UTC).isoformat(),
            "shop": "shop",
            "lines": [line],
        }
        body = {"orders": [order]}
    headers = {**guest["headers"], "Idempotency-Key": key}
    async with httpx.AsyncClient(base_url=house.address, headers=headers, timeout=60, trust_env=False) as client:
        answer = await client.post("/v1/orders", json=body)
    assert answer.is_success, answer.text
    return body, answer.json()


async def _judged_by_the_true_time(world: World, prepared: Prepared) -> None:
    """An order of this moment lies not in the future, a device's clock that is right is called right, and tokens of
    before and of now are good. With the database's clock wrong there is no true time in the house to judge by.
    """
    if "LD_PRELOAD" not in (world.house.environment or {}):
        return
    asking = world.devices.asking
    order = {"order_no": f"just-{uuid.uuid4().hex}", "occurred_at": datetime.now(UTC).isoformat(), "shop": "shop",
             "lines": [{"line_no": "1", "code": prepared.codes[0], "category": "other", "amount": "2.00"}]}  # fmt: skip
    new = await asyncio.to_thread(token_of, world.house.address, world.house.data, "platform")
    for headers in (new, world.platforms[0].headers):
        answer = await _ask(asking, "POST", "/v1/orders", json={"orders": [order]}, headers=headers)
        assert answer.json()["results"][0]["status"] in {"accepted", "duplicate"}, answer.text
    world.journal.noting({(str(order["order_no"]), "1"): "2.00"})
    body = {"sent_at": datetime.now(UTC).isoformat(), "scans": []}
    scan = world.devices.queues["a"][:1]
    login = world.devices.logins["a"]
    answer = await _ask(asking, "POST", "/v1/scans", json={**body, "scans": scan}, headers=login)
    assert not answer.json()["clock"]["corrected"], answer.text


async def _voided_tokens_are_void(admin: Asking, guest: dict[str, Any]) -> None:
    """The clock that voids is an hour behind the one by which the token was issued."""
    await _ask(admin, "PATCH", "/v1/clients/guest", json={"scope": "registry:read"})
    newer = Asking(admin.address, await _token(admin, guest))
    async with asyncio.timeout(VOID_SECONDS):
        while True:
            async with httpx.AsyncClient(base_url=admin.address, headers=guest["headers"], trust_env=False) as client:
                if (await client.get("/v1/links", params={"member": "x"})).status_code == httpx.codes.UNAUTHORIZED:
                    break
            await asyncio.sleep(0.2)
    assert await newer.ask("GET", "/v1/links", params={"member": "x"}) is not None, "a token of after is void, too"


async def _feeds_only_grow(house: BreakableHouse) -> None:
    connection = await asyncpg.connect(house.dsn())
    try:
        for schema in ("sales", "codes"):
            assert await connection.fetchval(_GOES_BACK.format(schema=schema)) == 0
    finally:
        await connection.close()
