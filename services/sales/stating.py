"""One piece of a file, recorded in one transaction: new lines, what gives way to them, refunds and reversals.

Each piece is compared with what is recorded while its orders are locked, so that two files, or a file and the API, do
not post the same difference twice.
"""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.clock import business_day
from services.kit.money import format_yuan
from services.sales.correction import JudgedCorrection
from services.sales.grains import recorded_orders
from services.sales.line import JudgedLine
from services.sales.queries import imports as queries
from services.sales.recording import judge_orders, record_lines
from services.sales.refund import WHOLE_ORDER, DateBasis, JudgedRefund
from services.sales.refunding import apply_waiting_refunds, judge_refunds, record_refunds
from services.sales.replacing import cancel_replaced, drop_replaced
from services.sales.reversing import CountedRefund, Reversal, choose_reversals, lock_refunds, record_reversals
from services.sales.statement import (
    REASONS,
    Comparison,
    RecordedOrder,
    StatedLine,
    StatedOrder,
    StatedRefund,
    compare,
)
from services.sales.submission import Submission, add_batches, next_batch_id
from services.sales.tally import Tally
from services.sales.wire import Line, Order, Refund


@dataclass(frozen=True, slots=True)
class Statement:
    """What all pieces of a file have in common."""

    import_id: int
    platform: str
    shop: str
    client_id: str
    category: str
    """Of lines that name none."""
    exported_at: datetime
    """The moment of which the file speaks: differences to what is recorded are dated by it."""


@dataclass(frozen=True, slots=True)
class RowError:
    """A row that was not taken, without a cell that is not on the list of what may be shown."""

    row_no: int
    column: str
    reason: str
    detail: str
    cells: dict[str, str]


