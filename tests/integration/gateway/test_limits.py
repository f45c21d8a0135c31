"""The gateway refuses what is too large, too much or not there, and says what to do."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.types import Message, Receive, Scope, Send

from services.gateway.door import Gateway
from services.gateway.settings import GatewaySettings
from tests.integration.gateway.conftest import Open
from tests.integration.gateway.stand_in import StandIn


def problem(response: httpx.Response) -> tuple[int, str]:
    """Status and code; a problem document says the status twice, and its detail in two languages."""
    document = response.json()
    assert response.headers["content-type"] == "application/problem+json"
    assert document["status"] == response.status_code
    assert " / " in document["detail"]
    return response.status_code, document["code"]


async def chunks(*lengths: int) -> AsyncIterator[bytes]:
    for length in lengths:
        yield b"x" * length


async def test_a_body_that_says_it_is_too_long_never_reaches_the_service(open_door: Open, stand_in: StandIn) -> None:
    client = await open_door(body_limit_bytes=1000)
    assert problem(await client.post("/v1/orders", content=b"x" * 1001)) == (413, "too_large")
    assert stand_in.seen == 0
    assert (await client.post("/v1/orders", content=b"x" * 1000)).json()["length"] == 1000


async def test_a_body_that_does_not_say_its_length_is_counted(open_door: Open) -> None:
    client = await open_door(body_limit_bytes=1000)
    assert problem(await client.post("/v1/orders", content=chunks(600, 401))) == (413, "too_large")
    assert (await client.post("/v1/orders", content=chunks(600, 400))).json()["length"] == 1000


async def test_files_may_be_larger(open_door: Open, stand_in: StandIn) -> None:
    """Where files come in, and nowhere below: a form there is no larger than a form elsewhere."""
    client = await open_door(body_limit_bytes=1000, file_limit_bytes=5000)
    assert (await client.post("/v1/imports", content=b"x" * 5000)).json()["length"] == 5000
    assert (await client.post("/v1/imports", content=chunks(2000, 3000))).json()["length"] == 5000
    seen = stand_in.seen
    assert problem(await client.post("/v1/imports", content=b"x" * 5001)) == (413, "too_large")
    assert problem(await client.post("/v1/imports/7", content=b"x" * 1001)) == (413, "too_large")
    assert stand_in.seen == seen
    assert problem(await client.post("/v1/imports/7", content=chunks(600, 401))) == (413, "too_large")
    assert problem(await client.post("/v1/importsx", content=b"x" * 1001)) == (404, "not_found")


async def test_all_bodies_at_once_have_a_limit_too(open_door: Open, stand_in: StandIn) -> None:
    """However many clients send something large: who finds no room is sent away, small requests go through."""
    client = await open_door(bodies_at_once_bytes=100_000)
    held = asyncio.ensure_future(client.post("/v1/orders/held", content=b"x" * 60_000))
    await stand_in.reached.wait()
    for content in (b"x" * 60_000, chunks(10, 10)):
        refused = await client.post("/v1/orders", content=content)
        assert problem(refused) == (503, "overloaded")
        assert refused.headers["retry-after"] == "1"
    assert (await client.post("/v1/orders", content=b"x" * 10_000)).status_code == 200
    assert (await client.post("/v1/imports", content=b"x" * 60_000)).status_code == 200
    stand_in.release.set()
    assert (await held).status_code == 200
    assert (await client.post("/v1/orders", content=b"x" * 60_000)).status_code == 200


async def test_files_have_their_own_room_though_they_may_be_no_larger(open_door: Open, stand_in: StandIn) -> None:
    client = await open_door(bodies_at_once_bytes=100_000, body_limit_bytes=70_000, file_limit_bytes=70_000)
    held = asyncio.ensure_future(client.post("/v1/orders/held", content=b"x" * 60_000))
    await stand_in.reached.wait()
    assert (await client.post("/v1/imports", content=b"x" * 60_000)).status_code == 200
    stand_in.release.set()
    assert (await held).status_code == 200


async def test_more_requests_than_can_be_worked_on_are_sent_away(open_door: Open, stand_in: StandIn) -> None:
    """With a word when to come back; once there is room again, they are let in. Probes always get through."""
    client = await open_door(concurrent_requests=1)
    held = asyncio.ensure_future(client.get("/v1/orders/held"))
    await stand_in.reached.wait()
    refused = await client.get("/v1/orders")
    assert problem(refused) == (503, "overloaded")
    assert refused.headers["retry-after"] == "1"
    assert (await client.get("/healthz")).text == "ok"
    stand_in.release.set()
    assert (await held).status_code == 200
    assert (await client.get("/v1/orders")).status_code == 200


async def test_a_client_that_asks_too_fast_is_told_to_wait(open_door: Open) -> None:
    client = await open_door(requests_per_second=0.1, requests_at_once=2, unlimited_clients="")
    assert [(await client.get("/v1/orders")).status_code for _ in range(3)] == [200, 200, 429]
    refused = await client.get("/v1/orders")
    assert problem(refused) == (429, "too_many_requests")
    assert 1 <= int(refused.headers["retry-after"]) <= 10


async def test_clients_behind_a_proxy_are_told_apart(open_door: Open) -> None:
    """A proxy on this machine says for whom it asks; each of its clients has a limit of its own."""
    client = await open_door(requests_per_second=0.1, requests_at_once=1)
    for address in ("203.0.113.7", "203.0.113.8"):
        answers = [await client.get("/v1/orders", headers={"X-Forwarded-For": address}) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [200, 429]
    told = (await client.get("/v1/orders", headers={"X-Forwarded-For": "203.0.113.9"})).json()
    assert told["client"] == "203.0.113.9"


@pytest.mark.parametrize("path", ["/v1/nothing", "/v1/ordersheet", "/v1/orders/%2e%2e/%2e%2e/metrics", "//v1/orders"])
async def test_what_nobody_published_is_not_there(open_door: Open, stand_in: StandIn, path: str) -> None:
    client = await open_door()
    address = client.base_url.copy_with(raw_path=path.encode())
    assert problem(await client.get(address)) == (404, "not_found")
    assert stand_in.seen == 0


async def test_a_service_that_is_not_configured_is_away(open_door: Open) -> None:
    client = await open_door()
    refused = await client.get("/v1/stats/summary")
    assert problem(refused) == (503, "service_away")
    assert refused.json()["service"] == "stats"


async def test_a_request_that_is_cut_off_at_the_end_is_told_to_come_again() -> None:
    """A process that ends waits a few seconds for its requests; one that takes longer gets no bare error."""
    began, said = asyncio.Event(), []

    async def never(_scope: Scope, _receive: Receive, _send: Send) -> None:
        began.set()
        await asyncio.Event().wait()

    async def note(message: Message) -> None:
        said.append(message)

    gateway = Gateway(GatewaySettings(), {"sales": never}, version="1")
    scope: Scope = {"type": "http", "method": "GET", "path": "/v1/orders", "headers": [], "client": None}
    request = asyncio.create_task(gateway(scope, _nothing, note))
    await began.wait()
    request.cancel()
    with pytest.raises(asyncio.CancelledError):
        await request
    assert said[0]["status"] == 503
    assert (b"retry-after", b"5") in said[0]["headers"]


async def _nothing() -> Message:
    return {"type": "http.disconnect"}
