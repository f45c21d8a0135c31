"""All incomes again by a second path: from the sums of all entries up to a position, with member lists read anew for
every group, day and position. Only the division itself (``split.py``) is shared with the cube.
"""

from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.stats.cube.settlement import KNOWN_BASES
from services.stats.cube.split import Member, MemberList, divide
from services.stats.kinds import KINDS
from services.stats.queries import recompute

_CHUNK_KEYS = 2_000
COUNTED_BASES = (*KNOWN_BASES, "paid")


class Recomputed:
    """The divisions of all income, from the sums of all entries."""

    def __init__(self, paid: Mapping[tuple[int, int, Any], tuple[int, str]]) -> None:
        self._paid = paid
        """By (household, group, month): what was paid and the group's kind; it counts in place of what the group's
        divisions give."""
        self.groups: dict[tuple[Any, ...], tuple[Any, ...]] = {}
        """By (group, day, category, basis): members_fen, kept_fen, list_position, region."""
        self.received: dict[tuple[Any, ...], tuple[Any, ...]] = {}
        """By (cooperative, day, category, basis, giver): received_fen, list_position."""
        self.households: dict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0] * len(COUNTED_BASES))
        """By (household, day): fen by basis."""
        self.replaced: dict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0] * len(KNOWN_BASES))
        """By (household, group, day): fen by basis, of months for which the household was paid."""
        self.years: dict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0] * len(COUNTED_BASES))
        """By (household, year, way, category): fen by basis."""
        for (household, _, month), (fen, kind) in paid.items():
            last_day = month.replace(day=monthrange(month.year, month.month)[1])
            self.gain((household, last_day, ""), kind, "paid", fen)

    def gain(self, key: tuple[int, Any, str], way: str, basis: str, fen: int) -> None:
        """Add to what reached a household, by (household, day, category) and the way it came."""
        household, day, category = key
        self.households[household, day][COUNTED_BASES.index(basis)] += fen
        self.years[household, day.year, way, category][COUNTED_BASES.index(basis)] += fen

    def gain_from(self, group: tuple[int, str], key: tuple[int, Any, str], basis: str, fen: int) -> None:
        """Add what the division of a group (id, kind) gives a household: to its day, or to what payments replace."""
        household, day, _ = key
        if (household, group[0], day.replace(day=1)) in self._paid:
            self.replaced[household, group[0], day][KNOWN_BASES.index(basis)] += fen
        else:
            self.gain(key, group[1], basis, fen)


Inputs = dict[tuple[int, Any, str], dict[str, int]]
"""Base by (subject, day, category), then basis."""


async def recompute_incomes(connection: AsyncConnection, upto: int) -> Recomputed:
    """Every division by what stood in the feed up to a position."""
    sources = (await connection.execute(text(recompute.SOURCE_DAYS), {"upto": upto})).all()
    inputs: dict[str, Inputs] = {kind: {} for kind in KINDS}
    positions: dict[tuple[int, Any, str], int] = defaultdict(int)
    for row in sources:
        key = (row.subject_id, row.sale_day, row.category)
        bases = inputs[row.kind].setdefault(key, {})
        positions[key] = max(positions[key], row.list_position)
        if row.basis in KNOWN_BASES:
            bases[row.basis] = row.base_fen
    payments = (await connection.execute(text(recompute.PAID_MONTHS), {"upto": upto})).all()
    found = Recomputed({(row.subject_id, row.group_id, row.month): (row.paid_fen, row.group_kind) for row in payments})
    for key, bases in inputs["household"].items():
        for basis, fen in bases.items():
            found.gain(key, "own", basis, fen)
    await _divide_all(connection, "enterprise", inputs["enterprise"], positions, found)
    for (cooperative, day, category, basis, _), (fen, position) in found.received.items():
        key = (cooperative, day, category)
        bases = inputs["cooperative"].setdefault(key, {})
        bases[basis] = bases.get(basis, 0) + fen
        positions[key] = max(positions[key], position)
    await _divide_all(connection, "cooperative", inputs["cooperative"], positions, found)
    return found


async def _divide_all(
    connection: AsyncConnection,
    kind: str,
    inputs: Inputs,
    positions: Mapping[tuple[int, Any, str], int],
    found: Recomputed,
) -> None:
    wanted = [key for key, bases in inputs.items() if any(bases.values())]
    for start in range(0, len(wanted), _CHUNK_KEYS):
        keys = wanted[start : start + _CHUNK_KEYS]
        lists = await _read_lists(connection, {(group, day, positions[group, day, c]) for group, day, c in keys})
        for key in keys:
            group, day, category = key
            parties = lists[group, day, positions[key]]
            for basis, base in inputs[key].items():
                if base == 0:
                    continue
                division = divide(base, group, day, category, parties)
                spread = base - division.kept_fen
                found.groups[*key, basis] = (spread, division.kept_fen, positions[key], parties.region)
                for member, fen in zip(parties.members, division.amounts_fen, strict=True):
                    if fen and member.kind == "household":
                        found.gain_from((group, kind), (member.subject_id, day, category), basis, fen)
                    elif fen:
                        received = (member.subject_id, day, category, basis, group)
                        found.received[received] = (fen, positions[key])


async def _read_lists(
    connection: AsyncConnection, wanted: Iterable[tuple[int, Any, int]]
) -> dict[tuple[int, Any, int], MemberList]:
    ordered = sorted(wanted)
    columns = {
        "groups": [group for group, _, _ in ordered],
        "days": [day for _, day, _ in ordered],
        "positions": [position for _, _, position in ordered],
    }
    members: dict[tuple[int, Any, int], list[Member]] = defaultdict(list)
    for row in (await connection.execute(text(recompute.MEMBER_LISTS), columns)).all():
        member = Member(row.member_id, row.member_kind, row.weight)
        members[row.group_id, row.sale_day, row.list_position].append(member)
    terms = {
        (row.group_id, row.sale_day, row.list_position): (row.members_bp, row.region)
        for row in (await connection.execute(text(recompute.MEMBER_TERMS), columns)).all()
    }
    return {key: MemberList(tuple(members[key]), *terms.get(key, (0, ""))) for key in ordered}
