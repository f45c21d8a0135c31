"""Any order of arrival of the same events ends in the same state."""

import asyncio
import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.codes.code import Kind, draw_code
from services.kit.database import Database
from services.kit.money import format_yuan
from services.sales.receipt import ReceiptSigner
from services.sales.wire import Order, Refund
from tests.conftest import Cluster
from tests.integration.sales.conftest import Ledger, line, order, refund
from tests.integration.sales.play import NAMES, RATIO_BP, Event, Play

_stories = itertools.count(1)


@dataclass(frozen=True)
class Arrival:
    """Something that arrives: an order, a refund, a registration or a binding."""

    what: str
    number: int = 0
    fen: int = 0


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Arrival], list[Arrival]]:
    """Up to five orders of one line, refunds that fit, the registrations; the same events in two orders, one with
    repetitions.
    """
    events = [Arrival("register_household"), Arrival("register_cooperative"), Arrival("bind_shop"), Arrival("ratio")]
    for number in range(draw(st.integers(1, 5))):
        amount = draw(st.integers(1, 10_000))
        events.append(Arrival("order", number, amount))
        left = amount
        for _ in range(draw(st.integers(0, 3))):
            if left:
                part = draw(st.integers(1, left))
                left -= part
                events.append(Arrival("refund", number, part))
    one = draw(st.permutations(events))
    other = draw(st.permutations(events))
    repeated = draw(st.lists(st.sampled_from([e for e in events if e.what in ("order", "refund")]), max_size=4))
    return one, [*other, *repeated]


async def _play(ledger: Ledger, events: list[Arrival]) -> list[tuple[object, ...]]:
    """Play a story with names of its own; answer its ledger and income, without what names and numbers batches."""
    story = next(_stories)
    household, cooperative = draw_code(Kind.HOUSEHOLD), draw_code(Kind.COOPERATIVE)
    seen: dict[Arrival, int] = {}
    for event in events:
        order_no = f"S{story}-{event.number}"
        own_code = household if event.number % 2 else None
        if event.what == "order":
            await ledger.post(_order(order_no, event, own_code, story))
        elif event.what == "refund":
            seen.setdefault(event, len(seen))
            await ledger.refund(_refund(order_no, event))
        elif event.what == "register_household":
            await ledger.register(household)
        elif event.what == "register_cooperative":
            await ledger.register(cooperative, "cooperative")
        elif event.what == "bind_shop":
            await ledger.bind_shop(f"shop-{story}", cooperative)
        if event.number % 2:
            await ledger.settle()
    await ledger.settle()
    entries = await ledger.rows(
        "SELECT substr(order_no, strpos(order_no, '-')), cause, kind, amount_fen, sale_day "
        "FROM sales.ledger_entries WHERE order_no LIKE :own ORDER BY 1, 2, 4",
        own=f"S{story}-%",
    )
    income = await ledger.rows(
        "SELECT kind, sale_day, category, sum(net_fen)::bigint, sum(base_fen)::bigint FROM sales.income_entries "
        "WHERE subject_id = ANY(CAST(:own AS bigint[])) GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
        own=[ledger.subjects[household], ledger.subjects[cooperative]],
    )
    return [tuple(row) for row in (*entries, *income)]


def _order(order_no: str, event: Arrival, code: str | None, story: int) -> Order:
    return order(order_no, line("1", format_yuan(event.fen), code), shop=f"shop-{story}")


def _refund(order_no: str, event: Arrival) -> Refund:
    return refund(f"R{event.fen}", order_no, format_yuan(event.fen))


async def test_any_order_of_arrival_ends_in_the_same_state(ledger: Ledger) -> None:
    """Two random orders of the same orders, refunds, registrations and bindings, one with repetitions, agree."""
    await ledger.ratio("*", 3333)
    loop = asyncio.get_running_loop()

    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    @given(histories())
    def agree(pair: tuple[list[Arrival], list[Arrival]]) -> None:
        one, other = pair

        async def both() -> None:
            assert await _play(ledger, one) == await _play(ledger, other)

        asyncio.run_coroutine_threadsafe(both(), loop).result()

    await asyncio.to_thread(agree)


POSTS = [
    Event("post", number, line, fen=600_000, code=code, shares=shares, category=category)
    for number, line, code, shares, category in (
        (0, 1, 0, (), "tea"), (0, 2, 4, (), "chili"), (0, 3, 2, (), "tea"), (1, 1, None, (), "tea"),
        (1, 2, None, ((1, 1), (2, 2)), "tea"), (1, 3, None, ((0, 1), (5, 3)), "chili"), (2, 1, 3, (), "tea"),
    )
]  # fmt: skip
REFUNDS = [Event("refund", number, line, number=place, fen=60_000)
           for place, (number, line) in enumerate([(0, 1), (0, 1), (1, 2), (1, 3), (2, 1)])]  # fmt: skip
LATE = [
    Event("register", code=3), Event("register", code=4), Event("register", code=5), Event("bind_shop", code=2),
    Event("link", number=0, fen=1), Event("link", number=1, fen=1), Event("rate", fen=5_000, category="chili"),
    Event("rate", fen=5_000, category="tea", basis="contract"), Event("pay", code=2, order=0, fen=7_000),
]  # fmt: skip
"""Amounts and weights that leave no remainder: what a tie decides depends on numbers that differ between stories."""


async def test_everything_may_arrive_in_any_order(ledger: Ledger, stats: Database, cluster: Cluster) -> None:
    """Orders, shared lines, refunds, codes that come and that replace others, bindings, back-dated links, ratios and a
    payment: two random orders, settled whenever, end in the same nets and incomes of households; the models do too.
    """
    await ledger.ratio("*", RATIO_BP)
    loop = asyncio.get_running_loop()
    signer = ReceiptSigner(cluster.secrets_dir)

    async def end_of(events: Sequence[Event]) -> tuple[object, object]:
        play = Play(ledger, stats, signer)
        for code in (0, 1, 2):
            await play.play(Event("register", code=code))
        for event in [*events, Event("settle")]:
            await play.play(event)
        await play.compare()
        nets = play.model.net_by_holder()
        numbers = {name: ledger.subjects[code] for name, code in zip(NAMES, play.codes, strict=False)}
        reached = play.income.households(play.model, numbers)
        return {(order_no.partition("-")[2], *rest): fen for (order_no, *rest), fen in nets.items()}, reached

    everything = st.permutations([*POSTS, *REFUNDS, *LATE, Event("settle"), Event("settle")])

    @settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
    @given(everything, everything)
    def agree(one: list[Event], other: list[Event]) -> None:
        async def both() -> None:
            assert await end_of(one) == await end_of(other)

        asyncio.run_coroutine_threadsafe(both(), loop).result()

    await asyncio.to_thread(agree)
