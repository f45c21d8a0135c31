"""The environment of ``auth``."""

from pydantic import Field

from services.kit.settings import ServiceSettings


class AuthSettings(ServiceSettings):
    """Every field has an ``ONECODE_`` variable. Several processes of this service must share ``secrets_dir``."""

    token_lifetime_seconds: int = Field(default=3600, ge=60, le=86_400)
    """How long an access token is good; a day at most, because void tokens are remembered for a day."""

    @property
    def token_endpoint(self) -> str:
        """The address at which tokens are asked for; an assertion names it, or the issuer, as its audience."""
        return f"{self.public_url}/v1/token"
