"""Take rosters in, and show how they stand."""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from services.codes.code import Kind
from services.codes.divisions import Level, parent_code_of
from services.codes.errors import (
    RegionNotAllowed,
    RosterInFuture,
    RosterNotReady,
    UnknownRegion,
    UnknownRoster,
    UnreadableRoster,
)
from services.codes.privacy import PersonKeys
from services.codes.queries import regions, roster_retention, roster_rows, rosters
from services.codes.queries.rosters import NewRoster, Part
from services.codes.roster.columns import Header, UnfitHeader
from services.codes.roster.desk import open_rows
from services.codes.roster.gathering import Record, fields_of, gather_records
from services.codes.roster.reasons import Reason, Status
from services.codes.roster.sheet import UnreadableSheet, read_sheet
from services.codes.roster.verdict import Decision, Said, decisions_about, differences
from services.codes.service.roster_findings import Roster, find_registered, read_reasons
from services.codes.service.roster_validation import PART_ROWS, seal_part
from services.codes.service.subjects import PERSON_SCOPE
from services.codes.subject import mask_name
from services.codes.territory import tree_of, trees_of
from services.kit import clock
from services.kit.auth import Caller
from services.kit.database import Database

MAX_FILE_BYTES = 64 * 1024 * 1024
_PARTS_A_STATEMENT = 7
_OF_PERSONS = {"name", "id_card", "phone", "external_id", "disability_certificate", "poverty_cause", "no_id_reason"}
"""Fields whose values only those see who may see persons; others see that they change."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a sender says of the file."""

    kind: Kind
    region: str
    as_of: date
    mode: str
    corrections: frozenset[str]


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A roster that was taken in; ``again`` if this very upload was there and is not committed yet."""

    roster_id: int
    again: bool
    ignored_columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RosterState:
    """How a roster stands: its row of the table, and how many of its rows have which status."""

    row: Row[Any]
    by_status: Mapping[str, int]
    committed: int
    waiting: int
    """Rows that the next commit would write."""


@dataclass(frozen=True, slots=True)
class RowView:
    """A row as it is shown."""

    row_no: int
    status: Status
    reasons: Sequence[Reason]
    changed: Sequence[str]
    decision: str | None
    subject_id: int | None
    code: str | None
    committed: bool
    name: str | None = field(repr=False)
    """Masked for those who may not see persons; None once it is in the registry."""
    changes: Mapping[str, tuple[Any, Any]] = field(repr=False)
    """Field → (registered, now said) of a row that is to change something; without what the caller may not see."""
    decisions: Sequence[Decision]
    """What a person may decide about it as it stands."""


async def upload_roster(
    database: Database, keys: PersonKeys, caller: Caller, content: bytes, terms: Terms, *, today: date
) -> Uploaded:
    """Take a file in: its whitelisted columns, encrypted, in one transaction. It is validated in the background.

    Raises :class:`RegionNotAllowed`, :class:`UnknownRegion`, :class:`RosterInFuture`, :class:`UnreadableRoster`.
    """
    if not caller.may_see_region(terms.region):
        raise RegionNotAllowed
    if terms.as_of > today:
        raise RosterInFuture
    try:
        header, records = await asyncio.to_thread(_read, content, terms.kind)
    except (UnreadableSheet, UnfitHeader) as error:
        raise UnreadableRoster(str(error)) from None
    digest = await asyncio.to_thread(lambda: hashlib.sha256(content).hexdigest())
    new = NewRoster(
        kind=terms.kind.value,
        region=terms.region,
        as_of=terms.as_of,
        mode=terms.mode,
        corrections=sorted(terms.corrections),
        layout=header.layout.value,
        file_index=keys.index("roster_file", digest),
        fields=fields_of(header),
        rows_total=len(records),
        actor=caller.client_id,
        regions=sorted(caller.regions),
    )
    async with database.transaction() as connection:
        if not await regions.regions(connection, [terms.region], today=terms.as_of):
            raise UnknownRegion("没有此区划 / There is no such region")
        known = await rosters.same_upload(connection, new)
        if known is not None:
            return Uploaded(known.roster_id, again=True, ignored_columns=header.ignored)
        roster_id = await rosters.insert_roster(connection, new)
        for first in range(0, len(records), PART_ROWS * _PARTS_A_STATEMENT):
            parts = await asyncio.to_thread(_seal_parts, keys, roster_id, records, first)
            await rosters.insert_parts(connection, roster_id, parts)
    return Uploaded(roster_id, again=False, ignored_columns=header.ignored)


def _read(content: bytes, kind: Kind) -> tuple[Header, list[Record]]:
    header, rows = read_sheet(content, kind)
    return header, sorted(gather_records(header, rows), key=lambda record: record.row_no)


def _seal_parts(keys: PersonKeys, roster_id: int, records: Sequence[Record], first: int) -> list[Part]:
    last = min(len(records), first + PART_ROWS * _PARTS_A_STATEMENT)
    parts = []
    for begin in range(first, last, PART_ROWS):
        part_no = begin // PART_ROWS + 1
        parts.append(seal_part(keys, roster_id, part_no, list(records[begin : begin + PART_ROWS])))
    return parts


async def roster_for(connection: AsyncConnection, caller: Caller, roster_id: int, *, lock: bool = False) -> Row[Any]:
    """A roster in the caller's regions. Raises :class:`UnknownRoster`."""
    row = await rosters.roster(connection, roster_id, lock=lock)
    if row is None or not caller.may_see_region(row.region):
        raise UnknownRoster
    return row


