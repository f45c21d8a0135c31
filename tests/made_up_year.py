"""A year of a made-up province in figures: who sold what and whom income reached, for the protection of tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from services.stats.protection.arrays import Bools, Ints
from services.stats.protection.calendar import Calendar, build_calendar
from services.stats.protection.geography import Geography, build_geography
from services.stats.protection.protecting import Protected
from services.stats.protection.table import Contributions, Table

KINDS = ("household", "cooperative", "enterprise")
CATEGORIES = ("tea", "rice", "beef", "pepper", "fruit", "crafts")
BASES = ("paid", "contract", "imputed")


@dataclass(frozen=True)
class Rows:
    """What happened: a row for each holder, piece of time and category."""

    place: Ints
    piece: Ints
    holder: Ints
    kind: Ints
    category: Ints
    platform: Ints
    shop: Ints
    amount: Ints
    refund: Ints


def small_divisions(prefectures: int = 2, counties: int = 2, townships: int = 2, villages: int = 3) -> list[str]:
    """Codes of a small province, province first."""
    codes = ["520000000000"]
    for p in range(1, prefectures + 1):
        codes.append(f"52{p:02d}00000000")
        for c in range(1, counties + 1):
            codes.append(f"52{p:02d}{c:02d}000000")
            for t in range(1, townships + 1):
                codes.append(f"52{p:02d}{c:02d}{t:03d}000")
                codes += [f"52{p:02d}{c:02d}{t:03d}{v:03d}" for v in range(1, villages + 1)]
    return codes


def months_and_more(months: int) -> Calendar:
    """Months, their quarters, and the whole."""
    periods = {f"M{month + 1}": (month, month + 1) for month in range(months)}
    periods |= {f"Q{quarter + 1}": (quarter * 3, quarter * 3 + 3) for quarter in range(months // 3)}
    return build_calendar(periods | {"Y": (0, months)})


def draw_sales(geography: Geography, calendar: Calendar, seed: int, sellers_per_place: float = 4.0) -> Rows:
    """Households, cooperatives and enterprises that sell: few of them large, most of them not every month."""
    random = np.random.default_rng(seed)
    places = np.array(sorted(geography.place_of.values()))
    is_village = np.array(
        [len(code.rstrip("0")) > 9 for code in sorted(geography.place_of, key=geography.place_of.__getitem__)]
    )
    holders = random.poisson(np.where(is_village, random.gamma(0.8, sellers_per_place / 0.8, len(places)), 0.6))
    place = np.repeat(places, holders)
    kind = np.where(np.repeat(is_village, holders), random.choice(3, len(place), p=[0.8, 0.15, 0.05]), 2)
    size = np.exp(random.normal(6.5, 1.0, len(place)) + np.array([0.0, 2.0, 2.5])[kind])
    category = random.integers(0, len(CATEGORIES), (len(place), 2))
    platform, shop = random.integers(0, 3, len(place)), random.integers(0, max(8, len(place) // 5), len(place))
    rows: list[list[Ints]] = []
    for piece in range(calendar.piece_count):
        for choice in range(2):
            sells = np.flatnonzero(random.random(len(place)) < (0.6 if choice == 0 else 0.2))
            amount = np.rint(size[sells] * random.gamma(2.0, 50.0, len(sells))).astype(np.int64) + 1
            refund = np.where(random.random(len(sells)) < 0.3, amount // random.integers(5, 40, len(sells)), 0)
            when = np.full(len(sells), piece)
            rows.append(
                [
                    place[sells],
                    when,
                    sells,
                    kind[sells],
                    category[sells, choice],
                    platform[sells],
                    shop[sells],
                    amount - refund,
                    refund,
                ]
            )
    return Rows(*(np.concatenate(columns) for columns in zip(*rows, strict=True)))


def spread(
    geography: Geography, calendar: Calendar, rows: Rows, amount: Ints, by: tuple[Ints, int] | None = None
) -> Ints:
    """Amounts by place, piece and member of a dimension: ``by`` says which of how many."""
    member, members = by or (np.zeros_like(rows.place), 1)
    found = np.zeros((geography.size, calendar.piece_count, members), dtype=np.int64)
    np.add.at(found, (rows.place, rows.piece, member), amount)
    return found


def sales_tables(geography: Geography, calendar: Calendar, rows: Rows) -> list[Table]:
    """Net sales, by kind and category, and refunds."""
    whole = np.zeros(len(rows.place), dtype=np.int64)
    holders = {"holder": rows.holder, "shop": rows.shop, "platform": rows.platform}

    def given(member: Ints, amount: Ints) -> Contributions:
        keep = amount > 0
        return Contributions(
            rows.place[keep], rows.piece[keep], member[keep], amount[keep], rows.kind[keep] == 0,
            {name: ids[keep] for name, ids in holders.items()},
        )  # fmt: skip

    net = spread(geography, calendar, rows, rows.amount)
    refunds = spread(geography, calendar, rows, rows.refund)
    lines = spread(geography, calendar, rows, rows.amount // 4000 + 1)
    sellers = distinct(geography, calendar, rows, np.ones(rows.holder.max() + 1, dtype=np.int64))
    tables = [Table("sales", ("",), given(whole, rows.amount), sums={"net": net, "lines": lines})]
    tables.append(Table("sellers", ("",), given(whole, rows.amount), within="sales", counts={"sellers": sellers}))
    tables.append(Table("refunds", ("",), given(whole, rows.refund), within="sales", sums={"refunds": refunds}))
    for name, members, member in (("kind", KINDS, rows.kind), ("category", CATEGORIES, rows.category)):
        sums = {
            "net": spread(geography, calendar, rows, rows.amount, (member, len(members))),
            "lines": spread(geography, calendar, rows, rows.amount // 4000 + 1, (member, len(members))),
        }
        tables.append(
            Table(f"sales by {name}", members, given(member, rows.amount), within="sales", divides=True, sums=sums)
        )
    return tables


def distinct(geography: Geography, calendar: Calendar, rows: Rows, weight: Ints) -> Ints:
    """Distinct holders, each with its weight, by place and period."""
    found = np.zeros((geography.size, len(calendar.labels), 1), dtype=np.int64)
    for period, pieces in enumerate(calendar.pieces):
        here = np.isin(rows.piece, list(pieces))
        pairs = np.unique(np.stack([rows.place[here], rows.holder[here]]), axis=1)
        np.add.at(found, (pairs[0], period, 0), weight[pairs[1]])
    return found


def draw_income(geography: Geography, calendar: Calendar, seed: int, households_per_village: float = 8.0) -> Rows:
    """Households in villages: nearly all of a village's in a month when its cooperative sold, else few."""
    random = np.random.default_rng(seed + 1)
    villages = np.array(sorted(node for code, node in geography.place_of.items() if len(code.rstrip("0")) > 9))
    households = random.poisson(random.gamma(1.5, households_per_village / 1.5, len(villages)))
    place = np.repeat(villages, households)
    sold = random.random((calendar.piece_count, geography.size)) < 0.5
    size = np.exp(random.normal(0.0, 0.8, len(place)))
    basis = np.where(random.random(geography.size) < 0.2, 0, 2)[place]
    rows = []
    for piece in range(calendar.piece_count):
        reached = np.flatnonzero(random.random(len(place)) < np.where(sold[piece][place], 0.95, 0.15))
        amount = np.rint(size[reached] * random.gamma(2.0, 4_000.0, len(reached))).astype(np.int64) + 100
        own = random.random(len(reached)) < 0.25
        category = np.where(own, 1, basis[reached])
        nothing = np.zeros(len(reached), dtype=np.int64)
        rows.append(
            [
                place[reached],
                np.full(len(reached), piece),
                reached,
                nothing,
                category,
                nothing,
                nothing,
                amount,
                nothing,
            ]
        )
    return Rows(*(np.concatenate(columns) for columns in zip(*rows, strict=True)))


