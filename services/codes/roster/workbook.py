"""Writes small workbooks: the template of a roster, with every cell formatted as text so that no ID number is ruined.

A workbook is a few XML files in a ZIP (ECMA-376); with text cells only, what a library would add is not needed.
"""

import io
import zipfile
from collections.abc import Iterable, Sequence
from typing import Final
from xml.sax.saxutils import escape

from services.codes.code import Kind
from services.codes.roster.columns import COLUMNS, Layout
from services.codes.roster.station_sheet import TITLES

_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_HEAD: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_FILES: Final = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.'
    'spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.'
    'spreadsheetml.worksheet+xml"/>'
    '<Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.'
    'spreadsheetml.styles+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}">'
    '<sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{_RELATIONS}/styles" Target="styles.xml"/></Relationships>',
    # Style 1 has the number format 49, "@": text.
    "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}"><fonts count="1"><font/></fonts><fills count="1"><fill/></fills>'
    '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="2"><xf/>'
    '<xf numFmtId="49" applyNumberFormat="1"/></cellXfs></styleSheet>',
}

Cell = str | int | float
"""Text, or a number as a spreadsheet holds one."""


def write_workbook(rows: Iterable[Sequence[Cell]], *, columns: int) -> bytes:
    """A workbook of one sheet whose ``columns`` are formatted as text, also below the rows."""
    sheet = "".join(f"<row>{''.join(map(_cell, row))}</row>" for row in rows)
    files = _FILES | {
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{_MAIN}"><cols><col min="1" max="{columns}" width="18" '
        f'style="1" customWidth="1"/></cols><sheetData>{sheet}</sheetData></worksheet>'
    }
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, xml in files.items():
            archive.writestr(zipfile.ZipInfo(name), _HEAD + xml, zipfile.ZIP_DEFLATED)
    return content.getvalue()


def _cell(value: Cell) -> str:
    if isinstance(value, str):
        return f'<c t="inlineStr" s="1"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
    return f"<c><v>{value!r}</v></c>"


_ONLY_BY_HOUSEHOLD: Final = {"head_name", "head_id_card", "persons"}
_ONLY_BY_PERSON: Final = {"name", "person_no", "relation"}


def template(kind: Kind, layout: Layout) -> bytes:
    """An XLSX file with the titles of a roster's columns and one example, which is made up."""
    left_out: set[str] = set()
    if kind is Kind.HOUSEHOLD:
        left_out = _ONLY_BY_HOUSEHOLD if layout is Layout.PERSON else {*_ONLY_BY_PERSON, "head_id_card"}
    columns = [column for column in COLUMNS[kind] if column.field not in left_out]
    rows = [[column.title for column in columns], [column.example for column in columns]]
    return write_workbook(rows, columns=len(columns))


_STATION_EXAMPLES: Final = {
    "station": "DY-001",
    "name": "桃花村电商服务站（演示）",
    "type": "服务站",
    "county": "都匀市",
    "village": "包阳村",
    "registered_on": "2019-03-01",
}


def station_template() -> bytes:
    """The same for a roster of stations."""
    titles = [names[0] for names in TITLES.values()]
    example = [_STATION_EXAMPLES.get(name, "") for name in TITLES]
    return write_workbook([titles, example], columns=len(titles))
