"""Whom the rows of a roster lead to: look-ups by blind and keyed indexes, for a part at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import msgspec
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from services.codes.code import Kind
from services.codes.divisions import Level
from services.codes.privacy import PersonKeys
from services.codes.purpose import Purpose
from services.codes.queries import batches, revisions, subjects
from services.codes.queries.revisions import Record
from services.codes.queries.roster_rows import RosterRow
from services.codes.roster.desk import Terms
from services.codes.roster.reasons import Reason
from services.codes.roster.verdict import DATED, NOTHING_FOUND, Findings, Registered, Said, Verdict
from services.codes.service.numbers import register_indexes
from services.codes.subject import NewSubject, county_of_number
from services.codes.territory import CodeRange, trees_of
from services.codes.versions import version_on

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
    rows_total: int

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
            rows_total=row.rows_total,
        )

    @property
    def trees(self) -> list[CodeRange]:
        """The divisions that whoever asked for the present stage may see."""
        return trees_of(self.regions)

    def terms(self, divisions: Sequence[Row[Any]] = ()) -> Terms:
        """What is to be known of it to read its rows; ``divisions`` only where their places are to be found."""
        named = tuple((row.code, row.name, Level(row.level)) for row in divisions)
        return Terms(self.roster_id, self.kind, self.region, self.as_of, self.fields, named)


def read_reasons(recorded: Any) -> list[Reason]:
    """Reasons as the table holds them (JSON, parsed by the driver)."""
    return msgspec.convert(recorded or [], list[Reason])


def row_of(said: Said, verdict: Verdict) -> RosterRow:
    """A row's verdict as it is written."""
    return RosterRow(
        row_no=said.entry.row_no,
        status=verdict.status.value,
        subject_id=verdict.subject_id,
        reasons=_encode_reasons(verdict.reasons).decode() if verdict.reasons else None,
        changed=",".join(verdict.changes) if verdict.changes else None,
    )


async def find_registered(
    connection: AsyncConnection, keys: PersonKeys, roster: Roster, rows: Sequence[Said]
) -> list[Findings]:
    """Which registered subjects each row leads to."""
    leads = await _follow(
        connection,
        keys,
        numbers={index for row in rows for index in (row.id_index, row.external_index) if index is not None},
        external={row.entry.external_id: row.external_index for row in rows if row.entry.external_id},
        likenesses={row.likeness_index for row in rows if row.likeness_index is not None},
    )
    if not leads.subject_ids:
        return [NOTHING_FOUND] * len(rows)
    known = await _load(connection, keys, roster, leads.subject_ids)
    return [_findings_of(row, leads, known) for row in rows]


async def leads_nowhere(connection: AsyncConnection, keys: PersonKeys, new: Sequence[NewSubject]) -> bool:
    """Whether none of these leads to a registered subject, as a row of a roster would."""
    leads = await _follow(
        connection,
        keys,
        numbers={index for one in new for index in one.indexes.values()},
        external={
            number: one.indexes["external_id"] for one in new if (number := one.registration.numbers.get("external_id"))
        },
        likenesses={one.likeness_index for one in new if one.likeness_index is not None},
    )
    return not leads.subject_ids


@dataclass(frozen=True, slots=True)
class _Leads:
    """Registered subjects by the indexes that lead to them."""

    by_number: Mapping[bytes, int]
    by_likeness: Mapping[bytes, Sequence[int]]
    other: Mapping[bytes, bytes]
    """The index under which a county's own running number is registered, where that is not today's, by today's."""

    @property
    def subject_ids(self) -> set[int]:
        return {*self.by_number.values(), *(one for found in self.by_likeness.values() for one in found)}


async def _follow(
    connection: AsyncConnection,
    keys: PersonKeys,
    *,
    numbers: set[bytes],
    external: Mapping[str, bytes | None],
    likenesses: set[bytes],
) -> _Leads:
    """``external`` are the indexes of the numbers of registers, by number; they are among ``numbers`` too."""
    await batches.say_purpose(connection, Purpose.REGISTRATION)
    local = {number: index for number, index in external.items() if index and county_of_number(number)}
    other: dict[bytes, bytes] = {}
    if local:
        registered = await register_indexes(connection, keys, local)
        other = {index: registered[number] for number, index in local.items() if registered[number] != index}
    by_number = await subjects.holders_of_numbers(connection, {*numbers, *other.values()})
    by_likeness = await revisions.subjects_alike(connection, likenesses) if likenesses else {}
    return _Leads(by_number, by_likeness, other)


def _findings_of(row: Said, leads: _Leads, known: Mapping[int, Registered]) -> Findings:
    other_index = leads.other.get(row.external_index or b"")
    external = None if row.external_index is None else leads.by_number.get(other_index or row.external_index)
    by_id = None if row.id_index is None else leads.by_number.get(row.id_index)
    alike = () if row.likeness_index is None else leads.by_likeness.get(row.likeness_index, ())
    if external is None and by_id is None and not alike:
        return NOTHING_FOUND
    by_external_id = None if external is None else known[external]
    if by_external_id is not None and other_index is not None:
        numbers = [*by_external_id.values["external_indexes"], row.external_index]
        by_external_id = replace(by_external_id, values={**by_external_id.values, "external_indexes": numbers})
    return Findings(
        by_external_id=by_external_id,
        by_id=None if by_id is None else known[by_id],
        alike=[known[one] for one in alike],
    )


async def _load(connection: AsyncConnection, keys: PersonKeys, roster: Roster, ids: set[int]) -> dict[int, Registered]:
    trees = roster.trees
    records = await revisions.records_of(connection, ids)
    return {subject_id: _registered(keys, record, roster.as_of, trees) for subject_id, record in records.items()}


def _registered(keys: PersonKeys, record: Record, day: date, trees: Sequence[CodeRange]) -> Registered:
    subject_id = record.subject_id
    held = version_on(record.versions, day)
    values: dict[str, Any] = {"incomes": record.incomes, "external_indexes": record.external_indexes}
    if held is not None:
        values |= {field: getattr(held, field) for field in DATED}
    if record.organisation is not None:
        values |= {"name": record.organisation.name, "uscc": record.organisation.uscc}
    person = record.person
    if person is not None:
        details = person.details_cipher
        values |= {
            "name": keys.open("name", subject_id, person.name_cipher),
            "id_card": person.id_card_cipher and keys.open("id_card", subject_id, person.id_card_cipher),
            "phone": person.phone_cipher and keys.open("phone", subject_id, person.phone_cipher),
            "details": _decode_details(keys.open_bytes("details", subject_id, details)) if details else {},
        }
    visible = any(tree.low <= version.region < tree.high for version in record.versions for tree in trees)
    return Registered(subject_id, Kind(record.kind), visible, held is not None, values)
