"""Which service a path belongs to."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.routing import PUBLIC_PATHS, PathClaimedTwice, RouteTable

TABLE = RouteTable(PUBLIC_PATHS)
segments = st.text(st.characters(exclude_characters="/"), max_size=5)


def test_no_path_is_claimed_by_two_services() -> None:
    """Neither the same path nor one below another's: who answers never depends on the order of the table."""
    claims = [(path, service) for service, paths in PUBLIC_PATHS.items() for path in paths if path != "/"]
    for (path, service), (other, rival) in itertools.permutations(claims, 2):
        assert service == rival or not f"{path}/".startswith(f"{other}/"), (path, service, rival)


def test_a_path_claimed_twice_stops_the_start() -> None:
    with pytest.raises(PathClaimedTwice, match=r"/v1/orders: sales, stats"):
        RouteTable({"sales": ["/v1/orders"], "stats": ["/v1/orders"]})


@pytest.mark.parametrize(
    ("path", "service"),
    [
        ("/", "web"),
        ("/c/HGP1XF3A71", "web"),
        ("/C/HGP1XF3A71", "web"),
        ("/v1/token", "auth"),
        ("/.well-known/jwks.json", "auth"),
        ("/v1/codes/HGP1XF3A71/qr.svg", "codes"),
        ("/v1/orders", "sales"),
        ("/v1/orders/", "sales"),
        ("/v1/stats/summary", "stats"),
    ],
)
def test_a_published_path_leads_to_its_service(path: str, service: str) -> None:
    assert TABLE.service_of(path) == service


@pytest.mark.parametrize(
    "path",
    [
        "/v1",
        "/v1/ordersheet",
        "/v1/order",
        "//v1/orders",
        "/metrics",
        "/readyz",
        "/openapi.json",
        "",
        "/v1/orders/../../metrics",
        "/v1/orders/./x",
        "/v1/orders/..",
    ],
)
def test_what_no_service_publishes_leads_nowhere(path: str) -> None:
    """Whole segments count, and a path that could be resolved to another one is refused."""
    assert TABLE.service_of(path) is None


@given(st.sampled_from(PUBLIC_PATHS["sales"]), st.lists(segments.filter(lambda text: text not in {".", ".."})))
def test_all_that_lies_below_a_claim_belongs_to_it(claim: str, below: list[str]) -> None:
    assert TABLE.service_of("/".join([claim, *below])) == "sales"


@given(st.lists(segments, min_size=1).map("/".join))
def test_any_path_can_be_asked_for(path: str) -> None:
    """Whatever is sent as a path, the table answers with one of the services or none."""
    assert TABLE.service_of(path) in {None, *PUBLIC_PATHS}


def test_the_longest_claim_wins() -> None:
    table = RouteTable({"codes": ["/v1/codes"], "sales": ["/v1/codes/sold"]})
    assert table.service_of("/v1/codes/sold/x") == "sales"
    assert table.service_of("/v1/codes/soldier") == "codes"
