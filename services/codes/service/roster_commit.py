"""Commit a roster part by part, each one batch and one transaction, judged again against the registry of the moment.

Interrupted anywhere, it goes on where it stopped: what a part wrote and that it is written are one transaction.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from msgspec import structs
from sqlalchemy import Row
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from services.codes.code import Kind, draw_code
from services.codes.privacy import PersonKeys
from services.codes.queries import batches, roster_rows, rosters, subjects
from services.codes.queries.revisions import IncomeRow
from services.codes.queries.roster_rows import RosterRow
from services.codes.queries.rosters import Part
from services.codes.roster.desk import open_rows, seal_rows
from services.codes.roster.entry import DETAILS
from services.codes.roster.reasons import COMMITTED, Reason, Status
from services.codes.roster.verdict import DATED, Decision, Findings, Registered, Said, Verdict, judge
from services.codes.service.entering import enter_subjects
from services.codes.service.registration import ATTEMPTS, UNIQUE_VIOLATION
from services.codes.service.revising import (
    Organisation,
    Person,
    Revision,
    lock_for_revision,
    revise_subjects,
)
from services.codes.service.roster_desks import Desks, open_desks
from services.codes.service.roster_findings import Roster, find_registered, leads_nowhere, read_reasons, row_of
from services.codes.subject import NewSubject, number_field
from services.codes.versions import Values
from services.kit.database import Database

WRITERS = 3
"""Parts under way at the same time: one that the database writes, one on its way, one that is being encrypted."""


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A row to be committed, with the subject that it becomes if it is new."""

    said: Said
    reasons: tuple[Reason, ...]
    decision: Decision | None
    subject_id: int | None
    new: NewSubject | None


@dataclass(frozen=True, slots=True)
class _PreparedPart:
    """A part with its verdicts, and the subjects that its new rows become, in their order."""

    part: Part
    verdicts: Sequence[Row[Any]]
    new: Sequence[NewSubject]

    @property
    def is_all_new(self) -> bool:
        """Whether its rows are simply new, all of them."""
        return all(row.status == Status.NEW and not row.reasons and not row.decision for row in self.verdicts)


@dataclass(frozen=True, slots=True)
class _OpenPart:
    """What a part says: the rows to be committed, and those that are not."""

    rows: Sequence[_Prepared]
    kept: Sequence[Said]
    forgets: bool
    """Whether it holds rows that say what is registered already; these go."""


