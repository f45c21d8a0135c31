"""Releases: frozen part by part, approved by somebody else, held until their day, never changed."""

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from services.kit import clock
from services.kit.database import Database
from services.kit.errors import Unavailable
from services.stats import verify
from services.stats.cube.folding import follow_ledger
from services.stats.release.freezing import freeze_oldest_draft
from tests.integration.stats.conftest import Api
from tests.integration.stats.history import History
from tests.integration.stats.story import COUNTY, PROVINCE

DRAFT = {
    "region": PROVINCE, "period": "2020-02", "stage": "preliminary", "calendar": "2020年2月", "note": "初步数据",
    "down_to": "county",
}  # fmt: skip


async def draft(api: Api, **changes: Any) -> int:
    response = await api.post("releases", DRAFT | changes)
    assert response.status_code == 202, response.text
    return int(response.json()["release_id"])


async def freeze(database: Database) -> None:
    while await freeze_oldest_draft(database):
        pass


async def approve(api: Api, release: int, by: str = "reviewer") -> Any:
    return await api.post(f"releases/{release}/approve", {"note": "复核无误"}, client_id=by)


async def published(api: Api, database: Database, **changes: Any) -> int:
    release = await draft(api, **changes)
    await freeze(database)
    assert (await approve(api, release)).status_code == 200
    return release


async def test_a_release_is_compiled_by_one_and_approved_by_another(api: Api, database: Database) -> None:
    """It is computed first; the compiler cannot approve it; nobody decides twice."""
    release = await draft(api, period="2020-Q1", down_to="province")
    assert (await approve(api, release)).json()["code"] == "not_frozen_yet"
    await freeze(database)
    assert (await api.get(f"releases/{release}", scope="releases:write")).json()["status"] == "draft"
    assert (await approve(api, release, by="compiler")).json()["code"] == "reviewer_is_compiler"
    assert (await api.get(f"releases/{release}")).status_code == 404
    done = (await approve(api, release)).json()
    assert (done["status"], done["compiler"], done["reviewer"]) == ("published", "compiler", "reviewer")
    assert (await approve(api, release, by="third")).json()["code"] == "already_decided"
    seen = (await api.get(f"releases/{release}")).json()
    assert seen["holds"]["periods"] == ["2020-Q1", "2020-01", "2020-02", "2020-03"]
    assert seen["quality"]["2020-02"]["parked_amount"] == "35.00"


async def test_only_who_holds_the_scope_compiles(api: Api) -> None:
    assert (await api.post("releases", DRAFT, scope="stats:exact")).status_code == 403
    far = await api.post("releases", DRAFT, regions=(COUNTY,))
    assert far.json()["code"] == "region_not_allowed"


async def test_an_embargoed_release_is_seen_by_nobody_else_before_its_day(api: Api, database: Database) -> None:
    """Neither in the list, nor by its number, nor by its figures; compilers and reviewers work with it."""
    tomorrow = (clock.now() + timedelta(days=1)).isoformat()
    release = await published(api, database, publish_at=tomorrow)
    assert (await api.get("releases")).json()["releases"] == []
    assert (await api.get(f"releases/{release}")).json()["code"] == "no_such_release"
    mine = (await api.get("releases", scope="releases:write")).json()["releases"]
    assert [one["status"] for one in mine] == ["approved"]


async def test_a_freeze_that_was_cut_short_goes_on_where_it_stopped(
    api: Api, database: Database, settings: Any, engine: AsyncEngine
) -> None:
    """Whatever was committed stays; what was not is computed by the next process; the digest is that of one run."""
    first = await draft(api)
    await freeze_oldest_draft(database, at_most=7)
    await die_within_a_part(database, engine)
    half = (await api.get(f"releases/{first}", scope="releases:write")).json()
    assert (half["status"], half["holds"]["frozen_parts"]) == ("freezing", 7)
    other = Database(settings.role_url("onecode_stats_login"), application="another process")
    await freeze(other)
    await other.close()
    assert (await approve(api, first)).status_code == 200
    second = await published(api, database, supersedes=first, reason="同样数据再算一次")
    assert second != first
    async with engine.connect() as connection:
        parts = await connection.execute(
            text("SELECT count(DISTINCT release_id) AS releases FROM stats.frozen_parts "
                 "GROUP BY period, level, dimension, key, digest")
        )  # fmt: skip
        assert {row.releases for row in parts} == {2}
        shown = await connection.execute(
            text("SELECT count(*) AS releases FROM stats.shown_divisions GROUP BY table_name, period, divisions")
        )
        assert {row.releases for row in shown} == {2}
    assert [check.differences for check in await release_checks(database)] == [[], []]


