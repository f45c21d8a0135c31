"""Platforms, categories, bindings and ratios: recorded once, with both clocks, within the caller's regions."""

import asyncio
from datetime import date
from typing import Any

import pytest

from services.codes.code import Kind, draw_code
from services.kit.auth import Caller
from services.sales import bindings
from services.sales.dated import lock_writers, record_facts
from services.sales.errors import OverlappingBinding
from services.sales.queries.bindings import SHOPS
from services.sales.reference import FIRST_CATEGORIES, Reference
from services.sales.validity import Dated
from tests.integration.sales.api import OFFICER, SalesApi
from tests.integration.sales.conftest import VILLAGE, Ledger, line, order

HOUSEHOLD, COOPERATIVE = "HRQC2R1YDV", "C2HNTN52NB"
QIANNAN, GUIYANG = "522700000000", "520100000000"
SHOP = {"platform": "tmall", "shop": "guizhou-tea", "code": COOPERATIVE, "valid_from": "2019-01-01"}
RATIO = {
    "category": "*",
    "region": "520000000000",
    "ratio_bp": 3500,
    "basis": "imputed",
    "valid_from": "2019-01-01",
    "source": "抽样调查 / survey",
}


@pytest.fixture
async def registry(api: SalesApi, ledger: Ledger) -> Ledger:
    """A platform, a household and a cooperative in Qiannan, and the divisions they lie in."""
    await ledger.register(HOUSEHOLD)
    await ledger.register(COOPERATIVE, "cooperative")
    await api.recorded("/v1/platforms", {"platform": "tmall", "name": "天猫"})
    async with ledger.codes.transaction() as connection:
        for code, level in (("520000000000", "province"), (QIANNAN, "prefecture"), (VILLAGE, "village")):
            await connection.exec_driver_sql(
                "INSERT INTO codes.regions (code, valid_from, recorded_in, name, level) "
                "VALUES ($1, '2019-01-01', 1, $1, $2)",
                (code, level),
            )
    return ledger


async def versions(ledger: Ledger, table: str = "shop_bindings") -> list[tuple[Any, ...]]:
    """Every version that was ever recorded: from, until, whether it stands."""
    rows = await ledger.rows(
        f"SELECT valid_from, valid_to, superseded_in IS NULL AS stands FROM sales.{table} "
        "ORDER BY recorded_in, valid_from"
    )
    return [tuple(row) for row in rows]


async def test_a_new_house_knows_its_first_categories(api: SalesApi, ledger: Ledger) -> None:
    """On an empty database the first reading makes it; a second one, in another process, changes nothing."""
    reference: Reference = api.app.state.reference
    assert reference.categories == {"other"}
    await asyncio.gather(reference.refresh(), Reference(ledger.database).refresh())
    await reference.refresh()
    listed = await api.get("/v1/categories", scope=None)
    known = {category["category"] for category in listed.json()["categories"]}
    assert known == {category["category"] for category in FIRST_CATEGORIES} == reference.categories
    assert {"category": "other", "name": "其他", "name_en": "Other"} in listed.json()["categories"]


async def test_a_new_category_is_known_at_once_and_the_same_again_changes_nothing(api: SalesApi) -> None:
    """The process that registered it judges lines by it from then on."""
    silver = {"category": "silver", "name": "银饰", "name_en": "Silver"}
    assert (await api.recorded("/v1/categories", silver))["status"] == "recorded"
    assert "silver" in api.app.state.reference.categories
    assert (await api.recorded("/v1/categories", silver))["status"] == "unchanged"
    renamed = await api.recorded("/v1/categories", {**silver, "name": "苗银"})
    assert renamed == {**silver, "name": "苗银", "status": "recorded"}


