"""The list of revocations: what is written is read, at the price that is promised; damage does not pass."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.codes.code import Kind, draw_code
from services.codes.revocation import (
    SIGNATURE_LENGTH,
    Delta,
    MalformedDelta,
    as_text,
    from_text,
    read_delta,
    write_delta,
)
from services.codes.timeline import State

CODES = st.builds(draw_code, st.sampled_from(Kind))
POSITIONS = st.integers(0, 2**32 - 1)
DELTAS = st.builds(
    Delta,
    since=POSITIONS,
    upto=POSITIONS,
    at=st.datetimes(datetime(2019, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001
        lambda moment: moment.replace(microsecond=0)
    ),
    region=st.from_regex(r"52[0-9]{10}", fullmatch=True),
    codes=st.dictionaries(CODES, st.sampled_from(State), max_size=20),
    cards=st.lists(st.integers(1, 2**32 - 1), max_size=20, unique=True).map(sorted),
    keys=st.lists(st.integers(1, 255), max_size=3, unique=True).map(sorted),
)
SIGNATURE = bytes(SIGNATURE_LENGTH)


@given(DELTAS, st.integers(1, 255))
def test_what_is_written_is_read(delta: Delta, key_id: int) -> None:
    assert read_delta(from_text(as_text(write_delta(delta, key_id) + SIGNATURE))) == (key_id, delta)


@given(DELTAS)
def test_a_code_costs_five_bytes_a_card_four_and_the_frame_84(delta: Delta) -> None:
    sorts = len({(code[0], state) for code, state in delta.codes.items()}) + bool(delta.cards) + bool(delta.keys)
    entries = 5 * len(delta.codes) + 4 * len(delta.cards) + len(delta.keys)
    assert len(write_delta(delta, 1) + SIGNATURE) == 84 + 3 * sorts + entries


def test_one_text_message_carries_six_codes_and_three_joined_ones_fifty_one() -> None:
    """160 characters of the seven-bit alphabet, or 153 in each of several; base64url has no others."""
    for codes, characters in ((6, 160), (51, 3 * 153)):
        listed = {draw_code(Kind.HOUSEHOLD): State.SUSPENDED for _ in range(codes)}
        delta = Delta(1, 2, datetime(2026, 11, 24, tzinfo=UTC), "522701000000", listed)
        assert len(as_text(write_delta(delta, 1) + SIGNATURE)) <= characters


def test_more_entries_than_a_section_holds_go_into_several() -> None:
    delta = Delta(1, 2, datetime(2026, 11, 24, tzinfo=UTC), "522701000000", cards=range(1, 70_000))
    assert list(read_delta(write_delta(delta, 1) + SIGNATURE)[1].cards) == list(range(1, 70_000))


@given(DELTAS, st.data())
def test_a_list_that_was_cut_off_is_refused_or_does_not_say_what_was_signed(delta: Delta, data: st.DataObject) -> None:
    whole = write_delta(delta, 1) + SIGNATURE
    cut = whole[: data.draw(st.integers(0, len(whole) - 1))]
    try:
        read = read_delta(cut)
    except MalformedDelta:
        return
    assert write_delta(read[1], read[0]) == cut[:-SIGNATURE_LENGTH] != whole[:-SIGNATURE_LENGTH]


@given(st.binary(max_size=200))
def test_any_bytes_are_a_list_or_refused(content: bytes) -> None:
    try:
        read_delta(content)
    except MalformedDelta:
        return
    assert content[0] == 2


def test_text_that_is_not_base64_is_refused() -> None:
    with pytest.raises(MalformedDelta):
        from_text("清单")
