"""The public API as commands use it: that of the running house, or of a house that lives as long as the command."""

import json
import time
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx

from services.cli.house import CREDENTIALS, House, house_beside
from services.cli.messages import Refusal

LOOK_SECONDS = 2.0
"""How long a running house may take to say that it is there."""
ANSWER_SECONDS = 120.0
RENEW_BEFORE_SECONDS = 60
UNAUTHORIZED = 401

_CODES_SHOWN = 20
"""Of a refusal that names codes; a village has thousands."""


class ClientCredentials(httpx.Auth):
    """Asks for a token when one is needed (OAuth 2 client credentials), and sends it with every request."""

    requires_response_body = True

    def __init__(self, base_url: str, client: dict[str, str]) -> None:
        self._base_url = base_url
        self._client = client
        self._token = ""
        self._renew_at = 0.0

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Send a request with a token that is good; once more with a new one, should it be refused."""
        if time.monotonic() >= self._renew_at:
            self._remember((yield self._token_request()))
        request.headers["Authorization"] = f"Bearer {self._token}"
        response = yield request
        if response.status_code == UNAUTHORIZED:
            self._remember((yield self._token_request()))
            request.headers["Authorization"] = f"Bearer {self._token}"
            yield request

    def _token_request(self) -> httpx.Request:
        form = {
            "grant_type": "client_credentials",
            "client_id": self._client["client_id"],
            "client_secret": self._client["client_secret"],
        }
        return httpx.Request("POST", f"{self._base_url}/v1/token", data=form)

    def _remember(self, response: httpx.Response) -> None:
        if not response.is_success:
            raise Refusal(
                f"{self._base_url} 不接受客户端 {self._client['client_id']} 的凭据({response.status_code})/ "
                f"{self._base_url} does not accept the credentials of the client {self._client['client_id']} "
                f"({response.status_code}): {response.text[:500]}"
            )
        token: dict[str, Any] = response.json()
        self._token = token["access_token"]
        self._renew_at = time.monotonic() + max(1, token["expires_in"] - RENEW_BEFORE_SECONDS)


@contextmanager
def open_api(data: Path, client: str) -> Iterator[httpx.Client]:
    """The public API of the house of ``data``, as ``client``: admin, officer, platform, station or bureau.

    The running house is used, if one answers at the address in the credentials file; else the house is started in this
    process, on a free port of this machine, for as long as the block lasts. Raises ``Refusal``.
    """
    recorded = _recorded(data)
    base_url = recorded["base_url"] if recorded else ""
    if base_url and _answers(base_url):
        with _client(base_url, data, client) as api:
            yield api
        return
    with house_beside(data, base_url=base_url) as house, _client(house.base_url, data, client) as api:
        yield api


def checked(response: httpx.Response) -> httpx.Response:
    """The response, if the API did what it was asked; raises ``Refusal`` with what it says, whatever form that has."""
    if response.is_success:
        return response
    try:
        problem: dict[str, Any] = response.json()
        codes = problem.get("codes", [])
        rest = [f"… (+{len(codes) - _CODES_SHOWN})"] if len(codes) > _CODES_SHOWN else []
        more = [*codes[:_CODES_SHOWN], *rest, *(one["message"] for one in problem.get("errors", []))]
        said = "\n".join([problem["detail"], *more])
    except (ValueError, KeyError, TypeError, AttributeError):
        said = f"{response.status_code} {response.text[:500]}".strip()
    raise Refusal(said)


@contextmanager
def open_clients(house: House, *names: str) -> Iterator[tuple[httpx.Client, ...]]:
    """The public API of a house that is served, as each of the named first clients."""
    with ExitStack() as stack:
        yield tuple(stack.enter_context(_client(house.base_url, house.data, name)) for name in names)


def client_of(base_url: str, credentials: dict[str, str]) -> httpx.Client:
    """The public API as the client with these credentials."""
    return httpx.Client(
        base_url=base_url,
        auth=ClientCredentials(base_url, credentials),
        timeout=httpx.Timeout(ANSWER_SECONDS, connect=LOOK_SECONDS),
        trust_env=False,
    )


def _recorded(data: Path) -> dict[str, Any]:
    path = data / CREDENTIALS
    if not path.exists():
        return {}
    document: dict[str, Any] = json.loads(path.read_text())
    return document


def _answers(base_url: str) -> bool:
    try:
        return httpx.get(f"{base_url}/healthz", timeout=LOOK_SECONDS, trust_env=False).is_success
    except httpx.HTTPError:
        return False


def _client(base_url: str, data: Path, name: str) -> httpx.Client:
    clients = _recorded(data)["clients"]
    if name not in clients:
        path = data / CREDENTIALS
        raise Refusal(f"{path} 中没有客户端 {name} / {path} has no client {name}, only {', '.join(clients)}")
    return client_of(base_url, clients[name])
