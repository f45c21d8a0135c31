"""Every door has a lock, or is on the list of those that have none."""

from collections.abc import Iterator
from typing import Any, Final

import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts

from services.auth.published import PATHS as AUTH_PATHS
from services.auth.scopes import SCOPES
from services.codes.published import PATHS as CODES_PATHS
from services.sales.published import PATHS as SALES_PATHS
from services.stats.published import PATHS as STATS_PATHS
from services.web.published import PATHS as WEB_PATHS

PATHS: Final = {
    "auth": AUTH_PATHS,
    "codes": CODES_PATHS,
    "sales": SALES_PATHS,
    "stats": STATS_PATHS,
    "web": WEB_PATHS,
}
PROBES: Final = {"/healthz", "/readyz", "/metrics", "/openapi.json"}
"""Of each process; the gateway has its own and passes none of these on."""

PUBLIC: Final = {
    # Whoever comes here has no token yet, or hands in the credentials themselves.
    ("POST", "/v1/token"),
    ("POST", "/v1/token/revoke"),
    ("GET", "/.well-known/jwks.json"),
    ("GET", "/.well-known/oauth-authorization-server"),
    # Divisions are public knowledge.
    ("GET", "/v1/regions"),
    ("GET", "/v1/regions/{code}"),
    ("GET", "/v1/regions/tags"),
    ("GET", "/v1/reporting-units"),
    ("GET", "/v1/reporting-units/{unit}"),
    # What kinds of goods there are, is too.
    ("GET", "/v1/categories"),
    # Whoever holds a product scans its label: what the code is, no private data.
    ("GET", "/v1/codes/{code}"),
    ("GET", "/v1/codes/{code}/origin"),
    ("GET", "/v1/stats/goods/{code}"),
    ("GET", "/v1/codes/{code}/qr.svg"),
    ("GET", "/v1/codes/{code}/qr.png"),
    # A device has no credential before it enrols; it brings the short code that an officer was given.
    ("POST", "/v1/stations/enrol"),
    # An empty form.
    ("GET", "/v1/rosters/template"),
    # Anybody can verify a card without a network.
    ("GET", "/.well-known/onecode-keys.json"),
    # Anybody can check a receipt.
    ("GET", "/v1/receipts/keys"),
}
PAGES: Final = {
    # Pages hold no data of their own: what they show they ask of the API, with the visitor's token or with none.
    ("GET", "/"),
    ("GET", "/c/{code}"),
    ("GET", "/C/{code}"),
    ("GET", "/c/{code}/{token}"),
    ("GET", "/C/{code}/{token}"),
    ("GET", "/dashboard"),
    ("GET", "/dashboard/files/{table:path}"),
    ("GET", "/dashboard/targets"),
    ("GET", "/dashboard/stations"),
    ("GET", "/dashboard/products"),
    ("GET", "/uplift"),
    ("GET", "/docs"),
    ("GET", "/assets/{digest}/{path:path}"),
    ("GET", "/login"),
    ("POST", "/login"),
    ("GET", "/logout"),
    ("POST", "/logout"),
    ("GET", "/password"),
    ("POST", "/password"),
    # A station's phone: the API judges the credential that its browser brings, or the code with which it enrols.
    ("GET", "/scan"),
    ("GET", "/scan/worker.js"),
    ("POST", "/scan/enrol"),
    ("POST", "/scan/leave"),
    ("GET", "/scan/v1/{path:path}"),
    ("POST", "/scan/v1/{path:path}"),
    # An officer's desk: the registry judges the token of whoever has logged in, and each act is a form of ours.
    ("GET", "/console"),
    ("GET", "/console/template.xlsx"),
    ("GET", "/console/print"),
    ("POST", "/console/print"),
    ("GET", "/console/rosters"),
    ("POST", "/console/rosters"),
    ("GET", "/console/rosters/{roster_id}"),
    ("GET", "/console/rosters/{roster_id}/missing"),
    ("GET", "/console/rosters/{roster_id}/results.csv"),
    ("POST", "/console/rosters/{roster_id}/commit"),
    ("POST", "/console/rosters/{roster_id}/discard"),
    ("POST", "/console/rosters/{roster_id}/rows/{row}"),
    ("GET", "/console/find"),
    ("POST", "/console/find"),
    ("GET", "/console/codes/{code}"),
    ("POST", "/console/codes/{code}/cards"),
    ("GET", "/console/codes/{code}/cards/{card_no}/handover"),
    ("POST", "/console/codes/{code}/cards/{card_no}/handover"),
    ("POST", "/console/codes/{code}/{act}"),
    ("GET", "/console/stations"),
    ("POST", "/console/stations"),
    ("GET", "/console/stations/{station}"),
    ("POST", "/console/stations/{station}/changes"),
    ("POST", "/console/stations/{station}/closures"),
    ("POST", "/console/stations/{station}/operators"),
    ("GET", "/console/stations/{station}/enrolments"),
    ("POST", "/console/stations/{station}/enrolments"),
    ("POST", "/console/stations/{station}/devices/{device}/disable"),
    ("GET", "/console/objections"),
    ("POST", "/console/objections/{objection_id}"),
}


