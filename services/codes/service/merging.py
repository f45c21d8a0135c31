"""Households join another (并户): from a day on, all that was theirs is the survivor's, their codes too."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.ext.asyncio import AsyncConnection

from services.codes.counting import LaterCounts, changes_of, counts_since, joined_counts
from services.codes.queries import batches, codes, revisions, successions
from services.codes.service.households import Household, lock_households
from services.codes.service.relinking import NewLink, replace_links
from services.codes.service.revising import write_versions
from services.codes.subject_errors import InFuture, NothingIsSaid
from services.codes.succession import Linked, Relinking, end_incomes, end_links, join_incomes, join_links
from services.codes.versions import end, recount
from services.kit.auth import Caller
from services.kit.database import Database


@dataclass(frozen=True, slots=True)
class Merger:
    """Which households join on a day, and why."""

    on: date
    reason: str
    merged: Sequence[int]
    later_counts: LaterCounts = LaterCounts.AS_REGISTERED
    """Whom counts of persons include that are dated after the day and known already."""


@dataclass(frozen=True, slots=True)
class Joined:
    """The survivor with all codes that reach it; ``already``: this very merger was recorded before."""

    subject_id: int
    merged: Sequence[int]
    counts: Sequence[tuple[date, int]]
    """Its persons from the day on, as known now, by the day from which each count holds."""
    codes: Sequence[str]
    already: bool


async def merge_households(
    database: Database,
    caller: Caller,
    subject_id: int,
    merger: Merger,
    *,
    content_index: bytes,
    today: date,
) -> Joined:
    """Let households join ``subject_id`` from a day on; the same again (by ``content_index``) changes nothing.

    Persons of every day since are summed, and the weights of links to the same group; the registered income per head
    of a year becomes that of all by the persons of all. Sales before the day stay with whom they are. Raises what
    :func:`~services.codes.service.households.lock_households` does, :class:`InFuture` and :class:`NothingIsSaid`.
    """
    if merger.on > today:
        raise InFuture
    if not merger.merged or subject_id in merger.merged or len(set(merger.merged)) < len(merger.merged):
        raise NothingIsSaid(["merged"])
    concerned = [subject_id, *merger.merged]
    async with database.transaction() as connection:
        await batches.lock_subjects(connection, concerned)
        already = await successions.same_operation(connection, subject_id, content_index) is not None
        if not already:
            found = await lock_households(connection, caller, concerned, merger.on)
            survivor = found.pop(subject_id)
            batch_id = await batches.open_batch(
                connection, actor=caller.client_id, operation="merge_households", reason=merger.reason
            )
            await _join(connection, batch_id, survivor, list(found.values()), merger)
            await successions.add_operation(
                connection,
                batch_id,
                operation="merge",
                on_day=merger.on,
                concerned=concerned,
                content_index=content_index,
            )
            await codes.derive_directory(connection, batch_id, await revisions.codes_of(connection, [subject_id]))
        versions = (await revisions.versions_of(connection, [subject_id])).get(subject_id, [])
        reached = await revisions.codes_of(connection, [subject_id])
    counts = changes_of(counts_since(versions, merger.on))
    return Joined(subject_id, list(merger.merged), counts, sorted(reached), already)


async def _join(
    connection: AsyncConnection, batch_id: int, survivor: Household, merged: Sequence[Household], merger: Merger
) -> None:
    day = merger.on
    counts = joined_counts(survivor.versions, [one.versions for one in merged], day, merger.later_counts)
    made = [(survivor.subject_id, recount(survivor.versions, counts))]
    made += [(one.subject_id, end(one.versions, day)) for one in merged]
    await write_versions(connection, batch_id, made)
    reckonings = {survivor.subject_id: join_incomes(survivor.incomes, [one.incomes for one in merged], day)}
    reckonings |= {one.subject_id: end_incomes(one.incomes, day) for one in merged}
    await revisions.replace_incomes(
        connection,
        batch_id,
        wrong=[(one, income) for one, reckoning in reckonings.items() for income in reckoning.wrong],
        right=[(one, income) for one, reckoning in reckonings.items() for income in reckoning.right],
    )
    await _join_links(connection, batch_id, survivor, merged, day)
    ids = [one.subject_id for one in merged]
    numbers = await successions.numbers_of(connection, ids)
    await successions.transfer_numbers(connection, batch_id, [(index, survivor.subject_id) for index in numbers])
    rows = [(one.subject_id, survivor.subject_id, one.persons_on(day)) for one in merged]
    await successions.add_successions(connection, batch_id, "merge", day, rows)


async def _join_links(
    connection: AsyncConnection, batch_id: int, survivor: Household, merged: Sequence[Household], day: date
) -> None:
    kinds = {link.group_id: link.group_kind for one in (survivor, *merged) for link in one.links}
    own, theirs = _by_group(survivor), {one.subject_id: _by_group(one) for one in merged}
    changes: list[tuple[int, int, Relinking]] = []
    for group_id in kinds:
        joining = [link.terms for links in theirs.values() for link in links[group_id]]
        changes.append((survivor.subject_id, group_id, join_links(own[group_id], joining, day)))
        changes += [(one, group_id, end_links(links[group_id], day)) for one, links in theirs.items()]
    await replace_links(
        connection,
        batch_id,
        wrong=[link_id for _, _, change in changes for link_id in change.wrong],
        right=[
            NewLink(member_id, group_id, kinds[group_id], linked)
            for member_id, group_id, change in changes
            for linked in change.right
        ],
    )


def _by_group(household: Household) -> Mapping[int, Sequence[Linked]]:
    links: dict[int, list[Linked]] = defaultdict(list)
    for link in household.links:
        links[link.group_id].append(link.linked)
    return links
