"""A tabular format: the columns by which it is known, how a row is read, and which cells may be shown again."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from services.sales.errors import UnreadableFile
from services.sales.formats.row import GivenRefund, Skipped, SoldLine

Row = Mapping[str, str]
"""Column names to plain cells."""

ROLES: Final[tuple[str, ...]] = ("order_no", "occurred_at", "amount", "refunded", "status")
"""The cells that an error file repeats, so that the row is found again."""

_SHAPES: Final[Mapping[str, re.Pattern[str]]] = {
    "order_no": re.compile(r"(?:[A-Za-z_-]?[0-9]){1,32}[0-9A-Z_-]?"),
    "occurred_at": re.compile(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}([ T]\d{1,2}:\d{2}(:\d{2})?)?"),
    "amount": re.compile(r"[¥￥]?-?\d{1,7}(\.\d{1,4})?元?"),
    "refunded": re.compile(r"[¥￥]?-?\d{1,7}(\.\d{1,4})?元?"),
    "status": re.compile(r".{0,20}(付款|支付|发货|收货|签收|成功|关闭|取消|退款|售后|完成|出库|锁定|交易).{0,20}"),
}
_PERSONAL: Final = re.compile(
    r"(\+?86)?1[3-9]\d{9}|0\d{2,3}-?\d{7,8}|\d{6}(19|20)\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])\d{3}[\dXx]"
)
"""A mobile number, a landline, an ID-card number: a row whose cells have slipped may have one anywhere."""


@dataclass(frozen=True)
class Layout:
    """A format whose rows are lines of a table."""

    name: str
    description: str
    """For people, in Chinese and English."""
    required: tuple[tuple[str, ...], ...]
    """Columns without which it is another file; of each group one is enough."""
    roles: Mapping[str, tuple[str, ...]]
    """For each of ROLES the columns that may hold it."""
    read_row: Callable[[Row], SoldLine | GivenRefund | Skipped]
    """Raises :class:`UnreadableRow`."""
    repeats: bool = False
    """Rows of one order may repeat a line's number: they are further lines, not the same again."""

    def missing(self, names: Sequence[str]) -> list[str]:
        """The required columns that ``names`` lacks, alternatives joined by ``/``."""
        return ["/".join(group) for group in self.required if not any(name in names for name in group)]


def shown_cells(row: Row, roles: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """The cells of a row that may be kept with an error: those of ROLES, as far as they look like what they should be.

    Rows are refused because something is wrong with them, so the column alone proves nothing.
    """
    shown = {}
    for role, columns in roles.items():
        cell = first_cell(row, *columns)
        if _SHAPES[role].fullmatch(cell) is not None and _PERSONAL.fullmatch(cell) is None:
            shown[role] = cell
    return shown


def first_cell(row: Row, *columns: str) -> str:
    """The first of these columns that has a cell with something in it, or ''."""
    return next((row[column] for column in columns if row.get(column)), "")


@dataclass(frozen=True)
class Choice:
    """The formats that a file may be of: one, or with ``auto`` all of them."""

    layouts: tuple[Layout, ...]

    def pick(self, names: Sequence[str]) -> Layout | None:
        """The first that has all its columns."""
        return next((layout for layout in self.layouts if not layout.missing(names)), None)

    def refusal(self, names: Sequence[str]) -> UnreadableFile:
        """One sentence: what was expected, and what was found."""
        shown = ", ".join(name[:24] for name in names[:12]) or "(空 / empty)"
        nearest = min(self.layouts, key=lambda layout: len(layout.missing(names)) / len(layout.required))
        missing = ", ".join(nearest.missing(names))
        expected = ", ".join("/".join(group) for group in nearest.required)
        if len(self.layouts) == 1:
            return UnreadableFile(
                f"{nearest.name} 需要列 {expected};缺少 {missing};文件首行是 {shown} / "
                f"expected the columns of {nearest.name}; missing: {missing}; the first line has: {shown}"
            )
        known = ", ".join(layout.name for layout in self.layouts)
        return UnreadableFile(
            f"不是已知的格式({known});最接近 {nearest.name},缺少列 {missing};文件首行是 {shown} / none of the known "
            f"formats; nearest is {nearest.name}, which needs {missing} as well; the first line has: {shown}"
        )
