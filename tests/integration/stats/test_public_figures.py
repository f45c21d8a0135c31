"""What whoever may only read statistics sees: releases, and of them what tells nothing of anybody."""

import io
from datetime import date
from decimal import Decimal

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.kit.database import Database
from services.stats.cube.folding import follow_ledger
from services.stats.cube.registry import follow_registry
from services.stats.release.checking_shown import check_shown
from services.stats.release.protection import Shown, decide_what_is_shown
from services.stats.release.release import Release
from tests.integration.stats.conftest import Api
from tests.integration.stats.history import History
from tests.integration.stats.story import COUNTY, FAR_COUNTY, FAR_VILLAGE, NEIGHBOUR, PROVINCE, VILLAGE
from tests.integration.stats.test_releases import DRAFT, approve, draft, freeze, published
from tests.integration.stats.told import report_by

_LINES = """
INSERT INTO sales.order_lines (
    order_no, platform, line_no, occurred_at, shop, sku, trade, category, quantity_milli, unit, amount_fen,
    content_hash, batch_id, sale_day, attributed_code, method, subject_id, kind, region
)
SELECT order_no, platform, line_no, sale_day + time '12:00', 'shop-' || subject_id % 5, 'sku', 'retail', category,
       1000, 'box', amount_fen, '', batch_id, sale_day, 'H00000000', 'shop', subject_id, kind, region
FROM sales.ledger_entries WHERE cause = 'sale' ON CONFLICT DO NOTHING
"""


@pytest.fixture
async def busy(engine: AsyncEngine, told: History, database: Database) -> None:
    """Beside the story, in February 2020: eight households of one village sell, seven of its neighbour, and three in
    the other county, which have too few beside them.
    """
    async with engine.begin() as connection:
        told.connection = connection
        for household in range(101, 119):
            home = VILLAGE if household <= 108 else NEIGHBOUR if household <= 115 else FAR_VILLAGE
            await told.register(household, "household", home, persons=3)
            for number, platform in enumerate(("tmall", "jd")):
                line = (f"{platform}-{household}", platform, "1")
                await told.sell(
                    line, household, date(2020, 2, 3 + number), (20_000 if home == FAR_VILLAGE else 10_000) + household
                )
        await told.settle()
        await told.run(_LINES)
    while not await follow_ledger(database):
        pass
    while await follow_registry(database):
        pass


@pytest.mark.usefixtures("told")
async def test_who_may_only_read_statistics_is_sent_to_the_releases(api: Api) -> None:
    """No live figure, no free period, no watermark to take differences of: 403, and where to look instead."""
    for path, asked in (
        ("summary", {"region": PROVINCE, "period": "2020-02"}),
        ("series", {"region": PROVINCE, "indicator": "sales_net", "from_": "2020-01", "to": "2020-03"}),
        ("breakdown", {"region": PROVINCE, "indicator": "sales_net", "by": "county", "period": "2020-02"}),
        ("uplift", {"region": PROVINCE, "year": "2020"}),
        ("audits", {"region": PROVINCE, "period": "2020-02"}),
        ("revisions", {"region": PROVINCE, "period": "2020-02", "indicator": "sales_net"}),
    ):
        refused = await api.get(path, scope="stats:read", **asked)
        assert (refused.status_code, refused.json()["code"]) == (403, "releases_only"), path
        assert "/v1/stats/releases" in refused.json()["detail"]
    for path in ("indicators", "poverty-lines", "releases"):
        assert (await api.get(path, scope="stats:read")).status_code == 200
    for path in ("stations", "products", "targets", "explain"):
        assert (await api.get(path, scope="stats:read")).status_code == 403


