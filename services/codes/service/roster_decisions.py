"""What a person decides about a row: the same as what it resembles or another, or which village is meant."""

from dataclasses import replace
from typing import Any

import msgspec
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from services.codes.errors import NotACandidate, NothingToDecide, RosterNotReady, UnknownRoster
from services.codes.privacy import PersonKeys
from services.codes.queries import rosters
from services.codes.roster.entry import Entry
from services.codes.roster.reasons import Reason, Status
from services.codes.roster.verdict import Decision, judge, may_decide
from services.codes.service.roster_findings import (
    Roster,
    find_registered,
    open_entry,
    read_reasons,
    row_of,
    said_of,
    seal_entry,
)
from services.codes.service.rosters import roster_for
from services.kit.auth import Caller
from services.kit.database import Database

_WORKED_ON = ("validating", "committing")


async def decide_row(
    database: Database,
    keys: PersonKeys,
    caller: Caller,
    roster_id: int,
    row_no: int,
    *,
    decision: Decision | str,
) -> Status:
    """Decide a row, and judge it again in that light; answers its new status. The next commit writes it, if it is good.

    ``decision`` is :class:`Decision` for a suspected duplicate, or the code of a village for an ambiguous place.
    Raises :class:`UnknownRoster`, :class:`RosterNotReady`, :class:`NothingToDecide`, :class:`NotACandidate`.
    """
    async with database.transaction() as connection:
        found = await roster_for(connection, caller, roster_id)
        if found.stage in _WORKED_ON:
            raise RosterNotReady(found.stage)
        # Seen with the eyes of whoever decides, so that nobody learns of subjects outside their regions.
        roster = replace(Roster.of(found), regions=tuple(sorted(caller.regions)))
        row = await rosters.lock_row(connection, roster_id, row_no)
        if row is None:
            raise UnknownRoster
        if row.sealed is None or row.committed_in is not None:
            raise NothingToDecide(row.status)
        entry = open_entry(keys, roster_id, row_no, row.sealed)
        reasons = read_reasons(row.reasons)
        taken: Decision | None = None
        if isinstance(decision, Decision):
            taken = _take(decision, row, reasons, entry)
        else:
            entry, reasons = _choose(decision, row, reasons, entry)
        return await _judge_again(connection, keys, roster, entry, reasons, decision=taken)


def _take(decision: Decision, row: Row[Any], reasons: list[Reason], entry: Entry) -> Decision:
    if not may_decide(Status(row.status), reasons, has_external_id=entry.external_id is not None):
        raise NothingToDecide(row.status)
    return decision


def _choose(village: str, row: Row[Any], reasons: list[Reason], entry: Entry) -> tuple[Entry, list[Reason]]:
    if row.status != Status.HELD or not entry.candidates:
        raise NothingToDecide(row.status)
    if village not in entry.candidates:
        raise NotACandidate(entry.candidates)
    chosen = msgspec.structs.replace(entry, region=village, candidates=())
    return chosen, [reason for reason in reasons if reason.code != "place_ambiguous"]


async def _judge_again(
    connection: AsyncConnection,
    keys: PersonKeys,
    roster: Roster,
    entry: Entry,
    reasons: list[Reason],
    *,
    decision: Decision | None,
) -> Status:
    said = said_of(keys, entry)
    (findings,) = await find_registered(connection, keys, roster, [said])
    earlier = next((reason for reason in reasons if reason.row is not None and reason.code in _REPEATS), None)
    if earlier is not None and decision is not Decision.DIFFERENT:
        findings = replace(findings, earlier_row=(earlier.code, earlier.row or 0))
    verdict = judge(said, reasons, findings, kind=roster.kind, as_of=roster.as_of, decision=decision)
    verdict = replace(verdict, reasons=tuple(dict.fromkeys(verdict.reasons)))
    sealed = seal_entry(keys, roster.roster_id, entry)
    await rosters.rejudge(connection, roster.roster_id, [row_of(said, verdict, sealed)], decision=decision)
    return verdict.status


_REPEATS = ("resembles_row", "repeats_id_card", "repeats_uscc", "repeats_external_id", "repeats_subject")
