"""Tables as text, for spreadsheets and from them: lines of CSV, and cells that none of them takes for a formula."""

import csv
import io
from collections.abc import Iterable
from itertools import islice
from typing import Final

BYTE_ORDER_MARK: Final = "\ufeff"
"""For Excel in Chinese Windows, which reads a file without one as GBK."""
_FIRST_LINES: Final = 10
_FORMULA_BEGINS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""Full-width forms too: a Chinese input method makes them, and spreadsheets take them."""


def harmless(text: str) -> str:
    """Text that no spreadsheet takes for a formula (https://owasp.org/www-community/attacks/CSV_Injection)."""
    return f"'{text}" if text.startswith(_FORMULA_BEGINS) else text


def csv_line(cells: Iterable[str]) -> bytes:
    """A record of RFC 4180, in UTF-8."""
    written = io.StringIO(newline="")
    csv.writer(written).writerow(cells)
    return written.getvalue().encode()


def decode_csv(content: bytes) -> str:
    """The text of a CSV: UTF-8, with or without its mark, else GB18030, which Excel in Chinese Windows writes.

    Raises ``UnicodeDecodeError`` for what is neither.
    """
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("gb18030")


def delimiter_of(text: str) -> str:
    """Tab or comma: whichever the first lines have more of, since a title may stand above the header."""
    beginning = "".join(islice(io.StringIO(text), _FIRST_LINES))
    return "\t" if beginning.count("\t") > beginning.count(",") else ","
