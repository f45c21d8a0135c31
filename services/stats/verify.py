"""Recomputes the whole cube by a second path, at the position it has come to, and holds every row against it.

Sales are recomputed in SQL from the ledger's entries. Incomes are divided again from the sums of all income entries,
with member lists read anew for every group, day and position; only the division itself (``split.py``) is shared.
Payments are summed anew as well, and put in place of what the divisions give whom they were paid to.
"""

from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.verify import MAX_DIFFERENCES, Check
from services.stats.cube.settlement import KNOWN_BASES
from services.stats.cube.split import Member, MemberList, divide
from services.stats.queries import recompute
from services.stats.release.checking import check_digests

_CHUNK_KEYS = 2_000
_COUNTED_BASES = (*KNOWN_BASES, "paid")

Comparison = tuple[str, str, Sequence[str], Sequence[str]]
"""Table, what it should hold, its key and its values."""

_TABLES: Sequence[Comparison] = (
    (
        "lines",
        recompute.LINES,
        ("order_no", "platform", "line_no", "subject_id", "region"),
        ("gross_fen", "refund_fen"),
    ),
    (
        "sales_cells",
        recompute.SALES_CELLS,
        ("level", "kind", "category", "grain", "region", "period", "platform"),
        ("gross_fen", "refund_fen", "orders", "order_lines"),
    ),
    (
        "refund_cells",
        recompute.REFUND_CELLS,
        ("level", "region", "event_day", "kind", "category", "platform"),
        ("refund_fen",),
    ),
    ("sellers", recompute.SELLERS, ("subject_id", "grain", "period", "region"), ("net_fen",)),
    ("seller_cells", recompute.SELLER_CELLS, ("level", "kind", "grain", "region", "period"), ("subjects",)),
    (
        "source_days",
        recompute.SOURCE_DAYS,
        ("subject_id", "sale_day", "category", "basis"),
        ("kind", "region", "net_fen", "base_fen", "list_position"),
    ),
    (
        "paid_months",
        recompute.PAID_MONTHS,
        ("subject_id", "group_id", "month"),
        ("payments", "paid_fen"),
    ),
    (
        "household_months",
        recompute.HOUSEHOLD_MONTHS,
        ("subject_id", "month"),
        ("contract_fen", "imputed_fen", "paid_fen"),
    ),
)

Row = dict[str, Any]


async def checks(connection: AsyncConnection) -> list[Check]:
    """Every check of the cube; give it a snapshot, so that the cube and its cursor are of one moment."""
    upto = await connection.scalar(text("SELECT position FROM stats.cursors WHERE consumer = 'cube'")) or 0
    found = [await compare_table(connection, upto, comparison) for comparison in _TABLES]
    found += await _compare_divisions(connection, upto)
    return [*found, await check_digests(connection)]


async def compare_table(connection: AsyncConnection, upto: int, comparison: Comparison) -> Check:
    """A row of noughts and no row at all are the same."""
    table, expected, keys, values = comparison
    checked = await connection.scalar(text(f"SELECT count(*) FROM stats.{table}"))  # noqa: S608 - our own names
    shown = ", ".join(
        [*keys, *(f"expected.{value} AS expected_{value}, stored.{value} AS stored_{value}" for value in values)]
    )
    differs = " OR ".join(
        f"coalesce(CAST(expected.{value} AS text), '0') <> coalesce(CAST(stored.{value} AS text), '0')"
        for value in values
    )
    rows = await connection.execute(
        text(f"""
        WITH expected AS ({expected}), stored AS (SELECT {", ".join([*keys, *values])} FROM stats.{table})
        SELECT {shown} FROM expected FULL JOIN stored USING ({", ".join(keys)}) WHERE {differs} LIMIT :limit
        """),  # noqa: S608 - our own names
        {"upto": upto, "limit": MAX_DIFFERENCES},
    )
    return Check(f"stats.{table} = recompute", int(checked or 0), [dict(row) for row in rows.mappings()])


