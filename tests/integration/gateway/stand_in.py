"""A service to stand behind the gateway in its tests: small, and it tells what it was asked."""

import asyncio
import hashlib
import json

from starlette.types import Message, Receive, Scope, Send

PART = bytes(range(256)) * 256
"""64 KiB."""


class StandIn:
    """An ASGI application that plays a service. What it does is said by the path below ``/v1/orders``."""

    def __init__(self) -> None:
        self.release = asyncio.Event()
        """Set it to let a request to ``/held`` go on."""
        self.reached = asyncio.Event()
        """Set when a request to ``/held`` has arrived."""
        self.left = asyncio.Event()
        """Set when a client left ``/endless``."""
        self.life: list[str] = []
        self.seen = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        self.seen += 1
        path = scope["path"].removeprefix("/v1/orders").removeprefix("/v1/imports")
        if path == "/held":
            self.reached.set()
            await self.release.wait()
        if path == "/parts":
            await self._parts(send)
        elif path == "/endless":
            await self._endless(receive, send)
        elif path == "/empty":
            await send({"type": "http.response.start", "status": 204, "headers": []})
            await send({"type": "http.response.body"})
        elif path == "/fails":
            raise RuntimeError("a bug in a service")
        elif path == "/breaks":
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"100")]})
            await send({"type": "http.response.body", "body": b"half", "more_body": True})
            raise RuntimeError("a bug in a service, late")
        else:
            await self._echo(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        for _ in range(2):
            kind = (await receive())["type"]
            self.life.append(kind)
            await send({"type": f"{kind}.complete"})

    async def _echo(self, scope: Scope, receive: Receive, send: Send) -> None:
        """What arrived: method, path as sent, query, headers, and the body's length and digest."""
        digest, length, more = hashlib.sha256(), 0, True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            digest.update(message.get("body", b""))
            length += len(message.get("body", b""))
            more = message.get("more_body", False)
        told = {
            "method": scope["method"],
            "path": scope["path"],
            "raw_path": scope["raw_path"].decode("latin-1"),
            "query": scope["query_string"].decode("latin-1"),
            "headers": [[name.decode("latin-1"), value.decode("latin-1")] for name, value in scope["headers"]],
            "client": scope["client"][0],
            "length": length,
            "digest": digest.hexdigest(),
        }
        body = json.dumps(told).encode()
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
            (b"set-cookie", b"a=1"),
            (b"set-cookie", b"b=2"),
            (b"x-frame-options", b"SAMEORIGIN"),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    async def _parts(self, send: Send) -> None:
        """One part; the others, sixty-four, when released."""
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/csv")]})
        await send({"type": "http.response.body", "body": b"first\n", "more_body": True})
        await self.release.wait()
        for _ in range(64):
            await send({"type": "http.response.body", "body": PART, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    async def _endless(self, receive: Receive, send: Send) -> None:
        async def watch() -> None:
            message: Message = {"type": "http.request"}
            while message["type"] != "http.disconnect":
                message = await receive()
            self.left.set()

        await send({"type": "http.response.start", "status": 200, "headers": []})
        watching = asyncio.ensure_future(watch())
        while not self.left.is_set():
            await send({"type": "http.response.body", "body": PART, "more_body": True})
            await asyncio.sleep(0)
        await watching
        await send({"type": "http.response.body", "body": b""})
