"""A payment is whose its codes were on its day, as the registry knows it: late merges and their undoing move it."""

import asyncio
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from services.codes.code import Kind, draw_code
from services.sales.paying import judge_payments, record_payments
from services.sales.payment import JudgedPayment
from services.sales.submission import Submission, add_batches
from services.sales.verify import checks
from services.sales.wire import Payment, PaymentVoid
from tests.integration.sales.conftest import VILLAGE, Ledger
from tests.integration.sales.test_purchases import scan, void_scan

MOVED_TO = "520111105201"
FIRST = date(2019, 3, 1)
SHANGHAI = timedelta(hours=8)
_stories = itertools.count(1)

Holding = tuple[date, int, str, str]
"""From which day on, whose, where, in which state."""


def since(day: date) -> datetime:
    """The beginning of a day in Shanghai."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC) - SHANGHAI


async def learn(ledger: Ledger, **codes: list[Holding]) -> None:
    """The registry knows another thing of some codes, of all of their time: what it knew until now is superseded."""
    batch_id = await ledger.codes_batch()
    async with ledger.codes.transaction() as connection:
        await connection.execute(
            text(
                "UPDATE codes.directory_entries SET superseded_in = :batch "
                "WHERE code = ANY(:codes) AND superseded_in IS NULL"
            ),
            {"batch": batch_id, "codes": list(codes)},
        )
        for code, holdings in codes.items():
            ends = [*(since(day) for day, *_ in holdings[1:]), None]
            for (day, subject_id, region, state), end in zip(holdings, ends, strict=True):
                await connection.execute(
                    text("""
                    INSERT INTO codes.directory_entries
                        (code, valid_from, valid_to, recorded_in, state, subject_id, kind, region)
                    VALUES (:code, :since, :end, :batch, :state, :subject_id, 'household', :region)
                    """),
                    {
                        "code": code,
                        "since": since(day),
                        "end": end,
                        "batch": batch_id,
                        "state": state,
                        "subject_id": subject_id,
                        "region": region,
                    },
                )


@dataclass(frozen=True)
class Happening:
    """A payment, a scan, a void, or something learnt of a household's code."""

    what: str
    whose: int = 0
    day: int = 0
    other: int = 0
    state: str = "in_force"


WHOSE, DAYS = st.integers(0, 2), st.integers(0, 5)
HAPPENING = st.one_of(
    st.builds(Happening, st.sampled_from(["pay", "scan"]), WHOSE, DAYS),
    st.builds(
        Happening, st.just("learn"), WHOSE, DAYS, st.integers(0, 3),
        st.sampled_from(["in_force", "in_force", "suspended"]),
    ),
    st.builds(Happening, st.just("void"), st.integers(0, 5)),
)  # fmt: skip
ROUNDS = st.lists(st.lists(HAPPENING, min_size=1, max_size=5), min_size=2, max_size=5)
"""After each round everything is settled."""