class _Recomputed:
    """The divisions of all income, from the sums of all entries."""

    def __init__(self, paid: Mapping[tuple[int, int, Any], tuple[int, str]]) -> None:
        self._paid = paid
        """By (household, group, month): what was paid and the group's kind; it counts in place of what the group's
        divisions give."""
        self.groups: dict[tuple[Any, ...], tuple[Any, ...]] = {}
        """By (group, day, category, basis): members_fen, kept_fen, list_position, region."""
        self.received: dict[tuple[Any, ...], tuple[Any, ...]] = {}
        """By (cooperative, day, category, basis, giver): received_fen, list_position."""
        self.households: dict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0] * len(_COUNTED_BASES))
        """By (household, day): fen by basis."""
        self.replaced: dict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0] * len(KNOWN_BASES))
        """By (household, group, day): fen by basis, of months for which the household was paid."""
        self.years: dict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0] * len(_COUNTED_BASES))
        """By (household, year, way, category): fen by basis."""
        for (household, _, month), (fen, kind) in paid.items():
            last_day = month.replace(day=monthrange(month.year, month.month)[1])
            self.gain((household, last_day, ""), kind, "paid", fen)

    def gain(self, key: tuple[int, Any, str], way: str, basis: str, fen: int) -> None:
        """Add to what reached a household, by (household, day, category) and the way it came."""
        household, day, category = key
        self.households[household, day][_COUNTED_BASES.index(basis)] += fen
        self.years[household, day.year, way, category][_COUNTED_BASES.index(basis)] += fen

    def gain_from(self, group: tuple[int, str], key: tuple[int, Any, str], basis: str, fen: int) -> None:
        """Add what the division of a group (id, kind) gives a household: to its day, or to what payments replace."""
        household, day, _ = key
        if (household, group[0], day.replace(day=1)) in self._paid:
            self.replaced[household, group[0], day][KNOWN_BASES.index(basis)] += fen
        else:
            self.gain(key, group[1], basis, fen)


Inputs = dict[tuple[int, Any, str], dict[str, int]]
"""Base by (subject, day, category), then basis."""


async def _compare_divisions(connection: AsyncConnection, upto: int) -> list[Check]:
    sources = (await connection.execute(text(recompute.SOURCE_DAYS), {"upto": upto})).all()
    inputs: dict[str, Inputs] = {kind: {} for kind in ("household", "cooperative", "enterprise")}
    positions: dict[tuple[int, Any, str], int] = defaultdict(int)
    for row in sources:
        key = (row.subject_id, row.sale_day, row.category)
        bases = inputs[row.kind].setdefault(key, {})
        positions[key] = max(positions[key], row.list_position)
        if row.basis in KNOWN_BASES:
            bases[row.basis] = row.base_fen
    payments = (await connection.execute(text(recompute.PAID_MONTHS), {"upto": upto})).all()
    found = _Recomputed({(row.subject_id, row.group_id, row.month): (row.paid_fen, row.group_kind) for row in payments})
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
    return [
        await _compare_rows(
            connection,
            "group_days",
            ("subject_id", "sale_day", "category", "basis"),
            ("members_fen", "kept_fen", "list_position", "region"),
            found.groups,
        ),
        await _compare_rows(
            connection,
            "received_days",
            ("subject_id", "sale_day", "category", "basis", "giver_id"),
            ("received_fen", "list_position"),
            found.received,
        ),
        await _compare_rows(
            connection,
            "household_days",
            ("subject_id", "sale_day"),
            ("contract_fen", "imputed_fen", "paid_fen"),
            {key: tuple(amounts) for key, amounts in found.households.items() if any(amounts)},
        ),
        await _compare_rows(
            connection,
            "household_years",
            ("subject_id", "year", "way", "category"),
            ("contract_fen", "imputed_fen", "paid_fen"),
            {key: tuple(amounts) for key, amounts in found.years.items() if any(amounts)},
        ),
        await _compare_rows(
            connection,
            "replaced_days",
            ("subject_id", "group_id", "sale_day"),
            ("contract_fen", "imputed_fen"),
            {key: tuple(amounts) for key, amounts in found.replaced.items() if any(amounts)},
        ),
    ]


async def _divide_all(
    connection: AsyncConnection,
    kind: str,
    inputs: Inputs,
    positions: Mapping[tuple[int, Any, str], int],
    found: _Recomputed,
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


async def _compare_rows(
    connection: AsyncConnection,
    table: str,
    keys: Sequence[str],
    values: Sequence[str],
    expected: Mapping[tuple[Any, ...], tuple[Any, ...]],
) -> Check:
    rows = await connection.execute(text(f"SELECT {', '.join([*keys, *values])} FROM stats.{table}"))  # noqa: S608
    stored = {tuple(row[: len(keys)]): tuple(row[len(keys) :]) for row in rows.all()}
    noughts = tuple(0 for _ in values)
    differences: list[Row] = []
    for key in sorted(expected.keys() | stored.keys()):
        should, does = expected.get(key, noughts), stored.get(key, noughts)
        if should != does and len(differences) < MAX_DIFFERENCES:
            difference = dict(zip(keys, key, strict=True))
            for value, wanted, found in zip(values, should, does, strict=True):
                difference |= {f"expected_{value}": wanted, f"stored_{value}": found}
            differences.append(difference)
    return Check(f"stats.{table} = recompute", len(stored), differences)