async def die_within_a_part(database: Database, engine: AsyncEngine) -> None:
    """The connection is killed after the part's rows are written and before the part is done."""
    async with engine.begin() as blocking, engine.begin() as killing:
        await blocking.execute(text("LOCK TABLE stats.frozen_parts IN SHARE MODE"))
        dying = asyncio.create_task(freeze_oldest_draft(database))
        killed = text(
            "SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database "
            "WHERE datname = current_database() AND relation = 'stats.frozen_parts'::regclass AND NOT granted"
        )
        while not await killing.scalar(killed):
            pass
        with pytest.raises(Unavailable):
            await dying


async def release_checks(database: Database) -> list[Any]:
    async with database.snapshot() as connection:
        return [check for check in await verify.checks(connection) if "release" in check.name]


async def test_the_roles_of_the_service_cannot_change_a_release(api: Api, database: Database) -> None:
    """Not even by mistake: rows of record can be inserted and read."""
    await published(api, database)
    for table in ("releases", "release_rows", "frozen_parts", "frozen_releases", "release_decisions", "release_parts"):
        for statement in (f"DELETE FROM stats.{table}", f"UPDATE stats.{table} SET release_id = 0"):
            with pytest.raises(DBAPIError, match="permission denied"):
                async with database.transaction() as connection:
                    await connection.execute(text(statement))


async def test_verify_finds_a_release_that_was_tampered_with(api: Api, database: Database, engine: AsyncEngine) -> None:
    """By the superuser, past the grants: the digest no longer fits."""
    await published(api, database)
    async with engine.begin() as connection:
        await connection.execute(
            text("UPDATE stats.release_rows SET figures = jsonb_set(figures, '{sales_gross}', '1') "
                 "WHERE source = 'sales' AND level = 'county' AND dimension = ''")
        )  # fmt: skip
    for check in await release_checks(database):
        assert check.differences
        assert check.differences[0]["period"] == "2020-02"


async def test_a_release_is_withdrawn_only_by_one_in_its_place(
    api: Api, database: Database, told: History, engine: AsyncEngine
) -> None:
    """With a reason; the old one stays what it was, and says what supersedes it."""
    first = await published(api, database)
    assert (await api.post(f"releases/{first}/reject", {"note": "错误"})).json()["code"] == "already_decided"
    lacking = await api.post("releases", DRAFT | {"supersedes": first})
    assert lacking.status_code == 422
    async with engine.begin() as connection:
        told.connection = connection
        await told.sell(("T9", "tmall", "1"), 1, date(2020, 2, 20), 7_700)
    while not await follow_ledger(database):
        pass
    second = await draft(api, stage="revised", supersedes=first, reason="补报订单")
    await freeze(database)
    assert (await api.get(f"releases/{first}")).json()["status"] == "published"
    await approve(api, second)
    old = (await api.get(f"releases/{first}")).json()
    assert (old["status"], old["superseded_by"]) == ("superseded", second)
    again = await api.post("releases", DRAFT | {"supersedes": first, "reason": "再次"})
    assert again.json()["code"] == "cannot_supersede"


async def test_a_county_reads_of_a_province_s_release_and_of_no_other_county_s(api: Api, database: Database) -> None:
    await published(api, database)
    seen = await api.get("releases", regions=(COUNTY,))
    assert len(seen.json()["releases"]) == 1
    own = await published(api, database, region="522701000000")
    assert (await api.get(f"releases/{own}", regions=(COUNTY,))).status_code == 404


async def test_a_period_that_is_not_over_cannot_be_frozen(api: Api) -> None:
    assert (await api.post("releases", DRAFT | {"period": "2029"})).json()["code"] == "period_not_over"


async def test_one_draft_of_a_region_and_period_at_a_time(api: Api, database: Database) -> None:
    release = await draft(api)
    assert (await api.post("releases", DRAFT)).json() | {"detail": ""} == {
        "type": "about:blank", "title": "已有未决的发布草稿 / A draft is under way", "status": 409, "detail": "",
        "code": "release_under_way", "release_id": release,
    }  # fmt: skip
    assert (await api.post(f"releases/{release}/reject", {"note": "撤回"}, client_id="compiler")).status_code == 200
    await draft(api)
    assert await freeze_oldest_draft(database)
