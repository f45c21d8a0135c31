"""One order after another, and the refunds that follow some of them: what buyers do, before anybody reports it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import accumulate
from random import Random
from typing import Any, Final

from services.codes.code import Kind, MalformedCode, draw_code, group_code, parse_code
from services.demo.products import CATEGORY_BY_CODE
from services.demo.seasons import orders_by_day
from services.demo.shops import Listing, Platform, Shop, ShopKind
from services.kit.clock import start_of_day
from services.kit.money import format_yuan


@dataclass(frozen=True, slots=True)
class Habits:
    """How often what happens, in basis points of the lines (codes) or orders (refunds)."""

    code_on_line_bp: int = 6_900
    """Of lines whose producer is known to the shop: those that carry a code. The others rely on a binding."""
    code_unknown_bp: int = 100
    code_malformed_bp: int = 30
    code_sloppily_written_bp: int = 100
    refunded_bp: int = 500
    refund_is_partial_bp: int = 4_000
    refund_is_repeated_bp: int = 1_000
    """Of partial refunds: those followed by another one on the same line."""
    refund_is_of_the_order_bp: int = 2_000
    """Of refunds on orders with one line: those that name no line."""


SHARE_OF_SHOP_KIND: Final = {
    ShopKind.COOPERATIVE: 500,
    ShopKind.ENTERPRISE: 160,
    ShopKind.VILLAGE: 153,
    ShopKind.RESELLER: 187,
}
"""Of a thousand orders those in each kind of shop; about 80 % of lines can be attributed, resellers' cannot."""

_PROVINCE_WEIGHTS: Final = {
    "11": 60, "12": 20, "13": 35, "14": 18, "15": 12, "21": 22, "22": 11, "23": 13, "31": 85, "32": 85, "33": 90,
    "34": 32, "35": 38, "36": 25, "37": 45, "41": 40, "42": 40, "43": 42, "44": 160, "45": 35, "46": 8, "50": 50,
    "51": 75, "52": 180, "53": 40, "54": 2, "61": 25, "62": 10, "63": 3, "64": 4, "65": 8,
}  # fmt: skip
"""Where buyers live, by the first two digits of the province."""

_HOUR_WEIGHTS: Final = (6, 3, 2, 1, 1, 2, 5, 10, 18, 26, 30, 28, 26, 24, 24, 25, 25, 22, 22, 28, 36, 40, 34, 18)
_LINES_WEIGHTS: Final = (80, 15, 5)
_QUANTITY_WEIGHTS: Final = (70, 20, 10)
_GROUP_PURCHASE_PERCENT: Final = 3
_DISCOUNTS_BP: Final = (0, 0, 0, 500, 1_000, 1_500)
_REASONS: Final = ("七天无理由退货", "商品损坏", "少件漏发", "质量问题", "物流太慢")


@dataclass(frozen=True, slots=True)
class Order:
    """An order as its body on the wire, and the refunds that will follow it, in order of time."""

    body: dict[str, Any]
    occurred_at: datetime
    refunds: tuple["Refund", ...]

    @property
    def lines(self) -> int:
        """How many lines it has."""
        return len(self.body["lines"])


@dataclass(frozen=True, slots=True)
class Refund:
    """A refund as its body on the wire."""

    body: dict[str, Any]
    occurred_at: datetime