@dataclass
class Story:
    """What the registry knows of three households' codes, and the payments to them."""

    ledger: Ledger
    number: int = field(default_factory=lambda: next(_stories))
    codes: list[str] = field(default_factory=lambda: [draw_code(Kind.HOUSEHOLD) for _ in range(3)])
    known: dict[str, list[Holding]] = field(default_factory=dict)
    payments: dict[tuple[str, str], tuple[str, date]] = field(default_factory=dict)
    """The standing ones: by payer and number, whom by which code, and when."""
    numbers: Iterator[int] = field(default_factory=itertools.count)

    async def begin(self) -> None:
        """Three households, and the cooperative that pays them."""
        self.group = draw_code(Kind.COOPERATIVE)
        await self.ledger.register(self.group, "cooperative")
        for code in self.codes:
            self.known[code] = [(FIRST, await self.ledger.register(code, since=FIRST), VILLAGE, "in_force")]
            await learn(self.ledger, **{code: self.known[code]})

    def of(self, code: str, day: date) -> Holding:
        """What is known of a code on a day."""
        return [holding for holding in self.known[code] if holding[0] <= day][-1]

    async def play(self, happening: Happening) -> None:
        """Let it happen."""
        day = FIRST + timedelta(days=happening.day)
        if happening.what == "learn":
            await self._learn(happening, day)
        elif happening.what == "void":
            await self._void(happening)
        elif self.of(code := self.codes[happening.whose], day)[3] == "in_force":
            number = f"{self.number}-{next(self.numbers)}"
            key = (self.group, number) if happening.what == "pay" else ("", f"S1/device:D1/{number}")
            self.payments[key] = (code, day)
            if happening.what == "pay":
                paid = Payment(number, self.group, code, "wage", "1.00", day, "2019-03", "test")
                assert [result.status for result in await self.ledger.pay(paid)] == ["accepted"]
            else:
                await scan(self.ledger, number, 100, code=code, day=day, subject_id=self.of(code, day)[1])

    async def _learn(self, happening: Happening, day: date) -> None:
        """From a day on a code is another's, or its own household's again, as before: a merge, a move, or an undo."""
        code = self.codes[happening.whose]
        own = self.ledger.subjects[code]
        mine: Holding = (FIRST, own, VILLAGE, "in_force")
        if happening.other < len(self.codes):
            subject = self.ledger.subjects[self.codes[happening.other]]
            place = MOVED_TO if subject == own else VILLAGE
            later: Holding = (day, subject, place, happening.state)
            self.known[code] = [mine, later] if day > FIRST else [later]
        else:
            self.known[code] = [mine]
        await learn(self.ledger, **{code: self.known[code]})

    async def _void(self, happening: Happening) -> None:
        if not self.payments:
            return
        key = sorted(self.payments)[happening.whose % len(self.payments)]
        del self.payments[key]
        if key[0]:
            await self.ledger.void(PaymentVoid(*key, "test"))
        else:
            await void_scan(self.ledger, key[1].rsplit("/", 1)[1])

    def holders(self) -> dict[tuple[str, str], int]:
        """Whose each payment is by the rule: whose its code was on its day, as is known now."""
        return {key: self.of(code, day)[1] for key, (code, day) in self.payments.items()}

    async def current(self) -> dict[tuple[str, str], int]:
        """Whose the standing payments of this story are."""
        return await self._held("superseded_in IS NULL")

    async def as_of(self, position: int) -> dict[tuple[str, str], int]:
        """The same as known at a position of sales' feed."""
        batches = f"(SELECT batch_id FROM sales.feed WHERE position <= {position})"
        return await self._held(
            f"recorded_in IN {batches} AND (superseded_in IS NULL OR superseded_in NOT IN {batches})"
        )

    async def _held(self, known: str) -> dict[tuple[str, str], int]:
        rows = await self.ledger.rows(
            f"SELECT group_code, payment_no, member_id FROM sales.payment_holders WHERE {known} "
            "AND (group_code = :group OR starts_with(payment_no, :scans))",
            group=self.group,
            scans=f"S1/device:D1/{self.number}-",
        )
        return {(row.group_code, row.payment_no): row.member_id for row in rows}


async def test_payments_are_whose_their_codes_were(ledger: Ledger) -> None:
    """After any history: what a plain model says, every past state as it was, and nothing that verify finds."""
    loop = asyncio.get_running_loop()

    async def told(rounds: list[list[Happening]]) -> None:
        story = Story(ledger)
        await story.begin()
        past: list[tuple[int, dict[tuple[str, str], int]]] = []
        for happenings in rounds:
            for happening in happenings:
                await story.play(happening)
            await ledger.settle()
            assert await story.current() == story.holders()
            position = await ledger.scalar("SELECT max(position) FROM sales.feed")
            past.append((position or 0, story.holders()))
        for position, holders in past:
            assert await story.as_of(position) == holders
        async with ledger.database.snapshot() as connection:
            assert [check for check in await checks(connection) if check.differences] == []

    @settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
    @given(ROUNDS)
    def hold(rounds: list[list[Happening]]) -> None:
        asyncio.run_coroutine_threadsafe(told(rounds), loop).result()

    await asyncio.to_thread(hold)


async def test_a_payment_that_was_on_its_way_while_the_registry_learnt_is_moved_when_it_arrives(ledger: Ledger) -> None:
    """It began before the merge was known and was committed after the registry had been followed."""
    story = Story(ledger)
    await story.begin()
    (code, other), day = story.codes[:2], FIRST + timedelta(days=2)
    paid = Payment("P1", story.group, code, "wage", "1.00", day, "2019-03", "test")
    async with ledger.database.transaction() as connection:
        submission: Submission[JudgedPayment] = Submission("", "test", "api", "payments", 10**7)
        judge_payments(submission, [paid], [], today=date(2026, 1, 1))
        await record_payments(connection, submission, lambda _region: True)
        await add_batches(connection, [submission])
        survivor = ledger.subjects[other]
        await learn(ledger, **{code: [(FIRST, survivor, VILLAGE, "in_force")]})
        await ledger.settle()
    await ledger.settle()
    assert await story.current() == {(story.group, "P1"): survivor}
