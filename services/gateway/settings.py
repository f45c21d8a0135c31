"""The environment of the gateway."""

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.gateway.limits import parse_networks
from services.gateway.routing import SERVICES

MIB = 1024 * 1024


class GatewaySettings(BaseSettings):
    """Where the services are, and how much one client or all of them may ask. Every field has an ``ONECODE_`` variable.

    An upstream that is not named here is not there: its paths answer 503, unless the application is handed over.
    """

    model_config = SettingsConfigDict(env_prefix="ONECODE_", extra="ignore", frozen=True)

    upstream_auth: str = ""
    """Address of the service ``auth``, as ``http://auth:8001``; likewise the others."""
    upstream_codes: str = ""
    upstream_sales: str = ""
    upstream_stats: str = ""
    upstream_web: str = ""

    body_limit_bytes: int = Field(default=4 * MIB, ge=1)
    """The largest request body (DESIGN.md §6)."""
    file_paths: tuple[str, ...] = ("/v1/imports", "/v1/rosters", "/console/rosters")
    """Paths at which files come in, which are passed on as they arrive and may be as large as ``file_limit_bytes``.

    These alone: what is posted below them are forms and documents like any others.
    """
    file_limit_bytes: int = Field(default=512 * MIB, ge=1)
    bodies_at_once_bytes: int = Field(default=64 * MIB, ge=1)
    """What the bodies of all requests that this process works on may be together; one more is answered 503."""
    files_at_once_bytes: int = Field(default=256 * MIB, ge=1)
    """Likewise of files, of which one counts 64 MiB at most: larger ones are read row by row."""
    concurrent_requests: int = Field(default=500, ge=1)
    """Requests that this process works on at the same time; one more is answered 503."""
    requests_per_second: float = Field(default=500.0, ge=0)
    """What one client address may ask in the long run; 0: no limit."""
    requests_at_once: int = Field(default=2000, ge=1)
    """What one client address may ask in a burst."""
    unlimited_clients: str = "127.0.0.0/8,::1"
    """Addresses and networks without a limit of their own: this machine, and the process of the pages."""

    connect_seconds: float = Field(default=2.0, gt=0)
    """How long a service may take to accept a connection."""
    silence_seconds: float = Field(default=60.0, gt=0)
    """How long a service may be silent before it is given up."""

    @field_validator("unlimited_clients")
    @classmethod
    def _networks(cls, value: str) -> str:
        parse_networks(value)
        return value

    @property
    def upstreams(self) -> dict[str, str]:
        """Service → address, for the services that are named."""
        addresses = {service: str(getattr(self, f"upstream_{service}")) for service in SERVICES}
        return {service: address for service, address in addresses.items() if address}
