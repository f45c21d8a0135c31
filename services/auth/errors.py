"""What can go wrong. The token endpoint answers in OAuth's form (RFC 6749 §5.2), the rest as problem documents."""

from typing import ClassVar

from services.kit.errors import Conflict, NotAllowed, NotFound


class OAuthError(Exception):
    """An error of the token or the revocation endpoint."""

    status: ClassVar[int] = 400
    error: ClassVar[str] = "invalid_request"

    def __init__(self, description: str) -> None:
        super().__init__(description)
        self.description = description

    def headers(self) -> dict[str, str]:
        """Headers that go with the answer."""
        return {"Cache-Control": "no-store", "Pragma": "no-cache"}


class InvalidRequest(OAuthError):
    """A parameter is missing, twice there, or unreadable."""


class InvalidClient(OAuthError):
    """Unknown client, wrong secret, bad assertion, or disabled."""

    status, error = 401, "invalid_client"

    def headers(self) -> dict[str, str]:
        """A 401 names a scheme with which one can authenticate."""
        return {**super().headers(), "WWW-Authenticate": 'Basic realm="onecode", charset="UTF-8"'}


class InvalidGrant(OAuthError):
    """Unknown user, wrong password, or disabled."""

    error = "invalid_grant"


class InvalidScope(OAuthError):
    """A scope that does not exist or goes beyond the account's own."""

    error = "invalid_scope"


class UnsupportedGrantType(OAuthError):
    """Neither ``client_credentials`` nor ``password``."""

    error = "unsupported_grant_type"


class NotYourToken(OAuthError):
    """A client may end its own tokens only."""

    status, error = 403, "unauthorized_client"


class TooManyFailures(OAuthError):
    """Too many failed attempts from this address or under this name."""

    status, error = 429, "too_many_failures"

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__(
            f"失败次数过多,请 {retry_after_seconds} 秒后再试 / Too many failures; try again in {retry_after_seconds} s"
        )
        self.retry_after_seconds = retry_after_seconds

    def headers(self) -> dict[str, str]:
        """With ``Retry-After``, in seconds."""
        return {**super().headers(), "Retry-After": str(self.retry_after_seconds)}


class UnknownAccount(NotFound):
    """No client or user of this name, or none the caller may know of."""

    code, title = "account_not_found", "没有该客户端或用户 / No such client or user"


class UnknownKey(NotFound):
    """No key of this id."""

    code, title = "key_not_found", "没有该密钥 / No such key"


class NameTaken(Conflict):
    """The client id, user name or key id is in use."""

    code, title = "name_taken", "名称已被使用 / The name is taken"


class OwnAccount(Conflict):
    """Nobody takes their own access away by accident."""

    code, title = "own_account", "不能停用自己 / Not your own account"


class CurrentKey(Conflict):
    """The key that signs cannot be withdrawn."""

    code, title = "current_key", "该密钥正在使用 / The key is in use"


class GrantTooWide(NotAllowed):
    """Nobody hands out, or manages, more than they hold themselves."""

    code, title = "grant_too_wide", "超出自身权限 / More than you hold yourself"


class WrongPassword(NotAllowed):
    """The present password was not the right one."""

    code, title = "wrong_password", "密码错误 / Wrong password"
