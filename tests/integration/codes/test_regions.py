"""Divisions and reporting units."""

from services.codes.divisions import GUIZHOU_COUNTS, Level
from services.codes.seed import load_divisions
from tests.integration.codes.conftest import PROVINCE, VILLAGE, Registry


async def test_loading_the_divisions_again_changes_nothing(registry: Registry) -> None:
    assert await load_divisions(registry.database) is False
    ((divisions, batches),) = await registry.rows(
        "SELECT (SELECT count(*) FROM codes.divisions), (SELECT count(*) FROM codes.batches)"
    )
    assert (divisions, batches) == (sum(GUIZHOU_COUNTS.values()), 1)


async def test_anybody_walks_the_divisions_from_the_province_to_a_village(registry: Registry) -> None:
    top = (await registry.get("/v1/regions", scope=None)).json()
    assert top == {
        "regions": [{"code": PROVINCE, "name": "贵州省", "level": "province", "parent": None}],
        "next": None,
    }
    children = (await registry.get("/v1/regions", scope=None, parent=PROVINCE)).json()["regions"]
    assert len(children) == 9
    village = await registry.get(f"/v1/regions/{VILLAGE}", scope=None)
    assert "max-age" in village.headers["cache-control"]
    assert [one["level"] for one in village.json()["path"]] == ["province", "prefecture", "county", "township"]
    assert village.json()["full_name"].startswith("贵州省黔南布依族苗族自治州都匀市")
    province = (await registry.get(f"/v1/regions/{PROVINCE}", scope=None)).json()
    assert province["children"] == {"prefecture": 9, "county": 88, "township": 1510, "village": 17964}
    assert (await registry.get("/v1/regions/520000000001", scope=None)).json()["code"] == "unknown_region"


async def test_a_level_of_a_division_is_read_page_by_page(registry: Registry) -> None:
    county = "522701000000"
    expected = (await registry.get(f"/v1/regions/{county}", scope=None)).json()["children"]["village"]
    seen: list[str] = []
    after: str | None = ""
    while after is not None:
        page = (
            await registry.get("/v1/regions", scope=None, parent=county, level="village", after=after, limit=50)
        ).json()
        seen += [one["code"] for one in page["regions"]]
        after = page["next"]
    assert len(set(seen)) == len(seen) == expected
    assert all(code.startswith("522701") for code in seen)


async def test_the_reporting_units_partition_the_province_on_every_day(registry: Registry) -> None:
    units = (await registry.get("/v1/reporting-units", scope=None)).json()["reporting_units"]
    assert len(units) == 10
    assert sum(unit["villages"] for unit in units) == GUIZHOU_COUNTS[Level.VILLAGE]
    guian = (await registry.get("/v1/reporting-units/guian", scope=None)).json()
    assert (guian["name"], len(guian["villages"])) == (
        "贵安新区",
        next(unit["villages"] for unit in units if unit["unit"] == "guian"),
    )
    for day in ("2013-12-31", "2014-01-06"):
        ((villages, distinct, in_guian),) = await registry.rows(
            """
            SELECT count(*), count(DISTINCT village), count(*) FILTER (WHERE unit = 'guian')
            FROM codes.reporting_unit_villages
            WHERE valid_from <= CAST(CAST(:day AS text) AS date)
                AND (valid_to IS NULL OR CAST(CAST(:day AS text) AS date) < valid_to)
            """,
            day=day,
        )
        assert villages == distinct == GUIZHOU_COUNTS[Level.VILLAGE]
        assert (in_guian > 0) is (day >= "2014-01-06")
    assert (await registry.get("/v1/reporting-units/nowhere", scope=None)).status_code == 404
