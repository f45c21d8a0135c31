"""Validate an uploaded roster part by part: each part becomes its rows, with their verdicts, in one transaction."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from services.codes.privacy import PersonKeys
from services.codes.queries import roster_rows, rosters
from services.codes.queries.roster_rows import RosterRow
from services.codes.queries.rosters import Part
from services.codes.roster.desk import ReadPart, open_rows, seal_records
from services.codes.roster.gathering import Record
from services.codes.roster.reasons import Reason, Status
from services.codes.roster.verdict import Findings, Said, Verdict, judge
from services.codes.service.roster_desks import Desks, open_desks
from services.codes.service.roster_findings import Roster, find_registered, row_of
from services.codes.subject import number_field
from services.kit.database import Database

PART_ROWS = 3_000
"""Rows of a part, which is written in one transaction: PostgreSQL takes a sixth less for each than at a thousand."""
READ_AHEAD = 2
"""Parts that are read while one is judged: one that a desk has in hand, one on its way there."""


def seal_part(keys: PersonKeys, roster_id: int, part_no: int, records: list[Record]) -> Part:
    """Records on their way to the disk."""
    sealed = seal_records(keys, roster_id, part_no, records)
    return Part(part_no, records[0].row_no, records[-1].row_no, sealed)


@dataclass(frozen=True, slots=True)
class _ReadPart:
    """A part, read, and as it will be kept."""

    read: ReadPart
    kept: Part


@dataclass(slots=True)
class _Seen:
    """Numbers, likenesses and subjects of the rows so far, by the row that was first."""

    external: dict[bytes, int] = field(default_factory=dict)
    identity: dict[bytes, int] = field(default_factory=dict)
    likeness: dict[bytes, int] = field(default_factory=dict)
    subjects: dict[int, int] = field(default_factory=dict)

    def earlier(self, said: Said, identity: str) -> tuple[str, int] | None:
        """Why a row repeats an earlier one, and which; ``identity`` is the name of its number's field."""
        row = self.external.get(said.external_index) if said.external_index else None
        if row is not None:
            return "repeats_external_id", row
        row = self.identity.get(said.id_index) if said.id_index else None
        if row is not None:
            return f"repeats_{identity}", row
        row = self.likeness.get(said.likeness_index) if said.likeness_index else None
        return None if row is None else ("resembles_row", row)

    def add(self, said: Said, status: str, subject_id: int | None) -> None:
        """Remember a row; one that is invalid stands in nobody's way."""
        if status == Status.INVALID:
            return
        row_no = said.entry.row_no
        if said.external_index is not None:
            self.external.setdefault(said.external_index, row_no)
        if said.id_index is not None:
            self.identity.setdefault(said.id_index, row_no)
        if said.likeness_index is not None:
            self.likeness.setdefault(said.likeness_index, row_no)
        if subject_id is not None and status in (Status.CHANGED, Status.UNCHANGED):
            self.subjects.setdefault(subject_id, row_no)


class RosterValidation:
    """The validation of one roster, from where it stands."""

    def __init__(
        self, database: Database, keys: PersonKeys, roster: Roster, *, after_part: Callable[[], None] = lambda: None
    ) -> None:
        self._database = database
        self._keys = keys
        self._roster = roster
        self._after_part = after_part
        self._seen = _Seen()
        self._identity = number_field(roster.kind)

    async def run(self) -> None:
        """Validate what is left. While the database writes one part, the next ones are read."""
        roster = self._roster
        validated_upto = await self._remember_validated()
        async with self._database.transaction() as connection:
            divisions = await rosters.divisions_on(connection, roster.as_of)
        left = roster.rows_total - roster.rows_validated
        async with open_desks(self._keys, roster.terms(divisions), rows=left) as desks:
            # Until a commit, parts are numbered without gaps.
            reading = deque(
                asyncio.create_task(self._next_part(desks, validated_upto + at)) for at in range(READ_AHEAD)
            )
            try:
                while (part := await reading[0]) is not None:
                    reading.popleft()
                    last = part.kept.part_no + READ_AHEAD - 1
                    reading.append(asyncio.create_task(self._next_part(desks, last)))
                    await self._judge_part(part)
                    self._after_part()
            finally:
                for task in reading:
                    task.cancel()
                await asyncio.gather(*reading, return_exceptions=True)
        async with self._database.transaction() as connection:
            await rosters.set_stage(connection, roster.roster_id, "previewed", before="validating")

    async def _remember_validated(self) -> int:
        """What was validated before the work was interrupted counts as seen; answers the last part of it, or 0."""
        roster_id, after = self._roster.roster_id, 0
        while self._roster.rows_validated:
            async with self._database.transaction() as connection:
                part = await rosters.next_part(connection, roster_id, after, validated=True)
                if part is None:
                    break
                verdicts = await roster_rows.open_rows(connection, roster_id, first=part.first_row, last=part.last_row)
            for said, row in zip(open_rows(self._keys, roster_id, part.part_no, part.sealed), verdicts, strict=True):
                self._seen.add(said, row.status, row.subject_id)
            after = part.part_no
        return after

    async def _next_part(self, desks: Desks, after: int) -> _ReadPart | None:
        async with self._database.transaction() as connection:
            part = await rosters.next_part(connection, self._roster.roster_id, after, validated=False)
        if part is None:
            return None
        read = await desks.read(part)
        return _ReadPart(read, replace(part, sealed=read.sealed))

    async def _judge_part(self, part: _ReadPart) -> None:
        roster = self._roster
        async with self._database.transaction() as connection:
            read = part.read
            found = await find_registered(connection, self._keys, roster, read.rows)
            rows = [
                self._judge_row(said, read.reasons.get(place, ()), findings)
                for place, (said, findings) in enumerate(zip(read.rows, found, strict=True))
            ]
            await roster_rows.insert_validated(connection, roster.roster_id, part.kept, rows)

    def _judge_row(self, said: Said, reasons: Sequence[Reason], findings: Findings) -> RosterRow:
        earlier = self._seen.earlier(said, self._identity)
        if earlier is not None:
            findings = replace(findings, earlier_row=earlier)
        verdict = judge(said, reasons, findings, kind=self._roster.kind, as_of=self._roster.as_of)
        if verdict.status in (Status.CHANGED, Status.UNCHANGED):
            first = self._seen.subjects.get(verdict.subject_id or 0)
            if first is not None:
                why = (Reason("repeats_subject", row=first), *verdict.reasons)
                verdict = Verdict(Status.DUPLICATE_IN_FILE, why, verdict.subject_id)
        self._seen.add(said, verdict.status, verdict.subject_id)
        return row_of(said, verdict)
