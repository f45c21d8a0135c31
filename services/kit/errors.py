"""The error tree every service's own errors grow from, and their form on the wire (RFC 9457 problem documents).

An error owns its HTTP status and a stable ``code`` that programs can rely on; its ``detail`` tells a person, in
Chinese and English, what to do next.
"""

from typing import Any, ClassVar


class Problem(Exception):
    """Something the caller is told about. Subclasses set ``status``, ``code`` and ``title``."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal_error"
    title: ClassVar[str] = "内部错误 / Internal error"

    def __init__(self, detail: str, *, retry_after_seconds: int | None = None, **extra: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.retry_after_seconds = retry_after_seconds
        self.extra = extra

    def document(self) -> dict[str, Any]:
        """The problem document as a JSON-ready mapping."""
        return {
            "type": "about:blank",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            **self.extra,
        }

    def headers(self) -> dict[str, str]:
        """Headers that go with the answer, such as ``Retry-After``."""
        if self.retry_after_seconds is None:
            return {}
        return {"Retry-After": str(self.retry_after_seconds)}


class MalformedRequest(Problem):
    """The request cannot be read at all: not JSON, or not of the documented shape."""

    status, code, title = 400, "malformed_request", "请求无法读取 / The request cannot be read"


class NotAuthenticated(Problem):
    """No token, or one that is not valid (any more)."""

    status, code, title = 401, "not_authenticated", "未认证 / Not authenticated"

    def headers(self) -> dict[str, str]:
        """RFC 6750 asks for the scheme in ``WWW-Authenticate``."""
        return {**super().headers(), "WWW-Authenticate": 'Bearer realm="onecode"'}


class NotAllowed(Problem):
    """The token is good, but does not carry the scope, region, platform or station that this needs."""

    status, code, title = 403, "not_allowed", "无权限 / Not allowed"


class NotFound(Problem):
    """Nothing is known under this name, or the caller may not know of it."""

    status, code, title = 404, "not_found", "未找到 / Not found"


class Conflict(Problem):
    """What is asked contradicts what is recorded."""

    status, code, title = 409, "conflict", "与已有记录冲突 / Conflicts with what is recorded"


class TooLarge(Problem):
    """More lines or bytes than one request may carry."""

    status, code, title = 413, "too_large", "请求过大 / Too large"


class InvalidInput(Problem):
    """The request can be read, but a value in it is not acceptable."""

    status, code, title = 422, "invalid_input", "输入无效 / Invalid input"


class TooManyRequests(Problem):
    """The caller is over its rate; try again after ``Retry-After``."""

    status, code, title = 429, "too_many_requests", "请求过于频繁 / Too many requests"


class Unavailable(Problem):
    """The service cannot answer now (overload, database away, starting); try again after ``Retry-After``."""

    status, code, title = 503, "unavailable", "暂时不可用 / Unavailable for now"


class CutOff(Unavailable):
    """The process is told to end, and has waited for the request as long as it may."""

    def __init__(self) -> None:
        super().__init__(
            "服务正在停止,请稍后重发,不会重复记账 / The service is being stopped; send it again in a moment, nothing "
            "is counted twice",
            retry_after_seconds=5,
        )
