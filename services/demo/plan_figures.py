"""What the demo's departments report for the plan: made up, repeatable, and marked as such in every row."""

from collections.abc import Iterable, Mapping, Sequence
from random import Random
from typing import Any, Final

from services.demo.identities import DEMO_MARK

SOURCE: Final = "演示数据，非统计结果 / demo data, no statistics"
REPORTER: Final = f"填报单位{DEMO_MARK}"
_REPORTED_ON: Final = {2019: "2020-01-15", 2020: "2021-01-15"}
_DEPARTMENTS: Final = tuple(f"部门{letter}{DEMO_MARK}" for letter in "甲乙丙丁")
_QUARTERS: Final = ("Q1", "Q2", "Q3", "Q4")
_QUARTERLY: Final = frozenset({"training_attendances", "live_campaigns"})
_TYPICAL: Final[Mapping[str, int]] = {
    "platforms": 3, "agricultural_skus": 120, "community_leaders": 2, "new_retail_companies": 2, "ready_industries": 2,
    "regional_brands": 3, "green_brands": 2, "county_service_centres": 8, "resettlement_centres": 95,
    "service_stations": 980, "logistics_centres": 8, "online_merchants": 10_500, "training_attendances": 2_600,
    "training_people": 7_800, "people_with_increase": 15_000, "demonstration_villages": 7, "demonstration_shops": 21,
    "vending_machines": 40, "pickup_lockers": 150, "live_campaigns": 6, "crafts_products": 30, "tourism_products": 12,
    "bases_500_mu": 9, "associations": 4, "product_development_centres": 3, "incubation_centres": 5,
    "taobao_villages": 1, "cases_xifeng": 1, "cases_guiding": 1, "cases_zhengan": 1,
}  # fmt: skip
"""About what a unit reports for 2020; of what comes quarter by quarter, for a quarter."""
_YUAN: Final[Mapping[str, int]] = {"courier_subsidies": 850_000, "ecommerce_loans": 12_500_000}


def reports(units: Iterable[str]) -> list[dict[str, Any]]:
    """Request bodies of ``POST /v1/stats/reports``: both years, every indicator that is reported, of every unit."""
    found = [report for unit in units for year in _REPORTED_ON for report in _of_unit(unit, year)]
    growth = {2019: "0.2230", 2020: "0.1710"}
    return found + [
        _report("online_retail_growth", "province", str(year), value, year) for year, value in growth.items()
    ]


def _of_unit(unit: str, year: int) -> list[dict[str, Any]]:
    source = Random(f"plan-{unit}")  # noqa: S311 - to come out the same
    found = []
    for indicator, typical in {**_TYPICAL, **_YUAN}.items():
        value = typical * source.randint(70, 145) // 100
        if year < max(_REPORTED_ON):
            value = value * 2 // 3
        if indicator in _QUARTERLY:
            found += [_report(indicator, unit, f"{year}-{quarter}", value, year) for quarter in _QUARTERS]
        else:
            written = f"{value}.00" if indicator in _YUAN else value
            found.append(_report(indicator, unit, str(year), written, year))
    return found


def _report(indicator: str, unit: str, period: str, value: object, year: int) -> dict[str, Any]:
    return {
        "indicator": indicator,
        "unit": unit,
        "period": period,
        "value": value,
        "source": SOURCE,
        "reporter": REPORTER,
        "reported_on": _REPORTED_ON[year],
    }


def with_departments(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Request bodies of ``POST /v1/stats/targets``: the plan's targets as they stand, with made-up departments."""
    stated = []
    indicators = sorted({row["indicator"] for row in rows})
    for row in rows:
        if row["due_year"] is None:
            continue
        place = indicators.index(row["indicator"])
        stated.append(
            {
                "indicator": row["indicator"],
                "unit": row["unit"],
                "year": row["due_year"],
                "target": "all" if row["target_is_all"] else row["target"],
                "lead_department": _DEPARTMENTS[place % len(_DEPARTMENTS)],
                "responsible_departments": [_DEPARTMENTS[(place + 1) % len(_DEPARTMENTS)]],
                "source": f"{row['target_source']};部门为演示 / departments: demo",
            }
        )
    return stated
