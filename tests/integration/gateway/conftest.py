"""The gateway on a real port, before a stand-in that is in the same process or behind another port."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.types import ASGIApp

from services.cli.serving import address_of, listen, server_config
from services.gateway.app import create_app
from services.gateway.settings import GatewaySettings
from tests.integration.gateway.stand_in import StandIn

Open = Callable[..., Coroutine[Any, Any, httpx.AsyncClient]]


class Quiet(uvicorn.Server):
    """A server inside a test's own event loop."""

    def install_signal_handlers(self) -> None:
        """Leave signals to pytest."""


@asynccontextmanager
async def served(app: ASGIApp) -> AsyncIterator[str]:
    """Serve ``app`` on a free port in this event loop; its address."""
    listener = listen("127.0.0.1", 0)
    server = Quiet(server_config(app))
    running = asyncio.ensure_future(server._serve([listener]))  # noqa: SLF001 - serve() would take the signals
    while not server.started:
        assert not running.done(), running
        await asyncio.sleep(0)
    try:
        yield address_of(listener)
    finally:
        server.should_exit = True
        await running


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    """What is opened during a test and closed at its end."""
    async with AsyncExitStack() as stack:
        yield stack


@pytest.fixture
async def stand_in() -> StandIn:
    return StandIn()


@pytest.fixture(params=["in_process", "by_url"])
async def open_door(request: pytest.FixtureRequest, stack: AsyncExitStack, stand_in: StandIn) -> Open:
    """Opens a gateway before ``stand_in`` (as ``sales``), with settings given by name; a client of it."""

    async def open_it(**settings: Any) -> httpx.AsyncClient:
        if request.param == "in_process":
            gateway = create_app(GatewaySettings(**settings), services={"sales": stand_in})
        else:
            address = await stack.enter_async_context(served(stand_in))
            gateway = create_app(GatewaySettings(upstream_sales=address, **settings))
        base_url = await stack.enter_async_context(served(gateway))
        return await stack.enter_async_context(httpx.AsyncClient(base_url=base_url, trust_env=False, timeout=20))

    return open_it
