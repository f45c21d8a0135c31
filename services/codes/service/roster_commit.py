"""Commit a roster: chunk by chunk, each one batch and one transaction, judged again against the registry of the moment.

Interrupted anywhere, it goes on where it stopped: what a chunk wrote and that it is written are one transaction.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from services.codes.code import Kind, draw_code
from services.codes.privacy import PersonKeys
from services.codes.queries import batches, rosters, subjects
from services.codes.queries.revisions import IncomeRow
from services.codes.queries.rosters import RosterRow
from services.codes.queries.subjects import NewSubject
from services.codes.roster.entry import DETAILS, Entry
from services.codes.roster.reasons import Reason, Status
from services.codes.roster.verdict import DATED, Decision, Findings, Registered, Said, Verdict, judge
from services.codes.service.entering import enter_subjects, prepare_subject
from services.codes.service.registration import ATTEMPTS, UNIQUE_VIOLATION
from services.codes.service.revising import (
    Organisation,
    Person,
    Revision,
    lock_for_revision,
    revise_subjects,
)
from services.codes.service.roster_findings import Roster, find_registered, open_entry, read_reasons, row_of
from services.codes.subject import Baseline, Registration
from services.codes.subject import Status as HouseholdStatus
from services.codes.versions import Values
from services.kit.database import Database

CHUNK_ROWS = 1_000
ALL_TO_MEMBERS_BP = 10_000

AfterChunk = Callable[[], None]
"""Called between two chunks; a test interrupts here."""


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A row to be committed, with the subject that it becomes if it is new."""

    said: Said
    status: Status
    reasons: tuple[Reason, ...]
    decision: Decision | None
    subject_id: int | None
    new: NewSubject | None
    sealed: bytes


