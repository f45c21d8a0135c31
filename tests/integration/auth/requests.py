"""The requests that the tests of ``auth`` make again and again."""

from typing import Any

import httpx
from fastapi import FastAPI

from services.auth.bootstrap import ClientCredentials


def client_of(app: FastAPI) -> httpx.AsyncClient:
    """A client that reaches the service without a socket."""
    transport = httpx.ASGITransport(app=app, client=("203.0.113.7", 40_000))
    return httpx.AsyncClient(transport=transport, base_url="https://onecode.example")


class Api:
    """A client of the service under test that knows the first clients' credentials."""

    def __init__(self, client: httpx.AsyncClient, first_clients: dict[str, ClientCredentials]) -> None:
        self.client = client
        self.first_clients = first_clients

    async def ask_token(self, name: str, **fields: str) -> httpx.Response:
        """The answer to a token request of one of the first clients (``client_secret_basic``)."""
        credentials = self.first_clients[name]
        return await self.client.post(
            "/v1/token",
            data={"grant_type": "client_credentials", **fields},
            auth=(credentials.client_id, credentials.client_secret),
        )

    async def token(self, name: str, **fields: str) -> str:
        """A token of one of the first clients."""
        response = await self.ask_token(name, **fields)
        assert response.status_code == 200, response.text
        return str(response.json()["access_token"])

    async def post_form(self, **fields: str) -> httpx.Response:
        """A token request with these fields and nothing else."""
        return await self.client.post("/v1/token", data=fields)

    async def send(self, method: str, path: str, token: str, body: Any = None) -> httpx.Response:
        """A request with a Bearer token."""
        return await self.client.request(method, path, json=body, headers={"Authorization": f"Bearer {token}"})

    async def register_client(self, token: str, **fields: Any) -> httpx.Response:
        """Register a client, by default a harmless one."""
        body = {"name": "测试 / Test", "scope": "stats:read", "regions": ["520100000000"], **fields}
        return await self.send("POST", "/v1/clients", token, body)

    async def register_user(self, token: str, **fields: Any) -> httpx.Response:
        """Register a user, by default a harmless one."""
        body = {
            "user_name": "wang.fang",
            "password": "correct horse battery",
            "name": "王芳",
            "scope": "stats:read",
            "regions": ["520100000000"],
            **fields,
        }
        return await self.send("POST", "/v1/users", token, body)

    async def log_in(self, user_name: str, password: str) -> httpx.Response:
        """A person's log-in, as the pages do it."""
        return await self.post_form(grant_type="password", username=user_name, password=password)

    async def audit(self, token: str, **query: str) -> list[dict[str, Any]]:
        """Audit entries, newest first."""
        response = await self.client.get("/v1/audit", params=query, headers={"Authorization": f"Bearer {token}"})
        assert response.status_code == 200, response.text
        entries: list[dict[str, Any]] = response.json()["entries"]
        return entries
