"""What is true of all services together: whether they are ready, and what they offer."""

import asyncio
import json
import time
from collections.abc import Mapping
from typing import Any

from starlette.types import ASGIApp

from services.gateway.errors import NotReady
from services.gateway.inquiry import inquire
from services.gateway.interface import merge
from services.gateway.routing import SERVICES, RouteTable

READY_PATIENCE_SECONDS = 3.0
INTERFACE_PATIENCE_SECONDS = 10.0
INTERFACE_SECONDS = 60.0
"""How long the interface description is kept: a service may be replaced by a newer one while the gateway runs."""


class Overview:
    """Asks ``services`` (name → application)."""

    def __init__(self, services: Mapping[str, ASGIApp], routes: RouteTable, *, version: str) -> None:
        self._services = services
        self._routes = routes
        self._version = version
        self._interface: dict[str, Any] = {}
        self._asked_at = -INTERFACE_SECONDS
        self._asking = asyncio.Lock()

    async def readiness(self) -> dict[str, Any]:
        """Every service and that it is ready. Raises :class:`NotReady`, which names those that are not."""
        present = [name for name in SERVICES if name in self._services]
        answers = await asyncio.gather(
            *(inquire(self._services[name], "/readyz", patience_seconds=READY_PATIENCE_SECONDS) for name in present)
        )
        ready = {name for name, answer in zip(present, answers, strict=True) if answer.is_good}
        not_ready = [name for name in SERVICES if name not in ready]
        if not_ready:
            raise NotReady(not_ready)
        return {"status": "ready", "services": list(SERVICES)}

    async def interface(self) -> dict[str, Any]:
        """The OpenAPI description of all public paths; kept for a while once all services have told theirs."""
        async with self._asking:
            if time.monotonic() - self._asked_at < INTERFACE_SECONDS:
                return self._interface
            documents: dict[str, Any] = {}
            for name, app in self._services.items():
                answer = await inquire(app, "/openapi.json", patience_seconds=INTERFACE_PATIENCE_SECONDS)
                if answer.is_good:
                    documents[name] = json.loads(answer.body)
            missing = [name for name in SERVICES if name not in documents]
            merged = merge(documents, self._is_public, version=self._version, missing=missing)
            if not missing:
                self._interface, self._asked_at = merged, time.monotonic()
            return merged

    def _is_public(self, service: str, path: str) -> bool:
        return self._routes.service_of(path) == service