def income_tables(geography: Geography, calendar: Calendar, rows: Rows, seed: int) -> list[Table]:
    """Income, by basis, with households and people reached."""
    whole = np.zeros(len(rows.place), dtype=np.int64)
    every: Bools = np.ones(len(rows.place), dtype=np.bool_)

    def given(member: Ints) -> Contributions:
        return Contributions(rows.place, rows.piece, member, rows.amount, every, {"holder": rows.holder})

    persons = np.random.default_rng(seed).integers(1, 7, rows.holder.max() + 1)
    counts = {
        "households": distinct(geography, calendar, rows, np.ones_like(persons)),
        "people": distinct(geography, calendar, rows, persons),
    }
    income = {"income": spread(geography, calendar, rows, rows.amount)}
    by_basis = {"income": spread(geography, calendar, rows, rows.amount, (rows.category, 3))}
    return [
        Table("income", ("",), given(whole), sums=income),
        Table("reach", ("",), given(whole), within="income", counts=counts),
        Table("income by basis", BASES, given(rows.category), within="income", divides=True, sums=by_basis),
    ]


def without(rows: Rows, holder: int) -> Rows:
    """The same year, had one holder not been there."""
    keep = rows.holder != holder
    return Rows(*(getattr(rows, name)[keep] for name in Rows.__dataclass_fields__))


def since(rows: Rows, piece: int) -> Rows:
    """What happened from a piece of time on, which is the first then."""
    kept = Rows(*(getattr(rows, name)[rows.piece >= piece] for name in Rows.__dataclass_fields__))
    return replace(kept, piece=kept.piece - piece)


def places_of(geography: Geography, units: Mapping[str, str]) -> Mapping[str, Sequence[int]]:
    """Which places every division and unit consists of, from the codes alone."""
    found: dict[str, list[int]] = {}
    for code in geography.nodes_of:
        if code.isdigit():
            prefix = next(code[:width] for width in (2, 4, 6, 9, 12) if not code[width:].strip("0"))
            found[code] = [node for place, node in geography.place_of.items() if place.startswith(prefix)]
    for place, node in geography.place_of.items():
        above = [code for code in units if place.startswith(code.rstrip("0"))]
        if above and units[max(above, key=lambda code: len(code.rstrip("0")))] in geography.nodes_of:
            found.setdefault(units[max(above, key=lambda code: len(code.rstrip("0")))], []).append(node)
    return found


def small_province(units: Mapping[str, str] | None = None, **sizes: int) -> Geography:
    """The tree of a small province."""
    return build_geography("520000000000", small_divisions(**sizes), units)


def published(
    geography: Geography, calendar: Calendar, found: Protected, table: Table, name: str
) -> dict[tuple[str, str, str], tuple[int, bool]]:
    """The figures of a table and whether they are shown, by (member, period, region)."""
    cells = {}
    for period, label in enumerate(calendar.labels):
        values = (
            table.counts[name][:, period]
            if name in table.counts
            else table.sums[name][:, sorted(calendar.pieces[period])].sum(axis=1)
        )
        totals = geography.sums(values)
        for region, nodes in geography.nodes_of.items():
            for number, member in enumerate(table.members):
                if label:
                    cells[member, label, region] = (
                        int(totals[list(nodes), number].sum()),
                        bool(found.shown[table.name, period][list(nodes)].all()),
                    )
    return cells
