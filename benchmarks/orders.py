"""The orders of the benchmarks: repeatable, each line new, as request bodies and as rows of the same content."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

import msgspec

from benchmarks.province import PLATFORM, Province
from services.kit.clock import SHANGHAI
from services.kit.money import format_yuan

FIRST_DAY = datetime(2019, 3, 1, 8, tzinfo=SHANGHAI)
LINES_A_REQUEST = 1_000
_LINES_OF = (1, 1, 1, 2)
"""Every fourth order has two lines."""
_encode = msgspec.json.Encoder().encode

Row = tuple[Any, ...]


class Line(msgspec.Struct, omit_defaults=True):
    """A line as a platform sends it: what it does not know it leaves out."""

    line_no: str
    amount: str
    quantity: str
    sku: str
    title: str
    category: str
    unit: str
    code: str | None = None


class Order(msgspec.Struct):
    """An order as a platform sends it."""

    order_no: str
    occurred_at: datetime
    shop: str
    buyer_region: str
    lines: list[Line]


class Refund(msgspec.Struct):
    """A refund as a platform sends it."""

    refund_no: str
    order_no: str
    amount: str
    occurred_at: datetime
    line_no: str


@dataclass(frozen=True, slots=True)
class Batch:
    """A request's worth of order lines: the body, and the rows that a table with the same columns would hold."""

    orders: list[Order]
    rows: list[Row]

    @property
    def body(self) -> bytes:
        """The body of ``POST /v1/orders``."""
        return _encode({"orders": self.orders})


ROW_COLUMNS = (
    "order_no text", "platform text", "line_no text", "occurred_at timestamptz", "shop text", "station text",
    "buyer_region text", "trade text", "campaign text", "buyer_code text", "code text", "sku text", "title text",
    "category text",
    "quantity_milli bigint", "unit text", "amount_fen bigint", "content_hash bytea", "batch_id bigint",
)  # fmt: skip
"""The columns of :attr:`Batch.rows`, and their types in PostgreSQL."""
ROW_NAMES = tuple(column.partition(" ")[0] for column in ROW_COLUMNS)


class OrderBook:
    """Order after order. ``days`` is over how many days they were made; ``by_source`` leaves out the members' own
    codes, so that every line is a cooperative's and is split among its members.
    """

    def __init__(self, province: Province, *, name: str, days: int = 30, by_source: bool = False) -> None:
        self._province = province
        self._name = name
        self._days = days
        self._by_source = by_source
        self._random = Random(name)  # noqa: S311 - repeatable, not secret
        self._orders = 0

    def batch(self, lines: int = LINES_A_REQUEST) -> Batch:
        """The next lines, so many of them."""
        orders: list[Order] = []
        rows: list[Row] = []
        while len(rows) < lines:
            order = self._order(lines - len(rows))
            orders.append(order)
            rows.extend(self._rows(order))
        return Batch(orders, rows)

    def batches(self, count: int, lines: int = LINES_A_REQUEST) -> list[Batch]:
        """So many batches."""
        return [self.batch(lines) for _ in range(count)]

    def refund_some(self, batch: Batch, share: float) -> bytes:
        """The body of ``POST /v1/refunds`` that refunds a share of the batch's orders, by half."""
        refunds = [
            Refund(f"R-{order.order_no}", order.order_no, _half(line.amount), order.occurred_at, line.line_no)
            for order in batch.orders
            for line in order.lines[:1]
            if self._random.random() < share
        ]
        return _encode({"refunds": refunds})

    def _order(self, most_lines: int) -> Order:
        number, self._orders = self._orders, self._orders + 1
        random = self._random
        moment = FIRST_DAY + timedelta(days=random.randrange(self._days), seconds=random.randrange(40_000))
        place = random.randrange(len(self._province.shops))
        lines = [self._line(line, place) for line in range(1, 1 + min(most_lines, _LINES_OF[number % 4]))]
        return Order(
            order_no=f"{self._name}-{number:09d}",
            occurred_at=moment,
            shop=self._province.shops[place],
            lines=lines,
            buyer_region="310000000000",
        )

    def _line(self, number: int, place: int) -> Line:
        random, province = self._random, self._province
        own_code = not self._by_source and random.random() < 0.7  # the rest is the shop's, by its binding
        return Line(
            line_no=str(number),
            amount=format_yuan(random.randrange(500, 50_000)),
            quantity=str(random.randrange(1, 5)),
            code=random.choice(province.members) if own_code else None,
            sku=f"SKU-{place}-{random.randrange(20)}",
            title="都匀毛尖 明前特级 500g 礼盒装",
            category=random.choice(province.categories),
            unit="box",
        )

    def _rows(self, order: Order) -> Iterator[Row]:
        for line in order.lines:
            yuan, _, cents = line.amount.partition(".")
            yield (
                order.order_no, PLATFORM, line.line_no, order.occurred_at, order.shop, None,
                order.buyer_region, "retail", None, None, line.code, line.sku, line.title, line.category,
                int(line.quantity) * 1000, line.unit, int(yuan) * 100 + int(cents),
                self._random.randbytes(17), self._orders,
            )  # fmt: skip


def _half(amount: str) -> str:
    yuan, _, cents = amount.partition(".")
    return format_yuan(max(1, (int(yuan) * 100 + int(cents)) // 2))
