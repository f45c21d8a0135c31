"""The second wall around person data: a transaction that does not say what for sees no household's name."""

from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from services.codes.purpose import Purpose
from services.codes.queries.batches import say_purpose
from tests.integration.codes.conftest import Registry

COUNT = text("SELECT count(*) FROM codes.persons")
INSERT = text("INSERT INTO codes.persons (subject_id, recorded_in, name_cipher) VALUES (9999, 1, 'x')")


async def test_without_a_purpose_there_are_no_rows(registry: Registry) -> None:
    await registry.register()
    async with registry.database.transaction() as connection:
        assert await connection.scalar(COUNT) == 0
    for purpose in Purpose:
        async with registry.database.transaction() as connection:
            await say_purpose(connection, purpose)
            assert await connection.scalar(COUNT) == 1


async def test_any_other_word_is_no_purpose(registry: Registry) -> None:
    await registry.register()
    for word in ("", "curiosity", "reading "):
        async with registry.database.transaction() as connection:
            await connection.execute(text("SELECT set_config('onecode.purpose', :word, true)"), {"word": word})
            assert await connection.scalar(COUNT) == 0


async def test_a_purpose_ends_with_its_transaction(registry: Registry) -> None:
    """On every connection of the pool: the next who is handed it sees nothing."""
    await registry.register()
    for _ in range(12):
        async with registry.database.transaction() as connection:
            await say_purpose(connection, Purpose.READING)
        async with registry.database.transaction() as connection:
            assert await connection.scalar(COUNT) == 0


async def test_without_a_purpose_nothing_is_written_or_changed(registry: Registry) -> None:
    await registry.register()
    with pytest.raises(DBAPIError, match="row-level security"):
        async with registry.database.transaction() as connection:
            await connection.execute(INSERT)
    async with registry.database.transaction() as connection:
        changed = await connection.execute(text("UPDATE codes.persons SET superseded_in = 1"))
        assert changed.rowcount == 0


async def test_those_who_may_still_see(registry: Registry) -> None:
    """Through the service, which says what for: a name in full, or masked."""
    subject = (await registry.register())["subject_id"]
    path = f"/v1/subjects/{subject}"
    full = (await registry.get(path, scope="registry:read codes:person")).json()
    masked = (await registry.get(path)).json()
    assert full["name"].startswith("蒙老")
    assert masked["name"] != full["name"]
    assert date.fromisoformat(full["registered_on"]) == date(2018, 12, 31)
