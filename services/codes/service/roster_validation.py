"""Validate an uploaded roster part by part: each part becomes its rows, with their verdicts, in one transaction."""

import asyncio
from dataclasses import dataclass, field, replace

import msgspec

from services.codes.divisions import Level
from services.codes.privacy import PersonKeys
from services.codes.queries import rosters
from services.codes.queries.rosters import RosterRow
from services.codes.roster.entry import EntryReader
from services.codes.roster.gathering import Record
from services.codes.roster.places import NamedDivision, Places
from services.codes.roster.reasons import Reason, Status
from services.codes.roster.verdict import Findings, Said, Verdict, judge
from services.codes.service.roster_findings import Roster, find_registered, row_of, said_of, seal_entry
from services.kit.database import Database

PART_ROWS = 1_000

_encode_part = msgspec.msgpack.Encoder().encode
_decode_part = msgspec.msgpack.Decoder(list[Record]).decode


def seal_part(keys: PersonKeys, roster_id: int, part_no: int, records: list[Record]) -> bytes:
    """Records on their way to the disk."""
    return keys.seal_bytes(f"roster_part.{part_no}", roster_id, _encode_part(records))


@dataclass(frozen=True, slots=True)
class _Part:
    """A part, read: of each row what it says, what is to be said of that, and its encrypted form."""

    part_no: int
    rows: list[tuple[Said, list[Reason], bytes]]


@dataclass(slots=True)
class _Seen:
    """Numbers, likenesses and subjects of the rows so far, by the row that was first."""

    external: dict[bytes, int] = field(default_factory=dict)
    identity: dict[bytes, int] = field(default_factory=dict)
    likeness: dict[bytes, int] = field(default_factory=dict)
    subjects: dict[int, int] = field(default_factory=dict)

    def earlier(self, said: Said, identity: str) -> tuple[str, int] | None:
        """Why a row repeats an earlier one, and which; ``identity`` is the name of its number's field."""
        tables = (
            ("repeats_external_id", self.external, said.external_index),
            (f"repeats_{identity}", self.identity, said.id_index),
            ("resembles_row", self.likeness, said.likeness_index),
        )
        for why, rows, index in tables:
            row = None if index is None else rows.get(index)
            if row is not None and row != said.entry.row_no:
                return why, row
        return None

    def add(self, row: RosterRow) -> None:
        """Remember a row; one that is invalid stands in nobody's way."""
        if row.status == Status.INVALID:
            return
        for rows, index in (
            (self.external, row.external_index),
            (self.identity, row.id_index),
            (self.likeness, row.likeness_index),
        ):
            if index is not None:
                rows.setdefault(bytes(index), row.row_no)
        if row.subject_id is not None and row.status in (Status.CHANGED, Status.UNCHANGED):
            self.subjects.setdefault(row.subject_id, row.row_no)


class RosterValidation:
    """The validation of one roster, from where it stands."""

    def __init__(self, database: Database, keys: PersonKeys, roster: Roster) -> None:
        self._database = database
        self._keys = keys
        self._roster = roster
        self._seen = _Seen()
        self._identity = "id_card" if roster.kind == "household" else "uscc"

    async def run(self) -> None:
        """Validate what is left. While the database writes one part, the next is read in a thread."""
        roster = self._roster
        async with self._database.transaction() as connection:
            divisions = await rosters.divisions_on(connection, roster.as_of)
            if roster.rows_validated:
                for row in await rosters.seen_indexes(connection, roster.roster_id):
                    self._seen.add(_as_seen(row))
        named = [NamedDivision(row.code, row.name, Level(row.level)) for row in divisions]
        reader = EntryReader(roster.kind, roster.fields, Places(named, roster.scope))
        upcoming = asyncio.create_task(self._next_part(reader, 0))
        try:
            while (part := await upcoming) is not None:
                upcoming = asyncio.create_task(self._next_part(reader, part.part_no))
                await self._judge_part(part)
        finally:
            upcoming.cancel()
        async with self._database.transaction() as connection:
            await rosters.set_stage(connection, roster.roster_id, "previewed", before="validating")

    async def _next_part(self, reader: EntryReader, after: int) -> _Part | None:
        async with self._database.transaction() as connection:
            row = await rosters.next_part(connection, self._roster.roster_id, after)
        if row is None:
            return None
        return await asyncio.to_thread(self._read_part, reader, row.part_no, row.sealed)

    def _read_part(self, reader: EntryReader, part_no: int, sealed: bytes) -> _Part:
        roster_id = self._roster.roster_id
        rows = []
        for record in _decode_part(self._keys.open_bytes(f"roster_part.{part_no}", roster_id, sealed)):
            entry, reasons = reader.read(record)
            rows.append((said_of(self._keys, entry), reasons, seal_entry(self._keys, roster_id, entry)))
        return _Part(part_no, rows)

    async def _judge_part(self, part: _Part) -> None:
        roster = self._roster
        async with self._database.transaction() as connection:
            found = await find_registered(connection, self._keys, roster, [said for said, _, _ in part.rows])
            rows = [
                self._judge_row(said, reasons, findings, sealed)
                for (said, reasons, sealed), findings in zip(part.rows, found, strict=True)
            ]
            await rosters.insert_validated(connection, roster.roster_id, part.part_no, rows)

    def _judge_row(self, said: Said, reasons: list[Reason], findings: Findings, sealed: bytes) -> RosterRow:
        earlier = self._seen.earlier(said, self._identity)
        if earlier is not None:
            findings = replace(findings, earlier_row=earlier)
        verdict = judge(said, reasons, findings, kind=self._roster.kind, as_of=self._roster.as_of)
        if verdict.status in (Status.CHANGED, Status.UNCHANGED):
            first = self._seen.subjects.get(verdict.subject_id or 0)
            if first is not None:
                why = (Reason("repeats_subject", row=first), *verdict.reasons)
                verdict = Verdict(Status.DUPLICATE_IN_FILE, why, verdict.subject_id)
        row = row_of(said, verdict, sealed)
        self._seen.add(row)
        return row


def _as_seen(row: object) -> RosterRow:
    fields = ("row_no", "status", "subject_id", "id_index", "external_index", "likeness_index")
    values = {name: getattr(row, name) for name in fields}
    return RosterRow(**values, reasons=None, changed=None, sealed=None)
