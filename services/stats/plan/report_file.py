"""Reported figures as a file: CSV (UTF-8 or GB18030) and XLSX, each row judged by itself; and the empty form."""

import csv
import io
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice

from services.kit.spreadsheet import decode_csv, delimiter_of
from services.kit.workbook import ZIP, Cell, UnreadableWorkbook, read_sheets
from services.stats.errors import UnreadableReports
from services.stats.plan.catalogue import Plan
from services.stats.plan.report_form import UnfitReport
from services.stats.plan.reported import Report
from services.stats.tabular import Column, Table

MAX_ROWS = 20_000
_HEADER_WITHIN = 10

TITLES = {
    "indicator": ("indicator", "指标", "指标代码"),
    "unit": ("unit", "单位", "统计单位"),
    "audience": ("audience", "对象", "培训对象"),
    "period": ("period", "期间", "时期"),
    "value": ("value", "数值", "数据"),
    "source": ("source", "依据", "来源"),
    "reporter": ("reporter", "上报单位", "填报单位"),
    "reported_on": ("reported_on", "上报日期", "填报日期"),
}
"""The columns of a file by the titles they may have. Others, such as a name of the indicator, are left aside."""
_NEEDED = set(TITLES) - {"audience"}

ReadRow = Callable[[dict[str, str], date], Report]
"""What a row says; raises :class:`UnfitReport`."""


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be taken."""

    row: int
    column: str
    detail: str


def read_file(content: bytes, read_row: ReadRow) -> tuple[list[tuple[int, Report]], list[BadRow]]:
    """The reports of a file with the numbers of their rows, and the rows that hold none.

    Raises :class:`UnreadableReports` when it is no table with the columns of :data:`TITLES`.
    """
    rows = _xlsx_rows(content) if content.startswith(ZIP) else _csv_rows(content)
    if len(rows) > MAX_ROWS:
        raise UnreadableReports(f"超过 {MAX_ROWS} 行 / more than {MAX_ROWS} rows")
    head, places = _header(rows)
    reports: list[tuple[int, Report]] = []
    bad: list[BadRow] = []
    for row_no, cells in rows[head + 1 :]:
        said = {name: " ".join(cells[place].split()) if place < len(cells) else "" for name, place in places.items()}
        if not any(said.values()) or (cells and cells[0].startswith("#")):
            continue
        try:
            reports.append((row_no, read_row(said, _day(said["reported_on"]))))
        except UnfitReport as unfit:
            bad.append(BadRow(row_no, unfit.column, unfit.detail))
    return reports, bad


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text[:10].replace("/", "-").replace(".", "-"))
    except ValueError:
        raise UnfitReport("reported_on", "日期写作 2020-12-31 / write a date as 2020-12-31") from None


def _header(rows: Sequence[tuple[int, list[str]]]) -> tuple[int, dict[str, int]]:
    for number, (_, cells) in enumerate(rows[:_HEADER_WITHIN]):
        titles = [cell.strip().lower() for cell in cells]
        places = {name: titles.index(word) for name, words in TITLES.items() for word in words if word in titles}
        if set(places) >= _NEEDED:
            return number, places
    needed = ", ".join(f"{name} ({TITLES[name][1]})" for name in sorted(_NEEDED))
    raise UnreadableReports(f"前10行中没有所需的表头 / none of the first ten rows has the titles: {needed}")


def _csv_rows(content: bytes) -> list[tuple[int, list[str]]]:
    try:
        text = decode_csv(content)
        return list(enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter_of(text)), start=1))
    except UnicodeDecodeError:
        raise UnreadableReports(
            "编码既非UTF-8也非GB18030,也不是XLSX / neither UTF-8 nor GB18030, and no XLSX file"
        ) from None
    except csv.Error as error:
        raise UnreadableReports(f"不是CSV文件 / not a CSV file: {error}") from error


def _xlsx_rows(content: bytes) -> list[tuple[int, list[str]]]:
    try:
        with closing(read_sheets(content)) as sheets:
            for sheet in sheets:
                rows = enumerate(islice(sheet.rows, MAX_ROWS + 1), start=sheet.first_row)
                return [(number, [_text(cell) for cell in cells]) for number, cells in rows]
    except UnreadableWorkbook as error:
        raise UnreadableReports("不是可读的XLSX文件 / not an XLSX file that can be read") from error
    return []


def _text(cell: Cell) -> str:
    """A cell as a CSV would have it: a year typed as a number stays a year, a rate keeps its decimals."""
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else f"{cell:.10g}"
    if isinstance(cell, datetime | date):
        return cell.isoformat()[:10]
    return str(cell)


def empty_form(plan: Plan, units: Sequence[tuple[str, str]], period: str) -> Table:
    """The form that an office fills in: a row for each unit and each indicator that is reported."""
    columns = (
        Column("indicator", "text", "指标代码", "Indicator"),
        Column("indicator_name", "text", "指标名称(不读取)", "Its name; not read"),
        Column("unit", "text", "统计单位代码", "Reporting unit, or province"),
        Column("unit_name", "text", "统计单位名称(不读取)", "Its name; not read"),
        Column("audience", "text", "培训对象,仅培训指标", "Of trainings: whom they were for; empty for all"),
        Column("period", "text", "期间:2020、2020-Q1、2020-02", "2020, 2020-Q1, 2020-02 …"),
        Column("value", "number", "数值:个数、元(两位小数)、比率(四位小数)", "Count, yuan, or rate such as 0.1800"),
        Column("source", "text", "依据", "The document it was taken from"),
        Column("reporter", "text", "上报单位", "The office that reports"),
        Column("reported_on", "date", "上报日期", "When"),
    )
    rows = [
        [indicator.name, f"{indicator.zh} / {indicator.en}", unit, name, None, period, None, None, None, None]
        for unit, name in units
        for indicator in plan.indicators.values()
    ]
    return Table("reports-form", "上报表 / Form for reported figures", columns, rows)
