"""What a client may take its time with: nothing is timed, and nothing waits here."""

import asyncio
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from services.cli.inbound import (
    HEAD_LIMIT_BYTES,
    LOOK_SECONDS,
    PATIENCE_SECONDS,
    SILENCE_SECONDS,
    SLOWEST_BYTES_A_SECOND,
    BoundedProtocol,
)


async def answer_when_all_is_there(_scope: Any, receive: Any, send: Any) -> None:
    """An application that reads the whole body first."""
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


class Line(asyncio.Transport):
    """What would be sent, and whether it was hung up."""

    def __init__(self) -> None:
        super().__init__()
        self.sent = b""
        self.is_closed = False

    def write(self, data: Any) -> None:
        """Send."""
        self.sent += bytes(data)

    def close(self) -> None:
        """Hang up."""
        self.is_closed = True

    def is_closing(self) -> bool:
        """Whether it was hung up."""
        return self.is_closed

    def pause_reading(self) -> None:
        """Nothing comes by itself."""

    def resume_reading(self) -> None:
        """Nothing comes by itself."""


class Client:
    """A connection, and the time at which it is looked at."""

    def __init__(self, app: Any = answer_when_all_is_there) -> None:
        config = uvicorn.Config(app, lifespan="off", log_config=None)
        config.load()
        self.line = Line()
        self.protocol = BoundedProtocol(config, ServerState(), {})
        self.protocol.connection_made(self.line)
        self.began = self.protocol.loop.time()

    def say(self, data: bytes) -> None:
        """Send a piece."""
        self.protocol.data_received(data)

    def is_cut_after(self, seconds: float) -> bool:
        """Whether somebody who looks so long after the connection was made hangs up."""
        self.protocol.look(self.began + seconds)
        return self.line.is_closed

    def rest(self) -> None:
        """The connection is gone, as at the end of every test."""
        self.protocol.connection_lost(ConnectionResetError())


async def test_a_head_without_end_is_refused() -> None:
    """Headers are bounded in all, however many they are and in however many pieces they come."""
    client = Client()
    client.say(b"GET / HTTP/1.1\r\nHost: x\r\n")
    for number in range(HEAD_LIMIT_BYTES // 1024):
        assert not client.line.is_closed
        client.say(b"X-%05d: %s\r\n" % (number, b"a" * 1013))
    client.say(b"X: b\r\n")
    assert client.line.is_closed
    assert client.line.sent.startswith(b"HTTP/1.1 431 ")
    client.rest()


@pytest.mark.parametrize(
    "said", [b"POST /v1/orders HT", b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9000\r\n\r\n{"]
)
async def test_a_request_that_never_ends_is_given_up(said: bytes) -> None:
    """In its head or in its body, with an answer that says so."""
    client = Client()
    client.say(said)
    assert not client.is_cut_after(PATIENCE_SECONDS - 1)
    assert client.is_cut_after(PATIENCE_SECONDS + LOOK_SECONDS)
    assert client.line.sent.startswith(b"HTTP/1.1 408 ")
    client.rest()


async def test_a_slow_line_is_not_an_attack() -> None:
    """What goes on arriving is waited for, and when all of it is there it takes as long as it takes."""
    client = Client()
    client.say(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n")
    client.say(b"a" * 100 * SLOWEST_BYTES_A_SECOND)
    assert not client.is_cut_after(PATIENCE_SECONDS + 99)
    client.say(b"a" * (200_000 - 100 * SLOWEST_BYTES_A_SECOND))
    assert not client.is_cut_after(10_000)
    client.rest()


async def test_who_is_not_listened_to_is_not_blamed() -> None:
    """While our own work lets the stream wait, its client is not slow."""
    client = Client()
    client.say(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n")
    client.protocol.flow.pause_reading()
    for look in range(1, 41):
        assert not client.is_cut_after(look * LOOK_SECONDS)
    client.rest()


async def test_a_connection_on_which_nothing_is_asked_ends() -> None:
    client = Client()
    assert not client.is_cut_after(SILENCE_SECONDS - 1)
    assert client.is_cut_after(SILENCE_SECONDS + 1)
    client.rest()
