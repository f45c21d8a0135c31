"""A figure can be walked back, and what stands at each step sums to what stands above it."""

from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.codes.code import Kind, code_of
from services.kit.database import Database
from services.stats.cube.folding import follow_ledger
from services.stats.explanation.marks import write_mark
from tests.integration.stats.conftest import Api
from tests.integration.stats.history import History
from tests.integration.stats.story import COUNTY, FAR_COUNTY, NEIGHBOUR, PROVINCE, VILLAGE

MONEY = ("sales_gross", "refunds", "sales_net")
ENTERPRISE = code_of(Kind.ENTERPRISE, 21)
COUNTS = ("orders", "order_lines")


async def follow(api: Api, path: str, **more: str) -> dict[str, Any]:
    """What a path of an answer leads to."""
    parts = urlsplit(path)
    assert parts.path.startswith("/v1/stats/")
    asked = {name: values[0] for name, values in parse_qs(parts.query).items()} | more
    response = await api.get(parts.path.removeprefix("/v1/stats/"), scope="ledger:read", **asked)
    assert response.status_code == 200, response.text
    return dict(response.json())


async def explain(api: Api, indicator: str, region: str, period: str, **filters: str) -> dict[str, Any]:
    asked = {"indicator": indicator, "region": region, "period": period, **filters}
    response = await api.get("explain", scope="ledger:read", **asked)
    assert response.status_code == 200, response.text
    return dict(response.json())


async def test_cells_lines_and_entries_sum_to_the_figure(api: Api) -> None:
    """At every level, for months and days, whole and narrowed: figure = Σ cells; cell = Σ lines; line = Σ entries."""
    questions: list[dict[str, str]] = [
        {"region": PROVINCE, "period": "2020"},
        {"region": PROVINCE, "period": "2020-02-03..2020-03-05"},
        {"region": COUNTY, "period": "2020-Q1", "kind": "household"},
        {"region": FAR_COUNTY, "period": "2020-02", "category": "tea"},
        {"region": VILLAGE, "period": "2020", "platform": "tmall"},
    ]
    for question in questions:
        whole = (await api.get("summary", **question)).json()["indicators"]
        for indicator in (*MONEY, *COUNTS, "refunds_by_refund_day"):
            found = await explain(api, indicator, **question)
            assert found["value"] == whole[indicator]
            assert sum(Decimal(str(cell["value"])) for cell in found["cells"]) == Decimal(str(found["value"]))
            for cell in found["cells"]:
                listed = await follow(api, cell["lines"])
                name = "refunds" if indicator == "refunds_by_refund_day" else indicator
                assert Decimal(str(listed["totals"][name])) == Decimal(str(cell["value"]))
                check_lines(listed)


def check_lines(listed: dict[str, Any]) -> None:
    """The lines sum to the totals, and the entries of each to the line."""
    for name, total in (("gross", "sales_gross"), ("refunds", "refunds"), ("net", "sales_net")):
        assert sum(Decimal(line[name]) for line in listed["lines"]) == Decimal(listed["totals"][total])
    for line in listed["lines"]:
        sums = {"gross": Decimal(), "refund": Decimal()}
        for entry in line["entries"]:
            sums[entry["measure"]] += Decimal(entry["amount"])
        assert (sums["gross"], -sums["refund"]) == (Decimal(line["gross"]), Decimal(line["refunds"]))


async def test_what_has_no_cells_is_explained_by_its_lines(api: Api) -> None:
    """Filters that only lines know narrow the lines too, by both days; a figure of them is not explained by cells."""
    for by in ("station", "buyer_province", "trade"):
        for indicator, total, days in (
            ("sales_net", "sales_net", "sale"),
            ("refunds_by_refund_day", "refunds", "refund"),
        ):
            asked = {"region": PROVINCE, "indicator": indicator, "period": "2020"}
            for part in (await api.get("breakdown", by=by, **asked)).json()["rows"]:
                narrowed = {"region": PROVINCE, "period": "2020", "days": days, by: part["key"]}
                if part["key"]:
                    listed = (await api.get("explain/lines", scope="ledger:read", **narrowed)).json()
                    assert listed["totals"][total] == part["value"]
                    check_lines(listed)
    refused = await api.get("explain", scope="ledger:read", **asked, trade="retail")
    assert (refused.status_code, refused.json()["code"]) == (422, "not_explained")


