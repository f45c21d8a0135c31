"""Runs the lifespans of the applications behind the gateway: a sealer must run, wherever its service is hosted."""

import asyncio
from collections.abc import Iterable

import structlog
from starlette.types import ASGIApp, Message, Receive, Send

log = structlog.get_logger(__name__)


class DidNotStart(RuntimeError):
    """An application said that it cannot start, or ended while it should have run."""


class AppLifespan:
    """The life of one application, from ``start`` to ``stop``, in a task of its own."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._to_app: asyncio.Queue[Message] = asyncio.Queue()
        self._from_app: asyncio.Queue[Message] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Return when the application is ready to answer. Raises :class:`DidNotStart`."""
        scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": {}}
        run = self._app(scope, self._to_app.get, self._from_app.put)
        self._task = asyncio.ensure_future(run)
        await self._say("lifespan.startup")

    async def stop(self) -> None:
        """Return when the application has ended what it had under way."""
        if self._task is not None and not self._task.done():
            await self._say("lifespan.shutdown")
            await self._task

    async def _say(self, what: str) -> None:
        assert self._task is not None  # noqa: S101 - start comes first
        await self._to_app.put({"type": what})
        answer = asyncio.ensure_future(self._from_app.get())
        await asyncio.wait({answer, self._task}, return_when=asyncio.FIRST_COMPLETED)
        if not answer.done():
            answer.cancel()
            error = self._task.exception()
            raise DidNotStart(str(error or "ended")) from error
        message = answer.result()
        if message["type"] != f"{what}.complete":
            raise DidNotStart(message.get("message", what))


async def live(apps: Iterable[ASGIApp], receive: Receive, send: Send) -> None:
    """Answer a server's lifespan protocol for all ``apps``: start them in order, stop them in the reverse one."""
    started: list[AppLifespan] = []
    await receive()
    try:
        for app in apps:
            lifespan = AppLifespan(app)
            await lifespan.start()
            started.append(lifespan)
    except DidNotStart as error:
        log.exception("service_did_not_start")
        await _stop(started)
        await send({"type": "lifespan.startup.failed", "message": str(error)})
        return
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await _stop(started)
    await send({"type": "lifespan.shutdown.complete"})


async def _stop(lifespans: list[AppLifespan]) -> None:
    for lifespan in reversed(lifespans):
        try:
            await lifespan.stop()
        except Exception:
            log.exception("service_did_not_stop")  # the others are stopped all the same
