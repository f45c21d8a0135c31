"""What the two simulated platforms post, and when: a year of orders and refunds with the untidiness of real ones.

A platform collects what its buyers did and posts it in pieces of 200 to 1,000 lines, refunds after the orders of the
day. Some orders are posted weeks late, some refunds before their order, and some pieces go out twice, word for word,
under another idempotency key, so that the lines themselves have to be recognised. Everything follows from the seed, the
sizes and the codes issued: a second run posts the same, and nothing may count twice.
"""

import heapq
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count, pairwise
from random import Random
from typing import Any, Final, Literal

from services.demo.orders import Buyers, Habits, Order, Refund
from services.demo.roster import FIRST_DAY, Roster
from services.demo.shops import PLATFORMS, Platform, Shop, open_shops
from services.kit.money import split_by_weight

DEFAULT_ORDERS: Final = 30_000
LINES_A_POST: Final = (200, 1_000)
_LARGEST_ORDER: Final = 3

_LATE_ORDER_BP: Final = 200
_LATE_DAYS: Final = (14, 45)
_EARLY_REFUND_BP: Final = 1_000

_REPEATED_ONE_IN: Final = 50
_FIRST_REPEATED: Final = 1
_REPEATED_AFTER: Final = 2
"""Of each kind the second, 52nd, 102nd … post goes out again, after two other posts."""


@dataclass(frozen=True, slots=True)
class Post:
    """One request of a platform: ``POST /v1/orders`` or ``POST /v1/refunds``. ``lines`` are order lines or refunds."""

    platform: str
    kind: Literal["orders", "refunds"]
    body: dict[str, Any]
    idempotency_key: str
    lines: int
    repeated: bool


def year_of_posts(
    platform: Platform,
    shops: Sequence[Shop],
    codes: Mapping[str, str],
    orders: int,
    *,
    seed: int = 2019,
    habits: Habits | None = None,
    lines_a_post: tuple[int, int] = LINES_A_POST,
) -> Iterator[Post]:
    """All posts of ``platform`` for 2019, with ``orders`` orders, drawn as they are asked for.

    ``codes`` are the codes issued, by the roster's keys. Only the last posts may be smaller than ``lines_a_post``;
    posts of refunds are as large as what there is to refund, and never larger than its upper bound.
    """
    buyers = Buyers(platform, shops, codes, seed, habits or Habits())
    clerk = _Clerk(Random(f"posts-{seed}-{platform.key}"), lines_a_post)  # noqa: S311 - to come out the same
    posted: Counter[str] = Counter()
    waiting: list[tuple[int, Post]] = []
    for kind, records in clerk.posted(buyers.orders_of_year(orders)):
        number = posted.total()
        lines = sum(record.lines for record in records if isinstance(record, Order)) or len(records)
        body: dict[str, Any] = {kind: [record.body for record in records]}
        post = Post(platform.key, kind, body, f"{platform.key}-2019-{seed}-{number:05d}", lines, repeated=False)
        yield post
        if posted[kind] % _REPEATED_ONE_IN == _FIRST_REPEATED:
            waiting.append((number + _REPEATED_AFTER, post))
        posted[kind] += 1
        if waiting and waiting[0][0] <= number:
            yield _again(waiting.pop(0)[1])
    for _, post in waiting:
        yield _again(post)


def orders_of_platform(orders: int) -> dict[str, int]:
    """How many of all ``orders`` each platform has, by its key."""
    parts = split_by_weight(orders, [platform.share for platform in PLATFORMS])
    return {platform.key: part for platform, part in zip(PLATFORMS, parts, strict=True)}


def posts_of_all(
    roster: Roster, codes: Mapping[str, str], orders: int = DEFAULT_ORDERS, *, seed: int = 2019
) -> dict[str, Iterator[Post]]:
    """The posts of both platforms, by their keys, with about 30,000 orders between them unless said otherwise."""
    shares = orders_of_platform(orders)
    return {
        platform.key: year_of_posts(platform, open_shops(roster, platform), codes, shares[platform.key], seed=seed)
        for platform in PLATFORMS
    }


def _again(post: Post) -> Post:
    return Post(post.platform, post.kind, post.body, f"{post.idempotency_key}-again", post.lines, repeated=True)


