"""Random histories: whatever is sent in whatever order, the ledger and the income are those of a plain model."""

import asyncio
import itertools
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.codes.code import Kind, draw_code
from services.kit.money import format_yuan
from services.sales.verify import checks
from services.sales.wire import Correction, Line, Order, Refund
from tests.integration.sales.conftest import Ledger
from tests.integration.sales.model import Model, ModelLine, ModelRefund

RATIO_BP = 3_333
NOON = datetime.fromisoformat("2019-03-18T12:00:00+08:00")
_stories = itertools.count(1)


@dataclass(frozen=True)
class Event:
    """Something that happens; what its numbers mean depends on ``what``."""

    what: str
    order: int = 0
    line: int | None = 0
    number: int = 0
    fen: int = 0
    code: int | None = None
    sku: int | None = None
    category: str = "tea"


ORDERS, LINES, CODES, SKUS = st.integers(0, 1), st.integers(1, 2), st.integers(0, 2), st.integers(0, 1)
EVENTS = st.one_of(
    st.builds(
        Event, st.just("post"), ORDERS, LINES, fen=st.sampled_from([100, 101, 300]), code=st.none() | CODES,
        sku=st.none() | SKUS, category=st.sampled_from(["tea", "chili"]),
    ),
    st.builds(
        Event, st.just("refund"), ORDERS, st.none() | LINES, number=st.integers(0, 3),
        fen=st.sampled_from([1, 50, 100, 150, 200, 300]),
    ),
    st.builds(Event, st.just("register"), code=CODES),
    st.builds(Event, st.just("bind_shop"), code=CODES),
    st.builds(Event, st.just("bind_listing"), sku=SKUS, code=CODES),
    st.builds(Event, st.just("reassign"), ORDERS, LINES, number=st.integers(0, 2), code=CODES),
    st.builds(Event, st.just("cancel"), ORDERS, LINES, number=st.integers(3, 4)),
    st.just(Event("settle")),
)  # fmt: skip


BEGINNINGS = st.lists(st.sampled_from([0, 1, 2]), unique=True).map(
    lambda codes: [Event("register", code=code) for code in codes]
)
"""Some codes are in force from the start: a history in which nothing is accepted tells little."""


