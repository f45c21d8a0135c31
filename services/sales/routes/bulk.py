"""The route of bulk posts: documented like any other, and answered without what a plain request does not need.

The framework's layers, its search for the route and its resolving of parameters take longer than judging an order does,
and most requests have no parameters: no query and no Idempotency-Key. Those go straight to the endpoint, with the
caller that its scope asks for; any other goes the framework's way.
"""

from collections.abc import Awaitable, Callable
from functools import cached_property

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.types import Receive, Scope, Send

from services.kit.auth import Caller


class BulkRoute(APIRoute):
    """A route whose endpoint takes the request, the caller, and parameters that all have defaults."""

    def is_plain(self, scope: Scope) -> bool:
        """Whether a request to this path has none of the parameters."""
        return scope["method"] in (self.methods or ()) and not scope["query_string"] and not _has_key(scope)

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a plain request. Raises the endpoint's and the caller's problems."""
        request = Request(scope, receive, send)
        response = await self.endpoint(request, await self._authorise(request))
        await response(scope, receive, send)

    @cached_property
    def _authorise(self) -> Callable[[Request], Awaitable[Caller]]:
        """The dependency that finds the caller and holds its scope (a route without one would be open to all)."""
        (dependency,) = (part.call for part in self.dependant.dependencies if hasattr(part.call, "required_scopes"))
        return dependency  # type: ignore[return-value]  # FastAPI types every dependency as any callable


def _has_key(scope: Scope) -> bool:
    return any(name == b"idempotency-key" for name, _ in scope["headers"])
