"""One random history, played on the service and on the models at once; what is answered must be the same."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.codes.code import Kind, draw_code
from services.kit.database import Database
from services.kit.money import format_yuan
from services.sales.correcting import Correcting
from services.sales.reattribution import attribute_again
from services.sales.receipt import ReceiptSigner
from services.sales.recorder import Recorder
from services.sales.schemas.reattribution import ReattributionIn
from services.sales.submission import Submission
from services.sales.wire import CodeShare, Correction, Line, Order, Payment, Refund
from services.stats.cube.folding import follow_ledger
from tests.integration.sales.conftest import NOW, Ledger
from tests.integration.sales.income_model import IncomeModel
from tests.integration.sales.model import Model, ModelLine, ModelRefund, Named

RATIO_BP = 3_333
NOON = datetime.fromisoformat("2019-03-18T12:00:00+08:00")
DAY = NOON.date()
KINDS = (Kind.HOUSEHOLD, Kind.HOUSEHOLD, Kind.COOPERATIVE, Kind.ENTERPRISE)
NAMES = ("H0", "H1", "C2", "E3")
REPLACED = {4: 0, 5: 2}
"""Codes that replace others: the subject of the first stays."""
KEEPS_BP = {2: 1_000, 3: 4_000}
LINKS = ((0, 2), (1, 2), (0, 3), (2, 3))
"""Member and group, by the numbers of their codes."""
REACHED = text("""
SELECT subject_id, CAST(sum(contract_fen + imputed_fen + paid_fen) AS bigint) AS fen FROM stats.household_days
WHERE subject_id = ANY(CAST(:mine AS bigint[])) GROUP BY 1 HAVING sum(contract_fen + imputed_fen + paid_fen) <> 0
""")
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
    shares: tuple[tuple[int, int], ...] = ()
    """Codes with weights, for a line that several share."""
    sku: int | None = None
    category: str = "tea"
    basis: str = "imputed"


ORDERS, LINES, CODES, SKUS = st.integers(0, 1), st.integers(1, 2), st.integers(0, 5), st.integers(0, 1)
CATEGORIES = st.sampled_from(["tea", "chili"])
SHARES = st.dictionaries(CODES, st.integers(1, 3), min_size=2, max_size=3).map(lambda found: tuple(found.items()))
POSTS = st.builds(
    Event, st.just("post"), ORDERS, LINES, fen=st.sampled_from([100, 101, 300]), code=st.none() | CODES,
    shares=st.just(()) | st.just(()) | SHARES, sku=st.none() | SKUS, category=CATEGORIES,
)  # fmt: skip
REFUNDS = st.builds(
    Event, st.just("refund"), ORDERS, st.none() | LINES, number=st.integers(0, 3),
    fen=st.sampled_from([1, 50, 100, 150, 200, 300]),
)  # fmt: skip
LINKING = st.builds(Event, st.just("link"), number=st.integers(0, len(LINKS) - 1), fen=st.integers(1, 5))
RATING = st.builds(
    Event, st.just("rate"), fen=st.sampled_from([0, 1_234, 9_999]), category=CATEGORIES,
    basis=st.sampled_from(["imputed", "contract"]),
)  # fmt: skip
PAYING = st.builds(
    Event, st.just("pay"), number=st.integers(0, 2), code=st.sampled_from([2, 3]), order=st.integers(0, 1),
    fen=st.sampled_from([1, 7_000]),
)  # fmt: skip
EVENTS = st.one_of(
    POSTS, POSTS, POSTS, POSTS, REFUNDS, REFUNDS, LINKING, RATING, PAYING, PAYING,
    st.builds(Event, st.just("register"), code=CODES),
    st.builds(Event, st.just("bind_shop"), code=CODES),
    st.builds(Event, st.just("bind_listing"), sku=SKUS, code=CODES),
    st.just(Event("attribute_again")),
    st.builds(Event, st.just("reassign"), ORDERS, LINES, number=st.integers(0, 2), code=CODES),
    st.builds(Event, st.just("reassign"), ORDERS, LINES, number=st.integers(5, 6), shares=SHARES),
    st.builds(Event, st.just("cancel"), ORDERS, LINES, number=st.integers(3, 4)),
    st.just(Event("settle")),
)  # fmt: skip
BEGINNINGS = st.tuples(
    st.lists(st.sampled_from([0, 1, 2, 3]), unique=True, min_size=3),
    st.lists(
        st.builds(Event, st.just("link"), number=st.integers(0, len(LINKS) - 1), fen=st.integers(1, 5)), max_size=4
    ),
    st.lists(st.builds(Event, st.just("bind_shop"), code=st.sampled_from([2, 3])), max_size=1),
).map(lambda begun: [*(Event("register", code=code) for code in begun[0]), *begun[1], *begun[2]])
"""Most codes are in force from the start, and most groups have members: a history in which nothing is accepted tells
little.
"""


class Play:
    """A history under names that no other history uses, in a village with ratios of its own."""

    def __init__(self, ledger: Ledger, stats: Database, signer: ReceiptSigner) -> None:
        self.ledger, self.stats = ledger, stats
        self.recorder = Recorder(ledger.database, signer, self._correct, issuer="test")
        self.model = Model()
        members_bp = {NAMES[place]: 10_000 - bp for place, bp in KEEPS_BP.items()}
        self.income = IncomeModel(RATIO_BP, DAY.isoformat(), members_bp=members_bp)
        self.story = next(_stories)
        self.shop = f"shop-{self.story}"
        self.region = f"52{self.story:010d}"
        self.codes = [draw_code(kind) for kind in (*KINDS, *(KINDS[first] for first in REPLACED.values()))]
        self.linked: set[int] = set()

    @staticmethod
    async def _correct(connection: AsyncConnection, submissions: Sequence[Submission[Any]]) -> None:
        for submission in submissions:
            await Correcting(connection, NOW.date(), lambda _region: True).record(submission)

    def order_no(self, event: Event) -> str:
        """The event's order, by a name of this story's own."""
        return f"S{self.story}-{event.order}"

    def named(self, event: Event) -> Named:
        """The codes that share the event's line, by their codes."""
        return tuple(sorted((self.codes[code], weight) for code, weight in event.shares))

    async def play(self, event: Event) -> None:
        """Do it on both sides; what is answered must be the same."""
        await getattr(self, event.what)(event)

    async def post(self, event: Event) -> str:
        """A line is sent."""
        named = self.named(event) or None
        code = None if event.code is None or named else self.codes[event.code]
        sku = None if event.sku is None else f"sku-{event.sku}"
        shares = named and [CodeShare(*pair) for pair in reversed(named)]
        line = Line(str(event.line), format_yuan(event.fen), code=code, sku=sku, category=event.category, codes=shares)
        (result,) = await self.ledger.post(Order(self.order_no(event), NOON, self.shop, [line]))
        key = (self.order_no(event), str(event.line))
        assert result.status == self.model.post(key, ModelLine(event.fen, code, sku, event.category, named))
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
        """A code comes into force, as of long before; one that replaces another only after that."""
        place = event.code or 0
        first = REPLACED.get(place)
        code = self.codes[place]
        kind = {"H": "household", "C": "cooperative", "E": "enterprise"}[code[0]]
        if code in self.model.codes or (first is not None and self.codes[first] not in self.model.codes):
            return
        self.model.codes[code] = NAMES[place if first is None else first]
        if first is None:
            await self.ledger.register(code, kind, self.region, keeps_bp=KEEPS_BP.get(place, 0))
        else:
            await self.ledger.replace(self.codes[first], code, kind=kind, region=self.region)

    async def bind_shop(self, event: Event) -> None:
        """The shop is bound, or bound anew: then parked lines follow, and no others."""
        code = self.codes[event.code or 0]
        bind = self.ledger.bind_shop if self.model.shop is None else self.ledger.rebind_shop
        self.model.shop = code
        await bind(self.shop, code)

    async def attribute_again(self, _event: Event) -> None:
        """The officer asks that bindings as known now bear on what was booked."""
        asked = ReattributionIn.model_validate(
            {"platform": "tmall", "shop": self.shop, "from": DAY, "to": DAY + timedelta(days=1), "reason": "test"}
        )
        await attribute_again(self.ledger.database, self.recorder, asked, client_id="test")
        self.model.attribute_again()

    async def bind_listing(self, event: Event) -> None:
        """A listing is bound, once."""
        sku = f"sku-{event.sku}"
        if sku not in self.model.listings:
            self.model.listings[sku] = self.codes[event.code or 0]
            await self.ledger.bind_listing(self.shop, sku, self.model.listings[sku])

    async def reassign(self, event: Event) -> str:
        """A line is given to another code by hand, or to several."""
        named = self.named(event) or ((self.codes[event.code or 0], 1),)
        number = f"K{event.number}-{'-'.join(f'{code}x{weight}' for code, weight in named)}"
        shares = [CodeShare(*pair) for pair in named] if event.shares else None
        alone = None if event.shares else named[0][0]
        sent = Correction(number, "tmall", self.order_no(event), str(event.line), "reassign", "test", alone, shares)
        (result,) = await self.ledger.correct(sent)
        assert result.status == self.model.reassign(number, (self.order_no(event), str(event.line)), named)
        return result.status

    async def cancel(self, event: Event) -> str:
        """A line is taken out by hand."""
        number = f"K{event.number}"
        sent = Correction(number, "tmall", self.order_no(event), str(event.line), "cancel", "test")
        (result,) = await self.ledger.correct(sent)
        assert result.status == self.model.cancel(number, (self.order_no(event), str(event.line)))
        return result.status

    async def link(self, event: Event) -> None:
        """Somebody has been a member for long, it turns out; once."""
        member, group = (self.codes[place] for place in LINKS[event.number])
        if event.number in self.linked or not {member, group} <= set(self.model.codes):
            return
        self.linked.add(event.number)
        self.income.links[self.model.codes[group]][self.model.codes[member]] = event.fen
        await self.ledger.link(member, group, weight=event.fen)

    async def rate(self, event: Event) -> None:
        """Another ratio holds in the village, and has held all the time."""
        self.income.ratios[event.category] = (event.fen, event.basis)
        await self.ledger.change_ratio(event.category, event.fen, region=self.region, basis=event.basis)

    async def pay(self, event: Event) -> None:
        """A group pays a household for the month; the same number again is the same payment, or none."""
        group, household = self.codes[event.code or 0], self.codes[event.order]
        if not {group, household} <= set(self.model.codes):
            return
        number = f"S{self.story}-{event.number}"
        key = (self.model.codes[group], self.model.codes[household])
        of_group = [paid for (payer, _), paid in self.income.payments.items() if payer == key[0] and number in paid]
        paid_on = date(2019, 3, 31)
        sent = Payment(number, group, household, "wage", format_yuan(event.fen), paid_on, "2019-03", "slip")
        (result,) = await self.ledger.pay(sent)
        if of_group:
            same = self.income.payments[key].get(number) == event.fen
            assert result.status == ("duplicate" if same else "conflict")
        else:
            assert result.status == "accepted"
            self.income.payments[key][number] = event.fen

    async def settle(self, _event: Event) -> None:
        """The consumers catch up."""
        await self.ledger.settle()
        self.model.settle()

    async def compare(self) -> None:
        """Ledger, parked lines, income bases and what reached households are those of the models, to the fen."""
        mine = {"mine": f"S{self.story}-%"}
        subjects = {NAMES[place]: self.ledger.subjects[self.codes[place]]
                    for place in range(len(NAMES)) if self.codes[place] in self.ledger.subjects}  # fmt: skip
        names = {subject: name for name, subject in subjects.items()}
        rows = await self.ledger.rows(
            "SELECT order_no, line_no, subject_id, sum(amount_fen)::bigint FROM sales.ledger_entries "
            "WHERE order_no LIKE :mine GROUP BY 1, 2, 3 HAVING sum(amount_fen) <> 0",
            **mine,
        )
        assert {(row[0], row[1], names[row[2]]): row[3] for row in rows} == self.model.net_by_holder()
        parked = await self.ledger.rows(
            "SELECT order_no, line_no FROM sales.parked_lines WHERE order_no LIKE :mine", **mine
        )
        assert {tuple(row) for row in parked} == set(self.model.parked)
        bases = await self.ledger.rows(
            "SELECT subject_id, category, basis, sum(base_fen)::bigint FROM sales.income_entries "
            "WHERE subject_id = ANY(CAST(:mine AS bigint[])) GROUP BY 1, 2, 3 HAVING sum(base_fen) <> 0",
            mine=list(subjects.values()),
        )
        assert {(names[row[0]], row[1], row[2]): row[3] for row in bases} == self.income.bases(self.model)
        while await follow_ledger(self.stats):
            pass
        async with self.stats.transaction() as connection:
            found = await connection.execute(REACHED, {"mine": list(subjects.values())})
            reached = {names[row.subject_id]: row.fen for row in found.all()}
        assert reached == self.income.households(self.model, subjects)
