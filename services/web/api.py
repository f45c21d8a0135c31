"""The public API as the pages use it: one method per question, typed answers, two errors."""

from collections.abc import AsyncIterable, Mapping
from dataclasses import dataclass
from typing import Any, Self, TypedDict, TypeVar, Unpack
from urllib.parse import quote

import httpx
from pydantic import ValidationError

from services.web.errors import ApiRefused, ApiUnreachable
from services.web.plan_schemas import Products, Stations, Targets
from services.web.questions import Question
from services.web.schemas import (
    Answer,
    Breakdown,
    CodeState,
    DivisionDetail,
    Goods,
    Origin,
    ProblemDocument,
    PublicFigures,
    Region,
    Release,
    Releases,
    Series,
    Summary,
    Token,
    Uplift,
)

A = TypeVar("A", bound=Answer)
_OF_FILES = ("content-type", "content-disposition")
_OF_ANSWERS = ("content-type", "content-security-policy", "retry-after")


@dataclass(frozen=True, slots=True)
class TableFile:
    """A file, and the headers that say what it is and how it is called."""

    body: bytes
    headers: dict[str, str]

    @classmethod
    def of(cls, answer: httpx.Response) -> Self:
        """The file that the API answered with."""
        return cls(answer.content, {name: answer.headers[name] for name in _OF_FILES if name in answer.headers})


@dataclass(frozen=True, slots=True)
class PlainAnswer:
    """An answer of the API as it came, whatever its status, with the headers that a page may need."""

    status: int
    body: bytes
    headers: dict[str, str]


class Asked(TypedDict, total=False):
    """What goes with a request; of ``form``, ``json`` and ``content`` at most one."""

    token: str
    """In whose name it is asked; without it, in nobody's."""
    headers: dict[str, str]
    query: Mapping[str, str | list[str]]
    form: dict[str, str]
    json: Any
    content: AsyncIterable[bytes]
    timeout_seconds: float
    """How long the answer may take, where that is not what every answer may."""


