"""The wire of ``auth``. What comes in and what goes out are separate models; unknown fields are refused."""

from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from services.auth.grants import Grant
from services.auth.queries import Account
from services.auth.scopes import parse_scope


def _known_scope(words: str) -> str:
    return " ".join(parse_scope(words))


def _no_nul(value: str) -> str:
    if "\0" in value:
        raise ValueError("NUL is not allowed")
    return value


Words = Annotated[str, AfterValidator(_no_nul)]
Scope = Annotated[str, Field(max_length=1_000), AfterValidator(_known_scope)]
"""A space-separated list of scopes that exist."""
Region = Annotated[str, Field(pattern=r"^[0-9]{12}$")]
"""A 12-digit division code."""
ClientId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{1,62}$")]
UserName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{2,62}$")]
"""Three characters at least, so that nobody is called ``me``."""
DisplayName = Annotated[Words, Field(min_length=1, max_length=100)]
KeyId = Annotated[Words, Field(min_length=1, max_length=100)]
Actor = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
"""The name of a platform or station."""
Password = Annotated[Words, Field(min_length=12, max_length=200)]
"""Length is what counts; no rules about kinds of characters (NIST SP 800-63B §5.1.1)."""


class Incoming(BaseModel):
    """A request body."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Outgoing(BaseModel):
    """An answer."""

    model_config = ConfigDict(frozen=True)


class GrantIn(Incoming):
    """What a new account may do."""

    name: DisplayName
    scope: Scope
    regions: list[Region] = Field(max_length=100)
    platform: Actor | None = None
    station: Actor | None = None

    def grant(self) -> Grant:
        """As a value."""
        return Grant(tuple(self.scope.split()), tuple(dict.fromkeys(self.regions)), self.platform, self.station)


class NewClient(GrantIn):
    """A program that may ask for tokens; with ``public_jwk`` it signs in by its own key and gets no secret."""

    client_id: ClientId | None = Field(default=None, description="Drawn at random if left out.")
    public_jwk: dict[str, Any] | None = Field(default=None, description="Ed25519 or P-256 public key with a `kid`.")


class NewUser(GrantIn):
    """A person who may log in on the pages."""

    user_name: UserName
    password: Password


class AccountChanges(Incoming):
    """Only what is sent is changed. ``platform`` and ``station`` may be set to null."""

    name: DisplayName | None = None
    enabled: bool | None = None
    scope: Scope | None = None
    regions: list[Region] | None = Field(default=None, max_length=100)
    platform: Actor | None = None
    station: Actor | None = None

    def grant_changes(self) -> dict[str, Any]:
        """Fields of a grant and their new values."""
        changes: dict[str, Any] = {}
        if self.scope is not None:
            changes["scope"] = tuple(self.scope.split())
        if self.regions is not None:
            changes["regions"] = tuple(dict.fromkeys(self.regions))
        for field in ("platform", "station"):
            if field in self.model_fields_set:
                changes[field] = getattr(self, field)
        return changes


class SecretReplacement(Incoming):
    """How to replace a client's secret."""

    revoke_tokens: bool = Field(default=True, description="Whether tokens issued so far end as well.")


class PasswordReplacement(Incoming):
    """A user's new password, set by an administrator."""

    password: Password


class OwnPassword(Incoming):
    """A user's own new password."""

    current: Words = Field(max_length=200)
    new: Password


class ClientKey(Incoming):
    """A public key of a client."""

    public_jwk: dict[str, Any] = Field(description="Ed25519 or P-256 public key with a `kid`.")


class TokenOut(Outgoing):
    """An access token (RFC 6749 §5.1)."""

    access_token: str
    token_type: str = "Bearer"  # noqa: S105 - the scheme's name
    expires_in: int = Field(description="Seconds.")
    scope: str


class AccountOut(Outgoing):
    """What a client and a user have in common."""

    name: str
    scope: str
    regions: list[str]
    platform: str | None
    station: str | None
    enabled: bool
    created_at: datetime
    changed_at: datetime


class ClientOut(AccountOut):
    """A client."""

    client_id: str

    @classmethod
    def of(cls, account: Account, **more: Any) -> Self:
        """From its record."""
        return cls(client_id=account.key, **_shared(account), **more)


class UserOut(AccountOut):
    """A user."""

    user_name: str

    @classmethod
    def of(cls, account: Account) -> Self:
        """From its record."""
        return cls(user_name=account.key, **_shared(account))


def _shared(account: Account) -> dict[str, Any]:
    return {
        "name": account.name,
        "scope": " ".join(account.grant.scope),
        "regions": list(account.grant.regions),
        "platform": account.grant.platform,
        "station": account.grant.station,
        "enabled": account.enabled,
        "created_at": account.created_at,
        "changed_at": account.changed_at,
    }


class RegisteredClient(ClientOut):
    """A new client; ``client_secret`` is shown this once, and null for a client with a key of its own."""

    client_secret: str | None


class ClientSecretOut(Outgoing):
    """A new secret, shown this once."""

    client_id: str
    client_secret: str


class ClientPage(Outgoing):
    """Clients by id; ``next`` goes into ``after``."""

    clients: list[ClientOut]
    next: str | None


class UserPage(Outgoing):
    """Users by name; ``next`` goes into ``after``."""

    users: list[UserOut]
    next: str | None


class SigningKeyOut(Outgoing):
    """A key that signs, or signed, access tokens."""

    kid: str
    current: bool
    created_at: datetime
    retired_at: datetime | None
    verify_until: datetime | None


class SigningKeysOut(Outgoing):
    """Signing keys, newest first."""

    keys: list[SigningKeyOut]


class AuditEntry(Outgoing):
    """Who changed what, and when."""

    audit_id: str
    recorded_at: datetime
    actor: str
    action: str
    target: str
    detail: dict[str, Any]


class AuditPage(Outgoing):
    """Audit entries, newest first; ``next`` goes into ``before``."""

    entries: list[AuditEntry]
    next: str | None
