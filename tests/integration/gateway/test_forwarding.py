"""What goes through the gateway arrives as it was sent, both ways, wherever the service runs."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.integration.gateway.conftest import Open
from tests.integration.gateway.stand_in import PART, StandIn


async def parts(count: int) -> AsyncIterator[bytes]:
    for number in range(count):
        yield PART[: 1000 + number]


def header(told: dict[str, Any], name: str) -> list[str]:
    return [value for found, value in told["headers"] if found == name]


async def test_a_request_arrives_as_it_was_sent(open_door: Open) -> None:
    """Method, path with its escapes, query, headers and body."""
    client = await open_door()
    response = await client.put(
        "/v1/orders/%E7%A0%81%2Fx%20y?a=%26&b=%E4%B8%80", content=b"\x00body\xff", headers={"X-Own": "kept"}
    )
    told = response.json()
    assert told["method"] == "PUT"
    assert told["raw_path"] == "/v1/orders/%E7%A0%81%2Fx%20y"
    assert told["path"] == "/v1/orders/码/x y"
    assert told["query"] == "a=%26&b=%E4%B8%80"
    assert header(told, "x-own") == ["kept"]
    assert header(told, "host") == [client.base_url.netloc.decode()]
    assert told["digest"] == hashlib.sha256(b"\x00body\xff").hexdigest()


async def test_an_answer_arrives_as_it_was_given(open_door: Open) -> None:
    """Also headers that stand twice, and those that the gateway would add if the service had not."""
    client = await open_door()
    response = await client.get("/v1/orders")
    assert response.headers.get_list("set-cookie") == ["a=1", "b=2"]
    assert response.headers.get_list("x-frame-options") == ["SAMEORIGIN"]
    assert response.headers["x-content-type-options"] == "nosniff"
    assert len(response.headers.get_list("date")) == 1
    assert "server" not in response.headers


@pytest.mark.parametrize("count", [1, 700])
async def test_a_body_of_unknown_length_arrives_whole(open_door: Open, count: int) -> None:
    """In chunks, small or long."""
    client = await open_door()
    sent = b"".join([part async for part in parts(count)])
    told = (await client.post("/v1/orders", content=parts(count))).json()
    assert (told["length"], told["digest"]) == (len(sent), hashlib.sha256(sent).hexdigest())


async def test_a_long_body_of_known_length_arrives_whole(open_door: Open) -> None:
    client = await open_door()
    sent = PART * 60
    told = (await client.post("/v1/orders", content=sent)).json()
    assert (told["length"], told["digest"]) == (len(sent), hashlib.sha256(sent).hexdigest())


async def test_an_answer_is_passed_on_as_it_comes(open_door: Open, stand_in: StandIn) -> None:
    """The first part can be read while the service still works on the others; the whole arrives."""
    client = await open_door()
    async with client.stream("GET", "/v1/orders/parts") as response:
        received = response.aiter_bytes()
        assert await anext(received) == b"first\n"
        stand_in.release.set()
        assert b"".join([part async for part in received]) == PART * 64


async def test_answers_without_a_body(open_door: Open) -> None:
    """HEAD keeps the length of what GET would answer; 204 has none. The connection is good for the next request."""
    client = await open_door()
    whole = await client.get("/v1/orders")
    for _ in range(2):
        head = await client.head("/v1/orders")
        assert head.content == b""
        assert abs(int(head.headers["content-length"]) - len(whole.content)) < 30
        empty = await client.get("/v1/orders/empty")
        assert (empty.status_code, empty.content) == (204, b"")


async def test_many_requests_at_once_get_each_its_own_answer(open_door: Open) -> None:
    client = await open_door()
    bodies = [str(number).encode() * 50 for number in range(100)]
    answers = await asyncio.gather(*(client.post("/v1/orders", content=body) for body in bodies))
    digests = [hashlib.sha256(body).hexdigest() for body in bodies]
    assert [answer.json()["digest"] for answer in answers] == digests


async def test_a_request_has_an_id(open_door: Open) -> None:
    """Its own, told to the service and back; a new one if it has none, or one that does not belong into a log."""
    client = await open_door()
    own = await client.get("/v1/orders", headers={"X-Request-Id": "order-7"})
    assert (own.headers["x-request-id"], header(own.json(), "x-request-id")) == ("order-7", ["order-7"])
    for headers in ({}, {"X-Request-Id": "a b"}, {"X-Request-Id": "x" * 200}):
        new = await client.get("/v1/orders", headers=headers)
        assert header(new.json(), "x-request-id") == [new.headers["x-request-id"]]
        assert len(new.headers["x-request-id"]) == 16


async def test_a_service_that_fails_is_answered_for(open_door: Open) -> None:
    """A service that raises is its own server's 500, or ours; the client gets an answer, and the next one too."""
    client = await open_door()
    for _ in range(2):
        response = await client.get("/v1/orders/fails")
        assert response.status_code == 500
        assert "x-request-id" in response.headers


async def test_an_answer_that_breaks_off_is_not_made_whole(open_door: Open) -> None:
    """The client sees the connection end, not an answer that looks complete."""
    client = await open_door()
    with pytest.raises(httpx.RemoteProtocolError):
        await client.get("/v1/orders/breaks")
    assert (await client.get("/v1/orders")).status_code == 200


async def test_a_service_learns_that_its_client_has_left(open_door: Open, stand_in: StandIn) -> None:
    """Nobody goes on working on an export that nobody reads."""
    client = await open_door()
    async with client.stream("GET", "/v1/orders/endless") as response:
        await anext(response.aiter_bytes())
    async with asyncio.timeout(10):
        await stand_in.left.wait()
