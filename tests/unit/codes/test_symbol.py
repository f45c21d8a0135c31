"""Symbols: those of a family are, module for module, what the encoder makes of each text alone."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.codes.symbol import TextUnfit, smallest_version, symbol_family, symbol_matrix

ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
BEGINNINGS = ("HTTPS://ONECODE.GZ.CN/C/", "HTTPS://ONECODE.GZ.CNN/C/")
"""An even number of characters and an odd one: characters are encoded by twos."""


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(BEGINNINGS), st.text(ALPHANUMERIC, min_size=10, max_size=10), st.sampled_from([3, 4]))
def test_a_symbol_of_a_family_is_the_symbol_of_its_text(beginning: str, end: str, version: int) -> None:
    """Version 4 has two blocks of error correction, version 3 one."""
    text = beginning + end
    alone = "".join("1" if dark else "0" for row in symbol_matrix(text, version) for dark in row)
    family = symbol_family(beginning, len(text), version)
    assert f"{family.draw(text):0{family.side**2}b}" == alone


def test_text_that_does_not_fit_is_refused() -> None:
    assert smallest_version("A" * 61, (3, 4)) == 3
    assert smallest_version("A" * 62, (3, 4)) == 4
    for text in ("A" * 91, "lower", "标签"):
        with pytest.raises(TextUnfit):
            smallest_version(text, (3, 4))
