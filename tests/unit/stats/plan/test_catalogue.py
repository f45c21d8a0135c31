"""What the plan asks for, as the package has it."""

from services.stats.plan.catalogue import PROVINCE, read_plan
from services.stats.plan.counting import COUNTS

EACH_UNIT = {
    "platforms": 3, "agricultural_skus": 100, "community_leaders": 2, "new_retail_companies": 2,
    "ready_industries": 2, "regional_brands": 3,
}  # fmt: skip
OF_PROVINCE = {
    "regional_brands": 30, "green_brands": 20, "county_service_centres": 79, "resettlement_centres": 1_000,
    "service_stations": 10_000, "logistics_centres": 79, "counties_on_platform": None, "poor_county_centres": None,
    "township_stations": None, "township_logistics": None, "online_merchants": 100_000,
    "training_attendances": 100_000, "people_with_increase": 150_000, "demonstration_villages": 70,
    "demonstration_shops": 200, "online_retail_growth": 1_800,
}  # fmt: skip


def test_every_number_of_the_plan_is_there() -> None:
    """None stands for all there are; the growth is asked of each year."""
    plan = read_plan()
    assert {target.indicator: target.value for target in plan.targets_of_each_unit} == EACH_UNIT
    of_2020 = {target.indicator: target.value for target in plan.targets_of_province if target.year == 2020}
    assert of_2020 == OF_PROVINCE
    assert [t.indicator for t in plan.targets_of_province if t.year == 2019] == ["online_retail_growth"]
    assert {target.unit for target in plan.targets_of_province} == {PROVINCE}


def test_what_the_plan_lists_without_a_number_can_be_reported() -> None:
    plan = read_plan()
    asked = {target.indicator for target in (*plan.targets_of_each_unit, *plan.targets_of_province)}
    assert set(plan.indicators) - asked == {
        "training_people", "vending_machines", "pickup_lockers", "live_campaigns", "crafts_products",
        "tourism_products", "bases_500_mu", "associations", "product_development_centres", "incubation_centres",
        "taobao_villages", "courier_subsidies", "ecommerce_loans", "cases_xifeng", "cases_guiding", "cases_zhengan",
    }  # fmt: skip


def test_twelve_industries_with_a_category_each() -> None:
    plan = read_plan()
    categories = [category for industry in plan.industries for category in industry.categories]
    assert len(plan.industries) == 12
    assert len(categories) == len(set(categories))


def test_what_an_indicator_is_counted_by_exists_and_every_count_is_used() -> None:
    plan = read_plan()
    used = {one.counted for one in plan.indicators.values()} | {one.all_of for one in plan.indicators.values()}
    assert used - {""} == set(COUNTS)
    for indicator in plan.indicators.values():
        assert bool(indicator.counted) == bool(indicator.counted_zh) == bool(indicator.counted_en)
        assert indicator.counted or indicator.actual == "reported"
        assert indicator.reported_zh, indicator.name
        assert indicator.reported_en, indicator.name
