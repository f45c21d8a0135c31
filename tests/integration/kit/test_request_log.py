"""What a request leaves in log and metrics: the route's template, never what stood in its place."""

import io
import json
from typing import Any

import httpx
import pytest
import structlog
from fastapi import APIRouter
from fastapi.routing import APIRoute
from sqlalchemy import text
from starlette.types import Scope

from services.codes.app import create_app
from services.codes.settings import CodesSettings
from services.kit.app import create_service_app
from services.kit.errors import NotFound
from tests.conftest import Cluster

CODE = "HGP1XF3A71"


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What the frame of a service writes while the test runs, at the most talkative level."""
    stream = io.StringIO()
    processors: list[Any] = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    monkeypatch.setattr("services.kit.app.log", structlog.wrap_logger(structlog.PrintLogger(stream), processors))
    return stream


async def test_a_code_in_the_path_is_not_logged(cluster: Cluster, database_url: str, log: io.StringIO) -> None:
    """Known or unknown, well-formed or not, found or no such route at all: neither log nor metrics name the code."""
    app = create_app(CodesSettings(database_url=database_url, secrets_dir=cluster.secrets_dir, run_consumers=False))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        for path in (f"/v1/codes/{CODE}", f"/v1/codes/{CODE}x/qr.svg", f"/v1/nothing/{CODE}", f"/v1/regions?q={CODE}"):
            await client.get(path)
        metrics = (await client.get("/metrics")).text
    await app.state.database.close()
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    routes = [line["route"] for line in lines if line["event"] == "request"]
    assert routes == ["/v1/codes/{code}", "/v1/codes/{code}/qr.svg", "(none)", "/v1/regions", "/metrics"]
    assert CODE not in log.getvalue()
    assert CODE not in metrics


async def test_a_route_of_a_router_within_a_router_is_logged_with_its_whole_template(log: io.StringIO) -> None:
    inner, outer = APIRouter(), APIRouter(prefix="/v1/nested")

    @inner.get("/deep/{code}")
    async def deep(code: str) -> str:
        return code[:0]

    outer.include_router(inner)
    app = create_service_app("nested", description="Routers within routers.")
    app.include_router(outer)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        assert (await client.get(f"/v1/nested/deep/{CODE}")).status_code == 200
    assert json.loads(log.getvalue())["route"] == "/v1/nested/deep/{code}"


async def test_a_direct_route_is_recorded_and_refuses_as_any_other(log: io.StringIO) -> None:
    """What is answered before the framework leaves the same line, and the same problem document."""

    class Refusing(APIRoute):
        def is_plain(self, scope: Scope) -> bool:
            return not scope["query_string"]

        async def answer(self, *_: Any) -> None:
            await self.endpoint()

    async def refuse() -> None:
        raise NotFound("no such thing")

    app = create_service_app("direct", description="A route that answers most requests.")
    route = Refusing("/v1/things", refuse)
    app.router.routes.append(route)
    app.direct = {route.path: route}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        direct, framed = await client.get("/v1/things"), await client.get("/v1/things?by=framework")
    assert (direct.status_code, direct.content, direct.headers) == (404, framed.content, framed.headers)
    logged = [{name: value for name, value in json.loads(line).items() if name != "ms"}
              for line in log.getvalue().splitlines()]  # fmt: skip
    assert logged[0] == logged[1]
    assert (logged[0]["route"], logged[0]["status"]) == ("/v1/things", 404)


async def test_an_unexpected_error_keeps_the_code_to_itself(
    cluster: Cluster, database_url: str, log: io.StringIO
) -> None:
    """A statement that fails is logged with its trace and without its parameters, and answered as a problem."""
    settings = CodesSettings(database_url=database_url, secrets_dir=cluster.secrets_dir)
    database = create_app(settings).state.database
    app = create_service_app("broken", description="A service with a fault.", database=database)

    @app.get("/v1/broken/{code}")
    async def broken(code: str) -> None:
        async with database.transaction() as connection:
            await connection.execute(text("SELECT 1 / 0 WHERE CAST(:code AS text) <> ''"), {"code": code})

    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        answer = await client.get(f"/v1/broken/{CODE}")
    await database.close()
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert "division by zero" in log.getvalue()
    assert CODE not in log.getvalue()
    assert "division" not in answer.text
