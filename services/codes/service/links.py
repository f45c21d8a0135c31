"""Link members to groups, end links, and read them. One writer at a time decides on the links of a group."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from services.codes.code import Kind, MalformedCode, parse_code
from services.codes.errors import (
    CodeMalformed,
    EndNotWithin,
    LinkBeforeRegistration,
    LinkOutlivesParty,
    LinkOverlaps,
    RegionNotAllowed,
    UnknownCode,
    UnknownLink,
    WrongKinds,
)
from services.codes.link import Terms, may_join
from services.codes.queries import batches, codes, links
from services.codes.queries.links import LinkRow
from services.codes.service.codes import read_code
from services.codes.territory import trees_of
from services.kit.auth import Caller
from services.kit.database import Database
from services.kit.errors import Problem


@dataclass(frozen=True, slots=True)
class Link:
    """A link as known now."""

    link_id: int
    member: str
    group: str
    terms: Terms


@dataclass(frozen=True, slots=True)
class Linked:
    """A link that was sent; ``already``: it was known with the same content."""

    link: Link
    already: bool


@dataclass(frozen=True, slots=True)
class Wish:
    """A link to be recorded; the codes as they were sent."""

    member: str
    group: str
    terms: Terms


_Parties = Mapping[tuple[str, date], Row[Any]]
"""Whose a code was on a day."""


@dataclass(frozen=True, slots=True)
class _Known:
    link_id: int
    terms: Terms


async def record_links(database: Database, caller: Caller, wishes: Sequence[Wish]) -> list[Linked | Problem]:
    """Record what is new, and answer each wish in its place: with its link, or with why not."""
    read = [_with_canonical_codes(wish) for wish in wishes]
    asked = {
        (code, wish.terms.valid_from) for wish in read if isinstance(wish, Wish) for code in (wish.member, wish.group)
    }
    async with database.transaction() as connection:
        parties = await _lock_parties(connection, asked)
        judged = [wish if isinstance(wish, Problem) else _judge(wish, parties, caller) for wish in read]
        possible = [wish for wish in judged if isinstance(wish, Wish)]
        groups = sorted({_party(parties, wish, wish.group).subject_id for wish in possible})
        members = sorted({_party(parties, wish, wish.member).subject_id for wish in possible})
        known = await _known_links(connection, members=members, groups=groups)
        ids = iter(await links.draw_link_ids(connection, len(possible)))
        outcomes: list[Linked | Problem] = []
        rows: list[LinkRow] = []
        for wish in judged:
            if isinstance(wish, Problem):
                outcomes.append(wish)
                continue
            row = _row(next(ids), wish, parties)
            outcome = _find_or_add(wish, known.setdefault((row.member_id, row.group_id), []), row.link_id)
            if isinstance(outcome, Linked) and not outcome.already:
                rows.append(row)
            outcomes.append(outcome)
        if rows:
            batch_id = await batches.open_batch(connection, actor=caller.client_id, operation="link")
            await links.insert_links(connection, batch_id, rows)
    return outcomes


async def _lock_parties(connection: AsyncConnection, asked: Collection[tuple[str, date]]) -> _Parties:
    """Whose the codes were on these days, and the only writer of those subjects' links until the transaction ends.

    Looked up again once they are locked: a household may have joined another one in between.
    """
    locked: set[int] = set()
    while True:
        parties = await codes.holders_on(connection, asked)
        subject_ids = {party.subject_id for party in parties.values()}
        if subject_ids <= locked:
            return parties
        await batches.lock_subjects(connection, subject_ids - locked)
        locked |= subject_ids


def _party(parties: _Parties, wish: Wish, code: str) -> Row[Any]:
    return parties[code, wish.terms.valid_from]


def _with_canonical_codes(wish: Wish) -> Wish | Problem:
    try:
        return replace(wish, member=parse_code(wish.member), group=parse_code(wish.group))
    except MalformedCode as error:
        return CodeMalformed(str(error), flaw=error.reason.value)


def _judge(wish: Wish, parties: _Parties, caller: Caller) -> Wish | Problem:
    day = wish.terms.valid_from
    member, group = parties.get((wish.member, day)), parties.get((wish.group, day))
    if member is None or group is None:
        return UnknownCode()
    if not (caller.may_see_region(member.region) and caller.may_see_region(group.region)):
        return RegionNotAllowed()
    if not may_join(Kind(member.kind), Kind(group.kind)):
        return WrongKinds()
    earliest = max(member.registered_on, group.registered_on)
    if day < earliest:
        return LinkBeforeRegistration(earliest)
    ends = min((party.ends for party in (member, group) if party.ends is not None), default=None)
    if ends is not None and (wish.terms.valid_to is None or wish.terms.valid_to > ends):
        return LinkOutlivesParty(ends)
    return wish


def _row(link_id: int, wish: Wish, parties: _Parties) -> LinkRow:
    member, group = _party(parties, wish, wish.member), _party(parties, wish, wish.group)
    return LinkRow(link_id, member.subject_id, Kind(member.kind), group.subject_id, Kind(group.kind), wish.terms)


async def _known_links(
    connection: AsyncConnection, *, members: Sequence[int], groups: Sequence[int]
) -> dict[tuple[int, int], list[_Known]]:
    known: dict[tuple[int, int], list[_Known]] = {}
    for row in await links.links_of_pairs(connection, member_ids=members, group_ids=groups):
        known.setdefault((row.member_id, row.group_id), []).append(_Known(row.link_id, _terms(row)))
    return known


def _find_or_add(wish: Wish, known: list[_Known], new_id: int) -> Linked | Problem:
    for other in known:
        if other.terms == wish.terms:
            return Linked(Link(other.link_id, wish.member, wish.group, wish.terms), already=True)
        if other.terms.overlaps(wish.terms):
            return LinkOverlaps(other.link_id)
    known.append(_Known(new_id, wish.terms))
    return Linked(Link(new_id, wish.member, wish.group, wish.terms), already=False)


async def end_link(database: Database, caller: Caller, link_id: int, valid_to: date) -> Link:
    """Let a link end before ``valid_to``; repeating it changes nothing.

    Raises :class:`UnknownLink`, :class:`RegionNotAllowed`, :class:`EndNotWithin`.
    """
    async with database.transaction() as connection:
        seen = await links.link(connection, link_id)
        if seen is None:
            raise UnknownLink
        parties = await codes.holders(connection, {seen.member, seen.group_code})
        if not all(caller.may_see_region(party.region) for party in parties.values()):
            raise RegionNotAllowed
        await batches.lock_subjects(connection, [seen.group_id, seen.member_id])
        row = await links.link(connection, link_id)
        if row is None:
            raise UnknownLink
        terms = _terms(row)
        ended = replace(terms, valid_to=valid_to)
        if ended != terms:
            if valid_to <= terms.valid_from or (terms.valid_to is not None and valid_to > terms.valid_to):
                raise EndNotWithin
            batch_id = await batches.open_batch(connection, actor=caller.client_id, operation="end_link")
            await links.supersede_links(connection, batch_id, [link_id])
            version = LinkRow(link_id, row.member_id, Kind(row.member_kind), row.group_id, Kind(row.group_kind), ended)
            await links.insert_links(connection, batch_id, [version])
    return Link(link_id, row.member, row.group_code, ended)


async def list_links(
    database: Database, caller: Caller, *, member: str | None, group: str | None, after: int, limit: int
) -> tuple[list[Link], bool]:
    """The next links of a member or a group (by code), and whether there are more.

    A link is shown to those who may see the region of one of its parties.
    """
    member_code = None if member is None else await read_code(database, member)
    group_code = None if group is None else await read_code(database, group)
    asked = {code for code in (member_code, group_code) if code is not None}
    async with database.transaction() as connection:
        parties = await codes.holders(connection, asked)
        if parties.keys() != asked:
            raise UnknownCode
        rows = await links.links_after(
            connection,
            after,
            member_id=None if member_code is None else parties[member_code].subject_id,
            group_id=None if group_code is None else parties[group_code].subject_id,
            trees=trees_of(caller.regions),
            limit=limit + 1,
        )
    page = [Link(row.link_id, row.member, row.group_code, _terms(row)) for row in rows[:limit]]
    return page, len(rows) > limit


def _terms(row: Row[Any]) -> Terms:
    return Terms(row.weight, row.valid_from, row.valid_to, row.contract)
