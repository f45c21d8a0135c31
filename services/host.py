"""The house in one process: every service behind the gateway, each with its own connections under its own role."""

import asyncio
import fcntl
import os
import signal
import threading
from pathlib import Path

import httpx
from starlette.types import ASGIApp

from services.auth.app import create_app as create_auth
from services.auth.bootstrap import ensure_credentials
from services.auth.settings import AuthSettings
from services.codes.app import create_app as create_codes
from services.codes.seed import load_divisions
from services.codes.settings import CodesSettings
from services.gateway.app import create_app as create_gateway
from services.gateway.door import Gateway
from services.gateway.settings import GatewaySettings
from services.kit.database import Database
from services.kit.logs import configure_logs
from services.kit.process import rest_garbage_collection
from services.kit.settings import ServiceSettings
from services.sales.app import create_app as create_sales
from services.sales.settings import SalesSettings
from services.stats.app import create_app as create_stats
from services.stats.settings import StatsSettings
from services.web.app import create_app as create_web
from services.web.settings import WebSettings

PARENT_VARIABLE = "ONECODE_PARENT_PID"
PARENT_LOOK_SECONDS = 0.5


def create_house(settings: ServiceSettings) -> Gateway:
    """Every service behind the gateway. Each reads its further settings from the environment.

    The pages speak to the public API as everywhere, only without a socket between.
    """
    shared = settings.model_dump()
    house = create_gateway(
        GatewaySettings(),
        services={
            "auth": create_auth(AuthSettings(**shared)),
            "codes": create_codes(CodesSettings(**shared)),
            "sales": create_sales(SalesSettings(**shared)),
            "stats": create_stats(StatsSettings(**shared)),
        },
    )
    pages = WebSettings(public_url=settings.public_url)
    house.services["web"] = create_web(pages, transport=httpx.ASGITransport(app=house))
    return house


async def prepare_house(settings: ServiceSettings, credentials: Path, base_url: str) -> bool:
    """Load the divisions and make the first clients, where that has not been done; answers whether the file
    ``credentials`` was written.
    """
    codes = Database(settings.role_url("onecode_codes_login"), application="onecode-prepare", pool_size=1)
    auth = Database(settings.role_url("onecode_auth_login"), application="onecode-prepare", pool_size=1)
    try:
        _, is_written = await asyncio.gather(
            load_divisions(codes), ensure_credentials(auth, settings.secrets_dir, credentials, base_url)
        )
    finally:
        await codes.close()
        await auth.close()
    return is_written


def create_house_of_worker() -> ASGIApp:
    """The house of one of several worker processes, from the environment; it ends with the process that started it."""
    configure_logs(os.environ.get("ONECODE_LOG_LEVEL", "warning"))
    parent = os.environ.get(PARENT_VARIABLE)
    if parent:
        threading.Thread(target=_end_with, args=(int(parent),), daemon=True).start()
    settings = ServiceSettings()
    lock = os.open(settings.secrets_dir / ".workers", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        # Services draw missing secrets as they are created: one worker after the other, so that all have the same.
        fcntl.flock(lock, fcntl.LOCK_EX)
        house = create_house(settings)
    finally:
        os.close(lock)
    rest_garbage_collection()
    return house


def _end_with(parent: int) -> None:
    """Stop this process when its parent is gone: a worker that outlived a killed parent would hold the port."""
    pause = threading.Event()
    while os.getppid() == parent:
        pause.wait(PARENT_LOOK_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)
