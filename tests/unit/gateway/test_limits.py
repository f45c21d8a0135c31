"""How much one client may ask."""

from hypothesis import given
from hypothesis import strategies as st

from services.gateway.limits import MAX_ADDRESSES, RateLimit, network_of


def test_a_burst_is_taken_and_then_the_rate() -> None:
    """Ten at once, then one every half second, and the wait that is answered suffices."""
    limit = RateLimit(per_second=2, burst=10)
    assert [limit.wait_seconds("203.0.113.9", 100.0) for _ in range(10)] == [0] * 10
    assert limit.wait_seconds("203.0.113.9", 100.0) == 1
    assert limit.wait_seconds("203.0.113.9", 100.5) == 0
    assert limit.wait_seconds("203.0.113.9", 100.5) == 1
    assert limit.wait_seconds("203.0.113.9", 101.5) == 0


@given(st.integers(1, 50), st.integers(1, 50), st.lists(st.floats(0, 2), max_size=200))
def test_no_more_than_burst_and_rate_are_let_through(per_second: int, burst: int, pauses: list[float]) -> None:
    """In any stretch of time t, however requests are spread, at most burst + rate · t get through."""
    limit, now, passed = RateLimit(per_second, burst), 0.0, 0
    for pause in pauses:
        now += pause
        passed += limit.wait_seconds("203.0.113.9", now) == 0
    assert passed <= burst + per_second * now + 1e-6


@given(st.integers(1, 50), st.integers(1, 50), st.floats(0, 1e6))
def test_who_waits_as_told_is_let_through(per_second: int, burst: int, now: float) -> None:
    limit = RateLimit(per_second, burst)
    while not (wait := limit.wait_seconds("203.0.113.9", now)):
        pass
    assert limit.wait_seconds("203.0.113.9", now + wait) == 0


def test_clients_do_not_share_their_limit() -> None:
    """Unless they are addresses of one IPv6 network, which one customer has whole."""
    limit = RateLimit(per_second=1, burst=1)
    assert limit.wait_seconds("203.0.113.9", 0.0) == 0
    assert limit.wait_seconds("203.0.113.8", 0.0) == 0
    assert limit.wait_seconds("2001:db8::1", 0.0) == 0
    assert limit.wait_seconds("2001:db8::ffff:1", 0.0) == 1
    assert limit.wait_seconds("2001:db8:0:1::1", 0.0) == 0


def test_named_networks_have_no_limit() -> None:
    limit = RateLimit(per_second=1, burst=1, unlimited="10.0.0.0/8, ::1")
    assert [limit.wait_seconds(address, 0.0) for address in ["10.1.2.3", "::1"] * 3] == [0] * 6


def test_what_is_remembered_is_bounded() -> None:
    """A million addresses leave no more behind than the limit, and those seen last are still held to theirs."""
    limit = RateLimit(per_second=0.001, burst=1)
    for number in range(3 * MAX_ADDRESSES):
        limit.wait_seconds(f"address {number}", 0.0)
    assert len(limit._full_at) <= MAX_ADDRESSES  # noqa: SLF001 - memory is not visible from outside
    assert limit.wait_seconds(f"address {3 * MAX_ADDRESSES - 1}", 0.0) > 0


def test_text_that_is_no_address_is_its_own_network() -> None:
    assert network_of("unix:1") == "unix:1"
