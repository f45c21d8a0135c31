"""The route of bulk posts: documented like any other, and answered without what a plain request does not need.

Resolving an endpoint's parameters takes FastAPI longer than judging a line takes us, and most requests have none: no
query and no Idempotency-Key. Those go straight to the endpoint, with the caller that its scope asks for; any other goes
the framework's way.
"""

from collections.abc import Awaitable, Callable

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.types import Receive, Scope, Send

from services.kit.auth import Caller


class BulkRoute(APIRoute):
    """A route whose endpoint takes the request, the caller, and parameters that all have defaults."""

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request that has no parameters directly, and any other as FastAPI does."""
        if scope["method"] not in (self.methods or ()) or scope["query_string"] or _has_key(scope):
            await super().handle(scope, receive, send)
            return
        request = Request(scope, receive, send)
        response = await self.endpoint(request, await self._authorise(request))
        await response(scope, receive, send)

    @property
    def _authorise(self) -> Callable[[Request], Awaitable[Caller]]:
        """The dependency that finds the caller and holds its scope (a route without one would be open to all)."""
        (dependency,) = (part.call for part in self.dependant.dependencies if hasattr(part.call, "required_scopes"))
        return dependency  # type: ignore[return-value]  # FastAPI types every dependency as any callable


def _has_key(scope: Scope) -> bool:
    return any(name == b"idempotency-key" for name, _ in scope["headers"])
