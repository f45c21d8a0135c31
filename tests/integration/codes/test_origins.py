"""Where a product comes from: cooperatives by name, a place no nearer than twenty households, of the holder nothing."""

from services.codes.service.nearest import ENOUGH_HOUSEHOLDS
from tests.integration.codes.conftest import OTHER_VILLAGE, VILLAGE, Registry, group, household

COUNTY = "贵州省黔南布依族苗族自治州都匀市"


async def households(registry: Registry, number: int, region: str = VILLAGE) -> list[str]:
    """Register so many; answers their codes."""
    said = [household(region=region) for _ in range(number)]
    answer = await registry.post("/v1/subjects", {"subjects": said})
    return [one["subject"]["code"] for one in answer.json()["results"]]


async def place(registry: Registry, code: str) -> tuple[str, str]:
    """Level and name of the place that is told."""
    answer = (await registry.get(f"/v1/codes/{code}/origin", scope=None)).json()
    return answer["level"], answer["place"]


async def test_a_place_is_named_once_twenty_households_have_codes_in_it(registry: Registry) -> None:
    """Nineteen: only the province, which has a twentieth elsewhere. With another one, the village."""
    codes = await households(registry, ENOUGH_HOUSEHOLDS - 1)
    assert await place(registry, codes[0]) == ("province", "贵州省"), "and no code is in it: the least that there is"
    await households(registry, 1, OTHER_VILLAGE)
    assert await place(registry, codes[0]) == ("province", "贵州省")
    (twentieth,) = await households(registry, 1)
    level, name = await place(registry, codes[0])
    assert level == "village"
    assert name.startswith(COUNTY)
    assert name.endswith("春晖社区")
    await registry.post(f"/v1/codes/{twentieth}/suspend", {"reason": "核查"})
    assert await place(registry, codes[0]) == ("province", "贵州省"), "nineteen in force here, one elsewhere"


async def test_a_household_with_two_codes_is_one_of_the_twenty(registry: Registry) -> None:
    """After a joining both codes are good, and one door less is behind them."""
    codes = await households(registry, ENOUGH_HOUSEHOLDS)
    assert (await place(registry, codes[0]))[0] == "village"
    ids = [(await registry.get(f"/v1/codes/{code}")).json()["subject_id"] for code in codes[:2]]
    joining = {"on": "2020-06-01", "reason": "并户", "merged": [ids[1]]}
    assert (await registry.post(f"/v1/subjects/{ids[0]}/merge", joining)).status_code == 200
    assert await place(registry, codes[0]) == ("province", "贵州省")


async def test_a_household_code_tells_its_cooperatives_and_nothing_of_its_holder(registry: Registry) -> None:
    said = household(name="罗德明", status="registered")
    member = (await registry.register(said))["code"]
    cooperative = (await registry.register(group(name="都匀毛尖合作社")))["code"]
    enterprise = (await registry.register(group("enterprise", name="黔货出山有限公司")))["code"]
    for joined in (cooperative, enterprise):
        link = {"member": member, "group": joined, "weight": 1, "valid_from": "2019-01-01"}
        assert (await registry.post("/v1/links", link)).status_code == 201
    answer = await registry.get(f"/v1/codes/{member}/origin", scope=None)
    assert answer.json() == {
        "code": member, "level": "province", "place": "贵州省", "organisation": None,
        "cooperatives": [{"name": "都匀毛尖合作社", "code": cooperative}],
    }  # fmt: skip
    for word in ("罗德明", "household", "registered", "农户", "贫"):
        assert word not in answer.text
    own = (await registry.get(f"/v1/codes/{enterprise}/origin", scope=None)).json()
    assert own["organisation"] == {"name": "黔货出山有限公司", "code": enterprise}


async def test_a_code_that_is_not_in_force_tells_the_place_only(registry: Registry) -> None:
    cooperative = (await registry.register(group(name="都匀毛尖合作社")))["code"]
    await registry.post(f"/v1/codes/{cooperative}/revoke", {"reason": "注销"})
    answer = (await registry.get(f"/v1/codes/{cooperative}/origin", scope=None)).json()
    assert (answer["organisation"], answer["cooperatives"]) == (None, [])


async def test_unknown_is_told_from_malformed(registry: Registry) -> None:
    unknown = await registry.get("/v1/codes/HGP1XF3A71/origin", scope=None)
    malformed = await registry.get("/v1/codes/HGP1XF3A72/origin", scope=None)
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_code")
    assert (malformed.status_code, malformed.json()["code"]) == (422, "malformed_code")
