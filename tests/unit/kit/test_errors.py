"""Problem documents (RFC 9457): an error owns its status, its stable code, and says what to do next."""

import asyncio
import re
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient
from pydantic import BaseModel
from starlette.types import Message

from services.auth import errors as auth_errors
from services.codes import errors as codes_errors
from services.gateway import errors as gateway_errors
from services.kit import errors
from services.kit.app import create_service_app
from services.kit.errors import InvalidInput, NotAuthenticated, NotFound, Problem, Unavailable
from services.sales import errors as sales_errors
from services.stats import errors as stats_errors

MODULES = (errors, auth_errors, codes_errors, gateway_errors, sales_errors, stats_errors)


def kinds(root: type[Problem] = Problem) -> Iterator[type[Problem]]:
    """Every kind of problem that any service declares."""
    yield root
    for kind in root.__subclasses__():
        yield from kinds(kind)


DECLARED = sorted(
    {kind for kind in kinds() if "errors" in kind.__module__}, key=lambda kind: (kind.__qualname__, kind.__module__)
)


@pytest.mark.parametrize("kind", DECLARED, ids=lambda kind: f"{kind.__module__}.{kind.__name__}")
def test_every_kind_has_a_code_a_status_and_a_title_in_two_languages(kind: type[Problem]) -> None:
    """Codes are words that programs can rely on; titles are for people."""
    assert re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", kind.code)
    assert 400 <= kind.status <= 599
    assert re.search(r"[\u4e00-\u9fff].* / .*[A-Za-z]", kind.title)


def test_a_code_means_one_status() -> None:
    """Two kinds may share a code if it says the same; what is unknown is 404 in a path and 422 in a body."""
    statuses: dict[str, set[int]] = {}
    for kind in DECLARED:
        statuses.setdefault(kind.code, set()).add(kind.status)
    ambiguous = {code: found for code, found in statuses.items() if len(found) > 1}
    assert {code: found for code, found in ambiguous.items() if found != {404, 422}} == {}
    assert all(code.startswith("unknown_") for code in ambiguous)


def test_a_document_says_what_what_kind_and_what_next() -> None:
    """The fields of the RFC, our code, and what the error adds."""
    problem = NotFound("没有 / None such", searched=["here"])
    assert problem.document() == {
        "type": "about:blank",
        "title": NotFound.title,
        "status": 404,
        "detail": "没有 / None such",
        "code": "not_found",
        "searched": ["here"],
    }


def test_headers_of_a_problem() -> None:
    """When to try again, and by which scheme to authenticate (RFC 6750)."""
    assert Unavailable("忙 / Busy", retry_after_seconds=2).headers() == {"Retry-After": "2"}
    assert NotAuthenticated("无 / None").headers() == {"WWW-Authenticate": 'Bearer realm="onecode"'}
    assert InvalidInput("坏 / Bad").headers() == {}


class Body(BaseModel):
    """What the service under test takes."""

    number: int


@pytest.fixture
def app() -> FastAPI:
    """A service that goes wrong in every way."""
    app = create_service_app("faulty", description="Goes wrong.")

    @app.post("/takes")
    async def takes(body: Body) -> int:
        return body.number

    @app.get("/refuses")
    async def refuses() -> None:
        raise Unavailable("忙 / Busy", retry_after_seconds=7)

    @app.get("/breaks")
    async def breaks() -> None:
        raise RuntimeError("the password is swordfish")

    return app


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("POST", "/takes", b'{"number": "many"}', 422, "invalid_input"),
        ("POST", "/takes", b'{"number":', 400, "malformed_request"),
        ("GET", "/takes", b"", 405, "method_not_allowed"),
        ("GET", "/nowhere", b"", 404, "not_found"),
        ("GET", "/refuses", b"", 503, "unavailable"),
        ("GET", "/breaks", b"", 500, "internal_error"),
    ],
)
async def test_whatever_goes_wrong_is_answered_with_a_document(  # noqa: PLR0917
    app: FastAPI, method: str, path: str, body: bytes, status: int, code: str
) -> None:
    """Of the right media type; and what broke inside stays inside."""
    transport = ASGITransport(app, raise_app_exceptions=False)
    async with AsyncClient(transport=transport, base_url="http://test") as client:
        answer = await client.request(method, path, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    document = answer.json()
    assert (document["status"], document["code"], document["type"]) == (status, code, "about:blank")
    assert "swordfish" not in answer.text
    assert answer.headers.get("retry-after") == ("7" if path == "/refuses" else None)
    assert answer.headers.get("allow") == ("POST" if code == "method_not_allowed" else None)


async def test_a_request_that_is_cut_off_at_the_end_is_told_to_come_again(app: FastAPI) -> None:
    """By every service, also where it is served alone: a process that ends waits for its requests only so long."""
    began, said = asyncio.Event(), []

    @app.get("/lasts")
    async def lasts() -> None:
        began.set()
        await asyncio.Event().wait()

    async def nothing() -> Message:
        return {"type": "http.disconnect"}

    async def note(message: Message) -> None:
        said.append(message)

    scope = {"type": "http", "method": "GET", "path": "/lasts", "query_string": b"", "headers": []}
    request = asyncio.create_task(app(scope, nothing, note))
    await began.wait()
    request.cancel()
    with pytest.raises(asyncio.CancelledError):
        await request
    assert said[0]["status"] == 503
    assert (b"retry-after", b"5") in said[0]["headers"]
