"""A roster's work may end anywhere; it goes on where it stopped, and nothing is done twice or lost."""

import asyncio
import sys
from asyncio.subprocess import PIPE
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncpg
import psutil
import pytest

from services.codes.queries import rosters
from services.codes.roster.second_desk import SecondDesk
from services.codes.service import roster_desks, roster_validation
from services.codes.service import rosters as use_cases
from services.codes.service.roster_commit import RosterCommit
from services.codes.service.roster_findings import Roster
from services.codes.service.roster_validation import RosterValidation
from services.codes.verify import checks
from services.demo.identities import IdCards
from tests.integration.codes.conftest import Registry
from tests.integration.codes.roster_office import Office, counted, csv_file, row

ROWS = 35
PART = 10
_id_cards = IdCards()


class Killed(Exception):
    """The process ends here."""


@pytest.fixture
def office(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> Office:
    """An office whose rosters rest in parts of ten rows."""
    for module in (roster_validation, use_cases):
        monkeypatch.setattr(module, "PART_ROWS", PART)
    return Office(registry)


def roster_rows() -> list[dict[str, str]]:
    rows = [row(_id_cards.issue("520500000000")) for _ in range(ROWS)]
    rows[30] = rows[3]  # repeats a row of another part
    return rows


def die_after(parts: int) -> Callable[[], None]:
    left = iter(range(parts - 1))

    def count() -> None:
        if next(left, None) is None:
            raise Killed

    return count


async def _load(office: Office, roster_id: str) -> Roster:
    async with office.registry.database.transaction() as connection:
        found = await rosters.roster(connection, int(roster_id))
    assert found is not None
    return Roster.of(found)


async def test_interrupted_in_validation_and_in_commit_it_ends_as_if_it_had_not_been(office: Office) -> None:
    database, keys = office.registry.database, office.registry.app.state.person_keys
    _, answer = await office.send(csv_file(roster_rows()))
    roster_id = answer["roster_id"]
    with pytest.raises(Killed):
        await RosterValidation(database, keys, await _load(office, roster_id), after_part=die_after(2)).run()
    state = await office.state(roster_id)
    assert (state["stage"], state["validated"]) == ("validating", 2 * PART)
    await office.work()
    state = await office.state(roster_id)
    assert (state["stage"], counted(state)) == ("previewed", {"new": ROWS - 1, "duplicate_in_file": 1})
    response = await office.registry.post(f"/v1/rosters/{roster_id}/commit", {})
    assert response.json()["stage"] == "committing"
    roster = await _load(office, roster_id)
    with pytest.raises(Killed):
        await RosterCommit(database, keys, roster, writers=1, after_part=die_after(1)).run()
    state = await office.state(roster_id)
    assert (state["stage"], state["committed"], state["waiting"]) == ("committing", PART, ROWS - 1 - PART)
    await office.work()
    state = await office.state(roster_id)
    assert (state["stage"], state["committed"], state["waiting"]) == ("committed", ROWS - 1, 0)
    ((subjects, codes, batches),) = await office.registry.rows(
        "SELECT (SELECT count(*) FROM codes.subjects), (SELECT count(*) FROM codes.codes), "
        "(SELECT count(*) FROM codes.batches WHERE operation = 'import_roster')"
    )
    assert (subjects, codes, batches) == (ROWS - 1, ROWS - 1, 4)
    async with database.snapshot() as connection:
        assert [check.name for check in await checks(connection) if check.differences] == []


async def test_an_upload_that_breaks_off_leaves_nothing(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    async def break_off(*_arguments: object) -> None:
        raise Killed

    monkeypatch.setattr(rosters, "insert_parts", break_off)
    assert (await office.send(csv_file(roster_rows())))[0] == 500
    assert await office.registry.rows("SELECT roster_id FROM codes.rosters") == []


async def test_only_one_process_works_at_a_time(office: Office) -> None:
    await office.send(csv_file(roster_rows()))
    database = office.registry.database
    async with rosters.only_worker(database) as first, rosters.only_worker(database) as second:
        assert (first, second) == (True, False)
    async with rosters.only_worker(database) as third:
        assert third


async def test_of_what_is_registered_the_roster_keeps_nothing_and_of_the_rest_nothing_readable(
    office: Office,
) -> None:
    rows = roster_rows()
    rows[5] |= {"家庭人口": "0", "备注": "不应保存的内容"}
    rows = [{"备注": "", **one} for one in rows]
    _, answer = await office.send(csv_file(rows))
    assert answer["ignored_columns"] == ["备注"]
    await office.work()
    for table in ("rosters", "roster_parts", "roster_rows"):
        dump = str(await office.registry.rows(f"SELECT * FROM codes.{table}"))
        for one in rows:
            assert one["证件号码"] not in dump
            assert one["户主姓名"] not in dump
        assert "不应保存" not in dump
    await office.commit(answer["roster_id"])
    kept = await office.registry.rows("SELECT part_no FROM codes.roster_parts ORDER BY part_no")
    assert [part.part_no for part in kept] == [1, 4]  # the invalid row, and the duplicate


@pytest.mark.parametrize("ends", ["lives", "is killed", "starts for ever"])
async def test_a_second_process_does_the_same_work_and_may_end_at_any_time(
    office: Office, monkeypatch: pytest.MonkeyPatch, ends: str
) -> None:
    """It reads and encrypts while it lives; until it has started, and what it did not answer, is done here. No process
    of it is left.
    """
    monkeypatch.setattr(roster_desks, "ROWS_FOR_A_SECOND", 1)
    monkeypatch.setattr(SecondDesk, "is_ready", ends != "starts for ever")
    answered: list[str] = []
    ask = SecondDesk._ask  # noqa: SLF001 - to know that it was asked, and to end it in the midst

    async def ask_and_note(self: SecondDesk, task: Any) -> bytes:
        if ends == "is killed" and task.part_no == 3:
            for process in _second_desks():
                process.kill()
        answer = await ask(self, task)
        answered.append("prepared" if task.ids else "read")
        return answer

    monkeypatch.setattr(SecondDesk, "_ask", ask_and_note)
    state = await office.preview(roster_rows())
    assert counted(state) == {"new": ROWS - 1, "duplicate_in_file": 1}
    await office.commit(state["roster_id"])
    assert (await office.state(state["roster_id"]))["committed"] == ROWS - 1
    counts = Counter(answered)
    all_parts = range(4, 5)
    read = {"lives": all_parts, "is killed": range(3), "starts for ever": range(1)}
    assert (counts["read"] in read[ends], counts["prepared"] in all_parts) == (True, ends == "lives")
    assert _second_desks() == []
    async with office.registry.database.snapshot() as connection:
        assert [check.name for check in await checks(connection) if check.differences] == []


def _second_desks() -> list[psutil.Process]:
    return [one for one in psutil.Process().children() if "services.codes.roster.second_desk" in one.cmdline()]


PROGRAM = """
import asyncio, os, sys
from pathlib import Path
from services.codes.privacy import PersonKeys
from services.codes.service import roster_commit, roster_desks
from services.codes.service.roster_work import work_on_rosters
from services.codes.settings import CodesSettings
from services.kit.database import Database

async def main():
    settings = CodesSettings(database_url=sys.argv[1], secrets_dir=Path(sys.argv[2]))
    database = Database(settings.role_url("onecode_codes_login"), application="test")
    write, written = roster_commit.RosterCommit._write, []

    async def write_and_hang(self, connection, part, sorted_out):
        if written:
            print("in the middle", flush=True)
            await asyncio.sleep(60)
        await write(self, connection, part, sorted_out)
        written.append(part)

    roster_commit.RosterCommit._write = write_and_hang
    roster_desks.ROWS_FOR_A_SECOND = 1
    await work_on_rosters(database, PersonKeys.from_secrets(settings.secrets_dir))

asyncio.run(main())
"""


async def test_a_killed_process_leaves_the_lock_and_the_work_to_the_next(office: Office, registry_url: str) -> None:
    state = await office.preview(roster_rows())
    await office.registry.post(f"/v1/rosters/{state['roster_id']}/commit", {})
    command = [sys.executable, "-c", PROGRAM, registry_url, str(office.registry.secrets_dir)]
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, cwd=Path(__file__).parents[3])
    assert process.stdout is not None
    assert await process.stdout.readline() == b"in the middle\n"
    (second_desk,) = psutil.Process(process.pid).children()
    process.kill()
    await process.communicate()
    await asyncio.to_thread(second_desk.wait, 30)  # raises if it outlives its parent
    halfway = await office.state(state["roster_id"])
    assert halfway["stage"] == "committing"
    assert halfway["committed"] in (PART, 2 * PART, 3 * PART)
    await _lock_is_free(registry_url)
    await office.work()
    ended = await office.state(state["roster_id"])
    assert (ended["stage"], ended["committed"]) == ("committed", ROWS - 1)


async def _lock_is_free(url: str) -> None:
    """Wait until the server has noticed that the process is gone."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("SELECT pg_advisory_lock(hashtextextended('codes.rosters', 0))")
    finally:
        await connection.close()