async def test_a_platform_is_registered_once(api: SalesApi) -> None:
    """The same again changes nothing, and everybody who works with platforms can list them."""
    tmall = {"platform": "tmall", "name": "天猫"}
    assert (await api.recorded("/v1/platforms", tmall))["status"] == "recorded"
    assert (await api.recorded("/v1/platforms", tmall))["status"] == "unchanged"
    assert (await api.get("/v1/platforms", scope="orders:write")).json() == {"platforms": [tmall]}
    assert api.app.state.reference.platforms == {"tmall"}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/platforms", {"platform": "jd", "name": "京东"}),
        ("/v1/categories", {"category": "tea", "name": "茶叶", "name_en": "Tea"}),
        ("/v1/shops", SHOP),
        ("/v1/shops/end", {**SHOP, "valid_to": "2020-01-01"}),
        ("/v1/listings", {**SHOP, "sku": "DY-500"}),
        ("/v1/listings/end", {**SHOP, "sku": "DY-500", "valid_to": "2020-01-01"}),
        ("/v1/income-ratios", RATIO),
        ("/v1/income-ratios/end", {**RATIO, "valid_to": "2020-01-01"}),
    ],
)
async def test_writing_needs_the_scope(api: SalesApi, path: str, body: dict[str, Any]) -> None:
    """Nobody binds, registers or sets a ratio with the scopes of a platform or a bureau."""
    response = await api.post(path, body, scope="orders:write ledger:read stats:read")
    assert (response.status_code, response.json()["code"]) == (403, "not_allowed")


async def test_a_binding_takes_up_what_was_parked_for_want_of_it(api: SalesApi, registry: Ledger) -> None:
    """The batch that a binding writes is announced, so the consumers see it and take up the parked line."""
    (parked,) = await registry.post(order("A1", line("1", "37.00")))
    assert parked.reason == "no_binding"
    answer = await api.recorded("/v1/shops", SHOP)
    await registry.settle()
    (entry,) = await registry.rows("SELECT * FROM sales.ledger_entries")
    assert (entry.amount_fen, entry.reference) == (3700, f"shop {COOPERATIVE}")
    (batch,) = await registry.rows(
        "SELECT platform, channel, kind, client_id, accepted FROM sales.batches WHERE batch_id = :id",
        id=answer["batch_id"],
    )
    assert tuple(batch) == (None, "api", "shops", "officer-1", 1)
    assert await registry.scalar("SELECT recorded_in FROM sales.shop_bindings") == answer["batch_id"]


async def test_the_same_binding_again_changes_nothing_and_says_so(api: SalesApi, registry: Ledger) -> None:
    """No batch, no row; each item answers for itself, however its code was typed."""
    first = await api.recorded("/v1/shops", SHOP)
    result = {**SHOP, "valid_to": None}
    assert first["results"] == [{**result, "status": "recorded"}]
    again = await api.recorded("/v1/shops", {"shops": [{**SHOP, "code": "c2hn-tn52-nb"}, {**SHOP, "shop": "b"}]})
    assert again["results"] == [{**result, "status": "unchanged"}, {**result, "shop": "b", "status": "recorded"}]
    nothing = await api.recorded("/v1/shops", SHOP)
    assert (nothing["batch_id"], nothing["recorded_at"]) == (None, None)
    assert len(await versions(registry)) == 2


async def test_no_two_bindings_of_a_shop_hold_on_one_day(api: SalesApi, registry: Ledger) -> None:
    """Neither with what is recorded nor within a request; then nothing of the request is recorded. The day on which
    one ends, another may begin.
    """
    await api.recorded("/v1/shops", {**SHOP, "valid_to": "2020-01-01"})
    overlapping = {**SHOP, "code": HOUSEHOLD, "valid_from": "2019-12-31"}
    response = await api.post("/v1/shops", {"shops": [{**SHOP, "shop": "b"}, overlapping]})
    assert (response.status_code, response.json()["code"]) == (409, "overlapping_binding")
    assert response.json()["standing"] == {"valid_from": "2019-01-01", "valid_to": "2020-01-01"}
    twice = [{**SHOP, "shop": "c"}, {**SHOP, "shop": "c", "code": HOUSEHOLD}]
    assert (await api.post("/v1/shops", {"shops": twice})).status_code == 409
    await api.recorded("/v1/shops", {**overlapping, "valid_from": "2020-01-01"})
    assert await versions(registry) == [
        (date(2019, 1, 1), date(2020, 1, 1), True),
        (date(2020, 1, 1), None, True),
    ]


async def test_writers_of_one_platform_wait_for_each_other(api: SalesApi, registry: Ledger) -> None:
    """A binding that another connection has written but not committed is waited for, then found to overlap."""
    caller = Caller("officer-1", frozenset({"bindings:write"}), ("520000000000",), None, None, "t")
    mine = Dated(("tmall", "guizhou-tea"), (COOPERATIVE,), date(2019, 1, 1), None)
    theirs = Dated(("tmall", "guizhou-tea"), (HOUSEHOLD,), date(2019, 6, 1), None)
    async with registry.database.transaction() as connection:
        await lock_writers(connection, SHOPS, [mine.key])
        await record_facts(connection, caller, SHOPS, [mine])
        other = asyncio.create_task(bindings.bind(api.app.state.database, caller, SHOPS, [theirs]))
        while not await registry.scalar("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"):
            assert not other.done()
    with pytest.raises(OverlappingBinding):
        await other
    assert await versions(registry) == [(date(2019, 1, 1), None, True)]


