"""Look codes up, and change their state."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from services.codes.code import Flaw, Kind, MalformedCode, explain_slip, parse_code
from services.codes.divisions import Level, parent_code_of
from services.codes.errors import CodeMalformed, StateConflict, UnknownCode
from services.codes.queries import batches, codes, regions
from services.codes.service.holders import holder_for
from services.codes.service.nearest import nearest_place
from services.codes.timeline import Change, ImpossibleChange, Interval, State, apply_change, interval_at
from services.kit.auth import Caller
from services.kit.clock import SHANGHAI, business_day
from services.kit.database import Database

READ_SCOPE = "registry:read"
NOT_YET = "not_yet_in_force"


@dataclass(frozen=True, slots=True)
class Detail:
    """What callers learn who may read the registry in the code's region."""

    subject_id: int
    region: str
    history: Sequence[Row[Any]]
    replaced_by: str | None
    replaces: str | None
    holders: Sequence["Holding"]
    """Whose the code was and is: after a merge, the household that the first one joined."""


@dataclass(frozen=True, slots=True)
class Holding:
    """A subject that holds a code from a moment until before another (None: still)."""

    subject_id: int
    valid_from: datetime
    valid_to: datetime | None


@dataclass(frozen=True, slots=True)
class Description:
    """What a code is at a moment; ``kind`` and ``name`` are None where they are no business of the caller's, and
    ``place`` is the county for who may read the registry there, for others no nearer than twenty households live.
    """

    code: str
    state: str
    since: datetime | None
    place: str
    kind: Kind | None
    name: str | None
    detail: Detail | None


async def read_code(database: Database, text: str) -> str:
    """The canonical code that ``text`` writes.

    Raises :class:`CodeMalformed`; if only the check character is wrong, it says which kind of slip would make an
    issued code of it, and never that code.
    """
    try:
        return parse_code(text)
    except MalformedCode as error:
        slip = None
        if error.reason is Flaw.CHECK:
            slips = explain_slip(text)
            async with database.transaction() as connection:
                issued = await codes.issued_among(connection, {slip.code for slip in slips})
            slip = next((slip.kind.value for slip in slips if slip.code in issued), None)
        raise CodeMalformed(str(error), flaw=error.reason.value, slip=slip) from None


async def describe_code(
    database: Database, text: str, caller: Caller | None, *, at: datetime, as_of: datetime | None, now: datetime
) -> Description:
    """What a code is ``at`` a moment, as known now, or as known when the feed stood at ``as_of``.

    Raises :class:`CodeMalformed` and :class:`UnknownCode` (also where it was unknown then).
    """
    code, today = await read_code(database, text), business_day(now)
    async with database.snapshot() as connection:
        position = None if as_of is None else await batches.position_at(connection, as_of)
        entries = await codes.directory(connection, code, position=position)
        if not entries:
            raise UnknownCode
        entry = next((one for one in entries if _interval(one).holds_at(at)), None)
        seen = entry or entries[0]
        kind = Kind(seen.kind)
        name = None if kind is Kind.HOUSEHOLD else await codes.organisation_name(connection, seen.subject_id)
        detail = None
        if caller is None or READ_SCOPE not in caller.scopes or not caller.may_see_region(seen.region):
            _, place = await nearest_place(connection, seen.region, moment=now, today=today)
        else:
            place = await _county_name(connection, seen.region, today=today)
            history = await codes.changes(connection, code, position=position)
            replaced_by, replaces = await codes.replacements(connection, code, position=position)
            detail = Detail(seen.subject_id, seen.region, history, replaced_by, replaces, _holdings(entries))
    return Description(
        code=code,
        state=NOT_YET if entry is None else entry.state,
        since=None if entry is None else _since(entries, entry).astimezone(SHANGHAI),
        place=place,
        kind=None if kind is Kind.HOUSEHOLD and detail is None else kind,
        name=name,
        detail=detail,
    )


def _holdings(entries: Sequence[Row[Any]]) -> list[Holding]:
    found: list[Holding] = []
    for entry in entries:
        if found and found[-1].subject_id == entry.subject_id:
            found[-1] = replace(found[-1], valid_to=entry.valid_to)
        else:
            found.append(Holding(entry.subject_id, entry.valid_from, entry.valid_to))
    return found


def _interval(entry: Row[Any]) -> Interval:
    return Interval(State(entry.state), entry.valid_from, entry.valid_to)


def _since(entries: Sequence[Row[Any]], entry: Row[Any]) -> datetime:
    """Where the run of entries of the same state begins: a subject that moves does not change its code's state."""
    since: datetime = entry.valid_from
    for earlier in reversed(entries):
        if earlier.valid_to == since and earlier.state == entry.state:
            since = earlier.valid_from
    return since


async def _county_name(connection: AsyncConnection, region: str, *, today: date) -> str:
    path = {parent_code_of(region, level) for level in (Level.PROVINCE, Level.PREFECTURE, Level.COUNTY)}
    return "".join(row.name for row in await regions.regions(connection, path, today=today))


async def find_issued(database: Database, text: str) -> str:
    """The canonical code of ``text``. Raises :class:`CodeMalformed`, and :class:`UnknownCode` if never issued."""
    code = await read_code(database, text)
    async with database.transaction() as connection:
        issued = await codes.issued_among(connection, [code])
    if not issued:
        raise UnknownCode
    return code


@dataclass(frozen=True, slots=True)
class Changed:
    """A code's state from a moment on; ``changed`` is False if it was so before."""

    code: str
    interval: Interval
    changed: bool


async def change_code(
    database: Database, caller: Caller, text: str, change: Change, *, moment: datetime, reason: str
) -> Changed:
    """Suspend, reinstate or revoke a code from ``moment`` on; repeating it changes nothing.

    Raises :class:`CodeMalformed`, :class:`UnknownCode`, :class:`RegionNotAllowed`, :class:`StateConflict`.
    """
    code = await read_code(database, text)
    async with database.transaction() as connection:
        holder = await holder_for(connection, caller, code)
        await batches.lock_subjects(connection, [holder.subject_id])
        before = await codes.current_states(connection, code)
        try:
            after = apply_change(before, change, moment)
        except ImpossibleChange as error:
            if error.interval is None:
                raise StateConflict(NOT_YET, before[0].valid_from) from None
            raise StateConflict(error.interval.state.value, error.interval.valid_from) from None
        if after != before:
            batch_id = await batches.open_batch(
                connection, actor=caller.client_id, operation=f"{change.value}_code", reason=reason
            )
            await codes.replace_states(
                connection,
                batch_id,
                code,
                wrong=[interval for interval in before if interval not in after],
                right=[interval for interval in after if interval not in before],
            )
            await codes.derive_directory(connection, batch_id, [code])
    held = interval_at(after, moment)
    if held is None:
        raise AssertionError("a change leaves no gap at its moment")
    return Changed(code, held, changed=after != before)
