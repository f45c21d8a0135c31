"""Filters, breakdowns and regions beyond the cells, on the history of ``story.py``."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from services.kit.database import Database
from services.stats.cube.folding import follow_ledger
from tests.integration.stats.conftest import Api
from tests.integration.stats.history import History
from tests.integration.stats.story import FAR_VILLAGE, NEIGHBOUR, PROVINCE, VILLAGE
from tests.integration.stats.told import report_by

DIMENSIONS = ("kind", "platform", "category", "station", "buyer_province", "trade")


async def test_parts_by_any_dimension_sum_to_the_whole(api: Api) -> None:
    """Amounts by a dimension add up, and each part is what the filter of the same name gives."""
    for by in DIMENSIONS:
        for indicator in ("sales_net", "refunds_by_refund_day"):
            await _parts_sum_to_the_whole(api, by, indicator)


async def _parts_sum_to_the_whole(api: Api, by: str, indicator: str) -> None:
    asked = {"region": PROVINCE, "indicator": indicator, "period": "2020"}
    whole = (await api.get("breakdown", by=by, **asked)).json()
    fen = {row["key"]: _fen(row["value"]) for row in whole["rows"]}
    assert sum(fen.values()) == _fen(whole["total"]) > 0
    for key, part in fen.items():
        if key:
            answer = await api.get("series", region=PROVINCE, indicator=indicator, from_="2020", to="2020", freq="year",
                                   **{by: key})  # fmt: skip
            assert [_fen(point["value"]) for point in answer.json()["points"]] == [part]


def _fen(yuan: str) -> int:
    return int(yuan.replace(".", ""))


async def test_any_two_filters_go_together(api: Api) -> None:
    """A pair of filters narrows what one of them leaves: the parts by the other sum to it."""
    asked = {"region": PROVINCE, "indicator": "sales_net", "period": "2020"}
    for second, value in {"station": "ST1", "trade": "retail"}.items():
        for first in DIMENSIONS:
            parts = (await api.get("breakdown", by=first, **asked, **{second: value})).json()
            assert sum(_fen(row["value"]) for row in parts["rows"]) == _fen(parts["total"]) > 0


async def test_quantities_are_told_by_unit_and_never_summed(api: Api) -> None:
    """Quantities of unlike units stand beside each other; a series needs one of them."""
    indicators = (await api.get("summary", region=PROVINCE, period="2020-02")).json()["indicators"]
    units = indicators["units"]
    assert set(units) <= {"kg", "box"}
    for unit, quantity in units.items():
        asked = {"region": PROVINCE, "indicator": "units", "from_": "2020-02", "to": "2020-02"}
        answer = (await api.get("series", unit=unit, **asked)).json()
        assert (answer["points"][0]["value"], answer["unit"]) == (quantity, "quantity")
        parts = (
            await api.get("breakdown", region=PROVINCE, indicator="units", by="platform", period="2020-02", unit=unit)
        ).json()
        assert sum(_thousandths(row["value"]) for row in parts["rows"]) == _thousandths(quantity)
        edges = (
            await api.get("breakdown", region=PROVINCE, indicator="units", by="unit", period="2020-02-01..2020-02-29")
        ).json()
        assert {row["key"]: row["value"] for row in edges["rows"]} == units
    of_none = (await api.get("series", **asked)).json()
    assert of_none["points"][0]["reason"] == "needs_unit"
    unsold = (await api.get("series", unit="barrel", **asked)).json()
    assert unsold["points"] == [{"period": "2020-02", "value": "0.000", "reason": None}]
    nowhere = {"region": PROVINCE, "indicator": "units", "by": "prefecture", "period": "2020-02", "unit": "barrel"}
    assert {row["value"] for row in (await api.get("breakdown", **nowhere)).json()["rows"]} == {"0.000"}
    refused = await api.get("series", region=PROVINCE, indicator="orders", from_="2020", to="2020", unit="kg")
    assert (refused.status_code, refused.json()["code"]) == (422, "filter_not_offered")


def _thousandths(quantity: str) -> int:
    return int(quantity.replace(".", ""))


async def test_growth_is_against_the_same_days_of_the_year_before(api: Api) -> None:
    """There is none before the ledger covers them; 2021 has lost all that 2020 had; what was nought has no growth."""
    for indicator in ("growth_yoy", "growth_panel"):
        points = {}
        for year in ("2020", "2021", "2022"):
            asked = {"region": PROVINCE, "indicator": indicator, "from_": f"{year}-02", "to": f"{year}-02"}
            [point] = (await api.get("series", **asked)).json()["points"]
            points[year] = point["value"] or point["reason"]
        lost = "-1.0000" if indicator == "growth_yoy" else "zero_denominator"
        assert points == {"2020": "no_year_before", "2021": lost, "2022": "zero_denominator"}


@pytest.fixture
async def units(told: History, engine: AsyncEngine) -> dict[str, tuple[str, ...]]:
    """A prefecture cut in two, and one that is a unit as a whole."""
    found: dict[str, tuple[str, ...]] = {"guiyang": (VILLAGE,), "guian": (NEIGHBOUR,), "qiannan": (FAR_VILLAGE,)}
    async with engine.begin() as connection:
        told.connection = connection
        await report_by(connection, await told.codes_batch(), found)
    return found


async def test_reporting_units_partition_the_province(api: Api, units: dict[str, tuple[str, ...]]) -> None:
    """Every additive figure of the units sums to the province's, and each unit can be asked like a division."""
    for indicator in ("sales_net", "income", "households_reached", "people_reached", "codes_active", "order_lines"):
        asked = {"region": PROVINCE, "indicator": indicator, "period": "2020"}
        answer = (await api.get("breakdown", by="reporting_unit", **asked)).json()
        assert {row["key"] for row in answer["rows"]} == set(units)
        assert str(answer["undivided"]) in {"0", "0.00"}
        for row in answer["rows"]:
            alone = (await api.get("summary", region=row["key"], period="2020")).json()
            assert alone["region"]["level"] == "reporting_unit"
            value: Any = alone["indicators"][indicator]
            assert (value["total"] if isinstance(value, dict) else value) == row["value"]


