"""Sheets to print: labels for products, 3 × 8 on A4 (70 × 37 mm, the usual adhesive sheet without gaps), and cards,
2 × 5 (85 × 54 mm, the usual perforated sheet), and strips with the handover codes of cards, 2 × 10 (90 × 27 mm).

Symbols are paths, not pictures, so that a printer of any resolution draws them sharp. Whatever character the font lacks
is printed as □ and named in the answer; nothing is left out silently.
"""

import re
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Final

from fpdf import FPDF
from fpdf.fonts import TTFFont
from fpdf.prefs import ViewerPreferences

from services.codes.code import group_code
from services.codes.label import card_form, label_form
from services.codes.printout import (
    CARDS_PER_SHEET,
    HANDOVERS_PER_SHEET,
    LABELS_PER_SHEET,
    Card,
    Handover,
    Label,
    Printout,
)
from services.codes.symbol import QUIET_MODULES, symbol_family, symbol_matrix
from services.kit.process import leaves_no_circles

FONT_FILE: Final = Path(__file__).parent / "data" / "label_font" / "OneCodeLabels-Medium.ttf"

_FONT: Final = "label"
_SUBSTITUTE: Final = "□"
_BLACK, _GREY, _GREEN, _WHITE, _HAIR = (0, 0, 0), (90, 90, 90), (18, 99, 72), (255, 255, 255), (190, 190, 190)
_DARK_RUN: Final = re.compile("1+")
_POINTS_PER_MM: Final = 72 / 25.4
_MEASURE: Final = 1000
"""The size in points at which characters are measured."""
_SMALLEST: Final = 0.75
"""A title that would have to shrink to less than this is set in two lines."""
_AT_ONCE: Final = 8
"""Modules of a row that are drawn at once: few enough that nearly every pattern has been drawn before."""

Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class _Grid:
    """Where the pieces lie on a sheet, in millimetres."""

    columns: int
    rows: int
    width: float
    height: float
    left: float
    top: float
    gap: float = 0.0

    def place(self, number: int) -> tuple[float, float]:
        """The upper left corner of a piece, counted row by row."""
        row, column = divmod(number % (self.columns * self.rows), self.columns)
        return self.left + column * (self.width + self.gap), self.top + row * self.height


_LABELS: Final = _Grid(3, 8, 70, 37, 0, 0.5)
_CARDS: Final = _Grid(2, 5, 85, 54, 15, 13.5, 10)
_HANDOVERS: Final = _Grid(2, 10, 90, 27, 15, 13.5)


@leaves_no_circles
def draw_labels(labels: Iterable[Label], *, printed_at: datetime, skip: int = 0, cut_lines: bool = False) -> Printout:
    """Labels on as many sheets as it takes; the first ``skip`` places stay empty (a sheet that was used before).

    Raises :class:`~services.codes.label.HostUnfit`.
    """
    with closing(_Paper(printed_at, "一户一码标签 / OneCode labels")) as paper:
        for number, label in enumerate(labels, skip):
            if number == skip or number % LABELS_PER_SHEET == 0:
                paper.begin_sheet(_LABELS if cut_lines else None)
            _draw_label(paper, *_LABELS.place(number), label)
        return paper.finish()


@leaves_no_circles
def draw_cards(cards: Iterable[Card], *, printed_at: datetime, skip: int = 0, cut_lines: bool = True) -> Printout:
    """Cards on as many sheets as it takes. Raises :class:`~services.codes.label.HostUnfit`."""
    with closing(_Paper(printed_at, "一户一码卡片 / OneCode cards")) as paper:
        for number, card in enumerate(cards, skip):
            if number == skip or number % CARDS_PER_SHEET == 0:
                paper.begin_sheet(_CARDS if cut_lines else None)
            _draw_card(paper, *_CARDS.place(number), card)
        return paper.finish()


@leaves_no_circles
def draw_handovers(handovers: Iterable[Handover], *, printed_at: datetime) -> Printout:
    """Strips for those who hand cards over, to be cut apart; no symbol is on them, so that they are no card."""
    with closing(_Paper(printed_at, "一户一码交卡单 / OneCode handover codes")) as paper:
        for number, handover in enumerate(handovers):
            if number % HANDOVERS_PER_SHEET == 0:
                paper.begin_sheet(_HANDOVERS)
            _draw_handover(paper, *_HANDOVERS.place(number), handover)
        return paper.finish()


