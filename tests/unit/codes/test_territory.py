"""Trees of divisions as ranges of codes."""

from hypothesis import given
from hypothesis import strategies as st

from services.codes.divisions import Level, parent_code_of
from services.codes.territory import CodeRange, tree_of, trees_of
from services.kit.territory import region_prefix

VILLAGES = st.from_regex(r"52[0-3][1-9][0-9]{2}[1-9][0-9]{2}[0-9]{2}[1-9]", fullmatch=True)
DIVISIONS = st.builds(parent_code_of, VILLAGES, st.sampled_from(Level))


@given(DIVISIONS, VILLAGES)
def test_a_tree_holds_what_begins_with_its_digits(root: str, village: str) -> None:
    low, high = tree_of(root)
    assert (low <= village < high) == village.startswith(region_prefix(root))
    assert low <= root < high


@given(st.lists(DIVISIONS, max_size=5), st.none() | DIVISIONS, VILLAGES)
def test_trees_hold_what_is_in_a_root_and_in_the_region_asked_for_each_once(
    roots: list[str], within: str | None, village: str
) -> None:
    holding = [tree for tree in trees_of(roots, within=within) if tree.low <= village < tree.high]
    allowed = any(village.startswith(region_prefix(root)) for root in roots)
    asked = within is None or village.startswith(region_prefix(within))
    assert len(holding) == (allowed and asked)


def test_without_roots_there_is_nothing_to_see() -> None:
    assert trees_of([]) == []
    assert trees_of(["522700000000"], within="520100000000") == []
    assert trees_of(["522700000000"], within="520000000000") == [CodeRange("5227", "5228")]
