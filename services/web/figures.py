"""From the API's indicator values to what stands on a page: grouped digits, rounded readings, reasons for nothing."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from services.web.language import Language

_ROUND_FROM = 10_000
_UNITS = {
    Language.ZH: ((Decimal(10**8), "亿元"), (Decimal(10**4), "万元")),
    Language.EN: (
        (Decimal(10**9), "billion yuan"),
        (Decimal(10**6), "million yuan"),
        (Decimal(10**3), "thousand yuan"),
    ),
}


@dataclass(frozen=True, slots=True)
class Figure:
    """One value of an indicator. ``number`` is ``None`` where nothing can be said, and ``reason`` says why."""

    number: Decimal | None
    text: str
    """Digits grouped by thousands, exactly as many decimals as the API gave; empty without a number."""
    reason: str = ""
    """The API's stable word, such as ``needs_full_year``; empty with a number."""

    @property
    def is_zero(self) -> bool:
        """Whether there is a number and it is nought."""
        return self.number == 0


def read_figure(value: Any) -> Figure:
    """Read a money string, an integer, null, or ``{"value": …, "reason": …}``.

    A null without a reason has the reason ``not_available``; so has what cannot be read as a number.
    """
    if isinstance(value, dict):
        inner = read_figure(value.get("value"))
        return Figure(None, "", str(value["reason"])) if inner.number is None and value.get("reason") else inner
    if isinstance(value, bool) or not isinstance(value, str | int):
        return Figure(None, "", "not_available")
    try:
        number = Decimal(value)
    except InvalidOperation:
        return Figure(None, "", "not_available")
    return Figure(number, f"{number:,f}")


def read_parts(value: Any, names: tuple[str, ...]) -> dict[str, Figure]:
    """The named members of an indicator that is an object; all without a number when the indicator as a whole is."""
    if isinstance(value, dict) and not value.get("reason"):
        return {name: read_figure(value.get(name)) for name in names}
    whole = read_figure(value)
    return {name: Figure(None, "", whole.reason or "not_available") for name in names}


def reading(figure: Figure, language: Language) -> str:
    """An amount of yuan as people say it (``190.25 万元``), empty below 10,000 where the exact figure reads as well."""
    if figure.number is None or abs(figure.number) < _ROUND_FROM:
        return ""
    for size, name in _UNITS[language]:
        if abs(figure.number) >= size:
            rounded = (figure.number / size).quantize(Decimal("0.01"), ROUND_HALF_UP)
            return f"{rounded:,f} {name}"
    return ""


def percent(figure: Figure) -> str:
    """A ratio (``0.1234``) as a percentage with one decimal; empty without a number."""
    if figure.number is None:
        return ""
    return f"{(figure.number * 100).quantize(Decimal('0.1'), ROUND_HALF_UP):,f} %"


def shares(figures: list[Figure], width: int) -> list[tuple[int, int]]:
    """Start and length of each part in a bar of ``width`` units, which they fill; empty when there is no sum."""
    numbers = [max(figure.number or Decimal(0), Decimal(0)) for figure in figures]
    total = sum(numbers)
    if not total:
        return []
    ends = [int(sum(numbers[: place + 1]) * width / total) for place in range(len(numbers))]
    starts = [0, *ends[:-1]]
    return [(start, end - start) for start, end in zip(starts, ends, strict=True)]
