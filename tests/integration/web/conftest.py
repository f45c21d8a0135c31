"""The pages with recorded answers behind them: as an ASGI application, and on a socket for a browser."""

import asyncio
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from playwright.async_api import Browser
from starlette.types import Receive, Scope, Send

from services.web.app import create_app
from services.web.settings import WebSettings
from tests.browser import open_browser
from tests.integration.web.recorded_api import create_recorded_api


class Door:
    """Where the gateway stands: ``/v1/…`` and the interface description to the API, the rest to the pages."""

    def __init__(self) -> None:
        self.api: FastAPI = create_recorded_api()
        self.web = create_app(WebSettings(public_url="http://api.test"), transport=httpx.ASGITransport(self.api))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        for_api = scope["type"] == "http" and scope["path"].startswith(("/v1/", "/openapi.json"))
        await (self.api if for_api else self.web)(scope, receive, send)


@dataclass(frozen=True, slots=True)
class Site:
    """The pages on a socket."""

    base_url: str
    api: FastAPI


@pytest.fixture
def door() -> Door:
    """The pages and their recorded API."""
    return Door()


@pytest.fixture
async def visitor(door: Door) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody without a browser."""
    transport = httpx.ASGITransport(door)
    async with httpx.AsyncClient(transport=transport, base_url="http://onecode.test") as client:
        yield client


@pytest.fixture
async def site(door: Door) -> AsyncIterator[Site]:
    """The pages on a port of their own."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(door, log_level="warning", log_config=None))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        yield Site(f"http://127.0.0.1:{listener.getsockname()[1]}", door.api)
        server.should_exit = True
        await serving


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """A Chromium."""
    async with open_browser() as chromium:
        yield chromium
