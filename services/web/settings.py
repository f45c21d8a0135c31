"""The environment of the pages."""

from pydantic_settings import BaseSettings, SettingsConfigDict


class WebSettings(BaseSettings):
    """Where the public API is. Every field has an ``ONECODE_`` variable."""

    model_config = SettingsConfigDict(env_prefix="ONECODE_", extra="ignore", frozen=True)

    public_url: str = "http://127.0.0.1:8000"
    """The address under which people reach the gateway."""
    api_url: str = ""
    """The address under which *this process* reaches the gateway, where that differs (inside a container network)."""
    api_timeout_seconds: float = 10.0
    """How long a page waits for one answer of the API before it says that the service is not available."""

    @property
    def api_base_url(self) -> str:
        """The address to send API requests to."""
        return self.api_url or self.public_url
