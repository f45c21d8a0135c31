"""Card keys: one signs at a time, each day has one, what is over stays over, and secrets are looked for afresh."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.codes.card import CardKey, CardVerdict, judge_token, read_token
from services.codes.card_keys import (
    LEAD_DAYS,
    CardSecrets,
    NoSuchSecret,
    add_keys,
    draw_key,
    key_in_use,
    withdraw_key,
)

START = date(2026, 1, 1)
MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
STEPS = st.lists(st.tuples(st.integers(0, 10), st.one_of(st.none(), st.integers(1, 5))), max_size=12)
"""Days that pass, then a new key (None) or the withdrawal of one."""


def public(key_id: int) -> bytes:
    return bytes([key_id]) * 32


@given(STEPS)
def test_every_day_has_one_key_while_there_are_good_ones(steps: list[tuple[int, int | None]]) -> None:
    """However keys come and go: nobody is left without a key, no two sign on a day, and no past day changes hands."""
    keys, today = add_keys([], {1: public(1)}, START), START
    signed: dict[date, int] = {}
    for days, withdrawn in steps:
        for _ in range(days):
            key = key_in_use(keys, today)
            if key is not None:
                signed[today] = key.key_id
            today += timedelta(days=1)
        if withdrawn is None:
            keys = add_keys(keys, {len(keys) + 1: public(len(keys) + 1)}, today)
        elif any(key.key_id == withdrawn for key in keys):
            keys = withdraw_key(keys, withdrawn, MOMENT, today)
        good = sorted((key for key in keys if key.withdrawn_at is None), key=lambda key: key.valid_from)
        live = [key for key in good if key.valid_to is None or today < key.valid_to]
        assert (key_in_use(keys, today) is None) == (not live)
        assert all(one.valid_to is not None and one.valid_to <= other.valid_from for one, other in pairwise(good))
    by_id = {key.key_id: key for key in keys}
    for day, key_id in signed.items():
        assert by_id[key_id].signs_on(day) or by_id[key_id].withdrawn_at is not None


def test_a_new_key_is_published_before_it_signs() -> None:
    keys = add_keys(add_keys([], {1: public(1)}, START), {2: public(2)}, START)
    begins = START + timedelta(days=LEAD_DAYS)
    assert [(key.valid_from, key.valid_to) for key in keys] == [(START, begins), (begins, None)]
    assert [key_in_use(keys, day) for day in (START, begins)] == keys


def test_a_withdrawal_lets_the_next_key_begin_at_once() -> None:
    keys = add_keys(add_keys([], {1: public(1)}, START), {2: public(2)}, START)
    keys = withdraw_key(keys, 1, MOMENT, START)
    assert key_in_use(keys, START) == CardKey(2, public(2), START)


def test_a_key_without_its_secret_is_not_used() -> None:
    keys = add_keys([], {1: public(1)}, START)
    assert key_in_use(keys, START, held=[2]) is None


def test_the_first_secret_is_drawn_once_and_a_new_one_is_seen_without_a_restart(tmp_path: Path) -> None:
    secrets = CardSecrets.from_secrets(tmp_path)
    first = secrets.public_keys()
    assert list(first) == [1]
    assert CardSecrets.from_secrets(tmp_path).public_keys() == first
    assert draw_key(tmp_path) == 2
    assert secrets.held() == [1, 2]
    assert secrets.public_keys()[1] == first[1]
    assert (tmp_path / "codes_card_key_2").stat().st_mode & 0o777 == 0o600


def test_a_card_printed_again_is_the_same_card(tmp_path: Path) -> None:
    secrets = CardSecrets.from_secrets(tmp_path)
    written = secrets.token("HGP1XF3A71", 1, 7, START)
    assert CardSecrets.from_secrets(tmp_path).token("HGP1XF3A71", 1, 7, START) == written
    keys = {1: CardKey(1, secrets.public_keys()[1], START)}
    assert judge_token("HGP1XF3A71", read_token(written), keys) is CardVerdict.VALID


def test_a_missing_or_short_secret_is_said_by_name(tmp_path: Path) -> None:
    secrets = CardSecrets.from_secrets(tmp_path)
    with pytest.raises(NoSuchSecret, match="codes_card_key_9"):
        secrets.sign(9, b"")
    (tmp_path / "codes_card_key_2").write_text("c2hvcnQ")
    with pytest.raises(ValueError, match="codes_card_key_2"):
        secrets.public_keys()
