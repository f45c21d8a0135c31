"""An entity tag promises the same answer: whatever changes an answer takes its tag, sealed or not."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.kit.database import Database
from services.stats.release.freezing import freeze_oldest_draft
from tests.integration.stats.conftest import Api
from tests.integration.stats.story import PROVINCE

ASKED = {"region": PROVINCE, "period": "2020-02"}


async def _run(connection: AsyncConnection, *statements: str) -> None:
    for statement in statements:
        await connection.execute(text(statement))


async def _parked_unsealed(connection: AsyncConnection) -> None:
    batch = await connection.scalar(
        text("INSERT INTO sales.batches (channel, kind, client_id) VALUES ('api', 'orders', 't') RETURNING batch_id")
    )
    await connection.execute(text("INSERT INTO sales.unsealed (batch_id) VALUES (:batch)"), {"batch": batch})
    await connection.execute(
        text("""
        INSERT INTO sales.parked_lines (order_no, platform, line_no, occurred_at, shop, trade, category,
            quantity_milli, amount_fen, content_hash, batch_id, reason)
        VALUES ('P9', 'tmall', '1', '2020-02-12T12:00:00+08:00', 'shop', 'retail', 'tea', 1000, 900, '', :batch,
            'no_binding')
        """),
        {"batch": batch},
    )


async def _suspended_unsealed(connection: AsyncConnection) -> None:
    batch = await connection.scalar(
        text("INSERT INTO codes.batches (actor, operation) VALUES ('t', 't') RETURNING batch_id")
    )
    await connection.execute(text("INSERT INTO codes.unsealed (batch_id) VALUES (:batch)"), {"batch": batch})
    await connection.execute(
        text("UPDATE codes.directory_entries SET superseded_in = :batch WHERE subject_id = 4"), {"batch": batch}
    )


CHANGES: dict[str, Callable[[AsyncConnection], Awaitable[None]]] = {
    "parked, not sealed": _parked_unsealed,
    "registered, not sealed": _suspended_unsealed,
    "a category renamed": lambda connection: _run(
        connection, "INSERT INTO sales.categories (category, name, name_en) VALUES ('new', '新', 'New')"
    ),
    "a line of poverty": lambda connection: _run(
        connection,
        "INSERT INTO stats.poverty_lines (region, year, per_head_fen, standing, source, client_id) "
        "VALUES ('*', 2020, 1, 'published', 's', 't')",
    ),
}


@pytest.mark.parametrize("change", CHANGES)
async def test_what_changes_an_answer_takes_its_tag(api: Api, engine: AsyncEngine, change: str) -> None:
    """Asked again with the tag, the caller gets the new answer, under another tag, before anything is sealed."""
    questions: list[tuple[str, dict[str, Any]]] = [("summary", ASKED), ("uplift", {"region": PROVINCE, "year": "2020"})]
    before = [await api.get(path, **asked) for path, asked in questions]
    for (path, asked), answer in zip(questions, before, strict=True):
        same = await api.get(path, headers={"If-None-Match": answer.headers["etag"]}, **asked)
        assert same.status_code == 304
    async with engine.begin() as connection:
        await CHANGES[change](connection)
    for (path, asked), answer in zip(questions, before, strict=True):
        again = await api.get(path, headers={"If-None-Match": answer.headers["etag"]}, **asked)
        assert again.status_code == 200
        assert again.headers["etag"] != answer.headers["etag"]
    if change == "parked, not sealed":
        quality = (await api.get("summary", **ASKED)).json()["indicators"]["quality"]
        assert quality["parked_amount"] != before[0].json()["indicators"]["quality"]["parked_amount"]


async def test_a_draft_that_is_frozen_and_approved_changes_what_is_said_of_it(api: Api, database: Database) -> None:
    """A compiler's revisions and the draft's own figures have another tag at each stage; once approved, it is kept."""
    scope = "stats:exact stats:read releases:write"
    asked = {**ASKED, "indicator": "sales_net"}
    tags = [(await api.get("revisions", scope=scope, **asked)).headers["etag"]]
    draft = {
        "region": PROVINCE, "period": "2020-02", "stage": "preliminary", "calendar": "2020-02", "note": "初步",
        "down_to": "county",
    }  # fmt: skip
    number = (await api.post("releases", draft)).json()["release_id"]
    while await freeze_oldest_draft(database):
        pass
    tags.append((await api.get("revisions", scope=scope, **asked)).headers["etag"])
    unapproved = await api.get("summary", scope=scope, release=str(number), **ASKED)
    assert unapproved.json()["release"]["reviewer"] is None
    assert "immutable" not in unapproved.headers["cache-control"]
    await api.post(f"releases/{number}/approve", {"note": "ok"}, client_id="reviewer")
    tags.append((await api.get("revisions", scope=scope, **asked)).headers["etag"])
    assert len(set(tags)) == len(tags)
    known = {"If-None-Match": unapproved.headers["etag"]}
    approved = await api.get("summary", scope=scope, release=str(number), headers=known, **ASKED)
    assert (approved.status_code, approved.json()["release"]["reviewer"]) == (200, "reviewer")
    assert "immutable" in approved.headers["cache-control"]