async def test_ending_keeps_what_was_said_before(api: SalesApi, registry: Ledger) -> None:
    """The version that ends takes over from the one that did not; the same end again changes nothing."""
    begun = await api.recorded("/v1/shops", SHOP)
    ending = {"platform": "tmall", "shop": "guizhou-tea", "valid_from": "2019-01-01", "valid_to": "2019-07-01"}
    ended = await api.recorded("/v1/shops/end", ending)
    assert ended["results"] == [{**SHOP, "valid_to": "2019-07-01", "status": "ended"}]
    rows = await registry.rows("SELECT recorded_in, superseded_in, valid_to FROM sales.shop_bindings ORDER BY 1")
    assert [tuple(row) for row in rows] == [
        (begun["batch_id"], ended["batch_id"], None),
        (ended["batch_id"], None, date(2019, 7, 1)),
    ]
    again = await api.recorded("/v1/shops/end", ending)
    assert (again["batch_id"], again["results"][0]["status"]) == (None, "unchanged")
    await api.recorded("/v1/shops", {**SHOP, "code": HOUSEHOLD, "valid_from": "2019-07-01"})
    before, after = await registry.post(
        order("A1", line("1", "1.00"), at="2019-06-30T23:59:59+08:00"),
        order("A2", line("1", "1.00"), at="2019-07-01T00:00:00+08:00"),
    )
    assert (before.status, after.status) == ("accepted", "accepted")
    rows = await registry.rows("SELECT order_no, attributed_code FROM sales.order_lines ORDER BY order_no")
    assert [tuple(row) for row in rows] == [("A1", COOPERATIVE), ("A2", HOUSEHOLD)]


async def test_a_binding_that_was_never_true_is_withdrawn(api: SalesApi, registry: Ledger) -> None:
    """An end on the first day leaves no binding; withdrawing again changes nothing; the right one can be posted."""
    await api.recorded("/v1/shops", SHOP)
    withdrawal = {key: SHOP[key] for key in ("platform", "shop", "valid_from")} | {"valid_to": SHOP["valid_from"]}
    assert (await api.recorded("/v1/shops/end", withdrawal))["results"][0]["status"] == "withdrawn"
    assert (await api.recorded("/v1/shops/end", withdrawal))["results"][0]["status"] == "unchanged"
    assert await versions(registry) == [(date(2019, 1, 1), None, False)]
    later = await api.post("/v1/shops/end", {**withdrawal, "valid_to": "2019-03-01"})
    assert (later.status_code, later.json()["code"]) == (404, "unknown_binding")
    await api.recorded("/v1/shops", {**SHOP, "code": HOUSEHOLD})


async def test_a_binding_cannot_be_made_longer_by_ending_it(api: SalesApi, registry: Ledger) -> None:
    """An end after the recorded one, or before the beginning, is refused."""
    await api.recorded("/v1/shops", {**SHOP, "valid_to": "2019-07-01"})
    for valid_to in ("2019-07-02", "2018-12-31"):
        ending = {"platform": "tmall", "shop": "guizhou-tea", "valid_from": "2019-01-01", "valid_to": valid_to}
        response = await api.post("/v1/shops/end", ending)
        assert (response.status_code, response.json()["code"]) == (422, "end_not_within")
    assert len(await versions(registry)) == 1


