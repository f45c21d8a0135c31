"""What a table is before it is a file: named columns with unit and definition, rows, and notes. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

Cell = str | int | bool | date | None
"""As on the wire: money and rates are decimal strings, counts integers; ``None`` where there is no value."""

TEXT, DAY = "text", "date"
"""Units of columns that hold no numbers. Any other unit (``yuan``, ``count``, ``rate``, ``jin`` …) makes a column of
numbers; ``number`` is for a column whose rows each name their unit in a column beside it."""

_DECIMAL = re.compile(r"-?[0-9]+(?:\.[0-9]+)?", re.ASCII)
_STABLE_NAME = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)


class NotANumber(ValueError):
    """A cell of a column of numbers holds something else."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column. Its name is a promise to whoever reads the file by program: lower case, ASCII, never renamed."""

    name: str
    unit: str
    zh: str
    """What it is, in Chinese, as long as it has to be."""
    en: str

    def __post_init__(self) -> None:
        """Raise ``ValueError`` for a name that is not stable."""
        if _STABLE_NAME.fullmatch(self.name) is None:
            raise ValueError(self.name)

    @property
    def is_number(self) -> bool:
        """Whether its cells are numbers."""
        return self.unit not in {TEXT, DAY}


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a file."""

    name: str
    """ASCII; the file's name without its ending, such as ``summary-520000000000-2020``."""
    title: str
    """``中文 / English``."""
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    notes: Sequence[tuple[str, str]] = ()
    """What holds for the whole table: region, period, filters, release or watermark, quality, legend. The first of each
    pair is a stable name such as ``watermark.position``.
    """

    def all_notes(self) -> list[tuple[str, str]]:
        """The title, the notes, and what each column is: all that a file says beside its rows."""
        about = [
            pair
            for column in self.columns
            for pair in (
                (f"column.{column.name}.unit", column.unit),
                (f"column.{column.name}.zh", column.zh),
                (f"column.{column.name}.en", column.en),
            )
        ]
        return [("title", self.title), *self.notes, *about]


def plain(cell: Cell, column: Column) -> str:
    """A cell as text. Raises :class:`NotANumber` for what is none, so that no text passes as a number."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if column.is_number and (not isinstance(cell, int | str) or _DECIMAL.fullmatch(str(cell)) is None):
        raise NotANumber(f"{column.name}: {cell!r}")
    return cell.isoformat() if isinstance(cell, date) else str(cell)
