"""A movement is divided among its causes without a rest."""

from hypothesis import given, settings
from hypothesis import strategies as st

from services.stats.revision.causes import OF_ENTRIES, WORDS, Cause, Net, cause_of, count_by_cause

FEN = st.integers(-300, 300)
NETS = st.lists(
    st.builds(
        Net,
        unit=st.tuples(st.integers(1, 3)),
        before_fen=st.integers(0, 300),
        since_fen=st.dictionaries(st.sampled_from(OF_ENTRIES), FEN),
    ),
    max_size=8,
)


@given(NETS)
@settings(max_examples=150)
def test_the_parts_of_a_count_sum_to_its_movement(nets: list[Net]) -> None:
    """Whatever lines share an order or a holder, and whatever happened to each."""
    before = {net.unit for net in nets if net.before_fen > 0}
    after = {net.unit for net in nets if net.before_fen + sum(net.since_fen.values()) > 0}
    assert sum(count_by_cause(nets).values()) == len(after) - len(before)


def test_an_order_of_two_lines_is_gone_when_the_second_is_refunded() -> None:
    lines = [Net(("order",), 100, {Cause.REFUNDS: -100}), Net(("order",), 50)]
    assert count_by_cause(lines)[Cause.REFUNDS] == 0
    lines[1].since_fen[Cause.REFUNDS] = -50
    assert count_by_cause(lines)[Cause.REFUNDS] == -1


def test_every_entry_has_a_cause_and_every_cause_its_words() -> None:
    assert cause_of("sale", "api") is Cause.LATE_ORDERS
    assert cause_of("sale", "uptake") is Cause.TAKEN_UP
    assert cause_of("refund", "file") is Cause.REFUNDS
    assert cause_of("cancel", "api") is Cause.CORRECTIONS
    assert cause_of("reassign", "api") is Cause.CORRECTIONS
    assert cause_of("reassign", "uptake") is Cause.ROSTER_CHANGES
    assert WORDS.keys() == set(Cause)
