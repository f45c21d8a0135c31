"""The gateway as an application: wiring only."""

from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version

from starlette.types import ASGIApp

from services.gateway.door import Gateway
from services.gateway.remote import RemoteService
from services.gateway.settings import GatewaySettings


def create_app(settings: GatewaySettings, *, services: Mapping[str, ASGIApp] | None = None) -> Gateway:
    """The gateway. ``services`` (name → application) run in this process; the others are reached by their address."""
    remote = {
        name: RemoteService(
            name,
            address,
            connect_seconds=settings.connect_seconds,
            silence_seconds=settings.silence_seconds,
        )
        for name, address in settings.upstreams.items()
    }
    return Gateway(settings, {**remote, **(services or {})}, version=_version())


def _version() -> str:
    try:
        return version("onecode")
    except PackageNotFoundError:  # run from a checkout that is not installed
        return "0"
