"""What the tests of all services share: routes built once, hashes that cost little, logs of the true form."""

from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from argon2 import Parameters
from argon2.profiles import CHEAPEST
from fastapi import APIRouter, FastAPI

from services.kit import slow_hashes
from services.kit.logs import configure_logs


@pytest.fixture(scope="session", autouse=True)
def routes_are_built_once() -> Iterator[None]:
    """FastAPI builds the routes of a router (models, dependencies) at the first request to each application that
    includes it. A run has more than a thousand applications with the same routers: the first builds them for all.
    """
    include_router = FastAPI.include_router

    def include(app: FastAPI, router: APIRouter, **options: Any) -> None:
        include_router(app, router, **options)
        if not options:
            routes = app.router.routes
            routes[-1] = vars(router).setdefault("included", routes[-1])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(FastAPI, "include_router", include)
        yield


@pytest.fixture(scope="module", autouse=True)
def hashes_cost_little() -> Iterator[None]:
    """Argon2id as it is, but with 8 KiB instead of 64 MiB: what a hash must cost is a test of its own, in ``unit``."""
    cheap: Parameters = CHEAPEST
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(slow_hashes, "RFC_9106_LOW_MEMORY", cheap)
        yield


@pytest.fixture(scope="session", autouse=True)
def logs_are_those_of_the_house() -> None:
    """JSON lines, as a house writes them, to wherever output goes at the moment. What structlog writes by itself is
    for people: it draws every local variable of an unexpected error, which takes seconds.
    """
    configure_logs()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(), cache_logger_on_first_use=False)
