"""Person data at rest."""

import hashlib
import hmac
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.codes.privacy import PersonKeys, UnreadablePersonData

FIRST, SECOND, INDEX = (os.urandom(32) for _ in range(3))
KEYS = PersonKeys({1: FIRST}, INDEX)


@given(st.text(max_size=50), st.integers(min_value=0, max_value=2**63 - 1))
def test_what_is_sealed_opens_again_and_shows_nothing(text: str, subject_id: int) -> None:
    sealed = KEYS.seal("name", subject_id, text)
    assert KEYS.open("name", subject_id, sealed) == text
    if len(text) > 2:
        assert text.encode() not in sealed


def test_a_ciphertext_opens_only_in_its_own_row_and_field_and_unchanged() -> None:
    sealed = KEYS.seal("name", 7, "罗德明")
    for field, subject_id, text in (
        ("name", 8, sealed),
        ("phone", 7, sealed),
        ("name", 7, sealed[:-1] + bytes([sealed[-1] ^ 1])),
    ):
        with pytest.raises(UnreadablePersonData):
            KEYS.open(field, subject_id, text)


@given(st.text(max_size=200))
def test_the_index_is_hmac_sha256_of_field_and_number(number: str) -> None:
    expected = hmac.digest(INDEX, b"id_card\0" + number.encode(), hashlib.sha256)
    assert KEYS.index("id_card", number) == expected


def test_equal_texts_have_unlike_ciphertexts() -> None:
    assert KEYS.seal("name", 7, "罗德明") != KEYS.seal("name", 7, "罗德明")


def test_a_new_key_seals_what_is_new_and_the_old_one_still_opens_what_is_old() -> None:
    old = KEYS.seal("name", 7, "罗德明")
    both = PersonKeys({1: FIRST, 2: SECOND}, INDEX)
    new = both.seal("name", 7, "罗德明")
    assert (old[0], new[0]) == (1, 2)
    assert both.open("name", 7, old) == both.open("name", 7, new) == "罗德明"
    with pytest.raises(UnreadablePersonData):
        KEYS.open("name", 7, new)


def test_the_index_is_equal_for_equal_numbers_and_depends_on_field_and_key() -> None:
    index = KEYS.index("id_card", "360426199101010071")
    assert index == PersonKeys({1: SECOND}, INDEX).index("id_card", "360426199101010071")
    assert index != KEYS.index("external_id", "360426199101010071")
    assert index != PersonKeys({1: FIRST}, SECOND).index("id_card", "360426199101010071")


def test_keys_are_drawn_once_and_readable_by_their_owner_only(tmp_path: Path) -> None:
    sealed = PersonKeys.from_secrets(tmp_path).seal("name", 7, "罗德明")
    assert PersonKeys.from_secrets(tmp_path).open("name", 7, sealed) == "罗德明"
    files = sorted(tmp_path.iterdir())
    assert [file.name for file in files] == ["codes_index_key", "codes_person_key_1"]
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    (tmp_path / "codes_person_key_2").write_text("c2hvcnQ")
    with pytest.raises(ValueError, match="codes_person_key_2"):
        PersonKeys.from_secrets(tmp_path)


def test_the_fields_of_a_row_are_sealed_together_and_opened_one_by_one() -> None:
    """Each with a nonce of its own, and each opens only in its own place."""
    keys = PersonKeys({1: os.urandom(32)}, os.urandom(32))
    contents = {"name": b"\xe8\x92\x99", "id_card": b"1", "phone": b"1"}
    sealed = keys.seal_row(7, contents)
    assert {field: keys.open_bytes(field, 7, cipher) for field, cipher in sealed.items()} == contents
    assert len({cipher[1:13] for cipher in sealed.values()}) == len(contents)
    with pytest.raises(UnreadablePersonData):
        keys.open_bytes("phone", 7, sealed["id_card"])