@pytest.mark.usefixtures("busy")
async def test_a_release_shows_what_many_stand_behind_and_nothing_of_one(api: Api, database: Database) -> None:
    """The province is shown as it is; the county with one household is not, nor the other, which would tell it."""
    release = await published(api, database, down_to="village")
    exact = (await api.get("summary", region=PROVINCE, period="2020-02")).json()["indicators"]
    answer = (await api.get(f"releases/{release}/figures", scope="stats:read")).json()
    figures = {one["indicator"]: one for one in answer["figures"]}
    assert figures["sales_net"]["value"] == exact["sales_net"]
    assert figures["households_reached"]["value"] == exact["households_reached"]
    assert (await api.get(f"releases/{release}", scope="stats:read")).json()["quality"] is None
    below = (await api.get(f"releases/{release}/figures", scope="stats:read", level="county")).json()
    hidden = {(one["region"]["code"], one["status"]) for one in below["figures"] if one["indicator"] == "sales_net"}
    assert hidden == {(COUNTY, "suppressed"), (FAR_COUNTY, "suppressed")}
    assert all(one["value"] is None for one in below["figures"] if one["indicator"].startswith(("sales", "income")))
    assert set(below["legend"]) >= {"suppressed", "part_suppressed"}


@pytest.mark.usefixtures("busy")
async def test_reporting_units_are_shown_of_the_province_where_they_tell_nothing(
    api: Api, database: Database, engine: AsyncEngine, told: History
) -> None:
    """Protected with the divisions: what is shown of a unit is its exact figure, and with three households in its own
    county the one says no more than the other. By a dimension, and of less than the province, there are none.
    """
    async with engine.begin() as connection:
        told.connection = connection
        units = {"east": (VILLAGE,), "west": (NEIGHBOUR, FAR_VILLAGE)}
        await report_by(connection, await told.codes_batch(), units)
    release = await published(api, database, down_to="village")
    asked = {"scope": "stats:read", "level": "reporting_unit"}
    figures = (await api.get(f"releases/{release}/figures", **asked)).json()["figures"]
    net = {one["region"]["code"]: one for one in figures if one["indicator"] == "sales_net"}
    assert net.keys() == units.keys()
    for unit, one in net.items():
        exact = (await api.get("summary", region=unit, period="2020-02")).json()["indicators"]["sales_net"]
        assert (one["value"], one["status"]) in {(exact, None), (None, "suppressed"), (None, "by_division_only")}
    shown = [one["value"] is not None for one in net.values()]
    assert shown in ([True, True], [False, False])
    for wrong in ({"by": "kind"}, {"region": COUNTY}):
        refused = await api.get(f"releases/{release}/figures", **asked | wrong)
        assert (refused.status_code, refused.json()["code"]) == (422, "not_in_release")


@pytest.mark.usefixtures("busy")
async def test_protected_figures_come_as_a_file_with_the_legend_in_it(api: Api, database: Database) -> None:
    """CSV has the status beside each empty cell; by platform nothing is shown, each of its sums is one platform's. Of
    two dimensions at once there is no table.
    """
    release = await published(api, database, down_to="county")
    asked = {"scope": "stats:read", "level": "county", "format": "csv"}
    page = (await api.get(f"releases/{release}/figures", **asked)).text
    assert f"{FAR_COUNTY}," in page
    assert ",suppressed" in page
    assert "legend.suppressed" in page
    by = (await api.get(f"releases/{release}/figures", scope="stats:read", by="platform")).json()
    assert {one["status"] for one in by["figures"]} == {"suppressed"}
    for pair in ({"by": "kind", "platform": "tmall"}, {"category": "tea"}, {"by": ["kind", "category"]}):
        refused = await api.get(f"releases/{release}/figures", scope="stats:read", **pair)
        assert (refused.status_code, refused.json()["code"]) == (422, "not_in_release"), pair