class Play:
    """One history, played on the service and on the model at once, under names that no other history uses."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.model = Model()
        self.story = next(_stories)
        self.shop = f"shop-{self.story}"
        kinds = (Kind.HOUSEHOLD, Kind.HOUSEHOLD, Kind.COOPERATIVE)
        self.codes = [draw_code(kind) for kind in kinds]
        self.bound: set[Any] = set()

    def order_no(self, event: Event) -> str:
        """The event's order, by a name of this story's own."""
        return f"S{self.story}-{event.order}"

    async def play(self, event: Event) -> None:
        """Do it on both sides; what is answered must be the same."""
        await getattr(self, event.what)(event)

    async def post(self, event: Event) -> str:
        """A line is sent."""
        code = None if event.code is None else self.codes[event.code]
        sku = None if event.sku is None else f"sku-{event.sku}"
        line = Line(str(event.line), format_yuan(event.fen), code=code, sku=sku, category=event.category)
        (result,) = await self.ledger.post(Order(self.order_no(event), NOON, self.shop, [line]))
        key = (self.order_no(event), str(event.line))
        assert result.status == self.model.post(key, ModelLine(event.fen, code, sku, event.category))
        return result.status

    async def refund(self, event: Event) -> str:
        """A refund is sent; its number says when it happened."""
        line_no = None if event.line is None else str(event.line)
        number = f"R{event.number}"
        at = NOON + timedelta(hours=10 - event.number)
        sent = Refund(number, self.order_no(event), format_yuan(event.fen), at, line_no)
        (result,) = await self.ledger.refund(sent)
        model = ModelRefund(self.order_no(event), line_no, number, event.fen, 10 - event.number)
        assert result.status == self.model.refund(model)
        return result.status

    async def register(self, event: Event) -> None:
        """A code comes into force, as of long before."""
        code = self.codes[event.code or 0]
        if code not in self.model.codes:
            await self.ledger.register(code, "cooperative" if code[0] == "C" else "household")
            self.model.codes[code] = True

    async def bind_shop(self, event: Event) -> None:
        """The shop is bound, once."""
        if self.model.shop is None:
            self.model.shop = self.codes[event.code or 0]
            await self.ledger.bind_shop(self.shop, self.model.shop)

    async def bind_listing(self, event: Event) -> None:
        """A listing is bound, once."""
        sku = f"sku-{event.sku}"
        if sku not in self.model.listings:
            self.model.listings[sku] = self.codes[event.code or 0]
            await self.ledger.bind_listing(self.shop, sku, self.model.listings[sku])

    async def reassign(self, event: Event) -> str:
        """A line is given to another code by hand."""
        number, code = f"K{event.number}-{event.code}", self.codes[event.code or 0]
        sent = Correction(number, "tmall", self.order_no(event), str(event.line), "reassign", "test", code)
        (result,) = await self.ledger.correct(sent)
        assert result.status == self.model.reassign(number, (self.order_no(event), str(event.line)), code)
        return result.status

    async def cancel(self, event: Event) -> str:
        """A line is taken out by hand."""
        number = f"K{event.number}"
        sent = Correction(number, "tmall", self.order_no(event), str(event.line), "cancel", "test")
        (result,) = await self.ledger.correct(sent)
        assert result.status == self.model.cancel(number, (self.order_no(event), str(event.line)))
        return result.status

    async def settle(self, _event: Event) -> None:
        """The consumers catch up."""
        await self.ledger.settle()
        self.model.settle()

    async def compare(self) -> None:
        """Ledger, parked lines and income bases are those of the model, to the fen."""
        names = {subject: code for code, subject in self.ledger.subjects.items()}
        rows = await self.ledger.rows(
            "SELECT order_no, line_no, subject_id, sum(amount_fen)::bigint FROM sales.ledger_entries "
            "WHERE order_no LIKE :mine GROUP BY 1, 2, 3 HAVING sum(amount_fen) <> 0",
            mine=f"S{self.story}-%",
        )
        assert {(row[0], row[1], names[row[2]]): row[3] for row in rows} == self.model.net_by_holder()
        parked = await self.ledger.rows(
            "SELECT order_no, line_no FROM sales.parked_lines WHERE order_no LIKE :mine", mine=f"S{self.story}-%"
        )
        assert {tuple(row) for row in parked} == set(self.model.parked)
        subjects = [self.ledger.subjects[code] for code in self.codes if code in self.ledger.subjects]
        bases = await self.ledger.rows(
            "SELECT subject_id, category, sum(base_fen)::bigint FROM sales.income_entries "
            "WHERE subject_id = ANY(CAST(:mine AS bigint[])) GROUP BY 1, 2 HAVING sum(base_fen) <> 0",
            mine=subjects,
        )
        assert {(names[row[0]], row[1]): row[2] for row in bases} == self.model.base_by_source(RATIO_BP)


async def test_random_histories_end_as_the_model_says(ledger: Ledger) -> None:
    """Every answer and the end state of orders, refunds, corrections, codes and bindings in any order; and verify."""
    await ledger.ratio("*", RATIO_BP)
    loop = asyncio.get_running_loop()

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(BEGINNINGS, st.lists(EVENTS, min_size=8, max_size=30))
    def agree(beginning: list[Event], events: list[Event]) -> None:
        async def run() -> None:
            play = Play(ledger)
            for event in [*beginning, *events, Event("settle")]:
                await play.play(event)
            await play.compare()

        asyncio.run_coroutine_threadsafe(run(), loop).result()

    await asyncio.to_thread(agree)
    async with ledger.database.snapshot() as connection:
        assert [check for check in await checks(connection) if check.differences] == []
