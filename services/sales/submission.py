"""A submission: the lines, refunds or payments of one batch, judged one by one, with room for what becomes of each."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.money import format_yuan
from services.sales.queries import batches
from services.sales.receipt import DigestLine, batch_digest
from services.sales.wire import Amounts, Counts, Result, Unreadable


class Judged(Protocol):
    """What a line, a refund, a correction and a payment have in common."""

    @property
    def amount_fen(self) -> int:
        """What it is worth."""


Item = TypeVar("Item", bound=Judged)
Totals = tuple[Counts, Amounts, dict[str, int], bytes]
"""Counts, amounts in yuan, amounts in fen by status, and the digest."""


@dataclass(slots=True)
class Submission(Generic[Item]):
    """The items of one batch."""

    platform: str
    client_id: str
    channel: str
    kind: str
    batch_id: int
    items: list[Item] = field(default_factory=list)
    """The well-formed ones."""
    slots: list[int] = field(default_factory=list)
    """For each of ``items``, its place in ``results``."""
    results: list[Result | None] = field(default_factory=list)
    """In the order of the request; None until the item of that place is decided."""
    recorded_at: datetime | None = None
    beside_files: bool = False
    """Whether its platform imports files too; known once it is recorded."""
    import_id: int | None = None
    """The import of whose file this is a piece."""
    _totals: Totals | None = None
    """Kept from when they were first asked for until another result is decided."""

    def reject(self, result: Result) -> None:
        """Answer an item that cannot be taken; it takes no key."""
        self._totals = None
        self.results.append(result)

    def reject_unreadable(self, unreadable: Sequence[Unreadable]) -> None:
        """Answer the items that are not of the documented shape."""
        for item in unreadable:
            self.reject(
                Result(
                    item.order_no,
                    item.line_no or None,
                    "rejected",
                    refund_no=item.refund_no or None,
                    reason="malformed",
                    detail=item.message,
                )
            )

    def take(self, item: Item) -> None:
        """Add a well-formed item."""
        self._totals = None
        self.slots.append(len(self.results))
        self.results.append(None)
        self.items.append(item)

    def decide(self, index: int, result: Result) -> None:
        """Say what became of the item number ``index``."""
        self._totals = None
        self.results[self.slots[index]] = result

    def decided(self) -> list[Result]:
        """Every result. Raises RuntimeError if one was left undecided, which would be a lost line."""
        results = [result for result in self.results if result is not None]
        if len(results) != len(self.results):
            message = "an item was neither recorded nor refused"
            raise RuntimeError(message)
        return results

    def totals(self) -> Totals:
        """What this submission did: counts, amounts in yuan and in fen by status, and its digest.

        They are wanted for the batch's row and for the answer, so they are added up once.
        """
        if self._totals is None:
            self._totals = _add_up(self)
        return self._totals


def _add_up(submission: Submission[Item]) -> Totals:
    amount_of = {slot: item.amount_fen for slot, item in zip(submission.slots, submission.items, strict=True)}
    fen: dict[str, int] = {}
    numbers: dict[str, int] = {}
    digest_lines: list[DigestLine] = []
    results = submission.decided()
    for slot, result in enumerate(results):
        amount_fen = amount_of.get(slot)
        status = result.status
        numbers[status] = numbers.get(status, 0) + 1
        fen[status] = fen.get(status, 0) + (amount_fen or 0)
        digest_lines.append((result.order_no, result.line_no or "", result.refund_no or "", status, amount_fen))
    amounts = Amounts(accepted=format_yuan(fen.get("accepted", 0)), parked=format_yuan(fen.get("parked", 0)))
    return Counts(**numbers), amounts, fen, batch_digest(digest_lines)


def batch_columns(submissions: Sequence[Submission[Any]], prefix: str = "") -> dict[str, list[Any]]:
    """The submissions' batches with their control totals, as ADD_BATCHES takes them."""
    rows = [_batch_row(submission) for submission in submissions]
    return {
        f"{prefix}{name}": list(column) for name, column in zip(batches.NAMES, zip(*rows, strict=True), strict=True)
    }


def _batch_row(submission: Submission[Any]) -> tuple[Any, ...]:
    counts, _, fen, digest = submission.totals()
    return (
        submission.batch_id,
        submission.platform or None,
        submission.channel,
        submission.kind,
        submission.client_id,
        counts.accepted,
        counts.parked,
        counts.duplicate,
        counts.conflict,
        counts.rejected,
        fen.get("accepted", 0),
        fen.get("parked", 0),
        digest,
        submission.import_id,
    )


async def add_batches(connection: AsyncConnection, submissions: Sequence[Submission[Any]]) -> None:
    """Record the submissions' batches with their control totals, announce them, and note when they were recorded."""
    if not submissions:
        return
    added = await connection.execute(batches.ADD_BATCHES, batch_columns(submissions))
    recorded = {row.batch_id: row for row in added.all()}
    for submission in submissions:
        submission.recorded_at = recorded[submission.batch_id].recorded_at
        submission.beside_files = recorded[submission.batch_id].beside_files


async def next_batch_id(connection: AsyncConnection) -> int:
    """A number for a batch of this transaction."""
    return int(await connection.scalar(batches.NEXT_BATCH_IDS, {"count": 1}) or 0)


async def add_batch(
    connection: AsyncConnection,
    batch_id: int,
    kind: str,
    *,
    client_id: str,
    channel: str,
    accepted: int,
    platform: str | None = None,
    duplicate: int = 0,
    accepted_fen: int = 0,
) -> datetime:
    """Record and announce a batch of which no item is answered by itself; answers when it was recorded."""
    row = dict.fromkeys(batches.NAMES, 0) | {
        "batch_id": batch_id,
        "platform": platform,
        "channel": channel,
        "kind": kind,
        "client_id": client_id,
        "accepted": accepted,
        "duplicate": duplicate,
        "accepted_fen": accepted_fen,
        "digest": None,
        "import_id": None,
    }
    added = (await connection.execute(batches.ADD_BATCHES, {name: [value] for name, value in row.items()})).one()
    recorded_at: datetime = added.recorded_at
    return recorded_at