class Buyers:
    """Draws the orders of one platform, day by day."""

    def __init__(
        self, platform: Platform, shops: Sequence[Shop], codes: Mapping[str, str], seed: int, habits: Habits
    ) -> None:
        self._platform = platform
        self._codes = codes
        self._issued = frozenset(codes.values())
        self._seed = seed
        self._habits = habits
        self._choices = [_Choice(shops, month) for month in range(1, 13)]
        self._provinces = [province + "0000000000" for province in _PROVINCE_WEIGHTS]
        self._province_weights = list(accumulate(_PROVINCE_WEIGHTS.values()))

    def orders_of_year(self, orders: int) -> Iterator[tuple[date, list[Order]]]:
        """Each day of 2019 with its orders, drawn when asked for; no day depends on what was drawn before."""
        for day, count in orders_by_day(orders).items():
            source = Random(f"orders-{self._seed}-{self._platform.key}-{day}")  # noqa: S311 - to come out the same
            yield day, [self._draw_order(source, day, number) for number in range(1, count + 1)]

    def _draw_order(self, source: Random, day: date, number: int) -> Order:
        shop, first = self._choices[day.month - 1].draw(source)
        count = min(source.choices((1, 2, 3), _LINES_WEIGHTS)[0], len(shop.listings))
        listings = [first]
        while len(listings) < count:
            listing = source.choice(shop.listings)
            if listing not in listings:
                listings.append(listing)
        in_group = source.randrange(100) < _GROUP_PURCHASE_PERCENT
        hour = source.choices(range(24), _HOUR_WEIGHTS)[0]
        occurred_at = start_of_day(day) + timedelta(seconds=hour * 3600 + source.randrange(3600))
        amounts = []
        lines = []
        for line_no, listing in enumerate(listings, start=1):
            quantity = source.randint(10, 50) if in_group else source.choices((1, 2, 3), _QUANTITY_WEIGHTS)[0]
            amounts.append(listing.price_fen * quantity * (10_000 - source.choice(_DISCOUNTS_BP)) // 10_000)
            lines.append(self._line(source, listing, line_no, quantity, amounts[-1]))
        order_no = f"{self._platform.order_prefix}{day:%y%m%d}{number:06d}"
        body = {
            "order_no": order_no,
            "occurred_at": occurred_at.isoformat(),
            "shop": shop.shop,
            "station": shop.station,
            "buyer_region": source.choices(self._provinces, cum_weights=self._province_weights)[0],
            "trade": "group" if in_group else "retail",
            "lines": lines,
        }
        return Order(body, occurred_at, self._draw_refunds(source, order_no, occurred_at, amounts))

    def _line(self, source: Random, listing: Listing, line_no: int, quantity: int, amount_fen: int) -> dict[str, Any]:
        line = {
            "line_no": str(line_no),
            "sku": listing.sku,
            "title": listing.title,
            "category": listing.category,
            "quantity": str(quantity),
            "unit": listing.unit,
            "amount": format_yuan(amount_fen),
        }
        if listing.producer is not None:
            code = self._written_code(source, self._codes[listing.producer])
            if code is not None:
                line["code"] = code
        return line

    def _written_code(self, source: Random, code: str) -> str | None:
        """What stands where the code should: mostly the code, sometimes nothing, now and then a mistake."""
        habits = self._habits
        happens = _chances(source)
        if happens(habits.code_unknown_bp):
            return unknown_code(self._issued, source.randrange)
        if happens(habits.code_malformed_bp):
            return mistype(code, source.randrange)
        if not happens(habits.code_on_line_bp):
            return None
        return group_code(code).lower() if happens(habits.code_sloppily_written_bp) else code

    def _draw_refunds(
        self, source: Random, order_no: str, occurred_at: datetime, amounts: Sequence[int]
    ) -> tuple[Refund, ...]:
        happens = _chances(source)
        if not happens(self._habits.refunded_bp):
            return ()
        place = source.randrange(len(amounts))
        whole_order = len(amounts) == 1 and happens(self._habits.refund_is_of_the_order_bp)
        rest = amounts[place]
        partial = happens(self._habits.refund_is_partial_bp)
        parts = [rest * source.randint(1, 9) // 10 if partial else rest]
        if partial and happens(self._habits.refund_is_repeated_bp):
            parts.append((rest - parts[0]) // 2)
        refunds = []
        moment = occurred_at
        for number, amount in enumerate(parts, start=1):
            moment += timedelta(days=source.randint(1, 15), seconds=source.randrange(3600))
            body = {
                "refund_no": f"R{order_no}-{number}",
                "order_no": order_no,
                "line_no": None if whole_order else str(place + 1),
                "amount": format_yuan(amount),
                "occurred_at": moment.isoformat(),
                "reason": source.choice(_REASONS),
            }
            refunds.append(Refund(body, moment))
        return tuple(refunds)


class _Choice:
    """Which shop and goods a buyer of one month picks."""

    def __init__(self, shops: Sequence[Shop], month: int) -> None:
        self._offers: list[tuple[Shop, Listing]] = []
        weights: list[float] = []
        for kind, share in SHARE_OF_SHOP_KIND.items():
            offers = [(shop, listing) for shop in shops if shop.kind is kind for listing in shop.listings]
            seasons = [CATEGORY_BY_CODE[listing.category].season[month - 1] for _, listing in offers]
            whole = sum(seasons)
            self._offers += offers
            weights += [share * season / whole for season in seasons]
        self._weights = list(accumulate(weights))

    def draw(self, source: Random) -> tuple[Shop, Listing]:
        return source.choices(self._offers, cum_weights=self._weights)[0]


def unknown_code(issued: frozenset[str], randomness: Callable[[int], int]) -> str:
    """A well-formed code that nobody has."""
    while True:
        code = draw_code(Kind.HOUSEHOLD, randomness)
        if code not in issued:
            return code


def mistype(code: str, randomness: Callable[[int], int]) -> str:
    """``code`` as a clumsy hand types it, so that it is no code: neighbours swapped, a digit wrong, one left out."""
    while True:
        place = 1 + randomness(len(code) - 2)
        slips = (
            code[:place] + code[place + 1] + code[place] + code[place + 2 :],
            code[:place] + str(randomness(10)) + code[place + 1 :],
            code[:place] + code[place + 1 :],
        )
        mistyped = slips[randomness(len(slips))]
        try:
            parse_code(mistyped)
        except MalformedCode:
            return mistyped


def _chances(source: Random) -> Callable[[int], bool]:
    return lambda chance_bp: source.randrange(10_000) < chance_bp
