"""A household divides (分户): one part keeps subject, code and card, each other becomes a subject of its own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from services.codes.code import Kind, draw_code
from services.codes.counting import LaterCounts, TooFewToDivide, changes_of, counts_since, divided_counts
from services.codes.errors import NotAVillage, RegionNotAllowed
from services.codes.privacy import PersonKeys
from services.codes.queries import batches, codes, regions, revisions, subjects, successions
from services.codes.sealing import prepare_subject
from services.codes.service.entering import enter_subjects
from services.codes.service.heads import Head, person_of
from services.codes.service.households import Household, lock_households
from services.codes.service.numbers import register_indexes
from services.codes.service.registration import ATTEMPTS, UNIQUE_VIOLATION
from services.codes.service.relinking import NewLink, replace_links
from services.codes.service.revising import Revision, revise_subjects, write_versions
from services.codes.subject import NewSubject, Registration, Status, number_in
from services.codes.subject_errors import (
    InFuture,
    LaterCountTooSmall,
    NotItsLink,
    NumberTaken,
    PersonsNotConserved,
    WeightsNotConserved,
)
from services.codes.succession import Linked, divide_link, inherit_incomes, keep_incomes
from services.codes.versions import Change, Version, recount
from services.kit.auth import Caller
from services.kit.database import Database
from services.kit.errors import Unavailable


@dataclass(frozen=True, slots=True)
class Part:
    """One of the households that there are afterwards."""

    persons: int
    head: Head | None = field(default=None, repr=False)
    """None: the head it has; only the part that keeps the code has one."""
    external_id: str | None = field(default=None, repr=False)
    region: str | None = None
    status: Status | None = None


@dataclass(frozen=True, slots=True)
class LinkDivision:
    """How a link is divided: the weight of each part, in the order of the parts."""

    link_id: int
    weights: Sequence[int]
    new_total: int | None = None
    """What they sum to, if the whole changes."""


@dataclass(frozen=True, slots=True)
class Split:
    """What is to happen on a day: the part that keeps the code, the others, and the links that more than it have."""

    on: date
    reason: str
    keeper: Part
    others: Sequence[Part]
    divisions: Sequence[LinkDivision]
    later_counts: LaterCounts = LaterCounts.AS_REGISTERED
    """Whom counts of persons include that are dated after the day and known already."""


@dataclass(frozen=True, slots=True)
class Successor:
    """A household that came out of another."""

    subject_id: int
    code: str
    persons: int


@dataclass(frozen=True, slots=True)
class Divided:
    """Who came out of a household; ``already``: this very split was recorded before."""

    subject_id: int
    successors: Sequence[Successor]
    counts: Sequence[tuple[date, int]]
    """Persons of the part that keeps the code from the day on, as known now, by the day from which each count holds."""
    already: bool


async def split_household(
    database: Database,
    keys: PersonKeys,
    caller: Caller,
    subject_id: int,
    split: Split,
    *,
    content_index: bytes,
    today: date,
    draw: Callable[[Kind], str] = draw_code,
) -> Divided:
    """Divide a household from a day on; the same again (by ``content_index``) changes nothing.

    Persons are conserved, of the day and of those since, and weights unless the request says otherwise. Registered
    incomes per head are inherited by all parts. Raises what :func:`lock_households` does, and :class:`InFuture`,
    :class:`NotAVillage`, :class:`NumberTaken`, :class:`PersonsNotConserved`, :class:`LaterCountTooSmall`,
    :class:`WeightsNotConserved`, :class:`NotItsLink`.
    """
    if split.on > today:
        raise InFuture
    for _ in range(ATTEMPTS):
        try:
            async with database.transaction() as connection:
                await batches.lock_subjects(connection, [subject_id])
                batch_id = await successions.same_operation(connection, subject_id, content_index)
                already = batch_id is not None
                if batch_id is None:
                    division = _Division(connection, keys, caller, split, draw)
                    batch_id = await division.record(subject_id, content_index)
                versions = (await revisions.versions_of(connection, [subject_id]))[subject_id]
                counts = changes_of(counts_since(versions, split.on))
                return Divided(subject_id, await _successors(connection, batch_id), counts, already)
        except IntegrityError as error:
            if getattr(error.orig, "sqlstate", None) != UNIQUE_VIOLATION:
                raise
            # Somebody took one of the numbers, or was issued one of the codes, since we looked: look again.
    raise Unavailable("登记繁忙,请稍后重试 / Registration is busy; try again in a moment", retry_after_seconds=1)


async def _successors(connection: AsyncConnection, batch_id: int) -> list[Successor]:
    rows = await successions.successions_of_batch(connection, batch_id)
    first_codes = await codes.first_codes(connection, [row.successor_id for row in rows])
    return [Successor(row.successor_id, first_codes[row.successor_id], row.persons) for row in rows]


class _Division:
    """One split, inside its transaction."""

    def __init__(
        self,
        connection: AsyncConnection,
        keys: PersonKeys,
        caller: Caller,
        split: Split,
        draw: Callable[[Kind], str],
    ) -> None:
        self._connection = connection
        self._keys = keys
        self._caller = caller
        self._split = split
        self._draw = draw

    async def record(self, subject_id: int, content_index: bytes) -> int:
        """Judge and write it; answers its batch."""
        split, connection = self._split, self._connection
        household = (await lock_households(connection, self._caller, [subject_id], split.on))[subject_id]
        recounted = self._recount(household)
        self._check_links(household)
        held = household.version_on(split.on)
        await self._check_places(held)
        ids = list(await subjects.draw_subject_ids(connection, len(split.others)))
        indexes = await self._all_indexes(held)
        new, moved = await self._new_subjects(subject_id, ids, held, indexes)
        batch_id = await batches.open_batch(
            connection, actor=self._caller.client_id, operation="split_household", reason=split.reason
        )
        await enter_subjects(connection, batch_id, new)
        await successions.transfer_numbers(connection, batch_id, moved)
        lives = household.versions[-1].region  # it may have moved since
        keeper = Revision(
            subject_id,
            split.on,
            person=await person_of(connection, self._keys, subject_id, split.keeper.head, lives),
            numbers=indexes[0],
        )
        await revise_subjects(connection, self._keys, batch_id, [keeper])
        await write_versions(connection, batch_id, [(subject_id, recounted)])
        await self._divide_incomes(batch_id, household, ids)
        await self._divide_links(batch_id, household, ids)
        await successions.add_operation(
            connection,
            batch_id,
            operation="split",
            on_day=split.on,
            concerned=[subject_id, *ids],
            content_index=content_index,
        )
        rows = [(subject_id, one, part.persons) for one, part in zip(ids, split.others, strict=True)]
        await successions.add_successions(connection, batch_id, "split", split.on, rows)
        return batch_id

    def _recount(self, household: Household) -> Change:
        split, keeper = self._split, self._split.keeper.persons
        others = sum(part.persons for part in split.others)
        persons = household.persons_on(split.on)
        if keeper + others != persons:
            raise PersonsNotConserved(persons, keeper + others)
        try:
            counts = divided_counts(
                household.versions, split.on, keeper=keeper, others=others, later=split.later_counts
            )
        except TooFewToDivide as error:
            raise LaterCountTooSmall(error.on, error.persons, others) from None
        return recount(household.versions, counts)

    def _check_links(self, household: Household) -> None:
        terms = {link.linked.link_id: link.linked.terms for link in household.links}
        day = self._split.on
        unknown = [
            one.link_id
            for one in self._split.divisions
            if one.link_id not in terms or (terms[one.link_id].valid_to or date.max) <= day
        ]
        if unknown:
            raise NotItsLink(unknown)
        for one in self._split.divisions:
            total = terms[one.link_id].weight if one.new_total is None else one.new_total
            if sum(one.weights) != total:
                raise WeightsNotConserved(one.link_id, total, sum(one.weights))

    async def _check_places(self, held: Version) -> None:
        day = self._split.on
        places = {part.region for part in self._split.others if part.region not in (None, held.region)}
        asked = {(region, day) for region in places if region is not None}
        if not all(self._caller.may_see_region(region) for region, _ in asked):
            raise RegionNotAllowed
        if asked - await regions.villages_on(self._connection, asked):
            raise NotAVillage

    async def _all_indexes(self, held: Version) -> list[dict[str, bytes]]:
        """The indexes of the numbers of each part, the one that keeps the code first, by field."""
        parts = (self._split.keeper, *self._split.others)
        own = [part.external_id and number_in((part.region or held.region)[:6], part.external_id) for part in parts]
        registered = await register_indexes(self._connection, self._keys, {number for number in own if number})
        found = []
        for part, number in zip(parts, own, strict=True):
            indexes = {}
            if part.head is not None and part.head.id_card is not None:
                indexes["id_card"] = self._keys.index("id_card", part.head.id_card)
            if number:
                indexes["external_id"] = registered[number]
            found.append(indexes)
        return found

    async def _new_subjects(
        self, subject_id: int, ids: Sequence[int], held: Version, indexes: Sequence[dict[str, bytes]]
    ) -> tuple[list[NewSubject], list[tuple[bytes, int]]]:
        """The other parts as subjects, and the numbers that were the household's and are theirs now."""
        split = self._split
        asked = {index for one in indexes for index in one.values()}
        known = await subjects.holders_of_numbers(self._connection, asked)
        taken = {name for one in indexes for name, index in one.items() if known.get(index, subject_id) != subject_id}
        every = [index for one in indexes for index in one.values()]
        if taken or len(every) != len(asked):
            raise NumberTaken(sorted(taken) or ["id_card", "external_id"])
        new, moved = [], []
        for one, part, numbers in zip(ids, split.others, indexes[1:], strict=True):
            moved += [(index, one) for index in numbers.values() if index in known]
            own = {name: index for name, index in numbers.items() if index not in known}
            said = self._registration(part, held)
            new.append(prepare_subject(self._keys, one, said, own, draw=self._draw))
        return new, moved

    def _registration(self, part: Part, held: Version) -> Registration:
        if part.head is None:
            raise AssertionError("a household that is new has a head")
        id_card = part.head.id_card
        return Registration(
            kind=Kind.HOUSEHOLD,
            region=part.region or held.region,
            registered_on=self._split.on,
            name=part.head.name,
            numbers={} if id_card is None else {"id_card": id_card},
            phone=part.head.phone,
            persons=part.persons,
            status=part.status or (None if held.status is None else Status(held.status)),
        )

    async def _divide_incomes(self, batch_id: int, household: Household, ids: Sequence[int]) -> None:
        day, keeper = self._split.on, household.subject_id
        kept = keep_incomes(household.incomes, day, self._split.keeper.persons)
        right = [(keeper, income) for income in kept.right]
        for one, part in zip(ids, self._split.others, strict=True):
            right += [(one, income) for income in inherit_incomes(household.incomes, day, part.persons)]
        wrong = [(keeper, income) for income in kept.wrong]
        await revisions.replace_incomes(self._connection, batch_id, wrong=wrong, right=right)

    async def _divide_links(self, batch_id: int, household: Household, ids: Sequence[int]) -> None:
        by_id = {link.linked.link_id: link for link in household.links}
        wrong: list[int] = []
        right: list[NewLink] = []
        for division in self._split.divisions:
            link = by_id[division.link_id]
            kept, shares = divide_link(link.linked, self._split.on, division.weights)
            wrong += kept.wrong
            group = (link.group_id, link.group_kind)
            right += [NewLink(household.subject_id, *group, one) for one in kept.right]
            right += [
                NewLink(one, *group, Linked(None, terms))
                for one, terms in zip(ids, shares, strict=True)
                if terms is not None
            ]
        await replace_links(self._connection, batch_id, wrong=wrong, right=right)
