"""What a stretch of the ledger's feed did to households' days, worked out from entries alone.

The difference between two positions is what everything that was touched between them gives households at the later
one, less what it gave at the earlier. So a figure can be had at any position: the blocks before it, and a replay of
the part of its own block.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from services.stats.cube.membership import MemberBook
from services.stats.cube.payments import last_day
from services.stats.cube.settlement import KNOWN_BASES, Divided, Key, Received, SourceDays, Ways, divide_key
from services.stats.cube.stored import about, read_member_book, source_days
from services.stats.queries import payments as payment_queries
from services.stats.queries import replay as queries

DayGains = dict[tuple[int, date], dict[str, int]]
"""Fen by household and day, then basis."""
_POSITIONS_AT_ONCE = 2_000
"""Positions whose effect by way is worked out together: bounds what is held in memory."""
_Givers = Mapping[Key, AbstractSet[Key]]
"""By a cooperative's key: the enterprises' keys that may pass something on to it."""


@dataclass(frozen=True, slots=True)
class Touched:
    """What entries and payments of a stretch of the feed may have changed for households."""

    keys: AbstractSet[Key]
    """What has to be divided anew."""
    givers: _Givers
    payments: Sequence[Any]
    """What was paid, less what was voided, by household, group and month."""
    book: MemberBook

    @property
    def every_key(self) -> set[Key]:
        """With those of the enterprises that pass something on."""
        return set(self.keys).union(*self.givers.values())


@dataclass(frozen=True, slots=True)
class State:
    """What households' days follow from: bases and lists of sources, and whom groups have paid."""

    sources: SourceDays
    paid: Mapping[tuple[int, date], AbstractSet[int]]


async def replay(connection: AsyncConnection, after: int, upto: int) -> DayGains:
    """Gains and losses of households' days by the positions ``after < position <= upto``, in fen by basis."""
    gains: DayGains = defaultdict(lambda: defaultdict(int))
    if after >= upto:
        return gains
    touched = await read_touched(connection, after, upto)
    for row in touched.payments:
        gains[row.subject_id, last_day(row.month)]["paid"] += row.paid_fen
    for sign, position in ((-1, after), (1, upto)):
        add_divided(gains, sign, touched, await read_state(connection, touched, position))
    return gains


async def read_touched(connection: AsyncConnection, after: int, upto: int) -> Touched:
    """What the positions ``after < position <= upto`` touch."""
    stretch = {"after": after, "upto": upto}
    keys = _keys((await connection.execute(queries.CHANGED_KEYS, stretch)).all())
    paid = (await connection.execute(payment_queries.PAYMENT_CHANGES, stretch)).all()
    months = sorted({(row.group_id, row.month) for row in paid if row.group_id})
    if months:
        asked = {"groups": [group for group, _ in months], "months": [month for _, month in months]}
        keys |= _keys((await connection.execute(queries.KEYS_OF_MONTHS, asked)).all())
    keys |= _keys(await about(connection, queries.KEYS_OF_MEMBERS, keys))
    givers = await _read_givers(connection, keys)
    groups = {key.subject_id for key in keys.union(*givers.values())}
    return Touched(keys, givers, paid, await read_member_book(connection, groups))


async def read_state(connection: AsyncConnection, touched: Touched, position: int) -> State:
    """How all of it stood at a position."""
    sources = source_days(await about(connection, queries.SOURCES_AT, touched.every_key, position=position))
    return State(sources, await _read_paid(connection, touched.keys, position))


async def replay_ways(connection: AsyncConnection, after: int, upto: int) -> Ways:
    """Gains and losses of households' years, by way and category, by the positions ``after < position <= upto``."""
    ways: Ways = defaultdict(lambda: defaultdict(int))
    for start in range(after, upto, _POSITIONS_AT_ONCE):
        end = min(start + _POSITIONS_AT_ONCE, upto)
        touched = await read_touched(connection, start, end)
        for row in touched.payments:
            ways[row.subject_id, row.month.year, row.group_kind, ""]["paid"] += row.paid_fen
        for sign, position in ((-1, start), (1, end)):
            state = await read_state(connection, touched, position)
            add_divided(defaultdict(lambda: defaultdict(int)), sign, touched, state, ways)
    return ways


def add_divided(gains: DayGains, sign: int, touched: Touched, state: State, ways: Ways | None = None) -> None:
    """Add (or take off) all that what was touched gives households in a state: by day, and by year, way and category
    where that is asked for.
    """

    def add(household: int, key: Key, way: str, basis: str, fen: int) -> None:
        gains[household, key.sale_day][basis] += sign * fen
        if ways is not None:
            ways[household, key.sale_day.year, way, key.category][basis] += sign * fen

    passed_on: dict[Key, Divided] = {}
    for key in touched.keys:
        own = state.sources.get(key, {})
        if any(source.kind == "household" for source in own.values()):
            for basis in own.keys() & set(KNOWN_BASES):
                add(key.subject_id, key, "own", basis, own[basis].base_fen)
            continue
        way = "enterprise" if any(source.kind == "enterprise" for source in own.values()) else "cooperative"
        received = _received(key, touched, state, passed_on)
        replaced = state.paid.get((key.subject_id, key.sale_day.replace(day=1)), frozenset())
        for (member, kind, basis), fen in divide_key(key, own, received, touched.book).amounts.items():
            if kind == "household" and member not in replaced:
                add(member, key, way, basis, fen)


def _received(key: Key, touched: Touched, state: State, passed_on: dict[Key, Divided]) -> list[tuple[str, Received]]:
    """What enterprises pass on to a cooperative; their divisions are kept in ``passed_on``."""
    received: list[tuple[str, Received]] = []
    for giver in touched.givers.get(key, ()):
        divided = passed_on.get(giver)
        if divided is None:
            divided = passed_on[giver] = divide_key(giver, state.sources.get(giver, {}), (), touched.book)
        for basis, division in divided.groups.items():
            fen = divided.amounts.get((key.subject_id, "cooperative", basis), 0)
            if fen:
                received.append((basis, Received(fen, division.list_position)))
    return received


def _keys(rows: Iterable[Any]) -> set[Key]:
    return {Key(row.subject_id, row.sale_day, row.category) for row in rows}


async def _read_givers(connection: AsyncConnection, keys: Iterable[Key]) -> dict[Key, set[Key]]:
    found: dict[Key, set[Key]] = {}
    for row in await about(connection, queries.GIVERS, keys):
        key = Key(row.subject_id, row.sale_day, row.category)
        found.setdefault(key, set()).add(Key(row.group_id, row.sale_day, row.category))
    return found


async def _read_paid(
    connection: AsyncConnection, keys: Iterable[Key], position: int
) -> dict[tuple[int, date], set[int]]:
    months = sorted({key.sale_day.replace(day=1) for key in keys})
    asked = {"groups": sorted({key.subject_id for key in keys}), "months": months, "position": position}
    found: dict[tuple[int, date], set[int]] = {}
    for row in (await connection.execute(queries.PAID_AT, asked)).all():
        found.setdefault((row.group_id, row.month), set()).add(row.subject_id)
    return found