async def read_roster(database: Database, caller: Caller, roster_id: int) -> RosterState:
    """How a roster stands."""
    async with database.snapshot() as connection:
        return await _state(connection, await roster_for(connection, caller, roster_id))


async def list_rosters(database: Database, caller: Caller, *, before: int | None, limit: int) -> list[RosterState]:
    """The latest rosters in the caller's regions."""
    async with database.snapshot() as connection:
        rows = await rosters.rosters_before(connection, before, trees=trees_of(caller.regions), limit=limit)
        return [await _state(connection, row) for row in rows]


async def _state(connection: AsyncConnection, row: Row[Any]) -> RosterState:
    by_status: Counter[str] = Counter()
    committed = waiting = 0
    for count in await roster_rows.counts(connection, row.roster_id):
        by_status[count.status] += count.rows
        committed += count.committed
        if count.status in (Status.NEW, Status.CHANGED):
            waiting += count.rows - count.committed
    return RosterState(row, by_status, committed, waiting)


async def commit_roster(database: Database, caller: Caller, roster_id: int) -> RosterState:
    """Let the background work write what is good. Raises :class:`RosterNotReady` while it is being validated.

    Again after more decisions, or after nothing: what is committed stays as it is.
    """
    async with database.transaction() as connection:
        row = await roster_for(connection, caller, roster_id, lock=True)
        if row.stage in ("validating", "discarded"):
            raise RosterNotReady(row.stage)
        await rosters.start_commit(connection, roster_id, actor=caller.client_id, regions=sorted(caller.regions))
    return await read_roster(database, caller, roster_id)


async def discard_roster(database: Database, caller: Caller, roster_id: int) -> RosterState:
    """Delete what the rows say that are not committed. Raises :class:`RosterNotReady` while it is worked on."""
    async with database.transaction() as connection:
        row = await roster_for(connection, caller, roster_id, lock=True)
        if row.stage in ("validating", "committing"):
            raise RosterNotReady(row.stage)
        await roster_retention.discard(connection, [roster_id])
    return await read_roster(database, caller, roster_id)


async def forget_old_rosters(database: Database, *, before: datetime) -> int:
    """Discard the rosters that were uploaded before a moment; answers how many were."""
    async with database.transaction() as connection:
        due = await roster_retention.uploaded_before(connection, before)
        await roster_retention.discard(connection, due)
    return len(due)