def _scopes(dependant: Dependant) -> set[str]:
    """The scopes that let a caller in, of a route or of whatever it depends on."""
    found = set(getattr(dependant.call, "required_scopes", ()))
    for part in dependant.dependencies:
        found |= _scopes(part)
    return found


def routes(app: FastAPI) -> Iterator[tuple[str, str, set[str]]]:
    """Method, path and scopes of every route but the probes."""
    for route in iter_route_contexts(app.routes):
        if route.path in PROBES:
            continue
        dependant: Any = getattr(route, "dependant", None)
        for method in route.methods or {"ANY"}:
            yield method, str(route.path), set() if dependant is None else _scopes(dependant)


def test_every_route_asks_for_a_scope_or_is_public(applications: dict[str, FastAPI]) -> None:
    """And no entry of the list has outlived its route, or got a lock."""
    open_doors = {(method, path) for app in applications.values() for method, path, scopes in routes(app) if not scopes}
    assert open_doors == PUBLIC | PAGES


def test_scopes_asked_for_are_scopes_that_can_be_had(applications: dict[str, FastAPI]) -> None:
    """A misspelt scope would lock everybody out."""
    asked = {scope for app in applications.values() for _, _, scopes in routes(app) for scope in scopes}
    assert asked
    assert asked <= set(SCOPES)


@pytest.mark.parametrize("service", sorted(PATHS))
def test_routes_lie_under_the_published_paths(applications: dict[str, FastAPI], service: str) -> None:
    """The gateway's table is made from these; a route beside them would be reachable by nobody."""
    found = [path for _, path, _ in routes(applications[service])]
    assert found
    beside = [path for path in found if not any(path == root or path.startswith(f"{root}/") for root in PATHS[service])]
    assert beside == []


@pytest.mark.parametrize("service", sorted(PATHS))
def test_no_path_belongs_to_two_services(service: str) -> None:
    """Whoever comes first would answer for the other."""
    others = [path for name, paths in PATHS.items() if name != service for path in paths]
    for path in PATHS[service]:
        assert not [other for other in others if other == path or (path != "/" and other.startswith(f"{path}/"))]


@pytest.mark.parametrize("service", sorted(set(PATHS) - {"web"}))
def test_paths_carry_no_person_data(applications: dict[str, FastAPI], service: str) -> None:
    """Names, ID numbers and phones never stand in an address, which ends in logs of proxies and browsers."""
    document = applications[service].openapi()
    person = {"name", "id_card", "phone", "uscc"}
    for path, operations in document["paths"].items():
        for operation in operations.values():
            asked = {parameter["name"] for parameter in operation.get("parameters", [])}
            assert not asked & person, path


@pytest.mark.parametrize("service", sorted(set(PATHS) - {"web"}))
def test_operations_say_what_they_do(applications: dict[str, FastAPI], service: str) -> None:
    """The OpenAPI document is the reference: every operation has a description and a tag."""
    for path, operations in applications[service].openapi()["paths"].items():
        for method, operation in operations.items():
            assert operation.get("description"), f"{method} {path}"
            assert operation.get("tags"), f"{method} {path}"