@dataclass(order=True, slots=True)
class _Parcel:
    """An order or refund on a clerk's desk: posted on ``due`` or later, and ``then`` what must not be posted before."""

    due: date
    turn: int
    record: Order | Refund = field(compare=False)
    then: "_Parcel | None" = field(compare=False, default=None)


class _Clerk:
    """Decides what is posted when. Late means: due weeks after it happened. Early: the order waits for its refund."""

    def __init__(self, source: Random, lines_a_post: tuple[int, int]) -> None:
        self._source = source
        self._lowest, self._highest = lines_a_post[0], lines_a_post[1] - _LARGEST_ORDER + 1
        if not 1 <= self._lowest <= self._highest:
            raise ValueError(f"不可能的批次大小 / no post can hold {lines_a_post[0]} to {lines_a_post[1]} lines")
        self._turns = count()
        self._desk: list[_Parcel] = []
        self._orders: list[_Parcel] = []
        self._refunds: list[_Parcel] = []
        self._target = self._source.randint(self._lowest, self._highest)

    def posted(
        self, days: Iterator[tuple[date, list[Order]]]
    ) -> Iterator[tuple[Literal["orders", "refunds"], Sequence[Order | Refund]]]:
        """The pieces that go out, in their order, after each of ``days`` and then until nothing is left."""
        today = FIRST_DAY
        for today, orders in days:
            for order in orders:
                heapq.heappush(self._desk, self._plan(order))
            yield from self._post_what_is_due(today, closing=False)
        while self._desk or self._orders or self._refunds:
            today += timedelta(days=1)
            yield from self._post_what_is_due(today, closing=True)

    def _plan(self, order: Order) -> _Parcel:
        """In which order, and not before when, an order and its refunds are posted."""
        happens_bp = self._source.randrange(10_000)
        due = order.occurred_at.date() + timedelta(days=1)
        if happens_bp < _LATE_ORDER_BP:
            due += timedelta(days=self._source.randint(*_LATE_DAYS))
        parcel = _Parcel(due, next(self._turns), order)
        refunds = [
            _Parcel(refund.occurred_at.date() + timedelta(days=1), next(self._turns), refund)
            for refund in order.refunds
        ]
        if not refunds:
            return parcel
        is_early = self._source.randrange(10_000) < _EARLY_REFUND_BP
        chain = [refunds[0], parcel, *refunds[1:]] if is_early else [parcel, *refunds]
        for before, after in pairwise(chain):
            before.then = after
        return chain[0]

    def _post_what_is_due(
        self, today: date, *, closing: bool
    ) -> Iterator[tuple[Literal["orders", "refunds"], Sequence[Order | Refund]]]:
        """Full pieces, and with ``closing`` what is left once nothing more will fall due by itself."""
        while self._desk and self._desk[0].due <= today:
            parcel = heapq.heappop(self._desk)
            (self._orders if isinstance(parcel.record, Order) else self._refunds).append(parcel)
        closing = closing and not self._desk
        orders_went_out = False
        while piece := self._next_orders(closing=closing):
            yield "orders", [parcel.record for parcel in piece]
            self._release_what_follows(piece, today)
            orders_went_out = True
        if orders_went_out or closing:
            while self._refunds:
                piece, self._refunds = self._refunds[: self._highest], self._refunds[self._highest :]
                yield "refunds", [parcel.record for parcel in piece]
                self._release_what_follows(piece, today)

    def _next_orders(self, *, closing: bool) -> list[_Parcel]:
        """Whole orders up to the size aimed at; none while there are too few, unless nothing else comes."""
        lines = 0
        for place, parcel in enumerate(self._orders, start=1):
            lines += parcel.record.lines if isinstance(parcel.record, Order) else 0
            if lines >= self._target:
                piece, self._orders = self._orders[:place], self._orders[place:]
                self._target = self._source.randint(self._lowest, self._highest)
                return piece
        if not closing:
            return []
        piece, self._orders = self._orders, []
        return piece

    def _release_what_follows(self, piece: Sequence[_Parcel], today: date) -> None:
        for parcel in piece:
            if parcel.then is not None:
                parcel.then.due = max(parcel.then.due, today + timedelta(days=1))
                heapq.heappush(self._desk, parcel.then)
