"""What divisions follow from: as the cube keeps it, or worked out from entries alone as it stood at a position."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date

from sqlalchemy.ext.asyncio import AsyncConnection

from services.stats.as_of import AsOf
from services.stats.cube.membership import MemberBook
from services.stats.cube.settlement import Divided, Key, PaidMembers, Received, ReceivedDays, SourceDays, divide_key
from services.stats.cube.stored import (
    about,
    read_member_book,
    read_paid_members,
    read_received_days,
    read_source_days,
    received_days,
    source_days,
)
from services.stats.queries import payments, replay


@dataclass(frozen=True, slots=True)
class Standing:
    """Bases of sources, what cooperatives had from enterprises, the lists, and whom groups have paid."""

    sources: SourceDays
    received: ReceivedDays
    book: MemberBook
    paid: PaidMembers

    def divide(self, key: Key) -> Divided:
        """A key's division."""
        given = [(basis, part) for (_, basis), part in self.received.get(key, {}).items()]
        return divide_key(key, self.sources.get(key, {}), given, self.book)


async def read_standing_of_month(
    connection: AsyncConnection, household: int, groups: Sequence[int], month: date, as_of: AsOf | None
) -> Standing:
    """Of a household and its groups, for a month: as it is, or as it was at a position."""
    asked = {"groups": [household, *groups], "months": [month] * (len(groups) + 1)}
    if as_of is not None:
        rows = (await connection.execute(replay.KEYS_OF_MONTHS, asked)).all()
        return await _at(connection, {Key(row.subject_id, row.sale_day, row.category) for row in rows}, as_of.position)
    sources = source_days((await connection.execute(payments.SOURCE_DAYS_OF_MONTHS, asked)).all())
    received = received_days((await connection.execute(payments.RECEIVED_DAYS_OF_MONTHS, asked)).all())
    keys = sources.keys() | received.keys()
    book = await read_member_book(connection, groups)
    return Standing(sources, received, book, await read_paid_members(connection, keys, groups))


async def read_standing_of_key(connection: AsyncConnection, key: Key, as_of: AsOf | None) -> Standing:
    """Of one source's day and category."""
    if as_of is not None:
        return await _at(connection, {key}, as_of.position)
    sources, received = await read_source_days(connection, [key]), await read_received_days(connection, [key])
    return Standing(sources, received, await read_member_book(connection, [key.subject_id]), {})


async def _at(connection: AsyncConnection, keys: AbstractSet[Key], position: int) -> Standing:
    givers: dict[Key, list[Key]] = defaultdict(list)
    for row in await about(connection, replay.GIVERS, keys):
        key = Key(row.subject_id, row.sale_day, row.category)
        givers[key].append(Key(row.group_id, row.sale_day, row.category))
    every = set(keys).union(*givers.values())
    sources = source_days(await about(connection, replay.SOURCES_AT, every, position=position))
    book = await read_member_book(connection, {key.subject_id for key in every})
    received = _passed_on(givers, sources, book)
    return Standing(sources, received, book, await _read_paid(connection, keys, position))


def _passed_on(givers: Mapping[Key, Iterable[Key]], sources: SourceDays, book: MemberBook) -> ReceivedDays:
    divided: dict[Key, Divided] = {}
    received: ReceivedDays = {}
    for key, enterprises in givers.items():
        for giver in enterprises:
            if giver not in divided:
                divided[giver] = divide_key(giver, sources.get(giver, {}), (), book)
            for basis, division in divided[giver].groups.items():
                fen = divided[giver].amounts.get((key.subject_id, "cooperative", basis), 0)
                if fen:
                    part = Received(fen, division.list_position)
                    received.setdefault(key, {})[giver.subject_id, basis] = part
    return received


async def _read_paid(connection: AsyncConnection, keys: AbstractSet[Key], position: int) -> PaidMembers:
    months = sorted({key.sale_day.replace(day=1) for key in keys})
    asked = {"groups": sorted({key.subject_id for key in keys}), "months": months, "position": position}
    found: dict[tuple[int, date], set[int]] = {}
    for row in (await connection.execute(replay.PAID_AT, asked)).all():
        found.setdefault((row.group_id, row.month), set()).add(row.subject_id)
    return found