async def test_a_line_that_several_share_is_one_line_of_the_cells_and_of_the_list(
    api: Api, told: History, engine: AsyncEngine, database: Database
) -> None:
    """Households and a cooperative: three rows, one line and one order."""
    async with engine.begin() as connection:
        told.connection = connection
        await told.share(("G1", "tmall", "1"), {1: 500, 2: 300, 12: 200}, date(2020, 2, 21))
        await told.settle()
    while await follow_ledger(database):
        pass
    asked = {"region": PROVINCE, "period": "2020-02", "platform": "tmall"}
    for indicator in COUNTS:
        found = await explain(api, indicator, **asked)
        assert sum(cell["value"] for cell in found["cells"]) == found["value"]
        assert (await follow(api, found["cells"][0]["lines"]))["totals"][indicator] == found["value"]


async def test_pages_of_lines_are_the_lines(api: Api) -> None:
    """One by one, each once; the totals on every page are those of all."""
    whole = (await api.get("explain/lines", scope="ledger:read", region=PROVINCE, period="2020")).json()
    assert whole["next"] is None
    assert len(whole["lines"]) == whole["totals"]["lines"] == 5
    mark: str | None = None
    seen: list[Any] = []
    while True:
        asked = {"region": PROVINCE, "period": "2020", "limit": "1", **({"after": mark} if mark else {})}
        page = (await api.get("explain/lines", scope="ledger:read", **asked)).json()
        assert page["totals"] == whole["totals"]
        seen += page["lines"]
        mark = page["next"]
        if mark is None:
            break
    assert seen == whole["lines"]


async def test_a_line_names_its_binding_as_it_was_known_and_leads_to_its_income(api: Api, engine: AsyncEngine) -> None:
    """The version of the binding that was known when the line was recorded, not the one that replaced it later."""
    async with engine.begin() as connection:
        batches = (
            (await connection.execute(text("SELECT batch_id FROM sales.sealed ORDER BY position"))).scalars().all()
        )
        batch = await connection.scalar(
            text("SELECT batch_id FROM sales.ledger_entries WHERE order_no = 'J1' AND platform = 'jd'")
        )
        await connection.execute(
            text("DELETE FROM sales.order_lines WHERE (order_no, platform, line_no) = ('J1', 'jd', '1')")
        )
        await connection.execute(
            text("INSERT INTO sales.order_lines (order_no, platform, line_no, occurred_at, shop, sku, trade, category, "
                 "quantity_milli, unit, amount_fen, content_hash, batch_id, sale_day, attributed_code, method, "
                 "subject_id, kind, region) VALUES ('J1', 'jd', '1', '2020-02-10T12:00:00+08:00', 'shop', 'SKU', "
                 "'retail', 'tea', 2500, 'kg', 20000, '', :batch, '2020-02-10', 'E000000021', 'shop', 21, "
                 "'enterprise', '522701000000')"),
            {"batch": batch},
        )  # fmt: skip
        await connection.execute(
            text("INSERT INTO sales.shop_bindings (platform, shop, valid_from, recorded_in, superseded_in, code) "
                 "VALUES ('jd', 'shop', '2020-01-01', :first, :last, 'E000000021'), "
                 "('jd', 'shop', '2020-01-01', :last, NULL, 'C000000011')"),
            {"first": batches[0], "last": batches[-1]},
        )  # fmt: skip
    asked = {"platform": "jd", "order_no": "J1", "line_no": "1"}
    line = (await api.get("explain/line", scope="ledger:read", **asked)).json()
    assert (line["method"], line["binding"]["binding"], line["binding"]["code"]) == ("shop", "shop", "E000000021")
    assert (line["quantity"], line["amount"], line["holders"][0]["net"]) == ("2.5", "200.00", "200.00")
    hidden = await api.get("explain/line", scope="ledger:read", regions=(COUNTY,), **asked)
    assert hidden.json()["code"] == "no_such_line"


