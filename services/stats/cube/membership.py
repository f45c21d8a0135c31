"""Member lists on both clocks: who was in a group on a day, as the registry knew it at a position of its feed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Protocol

from services.stats.cube.split import Member, MemberList


class Versioned(Protocol):
    """A row that is true on some days and known between some positions; both intervals are half-open."""

    @property
    def valid_from(self) -> date:
        """First day on which it is true."""

    @property
    def valid_to(self) -> date | None:
        """First day on which it is no longer true."""

    @property
    def known_from(self) -> int:
        """Position of the batch that recorded it."""

    @property
    def known_to(self) -> int | None:
        """Position of the batch that replaced it."""


@dataclass(frozen=True, slots=True)
class Link:
    """A version of a link."""

    group_id: int
    member_id: int
    member_kind: str
    weight: int
    valid_from: date
    valid_to: date | None
    known_from: int
    known_to: int | None


@dataclass(frozen=True, slots=True)
class Terms:
    """A version of a group's terms."""

    group_id: int
    members_bp: int
    region: str
    valid_from: date
    valid_to: date | None
    known_from: int
    known_to: int | None


def holds(version: Versioned, day: date, position: int) -> bool:
    """Whether a version was known at ``position`` as true on ``day``."""
    return (
        version.valid_from <= day
        and (version.valid_to is None or day < version.valid_to)
        and version.known_from <= position
        and (version.known_to is None or position < version.known_to)
    )


class MemberBook:
    """The lists of the groups that one window touches; each is put together once."""

    def __init__(self, links: Iterable[Link], terms: Iterable[Terms]) -> None:
        self._links: dict[int, list[Link]] = {}
        self._terms: dict[int, list[Terms]] = {}
        self._lists: dict[tuple[int, ...], MemberList] = {}
        for link in links:
            self._links.setdefault(link.group_id, []).append(link)
        for term in terms:
            self._terms.setdefault(term.group_id, []).append(term)
        self.list_of = cache(self._list_of)

    def _list_of(self, group_id: int, day: date, position: int) -> MemberList:
        """The members of a group on a day, by subject; a member with several links has their weights together.

        A group whose terms were not known promises nothing: it keeps what it has, and the quality block shows it.
        """
        terms = [term for term in self._terms.get(group_id, ()) if holds(term, day, position)]
        newest = max(terms, key=lambda term: (term.valid_from, term.known_from), default=None)
        links = [link for link in self._links.get(group_id, ()) if holds(link, day, position)]
        # From day to day a list is mostly the same one, and then is one object.
        content = (id(newest), *map(id, links))
        known = self._lists.get(content)
        if known is None:
            known = self._lists[content] = _list_of(links, newest)
        return known


def _list_of(links: Iterable[Link], terms: Terms | None) -> MemberList:
    members: dict[int, Member] = {}
    for link in links:
        known = members.get(link.member_id)
        weight = link.weight + (known.weight if known else 0)
        members[link.member_id] = Member(link.member_id, link.member_kind, weight)
    return MemberList(
        members=tuple(members[member_id] for member_id in sorted(members)),
        members_bp=terms.members_bp if terms else 0,
        region=terms.region if terms else "",
    )
