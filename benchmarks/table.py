"""The table on the terminal."""

from rich.console import Console
from rich.table import Table

from benchmarks.rounds import Figures, Row, Unit

_DIGITS = {Unit.MILLISECONDS: ".2f", Unit.SECONDS: ".2f"}


def show(console: Console, rows: list[Row]) -> None:
    """Print the rows. A ratio is the median of the rounds' ratios, with the least and the greatest of them."""
    table = Table(show_lines=True)
    for heading in ("work", "ours", "yardstick", "ratio", "budget", "note"):
        table.add_column(heading, overflow="fold")
    for row in rows:
        theirs = f"{row.yardstick}\n{figures_text(row.theirs, row.unit)}" if row.theirs else row.yardstick
        table.add_row(row.work, figures_text(row.ours, row.unit), theirs, ratio_text(row), budget_text(row), row.note)
    console.print(table)


def figures_text(figures: Figures | None, unit: Unit) -> str:
    """Median and spread."""
    if figures is None:
        return "–"
    digits = _DIGITS.get(unit, ",.0f")
    middle, least, most = (
        format(value, digits) for value in (figures.median, min(figures.rounds), max(figures.rounds))
    )
    return f"{middle} {unit}" if len(figures.rounds) == 1 else f"{middle} {unit} ({least}–{most})"


def ratio_text(row: Row) -> str:
    """The ratio and its spread; ``–`` for a row that was not measured."""
    if row.ratio is None:
        return "–"
    middle, least, most = (_short(value) for value in (row.ratio, min(row.ratios), max(row.ratios)))
    return f"{middle} ×" if len(row.ratios) == 1 else f"{middle} × ({least}–{most})"


def budget_text(row: Row) -> str:
    """The budget, and whether it is kept."""
    if row.budget is None:
        return "–"
    asked = f"≥ {row.budget:g} ×"
    if row.ratio is None:
        return asked
    return f"{asked} {'✓' if row.ratio >= row.budget else '✗'}"


def _short(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"
