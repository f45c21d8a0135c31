"""The columns of a roster file, by the names that county offices use. What is not listed there is never read.

Headers are compared without spaces, line breaks, asterisks and units in brackets, in half width; so
``人均纯收入（元）`` is ``人均纯收入``. The wire names of ``POST /v1/subjects`` are good too.
"""

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from typing import Final

from services.codes.code import Kind


class Layout(StrEnum):
    """What a row of the file is."""

    HOUSEHOLD = "household"
    """One row for each household (or organisation)."""
    PERSON = "person"
    """One row for each person of a household: its persons are its rows."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: ``field`` inside, ``title`` in the template, and other names it goes by."""

    field: str
    title: str
    synonyms: tuple[str, ...]
    meaning: str
    example: str = ""


def _read_columns() -> dict[str, tuple[Column, ...]]:
    text = files("services.codes").joinpath("data/roster_columns.csv").read_text(encoding="utf-8")
    columns: dict[str, list[Column]] = {"household": [], "group": []}
    for row in csv.DictReader(text.splitlines()):
        synonyms = tuple(row["synonyms"].split(";")) if row["synonyms"] else ()
        columns[row["kind"]].append(Column(row["field"], row["title"], synonyms, row["meaning"], row["example"]))
    return {kind: tuple(found) for kind, found in columns.items()}


_COLUMNS: Final = _read_columns()

COLUMNS: Final[Mapping[Kind, tuple[Column, ...]]] = {
    Kind.HOUSEHOLD: _COLUMNS["household"],
    Kind.COOPERATIVE: _COLUMNS["group"],
    Kind.ENTERPRISE: _COLUMNS["group"],
}
"""The columns of each kind's roster, in the order of the template; from ``data/roster_columns.csv``."""

_NUMBERS: Final = {"external_id", "id_card", "head_id_card", "uscc"}
_PLACE_FIELDS: Final = {"region", "village"}
_NAMES: Final = {"name", "head_name"}

_HALF_WIDTH: Final = str.maketrans({chr(0xFF01 + i): chr(0x21 + i) for i in range(94)} | {"　": "", "、": ","})
_NOISE: Final = re.compile(r"[\s*#:\ufeff]|\(单位.*?\)|\((?:元|人|万元|元/人|元/年|元/人/年|必填|%|百分比)\)|/元$|/人$")


def normalise_header(text: str) -> str:
    """A header as it is compared: half width, lower case, without spaces, marks and units."""
    return _NOISE.sub("", text.translate(_HALF_WIDTH)).lower()


def _by_name(columns: Iterable[Column]) -> dict[str, str]:
    return {
        normalise_header(name): column.field
        for column in columns
        for name in (column.field, column.title, *column.synonyms)
    }


_FIELDS: Final = {kind: _by_name(columns) for kind, columns in COLUMNS.items()}


class UnfitHeader(ValueError):
    """The file's columns are not those of a roster; the message says which are missing."""


@dataclass(frozen=True, slots=True)
class Header:
    """Which column of the file is which field."""

    fields: tuple[str | None, ...]
    """By position; None for a column that is not read."""
    layout: Layout
    ignored: tuple[str, ...]
    """Titles of the columns that are not read."""


def recognised(cells: Sequence[str], kind: Kind) -> int:
    """How many cells of a row are titles of columns: the header is the row with the most."""
    return sum(normalise_header(cell) in _FIELDS[kind] for cell in cells)


def read_header(cells: Sequence[str], kind: Kind) -> Header:
    """Which field each column is. Raises :class:`UnfitHeader`."""
    fields = tuple(_FIELDS[kind].get(normalise_header(cell)) for cell in cells)
    known = [field for field in fields if field is not None]
    twice = sorted({field for field in known if known.count(field) > 1})
    if twice:
        titles = ", ".join(cell.strip() for cell, field in zip(cells, fields, strict=True) if field in twice)
        raise UnfitHeader(f"这些列含义相同,只留一列:{titles} / these mean the same; keep one of each: {titles}")
    missing = _missing(set(known), kind)
    if missing:
        raise UnfitHeader(f"缺少列:{';'.join(missing)} / columns are missing: {'; '.join(missing)}")
    layout = Layout.PERSON if {"relation", "external_id"} <= set(known) else Layout.HOUSEHOLD
    ignored = tuple(cell.strip() for cell, field in zip(cells, fields, strict=True) if field is None and cell.strip())
    return Header(fields, layout, ignored)


def _missing(known: set[str], kind: Kind) -> list[str]:
    """What a file needs so that a row can be found again: a number; or name, village and phone."""
    if known & _NUMBERS:
        return []
    if known & _NAMES and known & _PLACE_FIELDS and "phone" in known:
        return []
    if kind is Kind.HOUSEHOLD:
        return ["证件号码 或 户编号(或 姓名+村+电话)"]
    return ["统一社会信用代码 或 编号"]