async def test_a_unit_has_a_quality_block_of_its_own(
    api: Api, units: dict[str, tuple[str, ...]], told: History, engine: AsyncEngine, database: Database
) -> None:
    """Its platforms are those that sold there; what was confirmed is that of its own households, though the codes of
    another unit lie between its own.
    """
    async with engine.begin() as connection:
        told.connection = connection
        for household, fen in ((1, 9_900), (3, 100)):
            await told.pay(f"P{household}", None, household, date(2020, 2, 1), fen)
        await told.run("UPDATE sales.payment_records SET confirmation = 'household'")
    await follow_ledger(database)
    for unit in units:
        quality = (await api.get("summary", region=unit, period="2020-02")).json()["indicators"]["quality"]
        asked = {"region": unit, "indicator": "sales_gross", "period": "2020-02"}
        sold = (await api.get("breakdown", by="platform", **asked)).json()
        assert quality["platforms"] == sorted(row["key"] for row in sold["rows"])
        assert quality["confirmed_by_household"] == {"guiyang": "99.00", "guian": "1.00", "qiannan": "0.00"}[unit]


async def test_the_uplift_of_the_units_is_that_of_the_province(api: Api, units: dict[str, tuple[str, ...]]) -> None:
    """Who was reached, what they received, and who confirmed it."""
    asked = {place: (await api.get("uplift", region=place, year="2020")).json()["figures"] for place in units}
    whole = (await api.get("uplift", region=PROVINCE, year="2020")).json()["figures"]
    for part, name in (
        ("reach", "households_coded"), ("reach", "people_reached"), ("income", "income"), ("income", "income_paid"),
        ("income", "confirmed_by_nobody"),
    ):  # fmt: skip
        assert sum(Decimal(figures[part][name]) for figures in asked.values()) == Decimal(whole[part][name]), name
    assert Decimal(whole["income"]["income"]) > 0


async def test_a_unit_is_seen_by_who_sees_all_of_it(api: Api, units: dict[str, tuple[str, ...]]) -> None:
    """A caller of the prefecture sees the units within it; of a county elsewhere none; an unknown unit is not found."""
    assert units
    for regions, unit, status in (
        (("520100000000",), "guian", 200),
        (("520100000000",), "qiannan", 403),
        (("522701000000",), "guian", 403),
        ((PROVINCE,), "nowhere", 404),
    ):
        answer = await api.get("summary", region=unit, period="2020", regions=regions)
        assert answer.status_code == status
