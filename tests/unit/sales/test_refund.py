"""Refunds: never more than there was, spread without losing a fen, and the same whatever came first."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.sales.line import EARLIEST, RejectedLine
from services.sales.refund import (
    WHOLE_ORDER,
    DateBasis,
    KnownRefund,
    LineBalance,
    OrderPlan,
    judge_refund,
    plan_order,
)
from services.sales.wire import Refund
from tests.strategies import close_moments, small_fen

NOW = datetime(2026, 1, 1, tzinfo=UTC)
AT = datetime(2020, 2, 1, tzinfo=UTC)


@dataclass
class Book:
    """What is recorded of one order: driven by plans, as the database is."""

    lines: dict[str, LineBalance] = field(default_factory=dict)
    refunds: dict[tuple[str, str], KnownRefund] = field(default_factory=dict)
    shares: dict[tuple[str, str], int] = field(default_factory=dict)
    reasons: dict[tuple[str, str], str] = field(default_factory=dict)

    def add_line(self, line_no: str, amount_fen: int) -> None:
        """A line arrives."""
        self.lines[line_no] = LineBalance("T1", "tmall", line_no, amount_fen, 0, 1)

    def add_refund(self, refund: KnownRefund) -> None:
        """A refund arrives and waits."""
        self.refunds[refund.line_no, refund.refund_no] = replace(refund, state="parked")

    def settle(self) -> OrderPlan:
        """Apply what can be applied; afterwards no line is refunded beyond its amount."""
        before = {line_no: line.refunded_fen for line_no, line in self.lines.items()}
        plan = plan_order(self.lines.values(), self.refunds.values(), self.shares)
        for refund in plan.applied:
            refund.state = "spread" if refund.is_of_order else "applied"
        self.reasons = {(refund.line_no, refund.refund_no): reason for refund, reason in plan.waiting}
        self.shares |= plan.shares
        for line_no, line in self.lines.items():
            posted = sum(posting.amount_fen for posting in plan.postings if posting.line is line)
            assert line.refunded_fen == before[line_no] + posted
            assert 0 <= line.refunded_fen <= line.amount_fen
        self.check()
        return plan

    def check(self) -> None:
        """Balances are the sum of what was applied, and shares sum to their refunds."""
        for line_no, line in self.lines.items():
            own = sum(r.amount_fen for (of, _), r in self.refunds.items() if of == line_no and r.state == "applied")
            assert line.refunded_fen == own + sum(fen for (of, _), fen in self.shares.items() if of == line_no)
        for (line_no, refund_no), refund in self.refunds.items():
            shares = [fen for (_, number), fen in self.shares.items() if number == refund_no]
            if line_no == WHOLE_ORDER:
                assert sum(shares) == (refund.amount_fen if refund.state == "spread" else 0)
                assert all(fen >= 0 for fen in shares)

    def state(self) -> tuple[Any, ...]:
        """All that must not depend on what came first."""
        return (
            {line_no: line.refunded_fen for line_no, line in self.lines.items()},
            {key: refund.state for key, refund in self.refunds.items()},
            {key: fen for key, fen in self.shares.items() if fen},
        )


lines_of_an_order = st.lists(small_fen, min_size=1, max_size=5)


@st.composite
def any_refunds(draw: st.DrawFn, lines: int) -> list[KnownRefund]:
    """Refunds of lines that are there or not, of the whole order, fitting or not, many at the same moment."""
    line_no = st.sampled_from([WHOLE_ORDER, *map(str, range(lines + 1))])
    drawn = draw(st.lists(st.tuples(line_no, st.integers(1, 4_000), close_moments), max_size=8))
    return [KnownRefund(line, f"R{n}", fen, at, "parked") for n, (line, fen, at) in enumerate(drawn)]


@st.composite
def fitting_refunds(draw: st.DrawFn, lines: list[int]) -> list[KnownRefund]:
    """Refunds that all fit: each takes from what the former ones left, of a line or of the order."""
    left = dict(enumerate(lines))
    found: list[KnownRefund] = []
    taken_by_order = 0
    for number in range(draw(st.integers(0, 6))):
        of_line = draw(st.none() | st.sampled_from(sorted(left)))
        room = sum(left.values()) - taken_by_order
        room = room if of_line is None else min(left[of_line], room)
        if room < 1:
            continue
        fen = draw(st.integers(1, room))
        at = draw(close_moments)
        if of_line is None:
            taken_by_order += fen
        else:
            left[of_line] -= fen
        found.append(KnownRefund(WHOLE_ORDER if of_line is None else str(of_line), f"R{number}", fen, at, "parked"))
    return found


@given(st.data(), lines_of_an_order)
def test_refunds_never_exceed_what_there_was(data: st.DataObject, lines: list[int]) -> None:
    """Whatever arrives, in whatever order: balances stay within their lines, and what is left over has a reason."""
    events: list[Any] = [*enumerate(lines), *data.draw(any_refunds(len(lines)))]
    book = Book()
    for event in data.draw(st.permutations(events)):
        if isinstance(event, KnownRefund):
            book.add_refund(event)
        else:
            book.add_line(str(event[0]), event[1])
        book.settle()
    assert {key for key, refund in book.refunds.items() if refund.state == "parked"} == set(book.reasons)
    assert set(book.reasons.values()) <= {"no_order", "exceeds_line"}


@given(st.data(), lines_of_an_order)
def test_order_of_arrival_does_not_matter_when_all_fit(data: st.DataObject, lines: list[int]) -> None:
    """Lines and refunds one by one in any order end as if all had come at once, and nothing is left waiting."""
    refunds = data.draw(fitting_refunds(lines))
    at_once = Book()
    for number, fen in enumerate(lines):
        at_once.add_line(str(number), fen)
    for refund in refunds:
        at_once.add_refund(refund)
    at_once.settle()
    assert at_once.reasons == {}
    one_by_one = Book()
    events: list[Any] = [*enumerate(lines), *refunds]
    for event in data.draw(st.permutations(events)):
        if isinstance(event, KnownRefund):
            one_by_one.add_refund(event)
        else:
            one_by_one.add_line(str(event[0]), event[1])
        one_by_one.settle()
    assert one_by_one.state() == at_once.state()


@given(st.data(), lines_of_an_order)
def test_settling_again_changes_nothing(data: st.DataObject, lines: list[int]) -> None:
    """What was applied once is not applied twice, and no share moves without a reason."""
    book = Book()
    for number, fen in enumerate(lines):
        book.add_line(str(number), fen)
    for refund in data.draw(any_refunds(len(lines))):
        book.add_refund(refund)
    book.settle()
    before = book.state()
    again = book.settle()
    assert (again.postings, again.applied, again.shares) == ([], [], {})
    assert book.state() == before


def test_a_refund_of_the_order_is_spread_by_what_is_left() -> None:
    """10.00 over lines with 20.00, 10.00 and nothing left: 6.67, 3.33, nothing; the fen to the largest remainder."""
    book = Book()
    for line_no, fen in (("1", 2_000), ("2", 1_000), ("3", 500)):
        book.add_line(line_no, fen)
    book.add_refund(KnownRefund("3", "R1", 500, AT, "parked"))
    book.add_refund(KnownRefund(WHOLE_ORDER, "R2", 1_000, AT, "parked"))
    book.settle()
    assert book.shares == {("1", "R2"): 667, ("2", "R2"): 333}


def test_of_refunds_that_do_not_all_fit_the_earlier_goes_first() -> None:
    """Then the smaller number; a later one that still fits is applied."""
    book = Book()
    book.add_line("1", 1_000)
    for number, fen, day in (("R3", 900, 2), ("R2", 900, 1), ("R1", 900, 1), ("R4", 100, 3)):
        book.add_refund(KnownRefund("1", number, fen, AT + timedelta(days=day), "parked"))
    book.settle()
    assert book.reasons == {("1", "R2"): "exceeds_line", ("1", "R3"): "exceeds_line"}
    assert book.lines["1"].refunded_fen == 1_000


def test_a_refund_without_its_line_waits_for_it() -> None:
    """By name, and is applied when the line is there."""
    book = Book()
    book.add_refund(KnownRefund("1", "R1", 100, AT, "parked"))
    book.add_refund(KnownRefund(WHOLE_ORDER, "R2", 50, AT, "parked"))
    book.settle()
    assert set(book.reasons.values()) == {"no_order"}
    book.add_line("1", 150)
    book.settle()
    assert (book.reasons, book.lines["1"].refunded_fen) == ({}, 150)


def test_a_line_that_comes_later_takes_its_part_of_a_spread() -> None:
    """The share of the first moves by a difference, as if both had been there from the beginning."""
    book = Book()
    book.add_line("1", 1_000)
    book.add_refund(KnownRefund(WHOLE_ORDER, "R1", 600, AT, "parked"))
    book.settle()
    book.add_line("2", 1_000)
    plan = book.settle()
    assert [(posting.line.line_no, posting.amount_fen) for posting in plan.postings] == [("1", -300), ("2", 300)]


@pytest.mark.parametrize("line_no", ["1", WHOLE_ORDER])
def test_a_cancelled_line_takes_no_refund(line_no: str) -> None:
    """It says so, and what was refunded before stays as it was."""
    book = Book()
    book.add_line("1", 1_000)
    book.add_refund(KnownRefund(line_no, "R1", 400, AT, "parked"))
    book.settle()
    book.lines["1"].cancelled = True
    book.add_refund(KnownRefund(line_no, "R2", 100, AT, "parked"))
    assert book.settle().postings == []
    assert book.reasons == {(line_no, "R2"): "line_cancelled"}
    assert book.lines["1"].refunded_fen == 400


def refund(**fields: Any) -> Refund:
    """A good refund, but for ``fields``."""
    return Refund(
        **{"refund_no": "R1", "order_no": "T1", "amount": "1.00", "occurred_at": AT, "line_no": "1", **fields}
    )


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"refund_no": ""}, "refund_no"), ({"order_no": "a b"}, "order_no"), ({"line_no": ""}, "line_no"),
        ({"amount": "0.00"}, "amount"), ({"amount": "-1.00"}, "amount"), ({"amount": "1.001"}, "amount"),
        ({"amount": "100000000.01"}, "amount"),
        ({"occurred_at": datetime(2020, 2, 1)}, "occurred_at"),  # noqa: DTZ001 - that is the point
        ({"occurred_at": NOW + timedelta(hours=1)}, "in_future"),
        ({"occurred_at": EARLIEST - timedelta(seconds=1)}, "too_old"),
    ],
)  # fmt: skip
def test_a_bad_refund_is_rejected_by_name(fields: dict[str, Any], reason: str) -> None:
    """An empty line number is not the whole order: that is said by leaving it out."""
    with pytest.raises(RejectedLine) as caught:
        judge_refund(refund(**fields), NOW)
    assert caught.value.reason == reason


def test_the_content_of_a_refund() -> None:
    """Its moment, its amount and how its date is known; not what somebody wrote about it."""
    base = judge_refund(refund(), NOW)
    assert judge_refund(refund(reason="broken", amount="1"), NOW).content_hash == base.content_hash
    others = [
        judge_refund(refund(amount="1.01"), NOW),
        judge_refund(refund(occurred_at=AT + timedelta(microseconds=1)), NOW),
        judge_refund(refund(), NOW, DateBasis.IMPUTED),
    ]
    assert len({base.content_hash, *(other.content_hash for other in others)}) == 4
    assert judge_refund(refund(line_no=None), NOW).line_no == WHOLE_ORDER
