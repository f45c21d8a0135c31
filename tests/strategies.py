"""The shapes of what the tests draw at random, in one place: money, moments, keys, and what is made of them."""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from services.kit.money import MAX_FEN

fen = st.integers(0, MAX_FEN)
"""Any amount that is not negative."""
small_fen = st.integers(0, 5_000)
"""Amounts so small that ties, noughts and exhausted balances are frequent."""
signed_fen = st.integers(-MAX_FEN, MAX_FEN)

weights = st.lists(st.one_of(st.integers(0, 5), st.integers(0, 10**12)), max_size=40)
"""Weights of parties, many of them equal or nought."""

moments = st.integers(0, 20 * 366 * 24 * 3600 * 1_000_000).map(
    lambda micros: datetime(2015, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)
)
"""Aware moments within the years of the project."""
close_moments = st.integers(0, 3).map(lambda days: datetime(2020, 2, 1, tzinfo=UTC) + timedelta(days=days))
"""Moments of which many are equal."""

keys = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=64)
"""Order, line and refund numbers as platforms make them: visible ASCII."""
words = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=64)
"""Names of shops, SKUs and units, in any script."""
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**9), 10**9)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
"""Whatever somebody may send."""
