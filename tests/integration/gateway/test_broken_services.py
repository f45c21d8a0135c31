"""A service that is away, silent, or breaks off, behind a real socket."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, cast

import httpx
import pytest

from services.cli.serving import address_of, listen
from services.gateway.app import create_app
from services.gateway.settings import GatewaySettings

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@asynccontextmanager
async def socket_service(handle: Handler) -> AsyncIterator[str]:
    """A server that speaks raw bytes; its address."""
    handling: set[asyncio.Task[None]] = set()

    async def handle_and_close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        handling.add(cast("asyncio.Task[None]", asyncio.current_task()))
        try:
            await handle(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(handle_and_close, "127.0.0.1", 0)
    try:
        host, port = server.sockets[0].getsockname()
        yield f"http://{host}:{port}"
    finally:
        server.close()
        await asyncio.gather(*handling)


@asynccontextmanager
async def door_before(handle: Handler, **settings: Any) -> AsyncIterator[httpx.AsyncClient]:
    async with AsyncExitStack() as stack:
        address = await stack.enter_async_context(socket_service(handle))
        gateway = create_app(GatewaySettings(upstream_sales=address, **settings))
        transport = httpx.ASGITransport(gateway, raise_app_exceptions=False)
        yield await stack.enter_async_context(httpx.AsyncClient(transport=transport, base_url="http://onecode.test"))
        for service in gateway.services.values():
            await end_of(service)


async def end_of(service: Any) -> None:
    """Let a remote service close its idle connections."""
    messages = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])

    async def receive() -> dict[str, str]:
        return next(messages)

    async def send(_message: Any) -> None:
        pass

    await service({"type": "lifespan"}, receive, send)


async def head_of(reader: asyncio.StreamReader) -> bytes:
    return await reader.readuntil(b"\r\n\r\n")


def code_of(response: httpx.Response) -> tuple[int, str, bool]:
    return response.status_code, response.json()["code"], "retry-after" in response.headers


async def test_a_service_that_does_not_listen_is_away() -> None:
    """503, and nothing of the request was sent anywhere."""
    with listen("127.0.0.1", 0) as listener:
        address = address_of(listener)
    gateway = create_app(GatewaySettings(upstream_sales=address))
    transport = httpx.ASGITransport(gateway)
    async with httpx.AsyncClient(transport=transport, base_url="http://onecode.test") as client:
        assert code_of(await client.get("/v1/orders")) == (503, "service_away", True)
        not_ready = await client.get("/readyz")
        assert code_of(not_ready) == (503, "not_ready", True)
        assert not_ready.json()["not_ready"] == ["auth", "codes", "sales", "stats", "web"]


async def test_a_silent_service_is_given_up() -> None:
    """504 after the time that is set, and the connection is not used again."""
    requests = []

    async def handle(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        requests.append(await head_of(reader))
        await reader.read()

    async with door_before(handle, silence_seconds=0.05) as client:
        for _ in range(2):
            assert code_of(await client.post("/v1/orders", content=b"x")) == (504, "gateway_timeout", True)
    assert len(requests) == 2


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200", b"no HTTP at all\r\n\r\n"])
async def test_a_service_that_breaks_off_is_answered_for(answer: bytes) -> None:
    """502: it may have done what was asked, and the answer says that sending again does no harm."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head_of(reader)
        writer.write(answer)

    async with door_before(handle) as client:
        assert code_of(await client.post("/v1/orders", content=b"x")) == (502, "bad_gateway", True)


@pytest.mark.parametrize(("method", "status"), [("GET", 200), ("POST", 502)])
async def test_a_connection_that_is_closed_meanwhile(method: str, status: int) -> None:
    """A service that restarts between two requests is not noticed by those who read; what may have been written is
    not sent again by us.
    """
    connections = 0

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await head_of(reader)
        writer.write(ANSWER)
        if connections == 1:
            await head_of(reader)  # and goes away without an answer
        else:
            await reader.read()

    async with door_before(handle) as client:
        assert (await client.get("/v1/orders")).text == "ok"
        assert (await client.request(method, "/v1/orders")).status_code == status
    assert connections == (2 if status == 200 else 1)


async def test_an_answer_that_ends_with_the_connection_is_whole() -> None:
    """An answer of HTTP/1.0, without a length."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head_of(reader)
        writer.write(b"HTTP/1.0 200 OK\r\n\r\n")
        await writer.drain()
        writer.write(b"to the end")

    async with door_before(handle) as client:
        assert (await client.get("/v1/orders")).text == "to the end"


async def test_announcements_are_not_the_answer() -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head_of(reader)
        writer.write(b"HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n" + ANSWER)
        await reader.read()

    async with door_before(handle) as client:
        response = await client.get("/v1/orders")
        assert (response.status_code, response.text) == (200, "ok")
        assert "link" not in response.headers


async def test_headers_of_one_hop_go_no_further() -> None:
    """Neither way; and who the client is, the gateway says, whatever the client says."""
    heads = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append((await head_of(reader)).lower())
        writer.write(
            b"HTTP/1.1 200 OK\r\nConnection: x-hop\r\nKeep-Alive: 5\r\nDate: then\r\nServer: theirs\r\n"
            b"Content-Length: 2\r\n\r\nok"
        )
        await reader.read()

    sent = {
        "Connection": "x-secret, host, content-length",
        "X-Secret": "1",
        "TE": "trailers",
        "Upgrade": "h2c",
        "X-Forwarded-For": "1.2.3.4",
        "Forwarded": "for=1.2.3.4",
        "X-Forwarded-Proto": "https",
    }
    async with door_before(handle) as client:
        response = await client.post("/v1/orders", headers=sent, content=b"x")
    names = [line.partition(b":")[0] for line in heads[0].split(b"\r\n")[1:] if line]
    assert not {b"connection", b"x-secret", b"te", b"upgrade", b"forwarded"}.intersection(names)
    assert {b"host", b"content-length"} <= set(names)
    assert heads[0].count(b"x-forwarded-for: 127.0.0.1\r\n") == names.count(b"x-forwarded-for") == 1
    assert heads[0].count(b"x-forwarded-proto: http\r\n") == names.count(b"x-forwarded-proto") == 1
    assert not {"connection", "keep-alive", "date", "server"}.intersection(response.headers)