def _draw_label(paper: "_Paper", x: float, y: float, label: Label) -> None:
    paper.symbol(_label_symbol(label.address), x + 3, y + 5, 27)
    left, width = x + 31.5, 34.5
    *above, township = label.place
    paper.text(left, y + 8.6, "".join(above), 6.5, width, colour=_GREY)
    paper.text(left, y + 12.8, township, 8, width)
    paper.lines(left, y + 18.2, label.title, 11, width)
    paper.text(left, y + 28, group_code(label.code), 13.6, width)
    paper.text(left, y + 32, "扫码查产地 · 一户一码", 6, width, colour=_GREY)


def _draw_card(paper: "_Paper", x: float, y: float, card: Card) -> None:
    paper.band(x, y, 85, 9, _GREEN)
    paper.text(x + 5, y + 6.4, "一户一码", 12, 30, colour=_WHITE)
    paper.text(x + 50.5, y + 6, "OneCode · 农村电商服务卡", 6.5, 33, colour=_WHITE)
    paper.symbol(_card_symbol(card.address), x + 3, y + 12, 30)
    left, width = x + 36, 44.5
    *above, township = card.place
    paper.text(left, y + 16, "".join(above), 7, width, colour=_GREY)
    paper.text(left, y + 20.4, township, 8.5, width)
    paper.lines(left, y + 26, card.title, 11, width)
    paper.text(left, y + 36.4, group_code(card.code), 17.5, width)
    paper.text(
        left, y + 41.4, f"卡号 No. {card.card_no:08}    发卡 {card.issued_on.isoformat()}", 6.5, width, colour=_GREY
    )
    paper.text(
        x + 5, y + 47.4, "请妥善保管。遗失请到服务站挂失补卡,识别码不变;卡片不作身份证明。", 6.2, 76, colour=_GREY
    )
    paper.text(
        x + 5, y + 50.6, "Lost? Report it at a station: the card is replaced, the code stays.", 5.5, 76, colour=_GREY
    )


