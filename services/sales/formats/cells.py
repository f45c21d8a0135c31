"""Cells as platforms and spreadsheets write them: numbers kept as text, money with 元, times in several forms.

Every reader takes a cell as :func:`plain` has made it, and raises :class:`UnreadableRow` for what cannot be there.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from services.kit.clock import SHANGHAI
from services.kit.money import MAX_FEN, NotAnAmount, parse_yuan
from services.sales.formats.row import UnreadableRow

_INVISIBLE: Final = str.maketrans("", "", "\t\r\u00a0\u200b\u200e\u200f\u202c\u202d\ufeff")
_EXCEL_FORMULA: Final = re.compile(r'="(.*)"', re.DOTALL)
_NOTHING: Final = frozenset({"", "-", "--", "null", "NULL", "None", "无", "无退款申请", "0000-00-00 00:00:00"})
_KEY: Final = re.compile(r"[\x21-\x7e]{1,64}")
_ROUNDED: Final = re.compile(r"\d(?:\.\d+)?E\+\d+", re.IGNORECASE)
_MONEY: Final = re.compile(r"[¥￥]?(-?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?)元?")
_TIME: Final = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?"
    r"(?:[ T]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?)? ?(Z|[+-]\d{2}:?\d{2})?"
)
_QUANTITY: Final = re.compile(r"(\d{1,9}|\d{1,3}(?:,\d{3}){1,2})(\.\d{1,3}0*)?")
TOTALS: Final = ("总计", "合计", "小计", "总合计", "汇总")


def plain(cell: str) -> str:
    """A cell without what only keeps spreadsheets from touching it: ``="1930"``, ``'1930``, tabs, stray spaces."""
    text = cell.translate(_INVISIBLE).strip()
    if (formula := _EXCEL_FORMULA.fullmatch(text)) is not None:
        text = formula[1].strip()
    return text.lstrip("'").strip()


def column_name(cell: str) -> str:
    """The name of a column as formats spell it: no spaces, ASCII brackets."""
    return "".join(plain(cell).split()).replace("（", "(").replace("）", ")")


def is_nothing(cell: str) -> bool:
    """Whether a cell is one of the ways to say that there is nothing."""
    return cell in _NOTHING


def is_totals_row(cell: str) -> bool:
    """Whether the first cell of a row is the caption of totals."""
    return cell.startswith(TOTALS)


def read_key(column: str, cell: str) -> str:
    """An order or line number."""
    if not cell:
        raise UnreadableRow(column, "missing", f"缺少{column} / {column} is missing")
    if _ROUNDED.fullmatch(cell) is not None:
        detail = "编号被电子表格改成了科学计数,请用原始文件 / rounded by a spreadsheet; send the file as exported"
        raise UnreadableRow(column, "rounded_number", detail)
    if _KEY.fullmatch(cell) is None:
        detail = "应为 1–64 个可见 ASCII 字符 / expected 1–64 visible ASCII characters"
        raise UnreadableRow(column, "not_a_key", detail)
    return cell


def read_money(column: str, cell: str) -> int | None:
    """Fen, not negative; ``None`` for an empty cell."""
    if is_nothing(cell):
        return None
    match = _MONEY.fullmatch(cell)
    try:
        fen = -1 if match is None else parse_yuan(_at_most_two_places(match[1].replace(",", "")))
    except NotAnAmount:
        fen = -1
    if not 0 <= fen <= MAX_FEN:
        detail = "应为金额,如 37.00 / expected an amount such as 37.00"
        raise UnreadableRow(column, "not_an_amount", detail)
    return fen


def _at_most_two_places(text: str) -> str:
    """``37.1000`` is ``37.10``; ``37.123`` stays what it is, and is no amount."""
    whole, point, fraction = text.partition(".")
    return f"{whole}{point}{fraction[:2]}{fraction[2:].rstrip('0')}"


def read_amount(column: str, cell: str) -> int:
    """Fen, not negative; an empty cell is an error."""
    fen = read_money(column, cell)
    if fen is None:
        raise UnreadableRow(column, "missing", f"缺少{column} / {column} is missing")
    return fen


def read_time(column: str, cell: str) -> datetime | None:
    """A moment, in Shanghai unless it says otherwise; ``None`` for an empty cell."""
    if is_nothing(cell):
        return None
    moment = _moment(_TIME.fullmatch(cell))
    if moment is None:
        detail = "应为时间,如 2020-02-21 00:01:00 / expected a time such as 2020-02-21 00:01:00"
        raise UnreadableRow(column, "not_a_time", detail)
    return moment


def _moment(match: re.Match[str] | None) -> datetime | None:
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    try:
        moment = datetime(year, month, day, hour, minute, second, tzinfo=SHANGHAI)
        return moment if match[7] is None else moment.replace(tzinfo=UTC) - _offset(match[7])
    except (ValueError, OverflowError):
        return None


def _offset(text: str) -> timedelta:
    if text == "Z":
        return timedelta()
    digits = text[1:].replace(":", "")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return -offset if text[0] == "-" else offset


def read_quantity(column: str, cell: str) -> str:
    """A positive number with at most three decimals; an empty cell is one piece."""
    if is_nothing(cell):
        return "1"
    match = _QUANTITY.fullmatch(cell)
    if match is None or not cell.strip("0.,"):
        detail = "应为正数 / expected a positive number"
        raise UnreadableRow(column, "not_a_quantity", detail)
    return match[1].replace(",", "") + (match[2] or "").rstrip("0").rstrip(".")


def text_or_none(cell: str, limit: int = 64) -> str | None:
    """A name, cut to ``limit`` characters; ``None`` for an empty cell."""
    text = " ".join(cell.split())[:limit].strip()
    return None if is_nothing(text) else text
