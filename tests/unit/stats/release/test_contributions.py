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


def of_villages(villages: list[str], households: int) -> Rows:
    """So many households of each village have income."""
    return Rows([], [Income(v, 100 * place + n) for place, v in enumerate(villages) for n in range(households)], [])


def test_units_are_shown_beside_divisions_where_they_are_as_they_are_computed() -> None:
    """All of them are where every village is safe; of a period at whose end villages belonged to others none is."""
    villages = [f"52{p}0110{t}20{n}" for p in ("01", "04", "06") for t in "12" for n in "12"]
    units = {village: "anshun" if village.startswith("5204") else "guiyang" for village in villages}
    units |= {village: "guian" for village in villages if village[6:] == "101201"} | {"520600000000": "tongren"}
    whole = Material("520000000000", FEBRUARY, villages, units, of_villages(villages, 8), [])
    shown = protect_release(replace(whole, same_units=frozenset(FEBRUARY)))[0]["income", "2020-02"]
    assert {"guiyang", "anshun", "guian", "520100000000", "520101000000"} <= set(shown)
    without = protect_release(whole)[0]["income", "2020-02"]
    assert [code for code in shown if code.isdigit()] == without


def test_a_province_of_which_one_prefecture_alone_has_figures_shows_its_divisions() -> None:
    """A unit is cut out of it, with one household in its part of a county: beside the units neither the prefecture nor
    the province could be shown; so the units are not.
    """
    villages = [
        f"5201{county}{town}2{n}" for county in ("01", "02", "03") for town in ("101", "102") for n in ("01", "02")
    ]
    units = dict.fromkeys(villages, "guiyang") | {villages[3]: "guian"}
    rows = of_villages(villages, 8)
    alone = [row for row in rows.income if row.region != villages[3] or row.holder % 100 < 2]
    material = Material(
        "520000000000", FEBRUARY, villages, units, Rows([], alone, []), [], same_units=frozenset(FEBRUARY)
    )
    shown = set(protect_release(material)[0]["income", "2020-02"])
    assert "520100000000" in shown
    assert not shown & {"guian", "guiyang"}
