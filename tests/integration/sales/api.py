"""Sales as its callers see it: over HTTP, with real tokens."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx
from fastapi import FastAPI

from tests.tokens import PROVINCE, Tokens

OFFICER = "bindings:write ratios:write"


@dataclass(frozen=True, slots=True)
class SalesApi:
    """Requests to the service under test."""

    app: FastAPI
    client: httpx.AsyncClient
    tokens: Tokens

    async def post(
        self,
        path: str,
        body: Any,
        *,
        scope: str = OFFICER,
        regions: Sequence[str] = (PROVINCE,),
        acting_for: str | None = None,
    ) -> httpx.Response:
        """POST as an officer of the whole province, unless told otherwise; ``acting_for``: the token's platform."""
        headers = self.tokens.header(scope, regions=regions, platform=acting_for)
        return await self.client.post(path, json=body, headers=headers)

    async def get(
        self,
        path: str,
        *,
        scope: str | None = "ledger:read",
        regions: Sequence[str] = (PROVINCE,),
        acting_for: str | None = None,
        **query: Any,
    ) -> httpx.Response:
        """GET as a bureau of the whole province, unless told otherwise; ``scope=None``: without a token."""
        headers = {} if scope is None else self.tokens.header(scope, regions=regions, platform=acting_for)
        return await self.client.get(path, params=query, headers=headers)

    async def recorded(self, path: str, body: Any) -> dict[str, Any]:
        """POST what must be taken; answers the body of the answer."""
        response = await self.post(path, body)
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer

    async def pages(self, path: str, name: str, *, limit: int, **query: Any) -> list[Any]:
        """All items of all pages."""
        items: list[Any] = []
        after: dict[str, str] = {}
        while True:
            response = await self.get(path, limit=limit, **query, **after)
            assert response.status_code == 200, response.text
            page = response.json()
            assert len(page[name]) <= limit
            items += page[name]
            if page["next"] is None:
                return items
            after = {"after": page["next"]}
