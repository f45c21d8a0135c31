"""Products of a region: sums of a period beside those of the period before, the season, buyers, and a forecast."""

from asyncio import to_thread
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from services.kit.auth import Caller
from services.kit.database import Database
from services.kit.money import round_ratio
from services.stats.errors import InvalidPeriod
from services.stats.monitoring.forecast import SCALE, SEASON, Forecast, forecast
from services.stats.period import Period
from services.stats.queries import context, products
from services.stats.queries import stations as stations_queries
from services.stats.question import Region
from services.stats.regions import find_region

NOW, BEFORE, YEAR_BEFORE = "now", "before", "year_before"
MONTHS_A_YEAR = 12

Key = tuple[str, ...]


@dataclass(slots=True)
class Sold:
    """What was sold of something in a span."""

    gross_fen: int = 0
    refund_fen: int = 0
    lines: int = 0
    by_unit: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Unit → thousandths sold, and their gross fen: an average price needs both of one unit."""

    @property
    def net_fen(self) -> int:
        """Gross less refunds."""
        return self.gross_fen - self.refund_fen

    def add(self, row: Any) -> None:
        """One more row, of one unit."""
        self.gross_fen += row.gross_fen
        self.refund_fen += row.refund_fen
        self.lines += row.lines
        quantity, gross = self.by_unit.get(row.unit, (0, 0))
        self.by_unit[row.unit] = (quantity + row.quantity_milli, gross + row.gross_fen)


@dataclass(frozen=True, slots=True)
class Product:
    """A category or an SKU: this period, the one before, and the same a year before."""

    key: Key
    title: str | None
    now: Sold
    before: Sold
    year_before: Sold

    @property
    def change_fen(self) -> int:
        """By how much net sales rose against the period before."""
        return self.now.net_fen - self.before.net_fen


@dataclass(frozen=True, slots=True)
class Outlook:
    """A forecast of a series, from the month after its last one on."""

    of: str
    """``sales_net``, or the unit of the quantity."""
    first_month: date
    found: Forecast


@dataclass(frozen=True, slots=True)
class ProductsFound:
    """The answer."""

    region: Region
    period: Period
    by: str
    category: str | None
    platform: str | None
    position: int
    names: Mapping[str, str]
    """Categories by their codes."""
    products: Sequence[Product]
    """The one that sold most first."""
    months: Sequence[tuple[date, Sold]]
    """Of all that was asked for, from the first month with sales to the period's last."""
    season: Sequence[int] | None
    """January to December against the average month, in ten-thousandths; None before a whole year is known."""
    buyers: Sequence[tuple[str, int]]
    """Digits of provinces ('' unknown) and net fen."""
    outlooks: Sequence[Outlook]


async def products_in(
    database: Database,
    caller: Caller,
    region: str,
    period: Period,
    *,
    by: str,
    category: str | None,
    platform: str | None,
    horizon: int,
) -> ProductsFound:
    """The products of a region that the caller may see. Raises :class:`InvalidPeriod` for parts of months."""
    if period.first.day != 1 or period.past.day != 1:
        raise InvalidPeriod("产品按整月统计,如 2020、2020-Q1、2020-02 / Products are counted by whole months")
    async with database.snapshot() as connection:
        place = await find_region(connection, caller, region, period.last_day)
        asked = {**place.bounds(), "category": category}
        spans = _spans(period)
        statement = products.BY_SKU if by == "sku" else products.BY_CATEGORY
        rows = (await connection.execute(statement, asked | spans | {"platform": platform})).all()
        months = (await connection.execute(products.MONTHS, asked | {"platform": platform, "past": period.past})).all()
        between = {"first": period.first, "past": period.past}
        buyers = [] if platform else (await connection.execute(products.BUYERS, asked | between)).all()
        names = {row.key: row.name for row in (await connection.execute(context.CATEGORY_NAMES)).all()}
        state = (await connection.execute(stations_queries.STATE)).one()
    course = _course(months, period.past)
    outlooks = await to_thread(_outlooks, course, horizon) if category is not None else []
    return ProductsFound(
        place,
        period,
        by,
        category,
        platform,
        state.position,
        names,
        _together(rows),
        course,
        season_of([sold.net_fen for _, sold in course], period.past.month),
        [(row.buyer_province, row.gross_fen - row.refund_fen) for row in buyers],
        outlooks,
    )


