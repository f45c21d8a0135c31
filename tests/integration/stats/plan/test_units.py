"""Stations and products of reporting units: the ten partition the province, and a list of places is no range."""

from decimal import Decimal

import pytest

from tests.integration.stats.plan.conftest import UNITS, Office
from tests.tokens import PROVINCE


async def test_stations_and_products_of_the_units_are_those_of_the_province(office: Office) -> None:
    """Gui'an is cut out of two prefectures: between its first division and its last lie those of others."""
    stations: list[str] = []
    covered, sold = 0, Decimal(0)
    for unit in UNITS:
        answer = (await office.get("stations", region=unit, period="2020")).json()
        here = [row["station"] for row in answer["rows"]]
        assert {station.split("-")[0] for station in here} == {unit}
        stations += here
        [villages] = [one for one in answer["coverage"] if one["what"] == "village"]
        covered += villages["covered"]
        sold += sum(Decimal(row["sales_net"]) for row in (await _products(office, unit))["rows"])
    whole = (await office.get("stations", region=PROVINCE, period="2020")).json()
    assert sorted(stations) == sorted(row["station"] for row in whole["rows"])
    assert covered == next(one["covered"] for one in whole["coverage"] if one["what"] == "village")
    province = await _products(office, PROVINCE)
    assert sold == sum(Decimal(row["sales_net"]) for row in province["rows"])
    assert province["buyers"], "buyers are counted too"


async def _products(office: Office, region: str) -> dict[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = (await office.get("products", region=region, period="2020")).json()
    net = sum(Decimal(row["sales_net"]) for row in found["rows"])
    assert sum(Decimal(one["sales_net"]) for one in found["buyers"]) == net, region
    return found


@pytest.mark.parametrize("table", ["stations", "products"])
async def test_who_sees_another_prefecture_sees_no_unit_elsewhere(office: Office, table: str) -> None:
    answer = await office.get(table, region="guian", period="2020", regions=("520300000000",))
    assert answer.status_code == 403
