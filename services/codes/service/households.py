"""The households that an operation is about: locked, looked at, and found fit for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.ext.asyncio import AsyncConnection

from services.codes.code import Kind
from services.codes.errors import RegionNotAllowed, UnknownSubject
from services.codes.queries import batches, revisions, successions
from services.codes.queries.successions import HeldLink
from services.codes.subject_errors import DividedLater, NotAHousehold, NotThereThen
from services.codes.succession import Income
from services.codes.versions import Version, version_on
from services.kit.auth import Caller


@dataclass(frozen=True, slots=True)
class Household:
    """What is known now of a household that stays as it is until the transaction ends."""

    subject_id: int
    versions: Sequence[Version]
    incomes: Sequence[Income]
    links: Sequence[HeldLink]

    def version_on(self, day: date) -> Version:
        """Its version of a day. Raises :class:`NotThereThen`."""
        held = version_on(self.versions, day)
        if held is None:
            raise NotThereThen(self.subject_id, self.versions[0].valid_from, self.versions[-1].valid_to)
        return held

    def persons_on(self, day: date) -> int:
        """Its persons on a day."""
        persons = self.version_on(day).persons
        if persons is None:
            raise AssertionError("a household has persons")
        return persons


async def lock_households(
    connection: AsyncConnection, caller: Caller, subject_ids: Sequence[int], day: date
) -> dict[int, Household]:
    """Lock households that are to divide or join on ``day``, and look at them.

    Each must have been there before that day and on it, and must not have divided or joined later. Raises
    :class:`UnknownSubject`, :class:`NotAHousehold`, :class:`RegionNotAllowed`, :class:`NotThereThen` and
    :class:`DividedLater`.
    """
    await batches.lock_subjects(connection, subject_ids)
    kinds = await revisions.kinds_of(connection, subject_ids)
    if any(one not in kinds for one in subject_ids):
        raise UnknownSubject
    if any(kind != Kind.HOUSEHOLD for kind in kinds.values()):
        raise NotAHousehold
    versions = await revisions.versions_of(connection, subject_ids)
    if any(one not in versions for one in subject_ids):  # it came out of a split that was undone
        raise UnknownSubject
    incomes = await revisions.incomes_of(connection, subject_ids)
    links = await successions.links_of(connection, subject_ids)
    found = {
        one: Household(one, versions[one], incomes.get(one, ()), [link for link in links if link.member_id == one])
        for one in subject_ids
    }
    for household in found.values():
        if not caller.may_see_region(household.versions[-1].region):
            raise RegionNotAllowed
        first = household.versions[0].valid_from
        household.version_on(day)
        if first >= day:
            raise NotThereThen(household.subject_id, first, household.versions[-1].valid_to)
    later = await successions.succession_since(connection, subject_ids, day)
    if later is not None:
        raise DividedLater(later.on_day, later.kind)
    return found
