"""Whom the rows of a roster lead to: look-ups by blind and keyed indexes, for a thousand rows at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from services.codes.code import Kind
from services.codes.privacy import PersonKeys
from services.codes.queries import revisions, subjects
from services.codes.queries.rosters import RosterRow
from services.codes.roster.entry import Entry, decode_entry, encode_entry
from services.codes.roster.reasons import Reason, Status
from services.codes.roster.verdict import NOTHING_FOUND, Findings, Registered, Said, Verdict
from services.codes.service.entering import likeness_of
from services.codes.territory import CodeRange, tree_of, trees_of

_decode_reasons = msgspec.json.Decoder(list[Reason]).decode
_encode_reasons = msgspec.json.Encoder().encode
_decode_details = msgspec.json.Decoder(dict[str, str]).decode


@dataclass(frozen=True, slots=True)
class Roster:
    """A roster that is being worked on."""

    roster_id: int
    kind: Kind
    region: str
    as_of: date
    corrections: frozenset[str]
    fields: tuple[str, ...]
    stage: str
    actor: str
    regions: tuple[str, ...]
    rows_validated: int
    committed_upto: int

    @classmethod
    def of(cls, row: Row[Any]) -> "Roster":
        """From its row in the table."""
        return cls(
            roster_id=row.roster_id,
            kind=Kind(row.kind),
            region=row.region,
            as_of=row.as_of,
            corrections=frozenset(row.corrections),
            fields=tuple(row.fields),
            stage=row.stage,
            actor=row.actor,
            regions=tuple(row.regions),
            rows_validated=row.rows_validated,
            committed_upto=row.committed_upto,
        )

    @property
    def trees(self) -> list[CodeRange]:
        """The divisions that whoever asked for the present stage may see."""
        return trees_of(self.regions)

    @property
    def scope(self) -> CodeRange:
        """The divisions that the roster covers."""
        return tree_of(self.region)


def said_of(keys: PersonKeys, entry: Entry) -> Said:
    """An entry with its indexes."""
    id_index = external_index = None
    if entry.id_card is not None:
        id_index = keys.index("id_card", entry.id_card)
    elif entry.uscc is not None:
        id_index = keys.index("uscc", entry.uscc)
    if entry.external_id is not None:
        external_index = keys.index("external_id", entry.external_id)
    return Said(entry, id_index, external_index, likeness_of(keys, entry.name, entry.region, entry.phone))


def seal_entry(keys: PersonKeys, roster_id: int, entry: Entry) -> bytes:
    """What a row says, encrypted for its place."""
    return keys.seal_bytes(f"roster_row.{entry.row_no}", roster_id, encode_entry(entry))


def open_entry(keys: PersonKeys, roster_id: int, row_no: int, sealed: bytes) -> Entry:
    """What :func:`seal_entry` encrypted."""
    return decode_entry(keys.open_bytes(f"roster_row.{row_no}", roster_id, sealed))


def read_reasons(recorded: Any) -> list[Reason]:
    """Reasons as the table holds them (JSON, parsed by the driver)."""
    return msgspec.convert(recorded or [], list[Reason])


def row_of(said: Said, verdict: Verdict, sealed: bytes) -> RosterRow:
    """A row to be written with its verdict. What is registered already in all it says is not kept."""
    return RosterRow(
        row_no=said.entry.row_no,
        status=verdict.status.value,
        subject_id=verdict.subject_id,
        reasons=_encode_reasons(verdict.reasons).decode() if verdict.reasons else None,
        changed=",".join(verdict.changes) if verdict.changes else None,
        id_index=said.id_index,
        external_index=said.external_index,
        likeness_index=said.likeness_index,
        sealed=None if verdict.status is Status.UNCHANGED else sealed,
    )


async def find_registered(
    connection: AsyncConnection, keys: PersonKeys, roster: Roster, rows: Sequence[Said]
) -> list[Findings]:
    """Which registered subjects each row leads to."""
    numbers = {index for row in rows for index in (row.id_index, row.external_index) if index is not None}
    by_number = await subjects.subjects_by_index(connection, numbers)
    likenesses = {row.likeness_index for row in rows if row.likeness_index is not None}
    by_likeness = await revisions.subjects_alike(connection, likenesses) if likenesses else {}
    ids = {*by_number.values(), *(one for found in by_likeness.values() for one in found)}
    if not ids:
        return [NOTHING_FOUND] * len(rows)
    known = await _load(connection, keys, roster, ids)
    return [_findings_of(row, by_number, by_likeness, known) for row in rows]


def _findings_of(
    row: Said,
    by_number: Mapping[bytes, int],
    by_likeness: Mapping[bytes, Sequence[int]],
    known: Mapping[int, Registered],
) -> Findings:
    external = None if row.external_index is None else by_number.get(row.external_index)
    by_id = None if row.id_index is None else by_number.get(row.id_index)
    alike = () if row.likeness_index is None else by_likeness.get(row.likeness_index, ())
    if external is None and by_id is None and not alike:
        return NOTHING_FOUND
    return Findings(
        by_external_id=None if external is None else known[external],
        by_id=None if by_id is None else known[by_id],
        alike=[known[one] for one in alike],
    )


async def _load(connection: AsyncConnection, keys: PersonKeys, roster: Roster, ids: set[int]) -> dict[int, Registered]:
    rows = await revisions.registered_on(connection, ids, day=roster.as_of, trees=roster.trees)
    incomes: dict[int, dict[int, int]] = {}
    for (subject_id, year), fen in (await revisions.incomes_of(connection, ids)).items():
        incomes.setdefault(subject_id, {})[year] = fen
    return {row.subject_id: _registered(keys, row, incomes.get(row.subject_id, {})) for row in rows}


def _registered(keys: PersonKeys, row: Row[Any], incomes: Mapping[int, int]) -> Registered:
    subject_id = row.subject_id
    values: dict[str, Any] = {
        "region": row.region,
        "persons": row.persons,
        "status": row.status,
        "members_bp": row.members_bp,
        "incomes": incomes,
        "external_indexes": [bytes(index) for index in row.external_indexes],
    }
    if row.name_cipher is None:
        values |= {"name": row.name, "uscc": row.uscc}
    else:
        values |= {
            "name": keys.open("name", subject_id, row.name_cipher),
            "id_card": row.id_card_cipher and keys.open("id_card", subject_id, row.id_card_cipher),
            "phone": row.phone_cipher and keys.open("phone", subject_id, row.phone_cipher),
            "details": {}
            if row.details_cipher is None
            else _decode_details(keys.open_bytes("details", subject_id, row.details_cipher)),
        }
    return Registered(subject_id, Kind(row.kind), row.visible, row.region is not None, values)
