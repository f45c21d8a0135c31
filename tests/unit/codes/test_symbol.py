"""Symbols: those of a family are, module for module, what the encoder makes of each text alone."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qrcode.exceptions import DataOverflowError

from services.codes.symbol import CAPACITY, Form, TextUnfit, first_form, symbol_family, symbol_matrix

ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
BEGINNINGS = ("HTTPS://ONECODE.GZ.CN/C/", "HTTPS://ONECODE.GZ.CNN/C/")
"""An even number of characters and an odd one: characters are encoded by twos."""
FORMS = (Form(3, "H"), Form(5, "H"), Form(7, "M"))


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(BEGINNINGS), st.text(ALPHANUMERIC, min_size=10, max_size=10), st.sampled_from(FORMS))
def test_a_symbol_of_a_family_is_the_symbol_of_its_text(beginning: str, end: str, form: Form) -> None:
    """These have two and four blocks of error correction, of equal and of unequal length."""
    text = beginning + end
    alone = "".join("1" if dark else "0" for row in symbol_matrix(text, form) for dark in row)
    family = symbol_family(beginning, len(text), form)
    assert f"{family.draw(text):0{family.side**2}b}" == alone


def test_text_that_does_not_fit_is_refused() -> None:
    forms = (Form(3, "H"), Form(5, "M"))
    assert first_form("A" * 35, forms) == (3, "H")
    assert first_form("A" * 36, forms) == (5, "M")
    for text in ("A" * 123, "lower", "标签"):
        with pytest.raises(TextUnfit):
            first_form(text, forms)


@pytest.mark.parametrize(("form", "most"), list(CAPACITY.items()))
def test_a_form_holds_what_it_is_said_to_hold_and_no_more(form: Form, most: int) -> None:
    assert len(symbol_matrix("A" * most, form)) == form.side
    with pytest.raises(DataOverflowError):
        symbol_matrix("A" * (most + 1), form)
