"""The desk at which the rows of one roster are read and encrypted, a part at a time: bytes in, values out, no database.

It may stand in this process or in one of its own (``second_desk.py``): two fifths of what a roster costs
outside the database are spent here.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final, cast

import msgspec

from services.codes.code import Kind, Randomness, draw_code
from services.codes.divisions import Level
from services.codes.privacy import PersonKeys
from services.codes.roster.entry import Entry, EntryReader
from services.codes.roster.gathering import Record
from services.codes.roster.places import NamedDivision, Places
from services.codes.roster.reasons import Reason
from services.codes.roster.verdict import Said
from services.codes.sealing import likeness_of, prepare_subject
from services.codes.subject import Baseline, NewSubject, Registration, Status, number_field
from services.codes.territory import tree_of

ALL_TO_MEMBERS_BP: Final = 10_000
_COUNTY_DIGITS: Final = 6
_STATUSES: Final = {status.value: status for status in Status}

_encode: Final = msgspec.msgpack.Encoder().encode
_decode_records: Final = msgspec.msgpack.Decoder(list[Record]).decode
_decode_rows: Final = msgspec.msgpack.Decoder(list[Said]).decode


class Terms(msgspec.Struct, frozen=True):
    """What is to be known of a roster to read its rows."""

    roster_id: int
    kind: Kind
    region: str
    as_of: date
    fields: tuple[str, ...]
    divisions: tuple[tuple[str, str, Level], ...] = ()
    """Code, name and level of those that existed on its day; only for reading."""


class ReadPart(msgspec.Struct):
    """What the rows of a part say, what speaks against some of them by their place, and the part as it will be kept."""

    rows: list[Said]
    reasons: dict[int, list[Reason]]
    sealed: bytes


def seal_records(keys: PersonKeys, roster_id: int, part_no: int, records: Sequence[Record]) -> bytes:
    """Records on their way to the disk."""
    return keys.seal_bytes(f"roster_part.{part_no}", roster_id, _encode(records))


def seal_rows(keys: PersonKeys, roster_id: int, part_no: int, rows: Sequence[Said]) -> bytes:
    """What the rows of a part say, encrypted for its place."""
    return keys.seal_bytes(f"roster_rows.{part_no}", roster_id, _encode(rows))


def open_rows(keys: PersonKeys, roster_id: int, part_no: int, sealed: bytes) -> list[Said]:
    """What :func:`seal_rows` encrypted."""
    return _decode_rows(keys.open_bytes(f"roster_rows.{part_no}", roster_id, sealed))


class Desk:
    """Reads and encrypts for one roster."""

    def __init__(self, keys: PersonKeys, terms: Terms) -> None:
        self._keys = keys
        self._terms = terms
        scope = tree_of(terms.region)
        county = scope.low[:_COUNTY_DIGITS] if len(scope.low) >= _COUNTY_DIGITS else None
        places = Places([NamedDivision(*one) for one in terms.divisions], scope)
        self._reader = EntryReader(terms.kind, terms.fields, places, county=county)

    def read(self, part_no: int, sealed: bytes) -> ReadPart:
        """Read the records of a part."""
        keys, roster_id, read = self._keys, self._terms.roster_id, self._reader.read
        rows, reasons = [], {}
        for place, record in enumerate(_decode_records(keys.open_bytes(f"roster_part.{part_no}", roster_id, sealed))):
            entry, why = read(record)
            rows.append(said_of(keys, entry))
            if why:
                reasons[place] = why
        return ReadPart(rows, reasons, seal_rows(keys, roster_id, part_no, rows))

    def prepare(self, part_no: int, sealed: bytes, ids: Mapping[int, int]) -> list[NewSubject]:
        """The rows of a part that become new subjects, in their order; ``ids`` are theirs, by row number."""
        randomness = Randomness(2 * len(ids))
        return [
            self._new_subject(said, ids[said.entry.row_no], randomness)
            for said in open_rows(self._keys, self._terms.roster_id, part_no, sealed)
            if said.entry.row_no in ids
        ]

    def _new_subject(self, said: Said, subject_id: int, randomness: Randomness) -> NewSubject:
        indexes = {"external_id": said.external_index} if said.external_index else {}
        if said.id_index is not None:
            indexes[number_field(self._terms.kind)] = said.id_index
        return prepare_subject(
            self._keys,
            subject_id,
            _registration(said.entry, self._terms),
            indexes,
            draw=lambda kind: draw_code(kind, randomness),
            details=said.entry.details,
            likeness_index=said.likeness_index,
        )


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


def _registration(entry: Entry, terms: Terms) -> Registration:
    """A valid entry as a registration."""
    baseline = None
    if entry.income_fen is not None and entry.income_year is not None:
        baseline = Baseline(entry.income_year, entry.income_fen)
    numbers = {"id_card": entry.id_card, "uscc": entry.uscc, "external_id": entry.external_id}
    members_bp = None
    if terms.kind is not Kind.HOUSEHOLD:
        members_bp = ALL_TO_MEMBERS_BP if entry.members_bp is None else entry.members_bp
    return Registration(
        kind=terms.kind,
        region=cast("str", entry.region),
        registered_on=entry.registered_on or terms.as_of,
        name=cast("str", entry.name),
        numbers={field: number for field, number in numbers.items() if number is not None},
        phone=entry.phone,
        persons=entry.persons,
        status=None if entry.status is None else _STATUSES[entry.status],
        baseline=baseline,
        members_bp=members_bp,
    )