async def test_what_is_not_known_is_named(api: SalesApi, registry: Ledger) -> None:
    """Codes never issued, platforms, categories and divisions that do not exist: 422, and nothing is recorded."""
    never_issued = draw_code(Kind.HOUSEHOLD)
    cases = [
        ("/v1/shops", {"shops": [SHOP, {**SHOP, "shop": "b", "code": never_issued}]}, "codes", [never_issued]),
        ("/v1/shops", {**SHOP, "platform": "jd"}, "platforms", ["jd"]),
        ("/v1/income-ratios", {**RATIO, "category": "silver"}, "categories", ["silver"]),
        ("/v1/income-ratios", {**RATIO, "region": "529999000000"}, "regions", ["529999000000"]),
    ]
    codes = ["unknown_code", "unknown_platform", "unknown_category", "unknown_region"]
    for (path, body, name, named), code in zip(cases, codes, strict=True):
        response = await api.post(path, body)
        assert (response.status_code, response.json()["code"], response.json()[name]) == (422, code, named)
    assert await versions(registry) == []


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/v1/shops", {**SHOP, "code": "C2HNTN52NX"}, "body.one.code"),
        ("/v1/shops", {**SHOP, "valid_to": "2019-01-01"}, "body.one"),
        ("/v1/shops", {"shops": [SHOP, {**SHOP, "shop": ""}]}, "body.many.shops.1.shop"),
        ("/v1/shops", {"shops": []}, "body.many.shops"),
        ("/v1/shops", {"shops": [SHOP] * 1_001}, "body.many.shops"),
        ("/v1/shops", {**SHOP, "surprise": 1}, "body.one.surprise"),
        ("/v1/listings", SHOP, "body.one.sku"),
        ("/v1/income-ratios", {**RATIO, "ratio_bp": 10_001}, "body.one.ratio_bp"),
        ("/v1/income-ratios", {**RATIO, "ratio_bp": 0.35}, "body.one.ratio_bp"),
        ("/v1/income-ratios", {**RATIO, "basis": "paid"}, "body.one.basis"),
        ("/v1/income-ratios", {**RATIO, "source": ""}, "body.one.source"),
        ("/v1/income-ratios", {**RATIO, "source": "\x00"}, "body.one.source"),
    ],
)
async def test_a_body_of_another_shape_is_refused_by_field(
    api: SalesApi, path: str, body: dict[str, Any], field: str
) -> None:
    """422, and the field is named, in a body of many with its place."""
    response = await api.post(path, body)
    assert (response.status_code, response.json()["code"]) == (422, "invalid_input")
    assert field in [error["field"] for error in response.json()["errors"]]


@pytest.mark.usefixtures("registry")
async def test_officers_bind_and_see_codes_of_their_regions_only(api: SalesApi) -> None:
    """Also ending is theirs only; a platform sees its own bindings wherever the code is."""
    refused = await api.post("/v1/shops", SHOP, regions=[GUIYANG])
    assert (refused.status_code, refused.json()["code"]) == (403, "region_not_allowed")
    assert refused.json()["outside"] == [COOPERATIVE]
    assert (await api.post("/v1/shops", SHOP, regions=[QIANNAN])).status_code == 200
    ending = {"platform": "tmall", "shop": "guizhou-tea", "valid_from": "2019-01-01", "valid_to": "2019-07-01"}
    assert (await api.post("/v1/shops/end", ending, regions=[GUIYANG])).status_code == 403
    for regions, platform, seen in (([QIANNAN], None, 1), ([GUIYANG], None, 0), ([], None, 0)):
        listed = await api.get("/v1/shops", scope=OFFICER, regions=regions, acting_for=platform)
        assert len(listed.json()["shops"]) == seen
    for platform, seen in (("tmall", 1), ("jd", 0)):
        listed = await api.get("/v1/shops", regions=[], acting_for=platform)
        assert len(listed.json()["shops"]) == seen


async def test_a_token_of_one_platform_binds_nothing_on_another(api: SalesApi, registry: Ledger) -> None:
    """Even with the scope."""
    response = await api.post("/v1/shops", SHOP, acting_for="jd")
    assert (response.status_code, response.json()["code"]) == (403, "platform_not_allowed")
    assert await versions(registry) == []


@pytest.mark.usefixtures("registry")
async def test_bindings_are_listed_page_by_page(api: SalesApi) -> None:
    """Every binding once, in the order of their keys, whatever the size of a page; filters hold on every page."""
    names = [f"shop-{number}" for number in range(7)]
    await api.recorded("/v1/shops", {"shops": [{**SHOP, "shop": name} for name in names]})
    skus = [f"SKU{number}" for number in range(5)]
    listings = [{**SHOP, "shop": name, "sku": sku} for sku in skus for name in ("b", "a")]
    await api.recorded("/v1/listings", {"listings": listings})
    assert [shop["shop"] for shop in await api.pages("/v1/shops", "shops", limit=3)] == names
    assert [shop["shop"] for shop in await api.pages("/v1/shops", "shops", limit=1, shop="shop-3")] == ["shop-3"]
    listed = await api.pages("/v1/listings", "listings", limit=2, shop="a", platform="tmall")
    assert [(listing["shop"], listing["sku"]) for listing in listed] == [("a", sku) for sku in skus]
    foreign = await api.get("/v1/shops", after=(await api.get("/v1/listings", limit=1)).json()["next"])
    assert (foreign.status_code, foreign.json()["code"]) == (422, "invalid_cursor")


