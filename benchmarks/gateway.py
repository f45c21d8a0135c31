"""The gateway in front of a service, in its process and over HTTP, against the service alone.

The service is ``codes`` as shipped, asked what a code is (``GET /v1/codes/{code}``, one look-up, no token), so that
the gateway is a large part of the work. All three answer from processes of their own beside one PostgreSQL.
"""

from random import Random

from starlette.types import ASGIApp

from benchmarks.house import Ground, yardstick_server
from benchmarks.load import drive, request
from benchmarks.province import read_province
from benchmarks.rounds import Contest, Options, Row, Unit, take_turns
from services.codes.app import create_app
from services.codes.settings import CodesSettings
from services.gateway.app import create_app as create_gateway
from services.gateway.settings import GatewaySettings
from services.kit.embedded import EmbeddedPostgres
from services.kit.logs import configure_logs

CONNECTIONS = 32
PLACES = {
    "alone": "benchmarks.gateway:create_codes_alone",
    "in-process": "benchmarks.gateway:create_codes_behind_gateway",
}
BUDGETS = {"in-process": 0.90, "over HTTP": 0.60}


def create_codes_alone() -> ASGIApp:
    """The service without a gateway."""
    configure_logs("warning")
    return create_app(CodesSettings())


def create_codes_behind_gateway() -> ASGIApp:
    """The gateway with the service in its own process."""
    return create_gateway(GatewaySettings(), services={"codes": create_codes_alone()})


def create_gateway_alone() -> ASGIApp:
    """The gateway with the service at the address in its environment."""
    configure_logs("warning")
    return create_gateway(GatewaySettings())


async def measure(ground: Ground, options: Options) -> list[Row]:
    """Both rows."""
    with ground.copy() as data, EmbeddedPostgres(data) as server:
        environment = {
            "ONECODE_DATABASE_URL": server.dsn(user="nobody"),
            "ONECODE_SECRETS_DIR": str(data / "secrets"),
            "ONECODE_RUN_CONSUMERS": "false",
        }
        with (
            yardstick_server(PLACES["alone"], environment) as alone,
            yardstick_server(PLACES["in-process"], environment) as within,
            yardstick_server("benchmarks.gateway:create_gateway_alone", {"ONECODE_UPSTREAM_CODES": alone}) as remote,
        ):
            codes = read_province(data).members
            contestants = {
                name: _contest(address, codes, options)
                for name, address in (("in-process", within), ("alone", alone), ("over HTTP", remote))
            }
            for contestant in contestants.values():
                await contestant(-1)
            found = await take_turns(contestants, options.size(1, options.rounds))
    return [
        Row(f"gateway {name}", "the service alone", Unit.REQUESTS, found[name], found["alone"], budget)
        for name, budget in BUDGETS.items()
    ]


def _contest(address: str, codes: list[str], options: Options) -> Contest:
    async def contest(number: int) -> float:
        random = Random(number)  # noqa: S311 - repeatable, not secret: all are asked the same
        count = options.size(300, 800)
        asked = [request("GET", address, f"/v1/codes/{random.choice(codes)}") for _ in range(count)]
        return (await drive(address, asked, connections=CONNECTIONS, expected=b'"in_force"')).per_second

    return contest
