"""Released figures: the same answers as on the day, whatever happens after; what has changed since is said beside."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from services.kit.database import Database
from services.stats.cube.folding import follow_ledger
from services.stats.cube.registry import follow_registry
from services.stats.release.checking import check_digests, check_figures
from services.stats.release.freezing import freeze_oldest_draft
from tests.integration.stats.conftest import Api
from tests.integration.stats.history import History
from tests.integration.stats.story import COUNTY, FAR_COUNTY, FAR_VILLAGE, NEIGHBOUR, PROVINCE, VILLAGE
from tests.integration.stats.told import report_by

SUMMARIES: list[dict[str, str]] = [
    {"region": PROVINCE, "period": "2020-Q1"},
    {"region": PROVINCE, "period": "2020-02"},
    {"region": COUNTY, "period": "2020-02"},
    {"region": NEIGHBOUR, "period": "2020-03"},
    {"region": COUNTY, "period": "2020-02", "kind": "household"},
    {"region": FAR_COUNTY, "period": "2020-Q1", "category": "tea"},
    {"region": PROVINCE, "period": "2020-Q1", "platform": "jd"},
    {"region": "guian", "period": "2020-02"},
    {"region": "qiannan", "period": "2020-Q1"},
]
SERIES = {"region": PROVINCE, "indicator": "sales_net", "from_": "2020-01", "to": "2020-03"}
BREAKDOWNS: list[dict[str, str]] = [
    {"region": PROVINCE, "indicator": "income", "period": "2020-02", "by": "village"},
    {"region": PROVINCE, "indicator": "sales_net", "period": "2020-Q1", "by": "county", "kind": "cooperative"},
    {"region": COUNTY, "indicator": "orders", "period": "2020-02", "by": "platform"},
    {"region": PROVINCE, "indicator": "income", "period": "2020-Q1", "by": "reporting_unit"},
]


async def release(api: Api, database: Database, **changes: Any) -> str:
    body = {"region": PROVINCE, "period": "2020-Q1", "stage": "preliminary", "calendar": "一季度", "note": "初步"}
    number = (await api.post("releases", body | changes)).json()["release_id"]
    while await freeze_oldest_draft(database):
        pass
    approved = await api.post(f"releases/{number}/approve", {"note": "复核"}, client_id="reviewer")
    assert approved.json()["status"] == "published", approved.text
    return str(number)


async def know_ratios(told: History) -> None:
    """The ratios that the history settles with, as sales publishes them."""
    await told.run(
        "INSERT INTO sales.income_ratios (ratio_id, category, region, ratio_bp, basis, valid_from, source, "
        "recorded_in) OVERRIDING SYSTEM VALUE "
        "VALUES (1, '*', '520000000000', 5000, 'contract', DATE '2019-01-01', '合同', 1), "
        "(2, '*', '520000000000', 3500, 'imputed', DATE '2019-01-01', '测算', 1)"
    )


async def much_happens(told: History, engine: AsyncEngine, database: Database) -> None:
    """Late orders, a refund, a reassignment, a move, another ratio, payments: all of it about the first quarter."""
    async with engine.begin() as connection:
        told.connection = connection
        await know_ratios(told)
        await told.sell(("T9", "tmall", "1"), 1, date(2020, 2, 20), 7_700)
        await told.sell(("N1", "newcomer", "1"), 4, date(2020, 3, 20), 900, category="honey")
        await told.refund(("T1", "tmall", "1"), 2_500, date(2020, 4, 3))
        await told.reassign(("T2", "tmall", "1"), 1, date(2020, 4, 4))
        await told.settle()
        told.ratios["tea"] = "contract"
        await told.settle()
        await told.pay("P1", 12, 4, date(2020, 2, 1), 12_300)
        await told.move(1, FAR_VILLAGE, date(2020, 1, 15), persons=6)
        await told.link(2, 12, weight=3)
    while await follow_ledger(database) or await follow_registry(database):
        pass


async def answers(api: Api, **vintage: str) -> list[Any]:
    found = [(await api.get("summary", **asked, **vintage)).json()["indicators"] for asked in SUMMARIES]
    found.append((await api.get("series", **SERIES, **vintage)).json()["points"])
    for asked in BREAKDOWNS:
        rows = (await api.get("breakdown", **asked, **vintage)).json()
        found.append(
            (rows["total"], rows["undivided"], [row for row in rows["rows"] if row["value"] not in {0, "0.00"}])
        )
    return found


def without_quality(answer: Any) -> Any:
    """Narrowed figures, and those of villages, have no block in a release; and none holds quantities by their unit."""
    if not isinstance(answer, dict):
        return answer
    return {name: value for name, value in answer.items() if name not in {"quality", "units"}}


async def test_a_release_says_for_ever_what_was_said_on_its_day(
    api: Api, database: Database, told: History, engine: AsyncEngine
) -> None:
    """At every level, whole and narrowed, over time and broken down, and of reporting units; and the ledger as of its
    position says so too.
    """
    async with engine.begin() as connection:
        told.connection = connection
        units = {"guiyang": (VILLAGE,), "guian": (NEIGHBOUR,), "qiannan": (FAR_VILLAGE,)}
        await report_by(connection, await told.codes_batch(), units)
    live = await answers(api)
    number = await release(api, database)
    frozen = await answers(api, release=number)
    for one, other in zip(frozen, live, strict=True):
        assert without_quality(one) == without_quality(other)
    assert frozen[0]["quality"] == live[0]["quality"]
    assert frozen[8]["quality"] == live[8]["quality"]
    await much_happens(told, engine, database)
    assert (await answers(api))[:3] != live[:3]
    assert await answers(api, release=number) == frozen
    for indicator in ("sales_net", "income"):
        moved = (await api.get("revisions", region="guian", indicator=indicator, period="2020-02")).json()
        assert [one["unexplained"] for one in moved["movements"]] == ["0.00"], indicator
    async with database.snapshot() as connection:
        for check in (await check_digests(connection), await check_figures(connection)):
            assert check.checked
            assert check.differences == []


async def test_present_figures_show_what_has_changed_since_the_release(
    api: Api, database: Database, told: History, engine: AsyncEngine
) -> None:
    """Nothing at first; then was, change and now, which sum; filters too; nothing for a period it does not hold."""
    number = int(await release(api, database))
    before = (await api.get("summary", **SUMMARIES[1])).json()
    assert (before["revision"]["release"]["release_id"], before["revision"]["indicators"]) == (number, {})
    await much_happens(told, engine, database)
    now = (await api.get("summary", **SUMMARIES[1])).json()
    moved = now["revision"]["indicators"]["sales_gross"]
    assert Decimal(moved["released"]) + Decimal(moved["change"]) == Decimal(now["indicators"]["sales_gross"])
    narrowed = (await api.get("summary", **SUMMARIES[4])).json()
    assert narrowed["revision"]["release"]["release_id"] == number
    assert (await api.get("summary", region=PROVINCE, period="2020-05")).json()["revision"] is None


async def test_what_a_release_does_not_hold_is_said_not_made_up(api: Api, database: Database) -> None:
    number = await release(api, database, region=COUNTY, down_to="township")
    for asked in (
        {"region": PROVINCE, "period": "2020-02"},
        {"region": FAR_COUNTY, "period": "2020-02"},
        {"region": COUNTY, "period": "2020-04"},
        {"region": VILLAGE, "period": "2020-02"},
        {"region": COUNTY, "period": "2020-02", "kind": "household", "platform": "jd"},
    ):
        response = await api.get("summary", **asked, release=number)
        assert (response.status_code, response.json()["code"]) == (422, "not_in_release")
    both = await api.get("summary", region=COUNTY, period="2020-02", release=number, as_of="2026-01-01T00:00:00+08:00")
    assert both.json()["code"] == "invalid_moment"


async def test_who_has_an_answer_is_told_that_nothing_has_changed_without_a_figure_being_computed(
    api: Api, database: Database, told: History, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Live figures are asked about each time; a release is kept for a year; the form, and who asks, are part of it."""
    asked = SUMMARIES[1]
    first = await api.get("summary", **asked)
    assert first.headers["cache-control"] == "private, no-cache"
    assert first.headers["vary"] == "Accept, Authorization"
    known = {"If-None-Match": first.headers["etag"]}

    async def no_figures(*_: object, **__: object) -> None:
        raise AssertionError

    with monkeypatch.context() as patched:
        patched.setattr("services.stats.service.summarise", no_figures)
        unchanged = await api.get("summary", headers=known, **asked)
        assert (unchanged.status_code, unchanged.content) == (304, b"")
        assert unchanged.headers["etag"] == first.headers["etag"]
    assert (await api.get("summary", headers=known | {"Accept": "text/csv"}, **asked)).status_code == 200
    assert (await api.get("summary", headers=known, **SUMMARIES[2])).status_code == 200
    assert (await api.get("summary", headers=known, scope="stats:exact stats:read", **asked)).status_code == 200
    await much_happens(told, engine, database)
    changed = await api.get("summary", headers=known, **asked)
    assert changed.status_code == 200
    assert changed.headers["etag"] != first.headers["etag"]
    number = await release(api, database)
    frozen = await api.get("summary", release=number, **asked)
    assert frozen.headers["cache-control"] == "private, max-age=31536000, immutable"
    again = await api.get("summary", release=number, headers={"If-None-Match": frozen.headers["etag"]}, **asked)
    assert again.status_code == 304