class PublicApi:
    """A client of the gateway. Every method raises :class:`ApiRefused` or :class:`ApiUnreachable`.

    ``transport`` lets the pages and the gateway live in one process (``httpx.ASGITransport``) without a socket.
    """

    def __init__(
        self, base_url: str, *, timeout_seconds: float, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._client = httpx.AsyncClient(
            base_url=base_url, timeout=timeout_seconds, transport=transport, trust_env=False, follow_redirects=False
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def user_token(self, name: str, password: str) -> Token:
        """A token for a person."""
        form = {"grant_type": "password", "username": name, "password": password}
        return await self.ask(Token, "POST", "/v1/token", form=form)

    async def client_token(self, client_id: str, client_secret: str) -> Token:
        """A token for a client, with every scope it has (``client_secret_post``)."""
        form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret}
        return await self.ask(Token, "POST", "/v1/token", form=form)

    async def end_token(self, token: str) -> None:
        """Revoke ``token``: nobody who copied it can go on with it."""
        await self.send("token revocation", "POST", "/v1/token/revoke", token=token, form={"token": token})

    async def replace_password(self, token: str, current: str, new: str) -> None:
        """Another password for whoever has logged in; all their tokens end."""
        passwords = {"current": current, "new": new}
        await self.send("password", "POST", "/v1/users/me/password", token=token, json=passwords)

    async def code(self, code: str) -> CodeState:
        """What anybody may know about ``code``."""
        return await self.ask(CodeState, "GET", f"/v1/codes/{quote(code, safe='')}")

    async def origin(self, code: str) -> Origin:
        """Where what bears ``code`` comes from."""
        return await self.ask(Origin, "GET", f"/v1/codes/{quote(code, safe='')}/origin")

    async def goods(self, code: str) -> Goods:
        """What a cooperative or an enterprise sells."""
        return await self.ask(Goods, "GET", f"/v1/stats/goods/{quote(code, safe='')}")

    async def summary(self, token: str, question: Question) -> Summary:
        """All indicators of a region and period."""
        return await self._answer(Summary, token, question)

    async def series(self, token: str, question: Question) -> Series:
        """An indicator over time."""
        return await self._answer(Series, token, question)

    async def breakdown(self, token: str, question: Question) -> Breakdown:
        """An indicator by divisions."""
        return await self._answer(Breakdown, token, question)

    async def public_figures(self, token: str, question: Question) -> PublicFigures:
        """Protected figures of a release."""
        return await self._answer(PublicFigures, token, question)

    async def releases(self, token: str) -> list[Release]:
        """The releases that the visitor may know of, newest first."""
        return (await self.ask(Releases, "GET", "/v1/stats/releases", token=token)).releases

    async def file(self, token: str, question: Question, form: str) -> TableFile:
        """The answer to a question as a file."""
        query = {**question.query, "format": form}
        answer = await self.send("file", "GET", f"/v1/stats/{question.table}", token=token, query=query)
        return TableFile.of(answer)

    async def uplift(self, token: str, *, region: str, year: int) -> Uplift:
        """How much better off the households of a region are."""
        query = {"region": region, "year": str(year)}
        return await self.ask(Uplift, "GET", "/v1/stats/uplift", token=token, query=query)

    async def targets(self, token: str, *, year: int) -> Targets:
        """The plan's targets of the visitor's units."""
        return await self.ask(Targets, "GET", "/v1/stats/targets", token=token, query={"year": str(year)})

    async def stations(self, token: str, *, region: str, period: str, limit: int) -> Stations:
        """Stations of a region, those that need a call first."""
        query = {"region": region, "period": period, "limit": str(limit)}
        return await self.ask(Stations, "GET", "/v1/stats/stations", token=token, query=query)

    async def products(self, token: str, *, region: str, period: str, category: str | None = None) -> Products:
        """What is sold in a region by category; of one category its months, season, buyers and forecasts."""
        query = {"region": region, "period": period} | ({} if category is None else {"category": category})
        return await self.ask(Products, "GET", "/v1/stats/products", token=token, query=query)

    async def pass_on(
        self, method: str, path: str, *, query: str, headers: dict[str, str], body: bytes | None
    ) -> PlainAnswer:
        """What the API answers to a request that a page made in its own words; refusals are answers too.

        Raises only :class:`ApiUnreachable`.
        """
        try:
            answer = await self._client.request(
                method, httpx.URL(path, query=query.encode()), headers=headers, content=body
            )
        except httpx.HTTPError as error:
            raise ApiUnreachable(f"passed on: {type(error).__name__}") from error
        kept = {name: answer.headers[name] for name in _OF_ANSWERS if name in answer.headers}
        return PlainAnswer(answer.status_code, answer.content, kept)

    async def division(self, code: str) -> DivisionDetail:
        """A division and those that it lies in."""
        return await self.ask(DivisionDetail, "GET", f"/v1/regions/{quote(code, safe='')}")

    async def divisions_above(self, code: str) -> list[Region]:
        """The divisions that ``code`` lies in, the province first."""
        return (await self.division(code)).path

    async def _answer(self, kind: type[A], token: str, question: Question) -> A:
        return await self.ask(kind, "GET", f"/v1/stats/{question.table}", token=token, query=dict(question.query))

    async def ask(self, kind: type[A], method: str, path: str, **asked: Unpack[Asked]) -> A:
        """The answer as ``kind``."""
        asked["headers"] = {"Accept": "application/json", **asked.get("headers", {})}
        response = await self.send(kind.__name__, method, path, **asked)
        try:
            return kind.model_validate_json(response.content)
        except ValidationError as error:
            raise ApiUnreachable(f"{kind.__name__}: not the documented shape") from error

    async def send(self, what: str, method: str, path: str, **asked: Unpack[Asked]) -> httpx.Response:
        """An answer that is good.

        What is raised is logged: it says ``what`` was asked for, never the path, which may hold a code.
        """
        seconds = asked.get("timeout_seconds")
        headers = dict(asked.get("headers", {}))
        if "token" in asked:
            headers["Authorization"] = f"Bearer {asked['token']}"
        try:
            response = await self._client.request(
                method,
                path,
                params=asked.get("query"),
                data=asked.get("form"),
                json=asked.get("json"),
                content=asked.get("content"),
                headers=headers,
                timeout=httpx.USE_CLIENT_DEFAULT if seconds is None else seconds,
            )
        except httpx.HTTPError as error:
            raise ApiUnreachable(f"{what}: {type(error).__name__}") from error
        if not response.is_success:
            raise _refusal(response)
        return response


def _refusal(response: httpx.Response) -> ApiRefused:
    try:
        problem = ProblemDocument.model_validate_json(response.content)
    except ValidationError:
        problem = ProblemDocument()
    return ApiRefused(
        response.status_code, problem.code or problem.error, problem.detail, response.headers.get("retry-after")
    )
