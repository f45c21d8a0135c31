"""Statements that every scan waits for find what they need by an index, however much is on record."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import TextClause, text

from services.codes.queries import devices, scans, statements
from tests.integration.codes.conftest import Registry

NOW = datetime(2020, 2, 1, tzinfo=UTC)
PLANS: list[tuple[str, TextClause, dict[str, Any]]] = [
    ("what is on record", scans._RECORDED, {"station": "S", "sources": ["device:D"], "scan_ids": ["1"]}),  # noqa: SLF001
    ("what a code is good for", scans._FINDINGS, {"codes": ["HGP1XF3A71"], "moments": [NOW]}),  # noqa: SLF001
    ("cooperatives", scans._COOPERATIVES, {"subject_ids": [1], "days": [date(2020, 2, 1)]}),  # noqa: SLF001
    ("what a void undoes", scans._VOID, {"station": "S", "batch_id": 1}),  # noqa: SLF001
    ("a device", devices._DEVICE, {"device": "D"}),  # noqa: SLF001
    ("wrong PINs", statements._WRONG_IN_A_ROW, {"code": "HGP1XF3A71", "since": NOW}),  # noqa: SLF001
    ("a grant", statements._GRANT, {"grant_digest": b"x"}),  # noqa: SLF001
    ("accesses", statements._ACCESSES, {"subject_id": 1, "limit": 10}),  # noqa: SLF001
    ("objections", statements._OBJECTIONS_OF, {"subject_id": 1}),  # noqa: SLF001
]


@pytest.mark.parametrize(("statement", "parameters"), [plan[1:] for plan in PLANS], ids=[plan[0] for plan in PLANS])
async def test_no_table_that_grows_is_read_from_end_to_end(
    registry: Registry, statement: TextClause, parameters: dict[str, Any]
) -> None:
    """Small tables are always read whole, so PostgreSQL is asked what it would do if that were forbidden."""
    async with registry.database.transaction() as connection:
        await connection.execute(text("SET LOCAL enable_seqscan = off"))
        rows = (await connection.execute(text(f"EXPLAIN (COSTS OFF) {statement.text}"), parameters)).scalars().all()
    plan = "\n".join(rows)
    assert "Index" in plan
    assert "Seq Scan" not in plan, plan
