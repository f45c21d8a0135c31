"""Cards: a token says what was signed, verifies with its own code only, and no other key, day or bit passes."""

from datetime import date, datetime, timedelta, timezone

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from services.codes.card import (
    TOKEN_LENGTH,
    CardKey,
    CardToken,
    CardVerdict,
    MalformedToken,
    judge_token,
    read_scan,
    read_token,
    signed_part,
    write_token,
)
from services.codes.code import ALPHABET, Kind, draw_code
from services.codes.label import card_address, card_form

CODES = st.builds(draw_code, st.sampled_from(Kind))
CARD_NOS = st.integers(1, 2**32 - 1)
DAYS = st.dates(date(2019, 1, 1), date(2100, 1, 1))
SECRET = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))


def issue(code: str, card_no: int, day: date, *, secret: Ed25519PrivateKey = SECRET, key_id: int = 1) -> str:
    return write_token(CardToken(key_id, card_no, day, secret.sign(signed_part(code, key_id, card_no, day))))


def key(secret: Ed25519PrivateKey = SECRET, **fields: object) -> CardKey:
    values = {"key_id": 1, "public_key": secret.public_key().public_bytes_raw(), "valid_from": date(2019, 1, 1)}
    return CardKey(**{**values, **fields})  # type: ignore[arg-type]


@given(CODES, CARD_NOS, DAYS)
def test_what_was_issued_is_read_and_valid(code: str, card_no: int, day: date) -> None:
    written = issue(code, card_no, day)
    assert len(written) == TOKEN_LENGTH
    token = read_token(written.lower())
    assert (token.key_id, token.card_no, token.issued_on) == (1, card_no, day)
    assert write_token(token) == written
    assert judge_token(code, token, {1: key()}) is CardVerdict.VALID


@given(CODES, CODES, CARD_NOS, DAYS)
def test_a_token_is_good_with_its_own_code_only(code: str, other: str, card_no: int, day: date) -> None:
    verdict = judge_token(other, read_token(issue(code, card_no, day)), {1: key()})
    assert verdict is (CardVerdict.VALID if code == other else CardVerdict.BAD_SIGNATURE)


@given(CODES, CARD_NOS, DAYS, st.integers(0, TOKEN_LENGTH - 1), st.sampled_from(ALPHABET))
def test_no_character_can_be_changed(code: str, card_no: int, day: date, place: int, character: str) -> None:
    """Not one bit: a changed token is no token, names another key, or does not verify."""
    written = issue(code, card_no, day)
    forged = written[:place] + character + written[place + 1 :]
    if forged == written:
        return
    try:
        token = read_token(forged)
    except MalformedToken:
        return
    assert judge_token(code, token, {1: key()}) in {CardVerdict.BAD_SIGNATURE, CardVerdict.UNKNOWN_KEY}


def test_who_has_no_key_of_ours_forges_nothing() -> None:
    day = date(2026, 11, 24)
    forged = read_token(issue("HGP1XF3A71", 7, day, secret=OTHER))
    assert judge_token("HGP1XF3A71", forged, {1: key()}) is CardVerdict.BAD_SIGNATURE
    unknown = read_token(issue("HGP1XF3A71", 7, day, secret=OTHER, key_id=2))
    assert judge_token("HGP1XF3A71", unknown, {1: key()}) is CardVerdict.UNKNOWN_KEY


@given(st.integers(-3, 3))
def test_after_a_rotation_old_cards_stay_good_and_new_ones_need_the_new_key(offset: int) -> None:
    """A retired secret that got out cannot sign cards of days on which the next key signs."""
    change = date(2026, 1, 1)
    keys = {1: key(valid_to=change), 2: key(OTHER, key_id=2, valid_from=change)}
    day = change + timedelta(days=offset)
    old, new = issue("HGP1XF3A71", 7, day), issue("HGP1XF3A71", 8, day, secret=OTHER, key_id=2)
    good, bad = CardVerdict.VALID, CardVerdict.BAD_SIGNATURE
    assert judge_token("HGP1XF3A71", read_token(old), keys) is (good if day < change else bad)
    assert judge_token("HGP1XF3A71", read_token(new), keys) is (bad if day < change else good)


def test_a_withdrawn_key_voids_its_cards_but_not_the_others() -> None:
    day = date(2026, 11, 24)
    withdrawn = datetime(2026, 11, 25, tzinfo=timezone(timedelta(hours=8)))
    keys = {1: key(withdrawn_at=withdrawn), 2: key(OTHER, key_id=2)}
    assert judge_token("HGP1XF3A71", read_token(issue("HGP1XF3A71", 7, day)), keys) is CardVerdict.KEY_WITHDRAWN
    new = issue("HGP1XF3A71", 8, day, secret=OTHER, key_id=2)
    assert judge_token("HGP1XF3A71", read_token(new), keys) is CardVerdict.VALID


@given(st.text(max_size=200))
def test_any_text_is_a_token_or_refused(text: str) -> None:
    try:
        token = read_token(text)
    except MalformedToken:
        return
    assert write_token(token) == text.strip().upper()


def test_numbers_that_do_not_fit_are_refused() -> None:
    for key_id, card_no in ((0, 1), (256, 1), (1, 0), (1, 2**32)):
        with pytest.raises(ValueError, match="255"):
            signed_part("HGP1XF3A71", key_id, card_no, date(2026, 1, 1))


def test_a_card_fits_version_7_and_with_a_long_host_version_8() -> None:
    """At most version 8: 57 modules with the quiet zone, so a module is half a millimetre of a symbol of 30 mm."""
    token = issue("HGP1XF3A71", 7, date(2026, 11, 24))
    assert card_form(card_address("https://onecode.gz.cn", "HGP1XF3A71", token)) == (7, "M")
    assert card_form(card_address(f"https://{'a' * 40}", "HGP1XF3A71", token)) == (7, "M")
    assert card_form(card_address(f"https://{'a' * 83}", "HGP1XF3A71", token)) == (8, "M")


def test_a_scan_is_a_code_or_the_address_of_a_label_or_card() -> None:
    token = issue("HGP1XF3A71", 7, date(2026, 11, 24))
    assert read_scan(" hgp1-xf3a-71 ") == ("hgp1-xf3a-71", None)
    assert read_scan("HTTPS://ONECODE.GZ.CN/C/HGP1XF3A71") == ("HGP1XF3A71", None)
    assert read_scan("https://onecode.gz.cn/c/HGP1XF3A71/") == ("HGP1XF3A71", None)
    assert read_scan(card_address("https://onecode.gz.cn", "HGP1XF3A71", token)) == ("HGP1XF3A71", token)