@pytest.mark.usefixtures("registry")
async def test_a_listing_is_bound_and_ended_like_a_shop(api: SalesApi) -> None:
    """With its SKU in the key."""
    listing = {**SHOP, "sku": "DY-500", "code": HOUSEHOLD}
    await api.recorded("/v1/listings", listing)
    await api.recorded("/v1/listings", {**listing, "sku": "DY-250"})
    ending = {key: listing[key] for key in ("platform", "shop", "sku", "valid_from")} | {"valid_to": "2019-02-01"}
    ended = await api.recorded("/v1/listings/end", ending)
    assert ended["results"] == [{**listing, "valid_to": "2019-02-01", "status": "ended"}]
    current = (await api.get("/v1/listings")).json()["listings"]
    assert [(row["sku"], row["valid_to"]) for row in current] == [("DY-250", None), ("DY-500", "2019-02-01")]


async def test_ratios_settle_income_and_may_be_ended(api: SalesApi, registry: Ledger) -> None:
    """A ratio's batch makes income settle; withdrawn, the income is unknown again, not zero by another rule."""
    await registry.post(order("A1", line("1", "100.00", HOUSEHOLD, category="other")))
    await registry.settle()
    await api.recorded("/v1/income-ratios", RATIO)
    await registry.settle()
    assert await registry.scalar("SELECT sum(base_fen) FROM sales.income_entries") == 3500
    withdrawal = {key: RATIO[key] for key in ("category", "region", "valid_from")} | {"valid_to": RATIO["valid_from"]}
    assert (await api.recorded("/v1/income-ratios/end", withdrawal))["results"][0]["status"] == "withdrawn"
    await registry.settle()
    assert await registry.scalar("SELECT sum(base_fen) FROM sales.income_entries") == 0
    assert await registry.scalar("SELECT ratio_id FROM sales.source_days") is None


@pytest.mark.usefixtures("registry")
async def test_ratios_overlap_by_category_and_region(api: SalesApi) -> None:
    """Another region, or another category, has its own; the same again is unchanged."""
    both = {"ratios": [RATIO, {**RATIO, "region": QIANNAN, "ratio_bp": 3000}, {**RATIO, "category": "other"}]}
    answer = await api.recorded("/v1/income-ratios", both)
    assert [result["status"] for result in answer["results"]] == ["recorded"] * 3
    assert (await api.recorded("/v1/income-ratios", RATIO))["results"][0]["status"] == "unchanged"
    response = await api.post("/v1/income-ratios", {**RATIO, "ratio_bp": 3600})
    assert (response.status_code, response.json()["code"]) == (409, "overlapping_ratio")
    outside = await api.post("/v1/income-ratios", RATIO, regions=[QIANNAN])
    assert (outside.status_code, outside.json()["outside"]) == (403, ["520000000000"])


@pytest.mark.usefixtures("registry")
async def test_the_ratios_that_bear_on_a_place_and_day_are_found(api: SalesApi) -> None:
    """Those of the divisions above and of ``*`` included; not those of other days and places."""
    ratios = [
        {**RATIO, "valid_to": "2020-01-01"},
        {**RATIO, "valid_from": "2020-01-01", "ratio_bp": 3400},
        {**RATIO, "category": "other", "region": QIANNAN, "basis": "contract"},
    ]
    await api.recorded("/v1/income-ratios", {"ratios": ratios})
    found = await api.pages(
        "/v1/income-ratios", "ratios", limit=1, scope="stats:read", category="other", region=VILLAGE, on="2019-06-01"
    )
    assert [(ratio["category"], ratio["region"], ratio["basis"]) for ratio in found] == [
        ("*", "520000000000", "imputed"),
        ("other", QIANNAN, "contract"),
    ]
    elsewhere = await api.get("/v1/income-ratios", region=GUIYANG, on="2020-01-01")
    assert [ratio["ratio_bp"] for ratio in elsewhere.json()["ratios"]] == [3400]