@pytest.mark.usefixtures("busy")
async def test_a_workbook_of_protected_figures_holds_what_the_answer_says(api: Api, database: Database) -> None:
    """Read back cell by cell: every figure where it is shown, and nothing but its status where it is not."""
    release = await published(api, database, down_to="village")
    asked = {"scope": "stats:read", "level": "village"}
    figures = (await api.get(f"releases/{release}/figures", **asked)).json()["figures"]
    book = CalamineWorkbook.from_filelike(
        io.BytesIO((await api.get(f"releases/{release}/figures", **asked, format="xlsx")).content)
    )
    sheets = [book.get_sheet_by_name(name).to_python() for name in book.sheet_names]
    [(sheet, head)] = [
        (sheet, number) for sheet in sheets for number, row in enumerate(sheet) if {"region", "status"} <= set(row)
    ]
    column = {name: sheet[head].index(name) for name in ("region", "indicator", "value", "status")}
    read = {
        (str(row[column["region"]]), row[column["indicator"]]): (row[column["value"]], row[column["status"]])
        for row in sheet[head + 1 :]
    }
    expected = {(one["region"]["code"], one["indicator"]): (one["value"], one["status"]) for one in figures}
    of_figures = {key: read[key] for key in expected}
    assert {key: status or None for key, (_, status) in of_figures.items()} == {
        key: status for key, (_, status) in expected.items()
    }
    for key, (value, _) in expected.items():
        told = of_figures[key][0]
        assert (told == "") if value is None else Decimal(str(told)) == Decimal(str(value)), key
    assert {value is None for value, _ in expected.values()} == {True, False}


@pytest.mark.usefixtures("busy")
async def test_what_one_release_hides_of_a_month_no_other_shows(api: Api, database: Database) -> None:
    """The quarter's release holds the month too, with what the month's own showed and no more."""
    month = await published(api, database, down_to="village")
    quarter = await published(api, database, period="2020-Q1", down_to="village")
    for level in ("county", "village"):
        asked = {"scope": "stats:read", "level": level, "period": "2020-02"}
        first = (await api.get(f"releases/{month}/figures", **asked)).json()["figures"]
        second = (await api.get(f"releases/{quarter}/figures", **asked)).json()["figures"]
        shown = {(one["region"]["code"], one["indicator"]) for one in first if one["status"] is None}
        assert {(one["region"]["code"], one["indicator"]) for one in second if one["status"] is None} <= shown


@pytest.mark.usefixtures("busy")
async def test_periods_that_cross_and_releases_that_know_nothing_of_each_other_tell_nothing(
    api: Api, database: Database
) -> None:
    """February to the 11th of March shows something; March and the quarter with it, which leave and take days of it,
    then show nothing. Of two that were frozen side by side the second cannot be approved.
    """
    first = await published(api, database, period="2020-02-01..2020-03-11", down_to="county")
    later = [await draft(api, period=period, down_to="county") for period in ("2020-02", "2020-Q1")]
    await freeze(database)
    assert (await approve(api, later[0])).status_code == 200
    refused = await approve(api, later[1])
    assert (refused.status_code, refused.json()["code"]) == (409, "approved_meanwhile")
    crossing = await published(api, database, period="2020-03", down_to="county")
    net = []
    for release in (first, later[0], crossing):
        figures = (await api.get(f"releases/{release}/figures", scope="stats:read")).json()["figures"]
        net.append(next(one["value"] for one in figures if one["indicator"] == "sales_net"))
    assert net[0] is not None
    assert net[2] is None


@pytest.mark.usefixtures("busy")
async def test_a_revision_that_rests_on_one_household_is_not_shown(
    api: Api, database: Database, engine: AsyncEngine, told: History
) -> None:
    """One more sale after a month was published: the second release shows no figure that is not what the first had, and
    the difference is nowhere, by whatever name the month goes; a release of the same data shows the same.
    """
    first = await published(api, database, down_to="village")
    same = await published(api, database, down_to="village", supersedes=first, reason="同样数据再算一次")
    async with engine.begin() as connection:
        told.connection = connection
        await told.sell(("late", "tmall", "1"), 101, date(2020, 2, 20), 55_500)
        await told.settle()
    while not await follow_ledger(database):
        pass
    renamed = await published(api, database, down_to="village", period="2020-02-01..2020-02-29")
    later = await published(api, database, down_to="village", supersedes=same, reason="补录一笔")
    said = [
        (await api.get(f"releases/{release}/figures", scope="stats:read")).json()["figures"]
        for release in (first, same, later, renamed)
    ]
    values = [{one["indicator"]: one["value"] for one in figures} for figures in said]
    assert values[0] == values[1]
    assert values[0]["sales_net"] is not None
    for revised in values[2:]:
        assert revised["sales_net"] is None
        assert all(value in {None, values[0][name]} for name, value in revised.items())


