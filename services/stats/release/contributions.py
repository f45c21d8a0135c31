"""From rows of contributions to protected tables. Imported only while a release is frozen: it needs numpy."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from services.stats.protection.arrays import Bools, Ints
from services.stats.protection.auditing import Earlier, Known, Withheld
from services.stats.protection.calendar import Calendar, build_calendar
from services.stats.protection.geography import Geography, ancestors, build_geography
from services.stats.protection.protecting import Protected, protect
from services.stats.protection.revisions import Before
from services.stats.protection.rules import PLATFORM, SHOP, Rules
from services.stats.protection.table import HOLDER, Contributions, Table, of_places
from services.stats.release.public import DIMENSIONS

BASES = ("paid", "contract", "imputed")


@dataclass(frozen=True, slots=True)
class Rows:
    """What stands behind the figures of some periods, as of a release's positions."""

    sales: Sequence[Any]
    income: Sequence[Any]
    codes: Sequence[Any]


@dataclass(frozen=True, slots=True)
class Other:
    """Another release that has some of the same periods."""

    root: str
    shown: Sequence[tuple[str, str, Sequence[str]]]
    """Table, period and divisions."""
    rows: Rows | None
    """What it was made of; ``None`` if it is of the same positions."""


@dataclass(frozen=True, slots=True)
class Material:
    """What is known of a release when its tables are protected."""

    root: str
    periods: Mapping[str, tuple[int, int]]
    """Ordinals of the first day, and of the day after the last, by label: its own, and those of others around and
    within them, so that what others show is known.
    """
    divisions: Sequence[str]
    units: Mapping[str, str]
    """The reporting unit of places, by code of village or of any division, on the last day."""
    rows: Rows
    others: Sequence[Other]
    own: frozenset[str] | None = None
    """The periods that it shows something of; all, where nothing is said."""
    same_units: frozenset[str] = frozenset()
    """The periods at whose end the units were the same as on the last day: in others no unit is shown."""


def protect_release(
    material: Material, rules: Rules | None = None
) -> tuple[dict[tuple[str, str], list[str]], list[Withheld]]:
    """The divisions whose figures may be shown, by table and period; and what could not be proven and is hidden."""
    everything = [material.rows, *(other.rows for other in material.others if other.rows is not None)]
    seats = {row.region for rows in everything for part in (rows.sales, rows.income, rows.codes) for row in part}
    places = seats.union(material.divisions)
    calendar = build_calendar(material.periods)
    each_alone = build_calendar({label: (number, number + 1) for number, label in enumerate(material.periods)})
    words = {name: sorted({getattr(row, name) for rows in everything for row in rows.sales}) for name in DIMENSIONS}
    shown: dict[tuple[str, str], list[str]] = {}
    withheld: list[Withheld] = []
    families = (
        _Family(calendar, lambda geography, rows: sales_tables(geography, calendar, rows.sales, words)),
        _Family(calendar, lambda geography, rows: income_tables(geography, calendar, rows.income)),
        # Codes in force at the end of one period and of another do not add up to anything.
        _Family(each_alone, lambda geography, rows: [codes_table(geography, each_alone, rows.codes)]),
    )
    for family in families:
        geography, found = _best(material, places, family, rules)
        withheld += found.withheld
        for (table, period), nodes in found.shown.items():
            label = family.calendar.labels[period]
            if label and _is_own(material, label):
                shown[table, label] = [
                    name
                    for name, parts in sorted(geography.nodes_of.items())
                    if nodes[list(parts)].all() and (name.isdigit() or label in material.same_units)
                ]
    return shown, withheld


def _is_own(material: Material, label: str) -> bool:
    return material.own is None or label in material.own


@dataclass(frozen=True, slots=True)
class _Family:
    """Tables that are protected together, and how they are made of rows."""

    calendar: Calendar
    make_tables: Callable[[Geography, Rows], list[Table]]


