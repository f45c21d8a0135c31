"""Any order of arrival of the same events ends in the same state."""

import asyncio
import itertools
from dataclasses import dataclass

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.codes.code import Kind, draw_code
from services.kit.money import format_yuan
from services.sales.wire import Order, Refund
from tests.integration.sales.conftest import Ledger, line, order, refund

_stories = itertools.count(1)


@dataclass(frozen=True)
class Event:
    """Something that arrives: an order, a refund, a registration or a binding."""

    what: str
    number: int = 0
    fen: int = 0


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Event], list[Event]]:
    """Up to five orders of one line, refunds that fit, the registrations; the same events in two orders, one with
    repetitions.
    """
    events = [Event("register_household"), Event("register_cooperative"), Event("bind_shop"), Event("ratio")]
    for number in range(draw(st.integers(1, 5))):
        amount = draw(st.integers(1, 10_000))
        events.append(Event("order", number, amount))
        left = amount
        for _ in range(draw(st.integers(0, 3))):
            if left:
                part = draw(st.integers(1, left))
                left -= part
                events.append(Event("refund", number, part))
    one = draw(st.permutations(events))
    other = draw(st.permutations(events))
    repeated = draw(st.lists(st.sampled_from([e for e in events if e.what in ("order", "refund")]), max_size=4))
    return one, [*other, *repeated]


async def _play(ledger: Ledger, events: list[Event]) -> list[tuple[object, ...]]:
    """Play a story with names of its own; answer its ledger and income, without what names and numbers batches."""
    story = next(_stories)
    household, cooperative = draw_code(Kind.HOUSEHOLD), draw_code(Kind.COOPERATIVE)
    seen: dict[Event, int] = {}
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


def _order(order_no: str, event: Event, code: str | None, story: int) -> Order:
    return order(order_no, line("1", format_yuan(event.fen), code), shop=f"shop-{story}")


def _refund(order_no: str, event: Event) -> Refund:
    return refund(f"R{event.fen}", order_no, format_yuan(event.fen))


async def test_any_order_of_arrival_ends_in_the_same_state(ledger: Ledger) -> None:
    """Two random orders of the same orders, refunds, registrations and bindings, one with repetitions, agree."""
    await ledger.ratio("*", 3333)
    loop = asyncio.get_running_loop()

    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    @given(histories())
    def agree(pair: tuple[list[Event], list[Event]]) -> None:
        one, other = pair

        async def both() -> None:
            assert await _play(ledger, one) == await _play(ledger, other)

        asyncio.run_coroutine_threadsafe(both(), loop).result()

    await asyncio.to_thread(agree)