@pytest.mark.usefixtures("busy")
async def test_a_release_keeps_the_rules_it_was_drafted_under_and_says_them(api: Api, database: Database) -> None:
    """Asked for twenty households, the province's eighteen are not shown; weaker rules than the house's are refused;
    answer and file say by which rules.
    """
    weaker = await api.post("releases", DRAFT | {"rules": {"household": {"threshold": 2}}})
    assert (weaker.status_code, weaker.json()["code"]) == (422, "unfit_rules")
    usual = await published(api, database, period="2020-Q1", down_to="village")
    strict = await published(api, database, down_to="village", rules={"household": {"threshold": 30}})
    assert (await api.get(f"releases/{usual}")).json()["rules"]["household"]["threshold"] == 5
    assert (await api.get(f"releases/{strict}")).json()["rules"]["household"]["threshold"] == 30
    answers = [(await api.get(f"releases/{release}/figures", scope="stats:read")).json() for release in (usual, strict)]
    net = [{one["indicator"]: one["value"] for one in answer["figures"]}["sales_net"] for answer in answers]
    assert (net[0] is None, net[1] is None) == (False, True)
    assert answers[1]["rules"]["household"]["threshold"] == 30
    page = (await api.get(f"releases/{strict}/figures", scope="stats:read", format="csv")).text
    assert "rules.household.threshold" in page


@pytest.mark.usefixtures("busy")
async def test_verify_finds_a_figure_that_is_told_by_subtraction(
    api: Api, database: Database, engine: AsyncEngine
) -> None:
    """What is stored passes; made to show everything but one village, or by kind what is hidden in all, it does not."""
    await published(api, database, down_to="village")
    async with database.snapshot() as connection:
        assert [check.differences for check in await check_shown(connection)] == [[], []]
    everything = """
    UPDATE stats.shown_divisions AS shown SET divisions = ARRAY(
        SELECT DISTINCT region FROM stats.release_rows WHERE region <> :village
    ) WHERE table_name = 'sales'
    """
    async with engine.begin() as connection:
        await connection.execute(text(everything), {"village": FAR_VILLAGE})
        by_kind = "UPDATE stats.shown_divisions SET divisions = ARRAY[:village] WHERE table_name = 'sales by kind'"
        await connection.execute(text(by_kind), {"village": FAR_VILLAGE})
    async with database.snapshot() as connection:
        told, beyond = await check_shown(connection)
    assert {row["told"] for row in told.differences} == {FAR_VILLAGE}
    assert {row["region"] for row in beyond.differences} == {FAR_VILLAGE}


@pytest.mark.usefixtures("busy")
async def test_what_is_approved_while_another_release_is_computed_is_known_to_it(
    api: Api, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The month is approved after the quarter was protected and before that is stored: it is protected once more."""
    month = await draft(api, down_to="county")
    await freeze(database)
    quarter = await draft(api, period="2020-Q1", down_to="county")
    decided: list[int] = []

    async def meanwhile(cube: AsyncConnection, release: Release) -> Shown:
        found = await decide_what_is_shown(cube, release)
        if not decided:
            assert (await approve(api, month)).status_code == 200
        decided.append(release.release_id)
        return found

    monkeypatch.setattr("services.stats.release.freezing.decide_what_is_shown", meanwhile)
    await freeze(database)
    assert decided == [quarter, quarter]
    assert (await approve(api, quarter)).status_code == 200
