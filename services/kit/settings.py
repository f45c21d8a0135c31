"""The environment every service reads; a service adds its own fields in its ``settings.py``."""

from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import URL, make_url

from services.kit.secrets import read_secret


class ServiceSettings(BaseSettings):
    """Where the database is, as whom to log in, and where the secrets lie. Every field has an ``ONECODE_`` variable."""

    model_config = SettingsConfigDict(env_prefix="ONECODE_", extra="ignore", frozen=True)

    database_url: str = ""
    """``postgresql://…``; user and password in it give way to the service's own role ``onecode_<schema>_login``."""
    secrets_dir: Path = Path("var/secrets")
    """Folder with one file per secret; the password of role R is the file ``role_R``."""
    public_url: str = "http://127.0.0.1:8000"
    """The address under which people and platforms reach the gateway; the issuer of tokens, the host in QR codes."""
    pool_size: int = 10
    """Database connections the service keeps at most."""
    pool_timeout_seconds: float = 5.0
    """How long a request waits for a connection before it is answered 503."""
    run_consumers: bool = True
    """Whether this process takes part in sealing and consuming the feed."""

    def role_url(self, role: str) -> URL:
        """The database address with the login role ``role`` and its password."""
        url = make_url(self.database_url).set(drivername="postgresql+asyncpg")
        return url.set(username=role, password=read_secret(self.secrets_dir, f"role_{role}"))
