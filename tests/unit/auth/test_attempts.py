"""How many failures are too many."""

from services.auth.attempts import MAX_KEYS, FailureLimit


def test_after_the_allowed_failures_one_waits_until_the_first_is_old() -> None:
    """Three failures in a minute: the next try is a minute after the first of them."""
    limit = FailureLimit(3, seconds=60)
    for at in (100.0, 110.0, 120.0):
        assert limit.wait_seconds("k", at) == 0
        limit.failed("k", at)
    assert limit.wait_seconds("k", 121.5) == 39
    assert limit.wait_seconds("k", 159.9) == 1
    assert limit.wait_seconds("k", 160.0) == 0
    limit.failed("k", 160.0)
    assert limit.wait_seconds("k", 161.0) == 9


def test_keys_do_not_wait_for_each_other() -> None:
    """One's failures are not another's."""
    limit = FailureLimit(1, seconds=60)
    limit.failed("a", 0.0)
    assert limit.wait_seconds("a", 1.0) == 59
    assert limit.wait_seconds("b", 1.0) == 0


def test_what_is_remembered_is_bounded() -> None:
    """However many names are tried, memory is not filled; the latest failures are the ones kept."""
    limit = FailureLimit(1, seconds=60)
    for key in range(MAX_KEYS + 1):
        limit.failed(key, 0.0)
    assert limit.wait_seconds(0, 1.0) == 0
    assert limit.wait_seconds(1, 1.0) == 59
    assert limit.wait_seconds(MAX_KEYS, 1.0) == 59