async def test_a_source_s_day_shows_ratio_list_and_division(api: Api, engine: AsyncEngine) -> None:
    """Entries sum to the bases; net is that of the lines; what went to members and what was kept is the base."""
    async with engine.begin() as connection:
        await connection.execute(
            text("UPDATE codes.directory_entries SET code = :code WHERE subject_id = 21"), {"code": ENTERPRISE}
        )
    asked = {"code": ENTERPRISE, "day": "2020-02-10", "category": "tea"}
    source = (await api.get("explain/source", scope="ledger:read", **asked)).json()
    [basis] = source["bases"]
    assert basis == {"basis": "imputed", "net": "200.00", "base": "70.00", "to_members": "35.00", "kept": "35.00"}
    assert sum(Decimal(entry["net"]) for entry in source["entries"]) == Decimal(basis["net"])
    assert sum(Decimal(entry["base"]) for entry in source["entries"]) == Decimal(basis["base"])
    members = source["member_list"]
    assert (members["members_part"], members["member_count"], members["weights"]) == ("0.5000", 1, 1)
    assert members["members"] == [{"code": "C000000012", "kind": "cooperative", "weight": 1}]
    lines = await follow(api, source["lines"])
    assert lines["totals"]["sales_net"] == basis["net"]
    assert (await api.get("explain/source", scope="ledger:read", regions=(COUNTY,), **asked)).status_code == 403


async def test_who_may_not_read_the_ledger_is_not_shown_its_lines(api: Api) -> None:
    question = {"region": PROVINCE, "period": "2020", "indicator": "sales_net"}
    assert (await api.get("explain", scope="stats:exact", **question)).status_code == 403
    outside = await api.get("explain", scope="ledger:read", regions=(COUNTY,), **question)
    assert outside.json()["code"] == "region_not_allowed"
    average = await api.get("explain", scope="ledger:read", **question | {"indicator": "income_per_capita"})
    assert average.json()["code"] == "not_explained"
    for mark in (
        "x",
        write_mark([]),
        write_mark(["", "2020-02-30", "", "", "", 0]),
        write_mark(["\x00", "2020-02-29", "", "", "", 0]),
        write_mark(["", "2020-02-29", "", "", "", 2**63]),
    ):
        refused = await api.get("explain/lines", scope="ledger:read", region=NEIGHBOUR, period="2020", after=mark)
        assert refused.json()["code"] == "invalid_mark"


async def test_households_and_their_months_sum_to_the_income_of_a_region(api: Api) -> None:
    """Figure = Σ households = Σ their months, over pages, by basis, for months, years and days; and a household's whole
    month is what its lines and payments say.
    """
    for region, period in ((PROVINCE, "2020"), (COUNTY, "2020-02"), (PROVINCE, "2020-02-03..2020-03-05")):
        whole = (await api.get("summary", region=region, period=period)).json()["indicators"]["income"]
        found: list[dict[str, Any]] = []
        mark: str | None = ""
        while mark is not None:
            more = {"after": mark} if mark else {}
            asked = {"region": region, "period": period, "limit": "2", **more}
            page = (await api.get("explain/income", scope="ledger:read", **asked)).json()
            assert page["totals"] == whole
            found += page["households"]
            mark = page["next"]
        assert found
        for basis in ("paid", "contract", "imputed", "total"):
            assert sum(Decimal(one["income"][basis]) for one in found) == Decimal(whole[basis])
            for one in found:
                assert sum(Decimal(month["income"][basis]) for month in one["months"]) == Decimal(one["income"][basis])
        assert all(month["explained"] for one in found for month in one["months"])


async def test_whose_income_it_is_is_told_to_readers_of_the_ledger_in_their_region_only(api: Api) -> None:
    """No other scope, and no other region."""
    asked = {"region": PROVINCE, "period": "2020"}
    assert (await api.get("explain/income", scope="stats:exact", **asked)).status_code == 403
    assert (await api.get("explain/income", scope="ledger:read", regions=(COUNTY,), **asked)).status_code == 403
