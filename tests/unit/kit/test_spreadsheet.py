"""Tables as text, from spreadsheets."""

import pytest

from services.kit.spreadsheet import decode_csv, delimiter_of


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_file_of_an_office_is_read_in_whichever_encoding_it_was_saved(encoding: str) -> None:
    """Also characters that GBK has not; the mark of UTF-8 is no part of the text."""
    assert decode_csv("户编号,姓名\n1,潘𬭎\n".encode(encoding)) == "户编号,姓名\n1,潘𬭎\n"


def test_what_is_neither_is_refused() -> None:
    """A byte that begins no character of either."""
    with pytest.raises(UnicodeDecodeError):
        decode_csv(b"a,\xff\xff\n")


def test_a_title_above_the_header_does_not_hide_the_tabs() -> None:
    """The first lines together say by what cells are parted."""
    assert delimiter_of("2019年名册\na\tb\tc\n1\t2\t3,5\n") == "\t"
    assert delimiter_of("a,b\n") == ","
