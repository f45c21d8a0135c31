"""What a registration says, and which numbers it may carry."""

from datetime import date

import pytest

from services.codes.code import Kind
from services.codes.subject import (
    NotAnIdCard,
    NotAUscc,
    Registration,
    content_of,
    differing_fields,
    mask_name,
    read_id_card,
    read_uscc,
)


def test_an_id_card_number_is_read_in_its_canonical_form() -> None:
    assert read_id_card("360426 19910101 0071") == "360426199101010071"
    assert read_id_card("52270119780101004x") == "52270119780101004X"


def test_a_county_that_is_younger_than_the_holder_is_no_objection() -> None:
    assert read_id_card("520111196001010010") == "520111196001010010"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("36042619910101007", "18"),
        ("3604261991010100A1", "characters"),
        ("360426199101010072", "check character"),
        ("3.60426E+17", "18"),
        ("360426199113010079", "date"),
        ("990426199101010079", "province"),
    ],
)
def test_a_wrong_id_card_number_is_refused_for_its_reason_and_not_repeated(text: str, reason: str) -> None:
    with pytest.raises(NotAnIdCard, match=reason) as error:
        read_id_card(text)
    assert text not in str(error.value)


def test_a_credit_code_is_checked() -> None:
    assert read_uscc("9 1 110000 600037341L") == "91110000600037341L"
    with pytest.raises(NotAUscc, match="check character"):
        read_uscc("91110000600037341M")


def test_the_mask_leaves_the_first_character_and_hides_the_length() -> None:
    assert mask_name("罗德明") == mask_name("罗欧阳德明") == "罗**"


def test_what_names_a_person_is_not_in_the_representation() -> None:
    said = Registration(
        Kind.HOUSEHOLD, "522701005016", date(2018, 12, 31), "罗德明", {"id_card": "360426199101010071"}, "13800000000"
    )
    assert all(secret not in repr(said) for secret in ("罗德明", "360426199101010071", "13800000000"))


def test_differences_are_named_as_on_the_wire() -> None:
    said = Registration(Kind.HOUSEHOLD, "522701005016", date(2018, 12, 31), "罗德明", {}, persons=4)
    other = Registration(Kind.HOUSEHOLD, "522701005016", date(2018, 12, 31), "罗德民", {}, persons=4)
    known = content_of(other, {"id_card": b"index"})
    assert differing_fields(content_of(said, {}), known) == ["name", "id_card"]
    assert differing_fields(known, known) == []
