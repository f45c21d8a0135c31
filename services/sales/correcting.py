"""The use case of corrections: reassign a line, cancel it, or give a parked one the code it lacked."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from services.sales.correction import (
    Action,
    CorrectionEntry,
    HeldLine,
    JudgedCorrection,
    cancel,
    judge_correction,
    reassign,
)
from services.sales.line import RejectedLine
from services.sales.parts import Holder, Holding, write_codes
from services.sales.queries import corrections as queries
from services.sales.queries import lines
from services.sales.queries.incoming import CONTENT, as_columns
from services.sales.queries.parts import DIVIDE_LINES
from services.sales.sharing import enter_shared_lines, holding_of, holdings_of_lines, resolve_shares
from services.sales.submission import Submission
from services.sales.wire import Correction, Result, Unreadable

CorrectionSubmission = Submission[JudgedCorrection]
LineKey = tuple[str, str, str]
"""order_no, platform, line_no."""
Sight = Callable[[str], bool]
"""Whether the corrector may act in a division."""

_OTHER_CONTENT = "此更正号已有不同内容,未改动 / Another content is recorded under this key; nothing was changed"
_REFUSALS = {
    "no_line": "没有这一行 / There is no such line",
    "line_cancelled": "此行已取消 / The line is cancelled",
    "code_not_in_force": "该识别码在销售时不在用 / The code was not in force at the time of the sale",
    "not_allowed": "超出您的区划 / The line or the code lies outside of your divisions",
    "not_accepted_yet": "此行尚未入账,无需取消 / The line is parked and counts nowhere; it need not be cancelled",
}


def judge_corrections(
    submission: CorrectionSubmission, items: Sequence[Correction], unreadable: Sequence[Unreadable]
) -> None:
    """Judge every correction of a request into ``submission``."""
    for item in items:
        try:
            submission.take(judge_correction(item))
        except RejectedLine as error:
            submission.reject(Result(item.order_no, item.line_no, "rejected", reason=error.reason, detail=error.detail))
    submission.reject_unreadable(unreadable)


async def lock_held_lines(connection: AsyncConnection, keys: Mapping[str, list[str]]) -> list[tuple[Any, Holding]]:
    """Lock lines (columns of their keys), in the order of the keys; answers each with who holds it."""
    rows = (await connection.execute(queries.LOCK_HELD_LINES, keys)).all()
    divided = {(row.order_no, row.platform, row.line_no): row.split_no for row in rows if row.split_no is not None}
    shared = await holdings_of_lines(connection, divided)
    alone = [(Holder(row.code, row.subject_id, row.kind, row.region),) for row in rows]
    return [
        (row, shared.get((row.order_no, row.platform, row.line_no), holding))
        for row, holding in zip(rows, alone, strict=True)
    ]


class Correcting:
    """One transaction's corrections: who may correct where, and on which day it happens."""

    def __init__(self, connection: AsyncConnection, today: date, sight: Sight) -> None:
        self._connection = connection
        self._today = today
        self._sight = sight
        self._held: dict[LineKey, tuple[HeldLine, Any]] = {}
        self._parked: dict[LineKey, tuple[Any, ...]] = {}
        self._entries: list[tuple[CorrectionEntry, JudgedCorrection, int]] = []
        self._moved: dict[LineKey, HeldLine] = {}
        self._splits: dict[LineKey, tuple[int | None, int]] = {}
        """By which division a line is held, if several hold it, and how many divisions it has had."""
        self._parts: dict[str, list[Any]] = defaultdict(list)
        """The columns of the divisions to write."""

    async def record(self, submission: CorrectionSubmission) -> None:
        """Record the corrections of a submission in the order in which they stand, and decide every result."""
        if not submission.items:
            return
        await self._lock(submission)
        known = await self._decide_known(submission)
        holders = await self._resolve(submission)
        chosen: dict[int, Holding] = {}
        for index, item in enumerate(submission.items):
            if index in known:
                continue
            refusal, holding = self._judge(submission.platform, item, holders)
            if refusal is None:
                chosen[index] = holding
            else:
                result = Result(item.order_no, item.line_no, "rejected", reason=refusal, detail=_REFUSALS[refusal])
                submission.decide(index, result)
        added = await self._add(submission, list(chosen))
        for index, holding in chosen.items():
            item = submission.items[index]
            if index in added:
                await self._apply(submission, item, holding)
                submission.decide(index, Result(item.order_no, item.line_no, "accepted"))
        await self._enter(submission.platform)
        await self._decide_known(submission, [index for index in chosen if index not in added])

    async def _lock(self, submission: CorrectionSubmission) -> None:
        keys = _keys(submission, range(len(submission.items)))
        for row, holding in await lock_held_lines(self._connection, keys):
            key = (row.order_no, row.platform, row.line_no)
            line = HeldLine(
                order_no=row.order_no,
                platform=row.platform,
                line_no=row.line_no,
                amount_fen=row.amount_fen,
                refunded_fen=row.refunded_fen,
                entry_count=row.entry_count,
                cancelled=row.cancelled,
                holding=holding,
            )
            self._held[key] = (line, row.occurred_at)
            self._splits[key] = (row.split_no, row.splits)
        for row in (await self._connection.execute(lines.PARKED_LINES_FOR_UPDATE, keys)).all():
            self._parked[row.order_no, row.platform, row.line_no] = tuple(row)

    async def _resolve(self, submission: CorrectionSubmission) -> Mapping[tuple[str, Any], Any]:
        """Whose the codes were, which the corrections name, when the lines were sold; none that was not in force."""
        keys = [(item.order_no, submission.platform, item.line_no) for item in submission.items]
        moments = [(item, self._occurred_at(key)) for item, key in zip(submission.items, keys, strict=True)]
        asked = [(code, moment) for item, moment in moments if moment is not None for code, _ in item.named]
        resolved = await resolve_shares(self._connection, asked)
        return {key: row for key, row in resolved.items() if row.parked_reason is None}

    def _occurred_at(self, key: LineKey) -> Any:
        if key in self._held:
            return self._held[key][1]
        return self._parked[key][3] if key in self._parked else None

    def _judge(
        self, platform: str, item: JudgedCorrection, resolved: Mapping[tuple[str, Any], Any]
    ) -> tuple[str | None, Holding]:
        """Why a correction is refused (or None), and who is to hold the line: nobody, if it is cancelled."""
        key = (item.order_no, platform, item.line_no)
        held = self._held.get(key)
        if held is None and key not in self._parked:
            return "no_line", ()
        if held is not None and held[0].cancelled:
            return "line_cancelled", ()
        if held is not None and not all(self._sight(holder.region) for holder in held[0].holding):
            return "not_allowed", ()
        if item.action is Action.CANCEL:
            return (None, ()) if held is not None else ("not_accepted_yet", ())
        moment = self._occurred_at(key)
        if any((code, moment) not in resolved for code, _ in item.named):
            return "code_not_in_force", ()
        holding = holding_of(key, item.named, moment, resolved)
        return (None, holding) if all(self._sight(holder.region) for holder in holding) else ("not_allowed", ())

    async def _add(self, submission: CorrectionSubmission, indices: list[int]) -> set[int]:
        """Record the corrections; answers which of ``indices`` were not there before."""
        if not indices:
            return set()
        items = [submission.items[index] for index in indices]
        parameters = {
            **_keys(submission, indices),
            "action": [str(item.action) for item in items],
            "code": [item.code for item in items],
            "codes": [item.codes and write_codes(item.codes) for item in items],
            "reason": [item.reason for item in items],
            "client_id": [submission.client_id] * len(items),
            "content_hash": [item.content_hash for item in items],
            "batch_id": [submission.batch_id] * len(items),
        }
        added = {tuple(row) for row in (await self._connection.execute(queries.ADD_CORRECTIONS, parameters)).all()}
        first: set[int] = set()
        for index in indices:
            item = submission.items[index]
            key = (item.order_no, submission.platform, item.line_no, item.correction_no)
            if key in added:
                first.add(index)
                added.discard(key)  # a key twice in one request is a correction once
        return first

    async def _apply(self, submission: CorrectionSubmission, item: JudgedCorrection, holding: Holding) -> None:
        key = (item.order_no, submission.platform, item.line_no)
        if key in self._held:
            line, _ = self._held[key]
            if line.cancelled:
                return  # by an earlier correction of this request
            before = line.holding
            entries = reassign(line, holding) if holding else cancel(line)
            self._entries += [(entry, item, submission.batch_id) for entry in entries]
            item.amount_fen = line.amount_fen - line.refunded_fen
            self._moved[key] = line
            if line.holding is not before:
                self._divide(key, line, submission.batch_id)
            return
        content, codes = self._parked[key][:-1], self._parked.pop(key)[-1]
        row = (*content[:-1], submission.batch_id)
        item.amount_fen = row[_AMOUNT_COLUMN]
        if codes is None and item.codes is None:
            answered = await self._connection.execute(lines.RECORD_LINES, as_columns([row], [item.code]))
            outcomes = [found.status for found in answered.all()]
        else:
            method = "hand" if item.codes is None else "split"
            entered = await enter_shared_lines(self._connection, [((row, codes), holding)], method)
            outcomes = [outcome[3] for outcome in entered]
        if outcomes != ["accepted"]:
            raise RuntimeError("a parked line was given a code in force and was not accepted")

    def _divide(self, key: LineKey, line: HeldLine, batch_id: int) -> None:
        """Note who shares a line from now on, if several do."""
        _, splits = self._splits[key]
        if len(line.holding) == 1:
            self._splits[key] = (None, splits)
            return
        self._splits[key] = (splits + 1, splits + 1)
        for part_no, holder in enumerate(line.holding, start=1):
            part = {
                "order_no": line.order_no,
                "platform": line.platform,
                "line_no": line.line_no,
                "split_no": splits + 1,
                "part_no": part_no,
                "batch_id": batch_id,
                **{name: getattr(holder, name) for name in ("code", "weight", "subject_id", "kind", "region")},
            }
            for name, value in part.items():
                self._parts[name].append(value)

    async def _enter(self, platform: str) -> None:
        if not self._moved:
            return
        entries = self._entries
        if entries:
            parameters = {
                "batch_id": [batch_id for *_, batch_id in entries],
                "order_no": [entry.line.order_no for entry, *_ in entries],
                "platform": [platform] * len(entries),
                "line_no": [entry.line.line_no for entry, *_ in entries],
                "entry_no": [entry.entry_no for entry, *_ in entries],
                "cause": [str(item.action) for _, item, _ in entries],
                "measure": [entry.measure for entry, *_ in entries],
                "amount_fen": [entry.amount_fen for entry, *_ in entries],
                "subject_id": [entry.holder.subject_id for entry, *_ in entries],
                "kind": [entry.holder.kind for entry, *_ in entries],
                "region": [entry.holder.region for entry, *_ in entries],
                "event_day": [self._today] * len(entries),
                "reference": [f"{item.correction_no} {item.reason}" for _, item, _ in entries],
            }
            await self._connection.execute(queries.ENTER_CORRECTIONS, parameters)
        if self._parts:
            await self._connection.execute(DIVIDE_LINES, self._parts)
        moved = [self._moved[key] for key in sorted(self._moved)]
        parameters = {
            "order_no": [line.order_no for line in moved],
            "platform": [line.platform for line in moved],
            "line_no": [line.line_no for line in moved],
            "entry_count": [line.entry_count for line in moved],
            "cancelled": [line.cancelled for line in moved],
            "split_no": [self._splits[line.order_no, line.platform, line.line_no][0] for line in moved],
        }
        alone = [line.holding[0] if len(line.holding) == 1 else None for line in moved]
        for name in ("code", "subject_id", "kind", "region"):
            parameters[name] = [getattr(holder, name, None) for holder in alone]
        await self._connection.execute(queries.MOVE_LINES, parameters)

    async def _decide_known(self, submission: CorrectionSubmission, indices: Sequence[int] | None = None) -> set[int]:
        """Decide the corrections that are recorded already, by these keys; answers which they are."""
        asked = list(range(len(submission.items))) if indices is None else list(indices)
        if not asked:
            return set()
        rows = await self._connection.execute(queries.EXISTING_CORRECTIONS, _keys(submission, asked))
        hashes = {(row.order_no, row.line_no, row.correction_no): row.content_hash for row in rows.all()}
        known: set[int] = set()
        for index in asked:
            item = submission.items[index]
            content_hash = hashes.get((item.order_no, item.line_no, item.correction_no))
            if content_hash is None:
                continue
            result = Result(item.order_no, item.line_no, "duplicate")
            if content_hash != item.content_hash:
                result.status, result.reason, result.detail = "conflict", "other_content", _OTHER_CONTENT
            submission.decide(index, result)
            known.add(index)
        return known


_AMOUNT_COLUMN = [name for name, _ in CONTENT].index("amount_fen")


def _keys(submission: CorrectionSubmission, indices: Sequence[int]) -> dict[str, list[Any]]:
    items = [submission.items[index] for index in indices]
    return {
        "order_no": [item.order_no for item in items],
        "platform": [submission.platform] * len(items),
        "line_no": [item.line_no for item in items],
        "correction_no": [item.correction_no for item in items],
    }