def _spans(period: Period) -> dict[str, list[Any]]:
    """The period, as many months before it, and the same months a year before."""
    months = _months_between(period.first, period.past)
    starts = {
        NOW: period.first,
        BEFORE: _plus_months(period.first, -months),
        YEAR_BEFORE: _plus_months(period.first, -MONTHS_A_YEAR),
    }
    return {
        "labels": list(starts),
        "firsts": list(starts.values()),
        "pasts": [_plus_months(first, months) for first in starts.values()],
    }


def _months_between(first: date, past: date) -> int:
    return (past.year - first.year) * MONTHS_A_YEAR + past.month - first.month


def _plus_months(day: date, months: int) -> date:
    year, month = divmod(day.year * MONTHS_A_YEAR + day.month - 1 + months, MONTHS_A_YEAR)
    return date(year, month + 1, 1)


def _together(rows: Sequence[Any]) -> list[Product]:
    sold: dict[Key, dict[str, Sold]] = defaultdict(lambda: {NOW: Sold(), BEFORE: Sold(), YEAR_BEFORE: Sold()})
    titles: dict[Key, str | None] = {}
    for row in rows:
        key = tuple(row.key)
        sold[key][row.label].add(row)
        if row.label == NOW or key not in titles:
            titles[key] = row.title
    found = [
        Product(key, titles[key], of_key[NOW], of_key[BEFORE], of_key[YEAR_BEFORE]) for key, of_key in sold.items()
    ]
    return sorted(found, key=lambda one: (-one.now.net_fen, one.key))


def _course(rows: Sequence[Any], past: date) -> list[tuple[date, Sold]]:
    """Every month from the first with sales on, without gaps."""
    by_month: dict[date, Sold] = {}
    for row in rows:
        by_month.setdefault(row.month, Sold()).add(row)
    if not by_month:
        return []
    first = min(by_month)
    count = _months_between(first, past)
    return [(month, by_month.get(month, Sold())) for month in (_plus_months(first, step) for step in range(count))]


def season_of(series: Sequence[int], month_after: int) -> list[int] | None:
    """Each calendar month's share of an average month, over the whole years that end before ``month_after``.

    In ten-thousandths: 20000 is a month with twice the sales of an average one.
    """
    years = len(series) // SEASON
    if not years:
        return None
    whole = series[-years * SEASON :]
    total = sum(whole)
    if total <= 0:
        return None
    by_month = [0] * SEASON
    for step, value in enumerate(whole):
        by_month[(month_after - 1 + step) % SEASON] += value
    return [round_ratio(value * SEASON * SCALE, total) for value in by_month]


def _outlooks(course: Sequence[tuple[date, Sold]], horizon: int) -> list[Outlook]:
    """Of net sales, and of the quantity in the unit that most was sold in."""
    if not course:
        return []
    first_month = _plus_months(course[-1][0], 1)
    series = {"sales_net": [sold.net_fen for _, sold in course]}
    grosses: dict[str, int] = defaultdict(int)
    for _, sold in course:
        for unit, (_, gross) in sold.by_unit.items():
            grosses[unit] += gross
    main = max(sorted(grosses), key=lambda unit: grosses[unit])
    if main:
        series[main] = [sold.by_unit.get(main, (0, 0))[0] for _, sold in course]
    found = {of: forecast(values, horizon) for of, values in series.items()}
    return [Outlook(of, first_month, one) for of, one in found.items() if one is not None]