class RosterCommit:
    """The commit of one roster, from where it stands."""

    def __init__(
        self, database: Database, keys: PersonKeys, roster: Roster, *, after_chunk: AfterChunk = lambda: None
    ) -> None:
        self._database = database
        self._keys = keys
        self._roster = roster
        self._after_chunk = after_chunk

    async def run(self) -> None:
        """Commit what is left. While the database writes one chunk, the next is encrypted in a thread."""
        roster_id = self._roster.roster_id
        upcoming = asyncio.create_task(self._prepare(self._roster.committed_upto))
        try:
            while chunk := await upcoming:
                upcoming = asyncio.create_task(self._prepare(chunk[-1].said.entry.row_no))
                await self._write_or_try_again(chunk)
                self._after_chunk()
        finally:
            upcoming.cancel()
        async with self._database.transaction() as connection:
            await rosters.set_stage(connection, roster_id, "committed", before="committing")

    async def _prepare(self, after: int) -> list[_Prepared]:
        async with self._database.transaction() as connection:
            rows = await rosters.rows_to_commit(connection, self._roster.roster_id, after, limit=CHUNK_ROWS)
            new = sum(row.status == Status.NEW for row in rows)
            ids = list(await subjects.draw_subject_ids(connection, new)) if new else []
        return await asyncio.to_thread(self._open_and_encrypt, rows, ids)

    def _open_and_encrypt(self, rows: Sequence[Any], ids: list[int]) -> list[_Prepared]:
        prepared = []
        for row in rows:
            entry = open_entry(self._keys, self._roster.roster_id, row.row_no, row.sealed)
            said = Said(entry, row.id_index, row.external_index, row.likeness_index)
            prepared.append(
                _Prepared(
                    said=said,
                    status=Status(row.status),
                    reasons=tuple(read_reasons(row.reasons)) if row.reasons else (),
                    decision=row.decision and Decision(row.decision),
                    subject_id=row.subject_id,
                    new=self._new_subject(said, ids.pop()) if row.status == Status.NEW else None,
                    sealed=row.sealed,
                )
            )
        return prepared

    def _new_subject(self, said: Said, subject_id: int) -> NewSubject:
        registration = _registration(said.entry, self._roster)
        indexes = {"external_id": said.external_index} if said.external_index else {}
        if said.id_index is not None:
            indexes[_number_field(self._roster.kind)] = said.id_index
        details = said.entry.details
        return prepare_subject(self._keys, subject_id, registration, indexes, draw=draw_code, details=details)

    async def _write_or_try_again(self, chunk: list[_Prepared]) -> None:
        """Write a chunk; again, with other codes and another look, when somebody took a number meanwhile."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                async with self._database.transaction() as connection:
                    await self._write(connection, chunk)
            except IntegrityError as error:
                if getattr(error.orig, "sqlstate", None) != UNIQUE_VIOLATION or attempt == ATTEMPTS:
                    raise
                chunk = [
                    replace(row, new=replace(row.new, code=draw_code(self._roster.kind))) if row.new else row
                    for row in chunk
                ]
            else:
                return

    async def _write(self, connection: AsyncConnection, chunk: Sequence[_Prepared]) -> None:
        roster = self._roster
        await lock_for_revision(connection, [row.subject_id for row in chunk if row.subject_id is not None])
        found = await find_registered(connection, self._keys, roster, [row.said for row in chunk])
        sorted_out = _SortedOut(self._keys, roster)
        for row, findings in zip(chunk, found, strict=True):
            sorted_out.take(row, findings)
        if sorted_out.committed:
            batch_id = await batches.open_batch(
                connection, actor=roster.actor, operation="import_roster", reason=f"roster {roster.roster_id}"
            )
            if sorted_out.entered:
                await enter_subjects(connection, batch_id, sorted_out.entered)
            await revise_subjects(connection, self._keys, batch_id, sorted_out.revised)
            await rosters.mark_committed(connection, roster.roster_id, batch_id, sorted_out.committed)
        if sorted_out.otherwise:
            await rosters.rejudge(connection, roster.roster_id, sorted_out.otherwise)
        await rosters.committed_upto(connection, roster.roster_id, chunk[-1].said.entry.row_no)


class _SortedOut:
    """What a chunk comes to under the registry of the moment."""

    def __init__(self, keys: PersonKeys, roster: Roster) -> None:
        self._keys = keys
        self._roster = roster
        self._taken: set[bytes] = set()
        self.entered: list[NewSubject] = []
        self.revised: list[Revision] = []
        self.committed: list[tuple[int, int]] = []
        self.otherwise: list[RosterRow] = []

    def take(self, row: _Prepared, findings: Findings) -> None:
        """Judge a row again: it is written if it still is what the preview showed, and else waits for another look."""
        roster, said = self._roster, row.said
        verdict = judge(said, row.reasons, findings, kind=roster.kind, as_of=roster.as_of, decision=row.decision)
        row_no = said.entry.row_no
        if verdict.status is Status.NEW and row.new is not None:
            subject = self._with_own_numbers(row.new, row.decision, findings)
            self.entered.append(subject)
            self.committed.append((row_no, subject.subject_id))
        elif verdict.status is Status.CHANGED and verdict.subject_id == row.subject_id:
            subject_id = cast("int", verdict.subject_id)
            registered = _registered_as(subject_id, findings)
            self.revised.append(_revision(said, registered, verdict.changes, roster))
            self.committed.append((row_no, subject_id))
        else:
            again = () if verdict.status is Status.UNCHANGED else (Reason("registry_changed"),)
            self.otherwise.append(row_of(said, _with_reasons(verdict, again), row.sealed))

    def _with_own_numbers(self, new: NewSubject, decision: Decision | None, findings: Findings) -> NewSubject:
        """Without the ID number of another household, where a person decided that they are two: it is known by its
        number in the register.
        """
        field = _number_field(self._roster.kind)
        index = new.indexes.get(field)
        if index is None:
            return new
        if decision is Decision.DIFFERENT and (findings.by_id is not None or index in self._taken):
            return replace(new, indexes={name: value for name, value in new.indexes.items() if name != field})
        self._taken.add(index)
        return new


def _with_reasons(verdict: Verdict, more: tuple[Reason, ...]) -> Verdict:
    return replace(verdict, reasons=tuple(dict.fromkeys((*verdict.reasons, *more))))


def _number_field(kind: Kind) -> str:
    return "id_card" if kind is Kind.HOUSEHOLD else "uscc"


def _registration(entry: Entry, roster: Roster) -> Registration:
    """A valid entry as a registration."""
    baseline = None
    if entry.income_fen is not None and entry.income_year is not None:
        baseline = Baseline(entry.income_year, entry.income_fen)
    numbers = {"id_card": entry.id_card, "uscc": entry.uscc, "external_id": entry.external_id}
    is_household = roster.kind is Kind.HOUSEHOLD
    return Registration(
        kind=roster.kind,
        region=cast("str", entry.region),
        registered_on=entry.registered_on or roster.as_of,
        name=cast("str", entry.name),
        numbers={field: number for field, number in numbers.items() if number is not None},
        phone=entry.phone,
        persons=entry.persons,
        status=None if entry.status is None else HouseholdStatus(entry.status),
        baseline=baseline,
        members_bp=None if is_household else (entry.members_bp if entry.members_bp is not None else ALL_TO_MEMBERS_BP),
    )


def _registered_as(subject_id: int, findings: Findings) -> Registered:
    candidates = (findings.by_external_id, findings.by_id, *findings.alike)
    return next(one for one in candidates if one is not None and one.subject_id == subject_id)


def _revision(said: Said, registered: Registered, changes: Mapping[str, tuple[Any, Any]], roster: Roster) -> Revision:
    """What the differences of a row change: dated values as events of the roster's day, or as corrections."""
    entry, values = said.entry, registered.values
    dated = {field: new for field, (_, new) in changes.items() if field in DATED}
    events = {field: new for field, new in dated.items() if field not in roster.corrections}
    corrections = {field: new for field, new in dated.items() if field in roster.corrections}
    numbers: dict[str, bytes] = {}
    if "external_id" in changes and said.external_index is not None:
        numbers["external_id"] = said.external_index
    if said.id_index is not None and changes.keys() & {"id_card", "uscc"}:
        numbers[_number_field(roster.kind)] = said.id_index
    income = None
    if "income" in changes:
        persons = entry.persons or values["persons"]
        income = IncomeRow(registered.subject_id, cast("int", entry.income_year), changes["income"][1], persons)
    person = organisation = None
    if roster.kind is not Kind.HOUSEHOLD:
        if changes.keys() & {"name", "uscc"}:
            organisation = Organisation(entry.name or values["name"], entry.uscc or values["uscc"])
    elif changes.keys() & {"name", "id_card", "phone", "region", *DETAILS}:
        person = Person(
            name=entry.name or values["name"],
            id_card=entry.id_card or values["id_card"],
            phone=entry.phone or values["phone"],
            details={**values["details"], **entry.details},
            region=entry.region or values["region"],
        )
    return Revision(
        registered.subject_id,
        roster.as_of,
        events=cast("Values", events),
        corrections=cast("Values", corrections),
        person=person,
        organisation=organisation,
        numbers=numbers,
        income=income,
    )