def _draw_handover(paper: "_Paper", x: float, y: float, handover: Handover) -> None:
    left, width = x + 4, 82
    paper.text(left, y + 5.4, "".join([*handover.place, handover.title]), 7, width, colour=_GREY)
    paper.text(left, y + 11, f"识别码 {group_code(handover.code)}", 10, 46)
    paper.text(x + 54, y + 11, f"卡号 No. {handover.card_no:08}", 7, 32, colour=_GREY)
    paper.text(left, y + 18.4, f"开卡码 {handover.handover_code}", 15, width)
    paper.text(
        left, y + 23.6, "交卡时由持卡人当场设密码,用一次即作废;勿与卡片同放。 / Used once, as the holder sets the PIN.",
        5.5, width, colour=_GREY,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Symbol:
    side: int
    modules: str
    """Row by row, ``1`` for dark."""


def _label_symbol(address: str) -> _Symbol:
    # All labels of a print job share all but the code, which has ten characters.
    family = symbol_family(address[:-10], len(address), label_form(address))
    return _Symbol(family.side, f"{family.draw(address):0{family.side**2}b}")


def _card_symbol(address: str) -> _Symbol:
    matrix = symbol_matrix(address, card_form(address))
    return _Symbol(len(matrix), "".join("1" if dark else "0" for row in matrix for dark in row))


@lru_cache(maxsize=1 << 16)
def _runs(row: int, column: int, modules: str) -> str:
    """A rectangle for each run of dark modules in a part of a row."""
    return "".join(
        f"{column + run.start()} {row} {run.end() - run.start()} 1 re\n" for run in _DARK_RUN.finditer(modules)
    )


class _Paper:
    """A PDF of A4 sheets on which text and symbols are put, measured in millimetres from the upper left corner."""

    def __init__(self, printed_at: datetime, title: str) -> None:
        self._pdf = FPDF(format="A4", unit="mm")
        self._pdf.set_auto_page_break(auto=False)
        self._pdf.set_title(title)
        self._pdf.set_lang("zh-CN")
        self._pdf.set_creator("OneCode")
        self._pdf.set_creation_date(printed_at)
        # Viewers offer to fit the page to the paper, which would move the labels off their sheets.
        self._pdf.viewer_preferences = ViewerPreferences(print_scaling="None")
        self._pdf.add_font(_FONT, fname=FONT_FILE)
        self._pdf.set_font(_FONT, size=_MEASURE)
        font = self._pdf.fonts[_FONT]
        if not isinstance(font, TTFFont):
            raise TypeError(_FONT)
        self._font = font
        self._widths: dict[str, float] = {}
        self._drawn: dict[tuple[str, float, float, Colour], tuple[str, str]] = {}
        self._missing: set[str] = set()
        self._sheets = 0

    def begin_sheet(self, grid: _Grid | None) -> None:
        """A new sheet, with marks to cut along if a grid is given."""
        self._pdf.add_page()
        self._pdf.text(0, 0, "")  # makes the font known to the page
        self._sheets += 1
        if grid is not None:
            self._pdf.set_draw_color(*_HAIR)
            self._pdf.set_line_width(0.1)
            for number in range(grid.columns * grid.rows):
                self._pdf.rect(*grid.place(number), grid.width, grid.height)

    def text(self, x: float, y: float, text: str, size: float, width: float, *, colour: Colour = _BLACK) -> None:
        """One line on the baseline ``y``; smaller if it would be wider than ``width``.

        Written as PDF operators, like symbols; what is the same on all labels of a village is made once.
        """
        key = (text, size, width, colour)
        drawn = self._drawn.get(key)
        if drawn is None:
            shown = self._printable(text)
            red, green, blue = (part / 255 for part in colour)
            fitted = size * self._shrink(shown, size, width)
            drawn = (
                f"{red:.3f} {green:.3f} {blue:.3f} rg /F{self._font.i} {fitted:.2f} Tf",
                self._font.encode_text(shown),
            )
            self._drawn[key] = drawn
        set_up, written = drawn
        left, base = x * _POINTS_PER_MM, self._pdf.h_pt - y * _POINTS_PER_MM
        self._pdf._out(f"q BT {set_up} {left:.2f} {base:.2f} Td {written} ET Q")  # noqa: SLF001

    def lines(self, x: float, y: float, text: str, size: float, width: float) -> None:
        """One line, or two smaller ones if it would have to shrink to less than three quarters."""
        if self._shrink(self._printable(text), size, width) >= _SMALLEST:
            self.text(x, y, text, size, width)
            return
        half = (len(text) + 1) // 2
        self.text(x, y - 1, text[:half], size * _SMALLEST, width)
        self.text(x, y + 2.6, text[half:], size * _SMALLEST, width)

    def band(self, x: float, y: float, width: float, height: float, colour: Colour) -> None:
        """A filled rectangle."""
        self._pdf.set_fill_color(*colour)
        self._pdf.rect(x, y, width, height, style="F")

    def symbol(self, symbol: _Symbol, x: float, y: float, size: float) -> None:
        """A symbol in a square of ``size`` millimetres, quiet zone included: one path, a rectangle for each run.

        Written as PDF operators in units of modules: fpdf2's own rectangles would take ten times as long.
        """
        side = symbol.side
        module = size / (side + 2 * QUIET_MODULES)
        lines = [symbol.modules[first : first + side] for first in range(0, side * side, side)]
        path = "".join(
            [
                _runs(row, column, line[column : column + _AT_ONCE])
                for row, line in enumerate(lines)
                for column in range(0, side, _AT_ONCE)
            ]
        )
        left = (x + QUIET_MODULES * module) * _POINTS_PER_MM
        top = self._pdf.h_pt - (y + QUIET_MODULES * module) * _POINTS_PER_MM
        scale = module * _POINTS_PER_MM
        self._pdf._out(f"q 0 g {scale:.4f} 0 0 {-scale:.4f} {left:.3f} {top:.3f} cm\n{path}f Q")  # noqa: SLF001

    def close(self) -> None:
        """Close the font's file, which the library keeps open to read from as it goes."""
        self._font.close()

    def finish(self) -> Printout:
        """The PDF as bytes."""
        return Printout(bytes(self._pdf.output()), self._sheets, "".join(sorted(self._missing)))

    def _printable(self, text: str) -> str:
        missing = {character for character in text if ord(character) not in self._font.cmap}
        if missing:
            self._missing |= missing
            text = "".join(_SUBSTITUTE if character in missing else character for character in text)
        return text

    def _shrink(self, text: str, size: float, width: float) -> float:
        """By what ``text`` must be smaller, to be no wider than ``width``; at most 1."""
        for character in set(text) - self._widths.keys():
            self._widths[character] = self._pdf.get_string_width(character) / _MEASURE
        wide = size * sum(self._widths[character] for character in text)
        return min(1.0, width / wide) if wide else 1.0
