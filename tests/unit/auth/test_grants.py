"""Nobody hands out more than they hold."""

from hypothesis import given
from hypothesis import strategies as st

from services.auth.grants import Grant, excess
from services.auth.scopes import SCOPES

_regions = st.sampled_from(
    ["520000000000", "520100000000", "520102000000", "520102001000", "520102001001", "522700000000"]
)
_grants = st.builds(
    Grant,
    scope=st.lists(st.sampled_from(list(SCOPES)), unique=True).map(tuple),
    regions=st.lists(_regions, unique=True, max_size=3).map(tuple),
    platform=st.sampled_from([None, "tmall", "jd"]),
    station=st.sampled_from([None, "S1"]),
)


@given(_grants)
def test_everybody_holds_what_they_hold(grant: Grant) -> None:
    """One's own rights are within one's own rights."""
    assert excess(grant, grant) == {}


@given(_grants, _grants, _grants)
def test_handing_on_twice_gives_no_more_than_handing_on_once(first: Grant, second: Grant, third: Grant) -> None:
    """If the first may grant the second and the second the third, the first may grant the third: no chain of grants
    leads out.
    """
    if not excess(first, second) and not excess(second, third):
        assert excess(first, third) == {}


@given(_grants, st.sampled_from(list(SCOPES)))
def test_a_scope_one_lacks_is_named(grant: Grant, scope: str) -> None:
    """What is too much is told, so that the request can be corrected."""
    wanted = Grant((scope,), (), grant.platform, grant.station)
    assert excess(grant, wanted) == ({} if scope in grant.scope else {"scope": [scope]})
