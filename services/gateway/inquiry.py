"""The gateway's own questions to the services behind it, wherever they run."""

import asyncio
from dataclasses import dataclass

from starlette.types import ASGIApp, Message

_HEADERS = [(b"host", b"gateway"), (b"accept", b"*/*"), (b"accept-encoding", b"identity")]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a service answered."""

    status: int
    body: bytes

    @property
    def is_good(self) -> bool:
        """Whether it is a 200."""
        return self.status == 200  # noqa: PLR2004 - HTTP's own number


async def inquire(app: ASGIApp, path: str, *, patience_seconds: float) -> Answer:
    """GET ``path`` of one service; status 503 when there was no answer in time, or no service."""
    status = 503
    parts: list[bytes] = []
    forever = asyncio.Event()
    asked = False

    async def receive() -> Message:
        nonlocal asked
        if asked:
            await forever.wait()
        asked = True
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
        else:
            parts.append(message.get("body", b""))

    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": list(_HEADERS),
        "client": None,
        "server": ("gateway", 80),
        "state": {},
    }
    try:
        async with asyncio.timeout(patience_seconds):
            await app(scope, receive, send)
    except Exception:  # noqa: BLE001 - whatever is wrong with a service, it has not answered
        return Answer(503, b"")
    return Answer(status, b"".join(parts))