class RosterCommit:
    """The commit of one roster, from where it stands. ``after_part`` is called after each part."""

    def __init__(
        self,
        database: Database,
        keys: PersonKeys,
        roster: Roster,
        *,
        writers: int = WRITERS,
        after_part: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._keys = keys
        self._roster = roster
        self._writers = writers
        self._after_part = after_part
        self._taken_upto = 0
        self._taking = asyncio.Lock()

    async def run(self) -> None:
        """Commit what is left. While the database writes one part, others are encrypted, or on their way to it."""
        async with open_desks(self._keys, self._roster.terms(), rows=self._roster.rows_total) as desks:
            writers = [asyncio.create_task(self._write_parts(desks)) for _ in range(self._writers)]
            try:
                await asyncio.gather(*writers)
            finally:
                for writer in writers:
                    writer.cancel()
                await asyncio.gather(*writers, return_exceptions=True)
        async with self._database.transaction() as connection:
            await rosters.set_stage(connection, self._roster.roster_id, "committed", before="committing")

    async def _write_parts(self, desks: Desks) -> None:
        while (part := await self._next_part(desks)) is not None:
            opened = None if part.is_all_new else await asyncio.to_thread(self._open, part)
            if opened is None or opened.rows or opened.forgets:
                await self._write_or_try_again(part, opened)
                self._after_part()

    async def _next_part(self, desks: Desks) -> _PreparedPart | None:
        """The next part that no writer has taken. After an interruption that is the first one again: of what is in the
        registry, nothing is left in it.
        """
        roster_id = self._roster.roster_id
        async with self._taking, self._database.transaction() as connection:
            part = await rosters.next_part(connection, roster_id, self._taken_upto, validated=True)
            if part is None:
                return None
            self._taken_upto = part.part_no
            rows = await roster_rows.open_rows(connection, roster_id, first=part.first_row, last=part.last_row)
            new = [row.row_no for row in rows if row.status == Status.NEW]
            ids = await subjects.draw_subject_ids(connection, len(new)) if new else []
        return _PreparedPart(part, rows, await desks.prepare(part, dict(zip(new, ids, strict=True))))

    def _open(self, part: _PreparedPart) -> _OpenPart:
        by_row = {row.row_no: row for row in part.verdicts}
        prepared, kept, waiting = list[_Prepared](), list[Said](), iter(part.new)
        said_by_part = open_rows(self._keys, self._roster.roster_id, part.part.part_no, part.part.sealed)
        for said in said_by_part:
            row = by_row[said.entry.row_no]
            if row.status not in COMMITTED:
                if row.status != Status.UNCHANGED:
                    kept.append(said)
                continue
            prepared.append(
                _Prepared(
                    said=said,
                    reasons=tuple(read_reasons(row.reasons)) if row.reasons else (),
                    decision=row.decision and Decision(row.decision),
                    subject_id=row.subject_id,
                    new=next(waiting) if row.status == Status.NEW else None,
                )
            )
        return _OpenPart(prepared, kept, forgets=len(prepared) + len(kept) < len(said_by_part))

    async def _write_or_try_again(self, part: _PreparedPart, opened: _OpenPart | None) -> None:
        """Write a part; again, with other codes and another look, when somebody took a number meanwhile."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                async with self._database.transaction() as connection:
                    await self._write(connection, part.part, await self._sort_out(connection, part, opened))
            except IntegrityError as error:
                if getattr(error.orig, "sqlstate", None) != UNIQUE_VIOLATION or attempt == ATTEMPTS:
                    raise
                part = replace(part, new=[structs.replace(one, code=draw_code(self._roster.kind)) for one in part.new])
                opened = opened and self._open(part)
            else:
                return

    async def _sort_out(
        self, connection: AsyncConnection, part: _PreparedPart, opened: _OpenPart | None
    ) -> "_SortedOut":
        """What a part comes to. While none of its rows leads to anybody, what was simply new still is, unopened."""
        sorted_out = _SortedOut(self._roster)
        if opened is None and await leads_nowhere(connection, self._keys, part.new):
            sorted_out.take_all(part)
            return sorted_out
        opened = opened or self._open(part)
        sorted_out.kept += opened.kept
        if opened.rows:
            await lock_for_revision(connection, [row.subject_id for row in opened.rows if row.subject_id is not None])
            found = await find_registered(connection, self._keys, self._roster, [row.said for row in opened.rows])
            for row, findings in zip(opened.rows, found, strict=True):
                sorted_out.take(row, findings)
        return sorted_out

    async def _write(self, connection: AsyncConnection, part: Part, sorted_out: "_SortedOut") -> None:
        roster, keys = self._roster, self._keys
        roster_id = roster.roster_id
        if sorted_out.committed:
            batch_id = await batches.open_batch(
                connection, actor=roster.actor, operation="import_roster", reason=f"roster {roster_id}"
            )
            if sorted_out.entered:
                await enter_subjects(connection, batch_id, sorted_out.entered)
            await revise_subjects(connection, keys, batch_id, sorted_out.revised)
            await roster_rows.mark_committed(connection, roster_id, batch_id, sorted_out.committed)
        if sorted_out.otherwise:
            await roster_rows.rejudge(connection, roster_id, sorted_out.otherwise)
        kept = sorted(sorted_out.kept, key=lambda said: said.entry.row_no)
        sealed = seal_rows(keys, roster_id, part.part_no, kept) if kept else None
        await rosters.rewrite_part(connection, roster_id, part.part_no, sealed)


class _SortedOut:
    """What a part comes to under the registry of the moment."""

    def __init__(self, roster: Roster) -> None:
        self._roster = roster
        self._taken: set[bytes] = set()
        self.entered: list[NewSubject] = []
        self.revised: list[Revision] = []
        self.committed: list[tuple[int, int]] = []
        self.otherwise: list[RosterRow] = []
        self.kept: list[Said] = []

    def take_all(self, part: _PreparedPart) -> None:
        """Take a part whose rows are all new."""
        self.entered += part.new
        self.committed += [(row.row_no, new.subject_id) for row, new in zip(part.verdicts, part.new, strict=True)]

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
            self.revised.append(_revision(said, registered, verdict.changes, findings, roster))
            self.committed.append((row_no, subject_id))
        else:
            again = () if verdict.status is Status.UNCHANGED else (Reason("registry_changed"),)
            self.otherwise.append(row_of(said, _with_reasons(verdict, again)))
            if verdict.status is not Status.UNCHANGED:
                self.kept.append(said)

    def _with_own_numbers(self, new: NewSubject, decision: Decision | None, findings: Findings) -> NewSubject:
        """Without the ID number of another household, where a person decided that they are two: it is known by its
        number in the register.
        """
        field = number_field(self._roster.kind)
        index = new.indexes.get(field)
        if index is None:
            return new
        if decision is Decision.DIFFERENT and (findings.by_id is not None or index in self._taken):
            return structs.replace(new, indexes={name: value for name, value in new.indexes.items() if name != field})
        self._taken.add(index)
        return new


def _with_reasons(verdict: Verdict, more: tuple[Reason, ...]) -> Verdict:
    return replace(verdict, reasons=tuple(dict.fromkeys((*verdict.reasons, *more))))


def _registered_as(subject_id: int, findings: Findings) -> Registered:
    candidates = (findings.by_external_id, findings.by_id, *findings.alike)
    return next(one for one in candidates if one is not None and one.subject_id == subject_id)


def _revision(
    said: Said,
    registered: Registered,
    changes: Mapping[str, tuple[Any, Any]],
    findings: Findings,
    roster: Roster,
) -> Revision:
    """What the differences of a row change: dated values as events of the roster's day, or as corrections.

    A number that leads to another subject stays there, where a person decided which of the two the row is about.
    """
    entry, values = said.entry, registered.values
    dated = {field: new for field, (_, new) in changes.items() if field in DATED}
    events = {field: new for field, new in dated.items() if field not in roster.corrections}
    corrections = {field: new for field, new in dated.items() if field in roster.corrections}
    numbers: dict[str, bytes] = {}
    if "external_id" in changes and said.external_index is not None:
        numbers["external_id"] = said.external_index
    leads_elsewhere = findings.by_id is not None and findings.by_id.subject_id != registered.subject_id
    if said.id_index is not None and changes.keys() & {"id_card", "uscc"} and not leads_elsewhere:
        numbers[number_field(roster.kind)] = said.id_index
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
