"""A table as CSV: RFC 4180, UTF-8 with a byte order mark.

The mark is for Excel in Chinese Windows, which reads a file without one as GBK; Python (``utf-8-sig``), pandas, DuckDB,
R and LibreOffice take it off. The first record is the header, so that a reader who knows nothing else gets the rows
right; after the last row come the notes, as records that begin with ``#`` (``comment='#'`` skips them), as wide as
every other record.

What a spreadsheet would take for a formula is text to us: a text cell that begins like one gets an apostrophe in front
(https://owasp.org/www-community/attacks/CSV_Injection), and so does a first cell that begins like a note.
"""

import csv
import io
from collections.abc import Sequence

from services.kit.spreadsheet import BYTE_ORDER_MARK, harmless
from services.stats.tabular.table import Table, plain

MEDIA_TYPE = "text/csv; charset=utf-8; header=present"


def write_csv(table: Table) -> bytes:
    """The file. A table has two columns at least, because a note takes two. Raises ``ValueError`` for less."""
    written = io.StringIO(newline="")
    writer = csv.writer(written, lineterminator="\r\n")
    width = len(table.columns)
    writer.writerow([column.name for column in table.columns])
    for row in table.rows:
        cells = [
            plain(cell, column) if column.is_number else harmless(plain(cell, column))
            for cell, column in zip(row, table.columns, strict=True)
        ]
        if cells[0].startswith("#"):
            cells[0] = f"'{cells[0]}"
        writer.writerow(cells)
    for name, text in table.all_notes():
        writer.writerow(_padded([f"# {name}", harmless(text)], width))
    return (BYTE_ORDER_MARK + written.getvalue()).encode()


def _padded(cells: Sequence[str], width: int) -> list[str]:
    if width < len(cells):
        raise ValueError(f"a table of {width} column has no room for notes")
    return [*cells, *[""] * (width - len(cells))]
