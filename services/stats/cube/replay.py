"""What a stretch of the ledger's feed did to households' days, worked out from entries alone.

The difference between two positions is what everything that was touched between them gives households at the later
one, less what it gave at the earlier. So a figure can be had at any position: the blocks before it, and a replay of
the part of its own block.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from datetime import date
from typing import Any

from sqlalchemy import TextClause
from sqlalchemy.ext.asyncio import AsyncConnection

from services.stats.cube.membership import MemberBook
from services.stats.cube.payments import last_day
from services.stats.cube.settlement import KNOWN_BASES, Divided, Key, Received, SourceDays, divide_key
from services.stats.cube.stored import read_member_book, source_days
from services.stats.queries import payments as payment_queries
from services.stats.queries import replay as queries

DayGains = dict[tuple[int, date], dict[str, int]]
"""Fen by household and day, then basis."""
_Givers = Mapping[Key, AbstractSet[Key]]
"""By a cooperative's key: the enterprises' keys that may pass something on to it."""


async def replay(connection: AsyncConnection, after: int, upto: int) -> DayGains:
    """Gains and losses of households' days by the positions ``after < position <= upto``, in fen by basis."""
    gains: DayGains = defaultdict(lambda: defaultdict(int))
    if after >= upto:
        return gains
    stretch = {"after": after, "upto": upto}
    keys = _keys((await connection.execute(queries.CHANGED_KEYS, stretch)).all())
    paid = (await connection.execute(payment_queries.PAYMENT_CHANGES, stretch)).all()
    for row in paid:
        gains[row.subject_id, last_day(row.month)]["paid"] += row.paid_fen
    months = sorted({(row.group_id, row.month) for row in paid if row.group_id})
    if months:
        asked = {"groups": [group for group, _ in months], "months": [month for _, month in months]}
        keys |= _keys((await connection.execute(queries.KEYS_OF_MONTHS, asked)).all())
    if keys:
        keys |= _keys(await _about(connection, queries.KEYS_OF_MEMBERS, keys))
        givers = await _read_givers(connection, keys)
        every_key = keys.union(*givers.values())
        book = await read_member_book(connection, {key.subject_id for key in every_key})
        for sign, position in ((-1, after), (1, upto)):
            sources = source_days(await _about(connection, queries.SOURCES_AT, every_key, position=position))
            paid_members = await _read_paid(connection, keys, position)
            _add(gains, sign, keys, givers=givers, sources=sources, book=book, paid=paid_members)
    return gains


def _add(
    gains: DayGains,
    sign: int,
    keys: Iterable[Key],
    *,
    givers: _Givers,
    sources: SourceDays,
    book: MemberBook,
    paid: Mapping[tuple[int, date], AbstractSet[int]],
) -> None:
    """Add (or take off) all that ``keys`` give households with these sources, lists and payments."""
    passed_on: dict[Key, Divided] = {}
    for key in keys:
        own = sources.get(key, {})
        if any(source.kind == "household" for source in own.values()):
            for basis in own.keys() & set(KNOWN_BASES):
                gains[key.subject_id, key.sale_day][basis] += sign * own[basis].base_fen
            continue
        received: list[tuple[str, Received]] = []
        for giver in givers.get(key, ()):
            divided = passed_on.get(giver)
            if divided is None:
                divided = passed_on[giver] = divide_key(giver, sources.get(giver, {}), (), book)
            for basis, division in divided.groups.items():
                fen = divided.amounts.get((key.subject_id, "cooperative", basis), 0)
                if fen:
                    received.append((basis, Received(fen, division.list_position)))
        replaced = paid.get((key.subject_id, key.sale_day.replace(day=1)), frozenset())
        for (member, kind, basis), fen in divide_key(key, own, received, book).amounts.items():
            if kind == "household" and member not in replaced:
                gains[member, key.sale_day][basis] += sign * fen


def _keys(rows: Iterable[Any]) -> set[Key]:
    return {Key(row.subject_id, row.sale_day, row.category) for row in rows}


async def _about(
    connection: AsyncConnection, statement: TextClause, keys: Iterable[Key], **parameters: int
) -> list[Any]:
    ordered = sorted(keys)
    columns: dict[str, Any] = {
        "subjects": [key.subject_id for key in ordered],
        "days": [key.sale_day for key in ordered],
        "categories": [key.category for key in ordered],
    }
    return list((await connection.execute(statement, columns | parameters)).all())


async def _read_givers(connection: AsyncConnection, keys: Iterable[Key]) -> dict[Key, set[Key]]:
    found: dict[Key, set[Key]] = {}
    for row in await _about(connection, queries.GIVERS, keys):
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