def _best(
    material: Material, places: Iterable[str], family: _Family, rules: Rules | None
) -> tuple[Geography, Protected]:
    """Divisions and units protected together; or, where the whole cannot be shown beside the units, divisions alone, if
    it is then, or more of the others.
    """
    best: tuple[Geography, Protected] | None = None
    most = (False, -1)
    for units in (material.units, {}):
        geography = build_geography(material.root, places, units)
        total, *within = family.make_tables(geography, material.rows)
        found = _protect(material, geography, family, [total, *within], rules)
        worth = geography.sums(of_places(total, geography, family.calendar, [0]).total.sum(axis=1))
        parts = [list(nodes) for code, nodes in geography.nodes_of.items() if code.isdigit()]
        shown = found.shown[total.name, 0]
        held = (bool(shown[0]), sum(int(worth[nodes].sum()) for nodes in parts if shown[nodes].all()))
        if held > most:
            best, most = (geography, found), held
        if shown[0] or not units:
            break
    assert best is not None  # noqa: S101 - the first is better than none
    return best


def _protect(
    material: Material, geography: Geography, family: _Family, tables: Sequence[Table], rules: Rules | None
) -> Protected:
    """A family of tables, beside what other releases have said of it."""
    known = [_known(geography, family.calendar, other) for other in material.others]
    before = [
        Before(
            {table.name: table.contributions for table in family.make_tables(geography, other.rows)},
            {key: one.shown for key, one in said.items() if _is_own(material, family.calendar.labels[key[1]])},
        )
        for other, said in zip(material.others, known, strict=True)
        if other.rows is not None
    ]
    return protect(geography, family.calendar, tables, rules, earlier=_together(known), before=before)


def _known(geography: Geography, calendar: Calendar, other: Other) -> Earlier:
    """What another release showed, and hid, of the divisions that both cover; and of units, where it offered them."""
    offers_units = any(not code.isdigit() for _, _, divisions in other.shown for code in divisions)
    numbers = {label: number for number, label in enumerate(calendar.labels) if label}
    found: dict[tuple[str, int], Known] = {}
    for table, period, divisions in other.shown:
        if period in numbers:
            nothing = np.zeros(geography.size, dtype=np.bool_)
            known = found[table, numbers[period]] = Known(nothing, nothing.copy())
            held = set(divisions)
            for code, parts in geography.nodes_of.items():
                if code in held:
                    known.shown[list(parts)] = True
                elif other.root in ancestors(code) if code.isdigit() else offers_units:
                    known.hidden[list(parts)] = True
    return found


def _together(known: Sequence[Earlier]) -> Earlier:
    """What all of them showed, and hid."""
    found: dict[tuple[str, int], Known] = {}
    for one in known:
        for key, said in one.items():
            was = found.get(key)
            found[key] = said if was is None else Known(was.shown | said.shown, was.hidden | said.hidden)
    return found


def _column(rows: Sequence[Any], read: Callable[[Any], int]) -> Ints:
    return np.fromiter((read(row) for row in rows), dtype=np.int64, count=len(rows))


def _numbered(rows: Sequence[Any], name: str, words: Sequence[str]) -> Ints:
    """A column of words as numbers."""
    numbers = {word: number for number, word in enumerate(words)}
    return _column(rows, lambda row: numbers[getattr(row, name)])


def _spread(geography: Geography, given: Contributions, pieces: int, members: int, amount: Ints) -> Ints:
    """Amounts by node, piece and member."""
    found = np.zeros((geography.size, pieces, members), dtype=np.int64)
    np.add.at(found, (given.place, given.piece, given.member), amount)
    return found


def _distinct(geography: Geography, calendar: Calendar, given: Contributions, weight: Ints) -> Ints:
    """Distinct holders, each with its weight, by node and period."""
    found = np.zeros((geography.size, len(calendar.pieces), 1), dtype=np.int64)
    holder = given.contributors[HOLDER]
    for period, pieces in enumerate(calendar.pieces):
        here = np.flatnonzero(np.isin(given.piece, list(pieces)) & (given.amount > 0))
        pairs = np.stack([given.place[here], holder[here]])
        _, first = np.unique(pairs, axis=1, return_index=True)
        np.add.at(found, (pairs[0, first], period, 0), weight[here[first]])
    return found


