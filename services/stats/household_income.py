"""Why a household has the income that it has: each line of a month, how it is known, from whom, by which list and
ratio, and which payment replaced it.

Lines are divided anew from what the cube keeps, or kept at a position, and sum to the household's month to the fen.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.ext.asyncio import AsyncConnection

from services.stats.as_of import AsOf
from services.stats.cube.settlement import KNOWN_BASES, Key, ReceivedDays, SourceDays
from services.stats.cube.stored import about
from services.stats.explanation.standing import Standing, read_standing_of_month
from services.stats.queries import household_income as queries
from services.stats.question import MAX_POSITION


@dataclass(frozen=True, slots=True)
class Origin:
    """A base that a line is a part of: a subject's own sales, or what an enterprise passed on of its own."""

    source_id: int
    base_fen: int
    """What of it was divided here."""
    ratio_bp: int | None
    ratio_source: str | None


@dataclass(frozen=True, slots=True)
class Line:
    """What a household has of one day, category and basis, under its own code or from one group."""

    group_id: int | None
    """``None``: its own sales."""
    sale_day: date
    category: str
    basis: str
    amount_fen: int
    weight: int | None
    """Of its link, in the list that was divided by."""
    weights: int | None
    """Of all members of that list."""
    members_bp: int | None
    origins: Sequence[Origin]
    replaced: bool
    """Whether the group paid the household for this month, so that this line is in no total."""


async def read_lines(connection: AsyncConnection, household: int, month: date, as_of: AsOf | None) -> list[Line]:
    """The lines of a household's month that are modelled, by group, day, category and basis; own sales first."""
    groups = list((await connection.scalars(queries.GROUPS_OF, {"subject": household})).all())
    standing = await read_standing_of_month(connection, household, groups, month, as_of)
    keys = sorted(standing.sources.keys() | standing.received.keys())
    ratios = await _read_ratios(connection, keys, standing.received, MAX_POSITION if as_of is None else as_of.position)
    lines: list[Line] = []
    for key in sorted(keys, key=lambda key: (key.subject_id != household, key)):
        if key.subject_id == household:
            lines += _own_lines(key, standing.sources, ratios)
        elif key.subject_id in groups:
            lines += _lines_of_group(key, household, standing, ratios)
    return lines


Ratios = Mapping[tuple[int, date, str, str], tuple[int, str]]
"""Ratio and its source by (source, day, category, basis)."""


def _own_lines(key: Key, sources: SourceDays, ratios: Ratios) -> list[Line]:
    return [
        Line(
            None, key.sale_day, key.category, basis, source.base_fen, None, None, None,
            [_origin(key, key.subject_id, basis, source.base_fen, ratios)], replaced=False,
        )
        for basis, source in sorted(sources.get(key, {}).items())
        if basis in KNOWN_BASES and source.base_fen
    ]  # fmt: skip


def _lines_of_group(key: Key, household: int, standing: Standing, ratios: Ratios) -> list[Line]:
    own, given = standing.sources.get(key, {}), standing.received.get(key, {})
    divided = standing.divide(key)
    replaced = household in standing.paid.get((key.subject_id, key.sale_day.replace(day=1)), ())
    lines: list[Line] = []
    for basis, division in sorted(divided.groups.items()):
        amount = divided.amounts.get((household, "household", basis), 0)
        if not amount:
            continue
        parties = standing.book.list_of(key.subject_id, key.sale_day, division.list_position)
        weights = {member.subject_id: member.weight for member in parties.members}
        origins = [
            _origin(key, giver, basis, part.received_fen, ratios)
            for (giver, of_basis), part in sorted(given.items())
            if of_basis == basis
        ]
        if basis in own and own[basis].base_fen:
            origins.insert(0, _origin(key, key.subject_id, basis, own[basis].base_fen, ratios))
        lines.append(
            Line(
                key.subject_id, key.sale_day, key.category, basis, amount, weights[household], sum(weights.values()),
                parties.members_bp, origins, replaced,
            )
        )  # fmt: skip
    return lines


def _origin(key: Key, source_id: int, basis: str, base_fen: int, ratios: Ratios) -> Origin:
    ratio_bp, ratio_source = ratios.get((source_id, key.sale_day, key.category, basis), (None, None))
    return Origin(source_id, base_fen, ratio_bp, ratio_source)


async def _read_ratios(connection: AsyncConnection, keys: Iterable[Key], received: ReceivedDays, upto: int) -> Ratios:
    wanted = set(keys)
    wanted |= {Key(giver, key.sale_day, key.category) for key, parts in received.items() for giver, _ in parts}
    rows = await about(connection, queries.RATIOS_OF, wanted, upto=upto)
    return {(row.subject_id, row.sale_day, row.category, row.basis): (row.ratio_bp, row.source) for row in rows}
