"""What other releases said, as the next one takes it."""

from dataclasses import dataclass, replace
from datetime import date

from services.stats.release.contributions import Material, Other, Rows, protect_release

PREFECTURE, FIRST, SECOND = "522600000000", "522630000000", "522631000000"
"""A prefecture, and two of its counties; the code of the first ends in a nought of its own."""
FEBRUARY = {"2020-02": (date(2020, 2, 1).toordinal(), date(2020, 3, 1).toordinal())}


@dataclass(frozen=True)
class Income:
    """What a household has of a piece of time."""

    region: str
    holder: int
    paid_fen: int = 10_000
    contract_fen: int = 0
    imputed_fen: int = 0
    piece: int = 0
    persons: int = 3


def test_what_a_county_hides_says_nothing_of_the_county_whose_code_begins_like_its_own() -> None:
    """A release of 522630 that shows nothing hides 522630, and not 522631, in one of their prefecture."""
    villages = [f"{county[:6]}10{town}20{number}" for county in (FIRST, SECOND) for town in "01" for number in "012"]
    income = [Income(village, 100 * place + number) for place, village in enumerate(villages) for number in range(8)]
    alone = Material(PREFECTURE, FEBRUARY, villages, {}, Rows([], income, []), [])
    beside = replace(alone, others=[Other(FIRST, [("income", "2020-02", [])], None)])
    assert {FIRST, SECOND} < set(protect_release(alone)[0]["income", "2020-02"])
    shown = protect_release(beside)[0]["income", "2020-02"]
    assert FIRST not in shown
    assert sum(code.startswith("522631") for code in shown) > len(villages) // 4