def sales_tables(
    geography: Geography, calendar: Calendar, rows: Sequence[Any], words: Mapping[str, Sequence[str]]
) -> list[Table]:
    """Net sales, who sold, refunds, and sales by kind, platform and category: ``words`` are the values of these."""
    place = _column(rows, lambda row: geography.place_of[row.region])
    piece = _column(rows, lambda row: row.piece)
    net, refund = _column(rows, lambda row: row.net_fen), _column(rows, lambda row: row.refund_fen)
    lines = _column(rows, lambda row: row.order_lines)
    is_household: Bools = np.array([row.kind == "household" for row in rows], dtype=np.bool_)
    contributors = {
        HOLDER: _column(rows, lambda row: row.holder),
        SHOP: _numbered(rows, "shop", sorted({row.shop for row in rows})),
        PLATFORM: _numbered(rows, "platform", words["platform"]),
    }

    def given(member: Ints, amount: Ints) -> Contributions:
        return Contributions(place, piece, member, amount, is_household, contributors)

    def by(member: Ints, members: int) -> dict[str, Ints]:
        of = given(member, net)
        figures = {"net": net, "lines": lines}
        return {name: _spread(geography, of, calendar.piece_count, members, each) for name, each in figures.items()}

    whole = np.zeros(len(rows), dtype=np.int64)
    of = given(whole, net)
    refunds = _spread(geography, of, calendar.piece_count, 1, refund)
    sellers = _distinct(geography, calendar, of, np.ones_like(whole))
    tables = [
        Table("sales", ("",), of, sums=by(whole, 1)),
        Table("sellers", ("",), of, within="sales", counts={"sellers": sellers}),
        Table("refunds", ("",), given(whole, refund), within="sales", sums={"refunds": refunds}),
    ]
    for name in DIMENSIONS:
        if members := tuple(words[name]):
            member = _numbered(rows, name, members)
            divided = by(member, len(members))
            tables.append(
                Table(f"sales by {name}", members, given(member, net), within="sales", divides=True, sums=divided)
            )
    return tables


def income_tables(geography: Geography, calendar: Calendar, rows: Sequence[Any]) -> list[Table]:
    """Income, whom it reached, and by basis."""
    place = np.tile(_column(rows, lambda row: geography.place_of[row.region]), len(BASES))
    piece = np.tile(_column(rows, lambda row: row.piece), len(BASES))
    holder = np.tile(_column(rows, lambda row: row.holder), len(BASES))
    persons = np.tile(_column(rows, lambda row: row.persons), len(BASES))
    amount = np.concatenate([_column(rows, lambda row, basis=basis: getattr(row, f"{basis}_fen")) for basis in BASES])  # type: ignore[misc]
    basis = np.repeat(np.arange(len(BASES)), len(rows))
    every: Bools = np.ones(len(amount), dtype=np.bool_)
    whole = Contributions(place, piece, np.zeros_like(place), amount, every, {HOLDER: holder})
    divided = Contributions(place, piece, basis, amount, every, {HOLDER: holder})
    counts = {
        "households": _distinct(geography, calendar, whole, np.ones_like(persons)),
        "people": _distinct(geography, calendar, whole, persons),
    }
    pieces = calendar.piece_count
    return [
        Table("income", ("",), whole, sums={"income": _spread(geography, whole, pieces, 1, amount)}),
        Table("reach", ("",), whole, within="income", counts=counts),
        Table(
            "income by basis", BASES, divided, within="income", divides=True,
            sums={"income": _spread(geography, divided, pieces, len(BASES), amount)},
        ),
    ]  # fmt: skip


def codes_table(geography: Geography, calendar: Calendar, rows: Sequence[Any]) -> Table:
    """Codes in force at the end of each period."""
    codes = _column(rows, lambda row: row.codes)
    # Periods of one length stand in the calendar as they stand among the periods asked for.
    given = Contributions(
        _column(rows, lambda row: geography.place_of[row.region]),
        _column(rows, lambda row: row.piece),
        np.zeros(len(rows), dtype=np.int64),
        codes,
        np.array([row.kind == "household" for row in rows], dtype=np.bool_),
        {HOLDER: _column(rows, lambda row: row.holder)},
    )
    figures = _spread(geography, given, calendar.piece_count, 1, codes)
    return Table("codes", ("",), given, sums={"codes": figures})