class Stating:
    """Records one piece of a file. ``tally`` is added to; ``errors`` says which rows were not taken."""

    def __init__(
        self,
        connection: AsyncConnection,
        statement: Statement,
        tally: Tally,
        *,
        now: datetime,
        categories: Container[str],
    ) -> None:
        self._connection = connection
        self._statement = statement
        self._tally = tally
        self._now = now
        self._categories = categories
        self._batches: list[Submission[Any]] = []
        self.errors: list[RowError] = []

    async def record(self, orders: Sequence[StatedOrder]) -> None:
        """Make what is recorded of these orders what the file states of them."""
        if not orders:
            return
        await self._connection.execute(queries.ONE_AT_A_TIME, {"platform": self._statement.platform})
        recorded = await self._recorded(sorted(order.order_no for order in orders))
        compared = [(order, compare(order, recorded[order.order_no])) for order in orders]
        for order, comparison in compared:
            self._note(order, comparison, recorded[order.order_no])
        reversals = await self._give_way(compared)
        new = await self._record_lines(compared)
        await self._set_grains(compared, new)
        due = [(line, line.sold.line_no in recorded[order.order_no].lines)
               for order, comparison in compared for line in (*comparison.record, *comparison.known)]  # fmt: skip
        await self._settle_refunds(due, new, reversals)
        if self._batches:
            await add_batches(self._connection, self._batches)

    async def record_given(self, refunds: Sequence[StatedRefund]) -> None:
        """Record refunds that the file gives one by one, each under its number, as the API would."""
        if not refunds:
            return
        submission: Submission[JudgedRefund] = await self._submission("refunds")
        wire = [
            Refund(row.given.refund_no, row.given.order_no, format_yuan(row.given.amount_fen), row.given.occurred_at,
                   row.given.line_no, row.given.reason)
            for row in refunds
        ]  # fmt: skip
        judge_refunds(submission, wire, [], now=self._now)
        await record_refunds(self._connection, [submission])
        await add_batches(self._connection, [submission])
        for row, result in zip(refunds, submission.decided(), strict=True):
            self._tally.refunds[result.status] += 1
            if result.status in ("rejected", "conflict"):
                self._refuse(row, result.reason or result.status, result.detail or result.status)
        self._tally.fen["refunds"] += submission.totals()[2].get("accepted", 0)

    def _refuse(self, line: StatedLine | StatedRefund, reason: str, detail: str, *, column: str = "") -> None:
        self.errors.append(RowError(line.row_no, column, reason, detail, dict(line.cells)))
        self._tally.errors += 1

    def _note(self, order: StatedOrder, comparison: Comparison, recorded: RecordedOrder) -> None:
        for line in order.lines.values():
            self._tally.note_sale(line.sold.occurred_at)
        self._tally.lines["duplicate"] += len(comparison.known) + order.repeated
        refused = [*comparison.refused, *((line, "stated_twice") for line in order.contradicted)]
        for line, reason in refused:
            self._tally.lines["conflict"] += 1
            detail = f"{order.order_no}: {REASONS[reason]}"
            if reason == "amount_changed":
                before = format_yuan(recorded.lines[line.sold.line_no].amount_fen)
                detail += f" ({before} → {format_yuan(line.sold.amount_fen)})"
            self._refuse(line, reason, detail)

    async def _submission(self, kind: str) -> Submission[Any]:
        batch_id = await next_batch_id(self._connection)
        statement = self._statement
        return Submission(
            statement.platform, statement.client_id, "file", kind, batch_id, import_id=statement.import_id
        )

    async def _recorded(self, order_nos: Sequence[str]) -> dict[str, RecordedOrder]:
        """What is recorded of each of these orders, locked."""
        return await recorded_orders(self._connection, self._statement.platform, order_nos)

    async def _give_way(self, compared: Sequence[tuple[StatedOrder, Comparison]]) -> list[Reversal]:
        """Cancel lines that finer ones replace, or drop them if they are parked; answers what is taken back of refunds
        that waited for those.
        """
        replaced = [(order.order_no, line) for order, comparison in compared for line in comparison.replace]
        if not replaced:
            return []
        self._tally.replaced_lines += len(replaced)
        number = f"import-{self._statement.import_id}"
        if any(line.accepted for _, line in replaced):
            submission: Submission[JudgedCorrection] = await self._submission("corrections")
            await cancel_replaced(self._connection, submission, replaced, number, business_day(self._now))
            self._tally.fen["replaced"] += sum(item.amount_fen for item in submission.items)
            self._batches.append(submission)
        return await drop_replaced(self._connection, self._statement.platform, replaced, number)

    async def _record_lines(self, compared: Sequence[tuple[StatedOrder, Comparison]]) -> set[str]:
        """Record new lines; answers the orders in which one was accepted or parked."""
        due = [(order, comparison.record) for order, comparison in compared if comparison.record]
        if not due:
            return set()
        submission: Submission[JudgedLine] = await self._submission("orders")
        orders = [self._order(lines) for _, lines in due]
        judge_orders(submission, orders, [], now=self._now, categories=self._categories)
        await record_lines(self._connection, [submission])
        self._batches.append(submission)
        stated = [line for _, lines in due for line in lines]
        changed: set[str] = set()
        for line, result in zip(stated, submission.decided(), strict=True):
            self._tally.lines[result.status] += 1
            if result.status in ("accepted", "parked"):
                changed.add(result.order_no)
            if result.status == "accepted":
                self._tally.fen["sales"] += line.sold.amount_fen
                self._tally.last_batch_id = submission.batch_id
            elif result.status in ("rejected", "conflict"):
                self._refuse(line, result.reason or result.status, result.detail or result.status)
        return changed

    def _order(self, lines: Sequence[StatedLine]) -> Order:
        first = lines[0].sold
        wire = [
            Line(
                line_no=line.sold.line_no,
                amount=format_yuan(line.sold.amount_fen),
                quantity=line.sold.quantity,
                code=line.sold.code,
                codes=None if line.sold.codes is None else list(line.sold.codes),
                sku=line.sold.sku,
                title=line.sold.title,
                category=line.sold.category or self._statement.category,
                unit=line.sold.unit,
            )
            for line in lines
        ]
        return Order(
            first.order_no,
            first.occurred_at,
            first.shop or self._statement.shop,
            wire,
            station=first.station,
            buyer_region=first.buyer_region,
            trade=first.trade,
            campaign=first.campaign,
            buyer_code=first.buyer_code,
        )

    async def _set_grains(self, compared: Sequence[tuple[StatedOrder, Comparison]], new: set[str]) -> None:
        grains = {order.order_no: str(order.grain) for order, _ in compared if order.order_no in new}
        if grains:
            parameters = {
                "platform": self._statement.platform,
                "import_id": self._statement.import_id,
                "order_no": list(grains),
                "grain": list(grains.values()),
            }
            await self._connection.execute(queries.SET_GRAINS, parameters)

    async def _settle_refunds(
        self, due: Sequence[tuple[StatedLine, bool]], new: set[str], reversals: list[Reversal]
    ) -> None:
        """Post what the file states of refunds less what is recorded of them. ``due``: lines, and whether each was
        recorded before this file.
        """
        posting: Submission[JudgedRefund] = await self._submission("refunds")
        counted = await self._counted_refunds(due, new, posting)
        recorded = await self._recorded_again(due)
        refunds: list[tuple[StatedLine, Refund]] = []
        for line, before in due:
            known = recorded[line.sold.order_no].lines.get(line.sold.line_no)
            if line.sold.refunded_fen is None or known is None or known.cancelled:
                continue  # the file does not say, or the line was not taken
            own = counted.get(line.sold.order_no, [])
            own = _of_line(own, line.sold.line_no, alone=_is_alone(recorded[line.sold.order_no]))
            known_fen = known.refunded_fen if known.accepted else sum(refund.left_fen for refund in own)
            difference_fen = line.sold.refunded_fen - known_fen
            if difference_fen > 0:
                refunds.append((line, self._refund(line, difference_fen, seen_before=before)))
            elif difference_fen < 0:
                reversals += self._take_back(line, own, -difference_fen)
        await self._record_refunds(posting, refunds)
        await self._record_reversals(reversals)

    async def _counted_refunds(
        self, due: Sequence[tuple[StatedLine, bool]], new: set[str], posting: Submission[JudgedRefund]
    ) -> dict[str, list[CountedRefund]]:
        """The refunds that count, after those that waited for the new lines have been applied."""
        platform = self._statement.platform
        order_nos = sorted({line.sold.order_no for line, _ in due})
        counted = await lock_refunds(self._connection, platform, order_nos)
        waiting = {
            (order_no, platform): posting.batch_id
            for order_no, refunds in counted.items()
            if order_no in new and any(refund.state in ("parked", "spread") for refund in refunds)
        }
        if not waiting:
            return counted
        if await apply_waiting_refunds(self._connection, waiting):
            self._batches.append(posting)
        return await lock_refunds(self._connection, platform, order_nos)

    async def _recorded_again(self, due: Sequence[tuple[StatedLine, bool]]) -> dict[str, RecordedOrder]:
        return await self._recorded(sorted({line.sold.order_no for line, _ in due}))

    def _refund(self, line: StatedLine, amount_fen: int, *, seen_before: bool) -> Refund:
        """A refund of an order that is new is imputed to its sale; of one that was known, to the day of the export."""
        sold = line.sold
        moment = min(max(self._statement.exported_at, sold.occurred_at), self._now) if seen_before else sold.occurred_at
        number = f"import-{self._statement.import_id}-{line.row_no}"
        return Refund(number, sold.order_no, format_yuan(amount_fen), moment, sold.line_no)

    def _take_back(self, line: StatedLine, own: Sequence[CountedRefund], amount_fen: int) -> list[Reversal]:
        number = f"import-{self._statement.import_id}-{line.row_no}"
        chosen = choose_reversals(own, amount_fen, number)
        if sum(reversal.amount_fen for reversal in chosen) < amount_fen:
            self._refuse(line, "refund_not_ours", f"{line.sold.order_no}: {REASONS['refund_not_ours']}")
            return []
        return chosen

    async def _record_refunds(
        self, posting: Submission[JudgedRefund], refunds: Sequence[tuple[StatedLine, Refund]]
    ) -> None:
        if not refunds:
            return
        judge_refunds(posting, [refund for _, refund in refunds], [], now=self._now, date_basis=DateBasis.IMPUTED)
        await record_refunds(self._connection, [posting])
        if not any(batch is posting for batch in self._batches):
            self._batches.append(posting)
        for (line, _), result in zip(refunds, posting.decided(), strict=True):
            self._tally.refunds[result.status] += 1
            if result.status in ("rejected", "conflict"):
                self._refuse(line, result.reason or result.status, result.detail or result.status)
        _, _, fen, _ = posting.totals()
        self._tally.fen["refunds"] += fen.get("accepted", 0)

    async def _record_reversals(self, reversals: Sequence[Reversal]) -> None:
        if not reversals:
            return
        submission: Submission[Reversal] = await self._submission("reversals")
        for reversal in reversals:
            submission.take(reversal)
        moment = min(self._statement.exported_at, self._now)
        await record_reversals(self._connection, submission, moment)
        self._batches.append(submission)
        self._tally.reversals += len(reversals)
        self._tally.fen["reversals"] += sum(item.amount_fen for item in reversals if item.state != "parked")


def _is_alone(order: RecordedOrder) -> bool:
    """Whether an order has one line only that counts, so that what is refunded of the order is refunded of it."""
    return sum(not line.cancelled for line in order.lines.values()) == 1


def _of_line(refunds: Sequence[CountedRefund], line_no: str, *, alone: bool) -> list[CountedRefund]:
    """Those refunds that are of one line: its own, and if it is alone those of the whole order."""
    wanted = (line_no, WHOLE_ORDER) if alone else (line_no,)
    return [refund for refund in refunds if refund.line_no in wanted]
