"""Services in the gateway's own process begin and end with it; its answers about all of them."""

from contextlib import AsyncExitStack

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from services.gateway.app import create_app
from services.gateway.lifespan import AppLifespan, DidNotStart
from services.gateway.settings import GatewaySettings
from services.kit.app import create_service_app
from tests.integration.gateway.conftest import served
from tests.integration.gateway.stand_in import StandIn


async def refuses_to_start(_scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "lifespan.startup.failed", "message": "no keys"})


async def dies(_scope: Scope, receive: Receive, _send: Send) -> None:
    await receive()
    raise RuntimeError("a bug in a service")


async def test_services_start_before_the_first_request_and_stop_at_the_end() -> None:
    first, second = StandIn(), StandIn()
    async with served(create_app(GatewaySettings(), services={"sales": first, "codes": second})) as address:
        assert first.life == second.life == ["lifespan.startup"]
        async with httpx.AsyncClient(base_url=address, trust_env=False) as client:
            assert (await client.get("/v1/orders")).status_code == 200
    assert first.life == second.life == ["lifespan.startup", "lifespan.shutdown"]


@pytest.mark.parametrize("broken", [refuses_to_start, dies])
async def test_a_house_does_not_open_with_a_service_that_cannot_start(broken: object) -> None:
    """And the services that had started are stopped again."""
    good = StandIn()
    house = AppLifespan(create_app(GatewaySettings(), services={"codes": good, "sales": broken}))  # type: ignore[dict-item]
    with pytest.raises(DidNotStart):
        await house.start()
    assert good.life == ["lifespan.startup", "lifespan.shutdown"]


async def test_readiness_names_who_is_not_ready(stack: AsyncExitStack) -> None:
    """Ready is who answers its own ``/readyz`` with 200."""
    services = {name: create_service_app(name, description=name) for name in ("auth", "codes", "sales", "stats")}
    gateway = create_app(GatewaySettings(), services=services)
    transport = httpx.ASGITransport(gateway)
    client = await stack.enter_async_context(httpx.AsyncClient(transport=transport, base_url="http://onecode.test"))
    not_ready = await client.get("/readyz")
    assert (not_ready.status_code, not_ready.json()["not_ready"]) == (503, ["web"])
    gateway.services["web"] = create_service_app("web", description="web")
    assert (await client.get("/readyz")).json()["services"] == ["auth", "codes", "sales", "stats", "web"]


async def test_the_interface_of_all_services_is_one(stack: AsyncExitStack) -> None:
    """Every public path of every service, and none that is not reached through the gateway."""
    sales = create_service_app("sales", description="Sales.")
    sales.add_api_route("/v1/orders", lambda: None, methods=["POST"])
    sales.add_api_route("/v1/elsewhere", lambda: None, methods=["POST"])
    codes = create_service_app("codes", description="Codes.")
    codes.add_api_route("/v1/codes/{code}", lambda code: code, methods=["GET"])
    gateway = create_app(GatewaySettings(), services={"sales": sales, "codes": codes})
    transport = httpx.ASGITransport(gateway)
    client = await stack.enter_async_context(httpx.AsyncClient(transport=transport, base_url="http://onecode.test"))
    description = (await client.get("/openapi.json")).json()
    assert list(description["paths"]) == ["/v1/codes/{code}", "/v1/orders"]
    assert description["x-missing-services"] == ["auth", "stats", "web"]


async def test_the_gateway_tells_its_measures(stack: AsyncExitStack) -> None:
    transport = httpx.ASGITransport(create_app(GatewaySettings()))
    client = await stack.enter_async_context(httpx.AsyncClient(transport=transport, base_url="http://onecode.test"))
    assert (await client.get("/v1/nothing")).status_code == 404
    measures = (await client.get("/metrics")).text
    assert 'onecode_gateway_refused_total{code="not_found"}' in measures
    assert "onecode_gateway_requests_under_way" in measures