async def list_rows(
    database: Database,
    keys: PersonKeys,
    caller: Caller,
    roster_id: int,
    *,
    status: Status | None,
    after: int,
    limit: int,
) -> tuple[list[RowView], bool]:
    """The next rows of a roster, and whether there are more. Changes are those against the registry of the moment."""
    async with database.transaction() as connection:
        roster = Roster.of(await roster_for(connection, caller, roster_id))
        rows = await roster_rows.rows_after(connection, roster_id, after, status=status, limit=limit + 1)
        shown = rows[:limit]
        said = await _said(connection, keys, roster, shown)
        changes = await _changes(connection, keys, roster, [row for row in shown if row.row_no in said], said)
    may_see = roster.kind is not Kind.HOUSEHOLD or PERSON_SCOPE in caller.scopes
    views = [_view(row, said.get(row.row_no), changes.get(row.row_no, {}), may_see=may_see) for row in shown]
    return views, len(rows) > limit


async def names_of_villages(database: Database, villages: Collection[str]) -> dict[str, str]:
    """What villages are called, each with its township before it: several of one name are told apart by that."""
    townships = {village: parent_code_of(village, Level.TOWNSHIP) for village in villages}
    async with database.transaction() as connection:
        rows = await regions.regions(
            connection, {*villages, *townships.values()}, today=clock.business_day(clock.now())
        )
    names = {row.code: row.name for row in rows}
    return {
        village: names.get(township, "") + names[village] for village, township in townships.items() if village in names
    }


async def _said(
    connection: AsyncConnection, keys: PersonKeys, roster: Roster, rows: Sequence[Row[Any]]
) -> dict[int, Said]:
    """What the rows say that are not in the registry by this roster."""
    if not rows:
        return {}
    parts = await rosters.parts_of_rows(connection, roster.roster_id, first=rows[0].row_no, last=rows[-1].row_no)
    return {
        said.entry.row_no: said
        for part in parts
        for said in open_rows(keys, roster.roster_id, part.part_no, part.sealed)
    }


async def _changes(
    connection: AsyncConnection,
    keys: PersonKeys,
    roster: Roster,
    rows: Sequence[Row[Any]],
    said: Mapping[int, Said],
) -> dict[int, Mapping[str, tuple[Any, Any]]]:
    changed = [row for row in rows if row.status == Status.CHANGED]
    found = await find_registered(connection, keys, roster, [said[row.row_no] for row in changed]) if changed else []
    result: dict[int, Mapping[str, tuple[Any, Any]]] = {}
    for row, findings in zip(changed, found, strict=True):
        for subject in (findings.by_external_id, findings.by_id, *findings.alike):
            if subject is not None and subject.subject_id == row.subject_id:
                result[row.row_no] = differences(said[row.row_no], subject)
                break
    return result


def _view(row: Row[Any], said: Said | None, changes: Mapping[str, tuple[Any, Any]], *, may_see: bool) -> RowView:
    name = None if said is None else said.entry.name
    status, reasons = Status(row.status), read_reasons(row.reasons)
    return RowView(
        row_no=row.row_no,
        status=status,
        reasons=reasons,
        changed=row.changed or [],
        decision=row.decision,
        subject_id=row.subject_id,
        code=row.code,
        committed=row.committed_in is not None,
        name=name if name is None or may_see else mask_name(name),
        changes={field: values for field, values in changes.items() if may_see or field not in _OF_PERSONS},
        decisions=() if said is None else decisions_about(status, reasons, said.entry),
    )


async def list_missing(
    database: Database, caller: Caller, roster_id: int, *, after: int, limit: int
) -> tuple[Sequence[Row[Any]], bool]:
    """Who is registered in the roster's region and stands in no row of it: for a person to look into, never acted on.

    Only a full roster says that somebody is missing: of a delta, nobody is. Raises :class:`RosterNotReady` while it
    is being validated.
    """
    async with database.transaction() as connection:
        row = await roster_for(connection, caller, roster_id)
        if row.stage == "validating":
            raise RosterNotReady(row.stage)
        if row.mode != "full":
            return [], False
        found = await roster_rows.missing_after(connection, row, after, tree=tree_of(row.region), limit=limit + 1)
    return found[:limit], len(found) > limit
