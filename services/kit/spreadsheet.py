"""Tables as text for spreadsheets: lines of CSV, and cells that none of them takes for a formula."""

import csv
import io
from collections.abc import Iterable
from typing import Final

BYTE_ORDER_MARK: Final = "\ufeff"
"""For Excel in Chinese Windows, which reads a file without one as GBK."""
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
