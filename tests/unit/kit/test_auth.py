"""Regions by their leading digits, and what a caller may see."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit.auth import Caller
from services.kit.territory import region_prefix


def _caller(*regions: str) -> Caller:
    return Caller("c", frozenset({"stats:read"}), regions, platform=None, station=None, token_id="t")  # noqa: S106


@pytest.mark.parametrize(
    ("code", "prefix"),
    [
        ("520000000000", "52"),
        ("520100000000", "5201"),
        ("522701000000", "522701"),
        ("522701102000", "522701102"),
        ("522701102201", "522701102201"),
        ("522701102200", "522701102200"),
        ("522701100000", "522701100"),
    ],
)
def test_a_division_is_the_prefix_of_all_below_it(code: str, prefix: str) -> None:
    """Two, four, six, nine or twelve digits, by level."""
    assert region_prefix(code) == prefix


@given(
    village=st.integers(1, 999), township=st.integers(1, 999), county=st.integers(1, 99), prefecture=st.integers(1, 99)
)
def test_every_ancestor_contains_its_descendants(village: int, township: int, county: int, prefecture: int) -> None:
    """Who may see a division may see what lies in it, at every level; and who may see a part may not see the whole."""
    full = f"52{prefecture:02d}{county:02d}{township:03d}{village:03d}"
    chain = [full[:length].ljust(12, "0") for length in (2, 4, 6, 9, 12)]
    for depth, ancestor in enumerate(chain):
        for other_depth, other in enumerate(chain):
            assert _caller(ancestor).may_see_region(other) == (other_depth >= depth)


def test_regions_add_up_and_none_is_none() -> None:
    """Several roots open several trees; no root opens nothing."""
    caller = _caller("520100000000", "522701000000")
    assert caller.may_see_region("520102001001")
    assert caller.may_see_region("522701102201")
    assert not caller.may_see_region("522702102201")
    assert not caller.may_see_region("520000000000")
    assert not _caller().may_see_region("520000000000")


@pytest.mark.parametrize("code", ["", "52", "5201000000000", "52010000000a", "５２0000000000", "520000000000\n"])
def test_what_is_not_a_division_code_has_no_prefix(code: str) -> None:
    """An empty or short root would open more than was meant."""
    with pytest.raises(ValueError, match="12 digits"):
        region_prefix(code)
