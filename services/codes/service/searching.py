"""Find subjects: by a number or a code at once, by a part of a name by looking through a township or a kind."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from services.codes.code import Kind
from services.codes.privacy import PersonKeys
from services.codes.purpose import Purpose
from services.codes.queries import batches, codes, identities, subjects
from services.codes.service.codes import read_code
from services.codes.service.subjects import PERSON_SCOPE, Subject, subject_of
from services.codes.subject import former_numbers, number_in
from services.codes.subject_errors import PersonScopeNeeded, TooWideASearch
from services.codes.territory import CodeRange, trees_of
from services.kit.auth import Caller
from services.kit.database import Database
from services.kit.territory import region_prefix

_COUNTY_DIGITS = 6
_TOWNSHIP_DIGITS = 9
_PAGE = 2_000
_MOST_LOOKED_THROUGH = 20_000
"""Subjects that one request looks through; the next one goes on after them."""


@dataclass(frozen=True, slots=True)
class Search:
    """Whom to look for; what is None does not matter."""

    code: str | None = None
    external_id: str | None = field(default=None, repr=False)
    id_card: str | None = field(default=None, repr=False)
    name: str | None = field(default=None, repr=False)
    phone: str | None = field(default=None, repr=False)
    kind: Kind | None = None
    region: str | None = None
    after: int = 0
    limit: int = 50

    @property
    def names_a_person(self) -> bool:
        """Whether only those may ask who may see persons."""
        return self.id_card is not None or self.phone is not None or (self.name is not None and not self.of_groups)

    @property
    def of_groups(self) -> bool:
        """Whether it is about cooperatives or enterprises, whose names are public."""
        return self.kind in (Kind.COOPERATIVE, Kind.ENTERPRISE)


@dataclass(frozen=True, slots=True)
class Found:
    """Some subjects; ``next`` is the ``after`` by which to go on looking, None when all was looked through."""

    subjects: list[Subject]
    next: int | None


async def search_subjects(
    database: Database, keys: PersonKeys, caller: Caller, wanted: Search, *, today: date
) -> Found:
    """Find subjects in the caller's regions.

    Raises :class:`PersonScopeNeeded`, :class:`TooWideASearch`, and :class:`~services.codes.errors.CodeMalformed`.
    """
    if wanted.names_a_person and PERSON_SCOPE not in caller.scopes:
        raise PersonScopeNeeded
    trees = trees_of(caller.regions, within=wanted.region)
    code = None if wanted.code is None else await read_code(database, wanted.code)
    if code is not None or wanted.id_card is not None or wanted.external_id is not None:
        async with database.transaction() as connection:
            await batches.say_purpose(connection, Purpose.READING)
            ids = await _by_number(connection, keys, wanted, code, trees)
            rows = await subjects.subjects_of(connection, ids, trees=trees, today=today)
        return Found([subject_of(keys, caller, row) for row in rows if _fits(keys, wanted, row)], None)
    if wanted.name is None and wanted.phone is None:
        raise TooWideASearch
    if not wanted.of_groups and (wanted.region is None or len(region_prefix(wanted.region)) < _TOWNSHIP_DIGITS):
        raise TooWideASearch
    return await _look_through(database, keys, caller, wanted, trees, today=today)


async def _by_number(
    connection: AsyncConnection, keys: PersonKeys, wanted: Search, code: str | None, trees: Sequence[CodeRange]
) -> set[int]:
    """The subjects to which every given number leads."""
    found: list[set[int]] = []
    id_cards = [] if wanted.id_card is None else [wanted.id_card]
    register_numbers = await _register_numbers(connection, wanted.external_id, trees)
    for name, numbers in (("id_card", id_cards), ("external_id", register_numbers)):
        indexes = [keys.index(name, number) for number in numbers]
        if indexes:
            found.append(set((await subjects.holders_of_numbers(connection, indexes)).values()))
    if code is not None:
        found.append({row.subject_id for row in (await codes.holders(connection, [code])).values()})
    return set.intersection(*found)


async def _register_numbers(connection: AsyncConnection, number: str | None, trees: Sequence[CodeRange]) -> list[str]:
    """All that a 户编号 may be registered under: a county's own running number in each of the counties that are asked
    for, and as requests once registered it.
    """
    if number is None:
        return []
    counties = {tree.low[:_COUNTY_DIGITS] for tree in trees if len(tree.low) >= _COUNTY_DIGITS}
    if number_in("", number) != number:
        counties |= await identities.counties_in(connection, trees)
    return list(dict.fromkeys([number, *(number_in(one, number) for one in sorted(counties)), *former_numbers(number)]))


async def _look_through(
    database: Database, keys: PersonKeys, caller: Caller, wanted: Search, trees: list[CodeRange], *, today: date
) -> Found:
    matching: list[Row[Any]] = []
    after, looked_through = wanted.after, 0
    while looked_through < _MOST_LOOKED_THROUGH:
        async with database.transaction() as connection:
            await batches.say_purpose(connection, Purpose.READING)
            rows = await subjects.subjects_after(
                connection, after, trees=trees, kind=wanted.kind, today=today, limit=_PAGE
            )
        looked_through += len(rows)
        for row in rows:
            after = row.subject_id
            if _fits(keys, wanted, row):
                matching.append(row)
                if len(matching) == wanted.limit:
                    return Found([subject_of(keys, caller, one) for one in matching], after)
        if len(rows) < _PAGE:
            return Found([subject_of(keys, caller, one) for one in matching], None)
    return Found([subject_of(keys, caller, one) for one in matching], after)


def _fits(keys: PersonKeys, wanted: Search, row: Row[Any]) -> bool:
    if wanted.kind is not None and row.kind != wanted.kind:
        return False
    if wanted.name is not None:
        name = row.name if row.name_cipher is None else keys.open("name", row.subject_id, row.name_cipher)
        if wanted.name not in name:
            return False
    if wanted.phone is not None:
        phone = row.phone_cipher and keys.open("phone", row.subject_id, row.phone_cipher)
        return phone is not None and _digits(phone) == _digits(wanted.phone)
    return True


def _digits(phone: str) -> str:
    return "".join(filter(str.isdigit, phone))
