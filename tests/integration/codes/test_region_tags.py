"""Dated tags of divisions, over HTTP."""

from tests.integration.codes.conftest import OFFICER, VILLAGE, Registry

SITE = {"code": VILLAGE, "tag": "resettlement_site", "valid_from": "2018-06-01", "source": "安置点名单 / test"}


async def test_a_list_is_dated_and_what_it_said_before_stays_on_record(registry: Registry) -> None:
    first = await registry.post("/v1/regions/tags", {"tags": [SITE]})
    assert first.json() == {"recorded": 1, "unchanged": 0}
    again = await registry.post("/v1/regions/tags", {"tags": [SITE]})
    assert again.json() == {"recorded": 0, "unchanged": 1}
    ended = await registry.post("/v1/regions/tags", {"tags": [{**SITE, "valid_to": "2020-01-01"}]})
    assert ended.json()["recorded"] == 1
    found = {}
    for day in ("2018-05-31", "2018-06-01", "2019-12-31", "2020-01-01"):
        answer = await registry.get("/v1/regions/tags", scope=None, tag="resettlement_site", on=day)
        found[day] = [tag["code"] for tag in answer.json()["tags"]]
    assert found == {"2018-05-31": [], "2018-06-01": [VILLAGE], "2019-12-31": [VILLAGE], "2020-01-01": []}
    rows = await registry.rows("SELECT valid_to, superseded_in FROM codes.region_tags WHERE tag = 'resettlement_site'")
    assert sorted(row.superseded_in is None for row in rows) == [False, True]


async def test_a_division_is_listed_as_a_thing_once_at_a_time(registry: Registry) -> None:
    """Else it would count twice among those that are listed."""
    await registry.post("/v1/regions/tags", {"tags": [SITE]})
    later = {**SITE, "valid_from": "2019-01-01"}
    refused = await registry.post("/v1/regions/tags", {"tags": [later]})
    assert (refused.status_code, refused.json()["code"]) == (409, "tag_overlaps")
    assert (refused.json()["region"], refused.json()["since"]) == (VILLAGE, "2018-06-01")
    both = await registry.post("/v1/regions/tags", {"tags": [{**SITE, "valid_to": "2019-01-01"}, later]})
    assert both.json() == {"recorded": 2, "unchanged": 0}
    listed = await registry.get("/v1/regions/tags", scope=None, tag="resettlement_site", on="2019-06-01")
    assert [tag["code"] for tag in listed.json()["tags"]] == [VILLAGE]


async def test_the_poor_counties_come_with_the_package(registry: Registry) -> None:
    counties = await registry.get("/v1/regions/tags", scope=None, tag="poor_county", on="2020-06-30")
    assert len(counties.json()["tags"]) == 66
    of_qiannan = await registry.get(
        "/v1/regions/tags", scope=None, tag="poor_county", on="2020-06-30", region="522700000000"
    )
    assert len(of_qiannan.json()["tags"]) == 10


async def test_a_tag_is_for_one_level_and_for_ones_own_regions(registry: Registry) -> None:
    wrong = await registry.post("/v1/regions/tags", {"tags": [{**SITE, "tag": "poor_county"}]})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "tag_not_for_level")
    elsewhere = await registry.client.post(
        "/v1/regions/tags", json={"tags": [SITE]}, headers=registry.token(OFFICER, "520100000000")
    )
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (403, "region_not_allowed")
