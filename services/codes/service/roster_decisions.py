"""What a person decides about a row: the same as what it resembles or another, or which village is meant."""

from dataclasses import replace
from typing import Any

import msgspec
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from services.codes.errors import NotACandidate, NothingToDecide, RosterNotReady, SeenByAnother, UnknownRoster
from services.codes.privacy import PersonKeys
from services.codes.queries import roster_rows, rosters
from services.codes.roster.desk import open_rows, said_of, seal_rows
from services.codes.roster.entry import Entry
from services.codes.roster.reasons import Reason, Status
from services.codes.roster.verdict import Decision, Said, Verdict, judge, may_decide
from services.codes.service.roster_findings import (
    Roster,
    find_registered,
    read_reasons,
    row_of,
)
from services.codes.service.rosters import roster_for
from services.kit.auth import Caller
from services.kit.database import Database

_NOT_TO_BE_DECIDED = ("validating", "committing", "discarded")


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
    Raises :class:`UnknownRoster`, :class:`RosterNotReady`, :class:`NothingToDecide`, :class:`NotACandidate`,
    :class:`SeenByAnother`.
    """
    async with database.transaction() as connection:
        found = await roster_for(connection, caller, roster_id, lock=True)
        if found.stage in _NOT_TO_BE_DECIDED:
            raise RosterNotReady(found.stage)
        # Seen with the eyes of whoever decides, so that nobody learns of subjects outside their regions.
        roster = replace(Roster.of(found), regions=tuple(sorted(caller.regions)))
        row = await roster_rows.row_of_roster(connection, roster_id, row_no)
        if row is None:
            raise UnknownRoster
        parts = await rosters.parts_of_rows(connection, roster_id, first=row_no, last=row_no)
        part = next((one for one in parts if row.committed_in is None), None)
        rows = [] if part is None else open_rows(keys, roster_id, part.part_no, part.sealed)
        entry = next((said.entry for said in rows if said.entry.row_no == row_no), None)
        if part is None or entry is None:
            raise NothingToDecide(row.status)
        reasons = read_reasons(row.reasons)
        taken: Decision | None = None
        if isinstance(decision, Decision):
            taken = _take(decision, row, reasons, entry)
        else:
            entry, reasons = _choose(decision, row, reasons, entry)
        said = said_of(keys, entry)
        verdict = await _judge_again(connection, keys, roster, said, reasons, decision=taken)
        await roster_rows.rejudge(connection, roster_id, [row_of(said, verdict)], decision=taken)
        kept = [said if one.entry.row_no == row_no else one for one in rows]
        await rosters.rewrite_part(connection, roster_id, part.part_no, seal_rows(keys, roster_id, part.part_no, kept))
    return verdict.status


def _take(decision: Decision, row: Row[Any], reasons: list[Reason], entry: Entry) -> Decision:
    if not may_decide(Status(row.status), reasons, decision, has_external_id=entry.external_id is not None):
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
    said: Said,
    reasons: list[Reason],
    *,
    decision: Decision | None,
) -> Verdict:
    (findings,) = await find_registered(connection, keys, roster, [said])
    about = (findings.by_id,) if decision is Decision.BY_ID_CARD else (findings.by_external_id, findings.by_id)
    subject = next((one for one in about if one is not None), None)
    if decision is not None and decision.says_whose and subject is not None and not subject.visible:
        raise SeenByAnother
    earlier = next((reason for reason in reasons if reason.row is not None and reason.code in _REPEATS), None)
    if earlier is not None and decision is not Decision.DIFFERENT:
        findings = replace(findings, earlier_row=(earlier.code, earlier.row or 0))
    verdict = judge(said, reasons, findings, kind=roster.kind, as_of=roster.as_of, decision=decision)
    return replace(verdict, reasons=tuple(dict.fromkeys(verdict.reasons)))


_REPEATS = ("resembles_row", "repeats_id_card", "repeats_uscc", "repeats_external_id", "repeats_subject")
