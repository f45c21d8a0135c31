"""The use cases of payments: record them, and void those that turned out not to be so."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Protocol

from sqlalchemy import TextClause
from sqlalchemy.ext.asyncio import AsyncConnection

from services.sales.line import RejectedLine
from services.sales.payment import JudgedPayment, JudgedVoid, judge_payment, judge_void
from services.sales.queries import payments as queries
from services.sales.submission import Submission
from services.sales.wire import Payment, PaymentResult, PaymentVoid, Unreadable

PaymentSubmission = Submission[JudgedPayment]
VoidSubmission = Submission[JudgedVoid]
Sight = Callable[[str], bool]
"""Whether the caller may act in a division."""

_CODE_REFUSALS = {
    "unknown_code": "未知识别码 / The code was never issued",
    "code_not_in_force": "识别码在付款日不在用 / The code was not in force on paid_on",
    "code_suspended": "识别码在付款日已停用 / The code was suspended on paid_on",
    "code_revoked": "识别码在付款日已注销 / The code was revoked on paid_on",
}
_OTHER_CONTENT = "此付款号已有不同内容,未改动 / Another content is recorded under this key; nothing was changed"
_NOT_ALLOWED = "超出您的区划 / The payer or the member lies outside of your divisions"
_NO_PAYMENT = "没有这笔付款 / There is no such payment"
_UNLINKED = (
    "该成员当月不在该主体的利益联结中:照付计入,不取代任何测算 / "
    "The member was not linked to the group in that month: counted as paid, in place of nothing"
)
_MEMBER_IS_GROUP = (
    "合作社收到的款不是农户收入:已登记,不计入 / "
    "What a cooperative is paid is not a household's income yet: recorded, in no figure"
)

Whose = Mapping[tuple[str, date], Any]
"""By code and day: subject, kind, region; or why the code cannot be taken."""


class _Keyed(Protocol):
    @property
    def group_code(self) -> str: ...
    @property
    def payment_no(self) -> str: ...
    @property
    def content_hash(self) -> bytes: ...


def judge_payments(
    submission: PaymentSubmission, items: Sequence[Payment], unreadable: Sequence[Unreadable], *, today: date
) -> None:
    """Judge every payment of a request into ``submission``."""
    for item in items:
        try:
            submission.take(judge_payment(item, today))
        except RejectedLine as error:
            submission.reject(_refusal(item.group, item.payment_no, error.reason, error.detail))
    _reject_unreadable(submission, unreadable)


def judge_voids(submission: VoidSubmission, items: Sequence[PaymentVoid], unreadable: Sequence[Unreadable]) -> None:
    """Judge every void of a request into ``submission``."""
    for item in items:
        try:
            submission.take(judge_void(item))
        except RejectedLine as error:
            submission.reject(_refusal(item.group or "", item.payment_no, error.reason, error.detail))
    _reject_unreadable(submission, unreadable)


async def record_payments(connection: AsyncConnection, submission: PaymentSubmission, sight: Sight) -> None:
    """Record the payments of a submission in the caller's transaction and decide every result."""
    known = await _decide_known(connection, submission, queries.EXISTING_PAYMENTS, range(len(submission.items)))
    new = [index for index in range(len(submission.items)) if index not in known]
    whose = await _resolve(connection, [submission.items[index] for index in new])
    wanted: dict[tuple[str, str], int] = {}
    late: list[int] = []
    for index in new:
        item = submission.items[index]
        refusal = _refuse(item, whose, sight)
        if refusal is not None:
            submission.decide(index, refusal)
        elif wanted.setdefault((item.group_code, item.payment_no), index) != index:
            late.append(index)
    added = await _add(connection, submission, list(wanted.values()), whose)
    unlinked = await _unlinked(connection, [submission.items[index] for index in added])
    for index in added:
        item = submission.items[index]
        result = PaymentResult(item.group_code, item.payment_no, "accepted")
        if whose[item.member_code, item.paid_on].kind != "household":
            result.reason, result.detail = "member_is_group", _MEMBER_IS_GROUP
        elif (item.group_code, item.payment_no) in unlinked:
            result.reason, result.detail = "unlinked", _UNLINKED
        submission.decide(index, result)
    # Their keys are taken: by an earlier payment of this request, or by another request a moment ago.
    late += [index for index in wanted.values() if index not in added]
    await _decide_known(connection, submission, queries.EXISTING_PAYMENTS, late)


async def void_payments(connection: AsyncConnection, submission: VoidSubmission, sight: Sight) -> None:
    """Void the payments of a submission in the caller's transaction and decide every result."""
    items = submission.items
    if not items:
        return
    await connection.execute(queries.LOCK_PAYMENTS, _keys(items))
    # Asked after the lock, so that a void committed a moment ago is seen.
    found = {
        (row.group_code, row.payment_no): row
        for row in (await connection.execute(queries.HELD_PAYMENTS, _keys(items))).all()
    }
    known = await _decide_known(connection, submission, queries.EXISTING_VOIDS, range(len(items)))
    added: dict[tuple[str, str], int] = {}
    again: list[int] = []
    for index, item in enumerate(items):
        key = (item.group_code, item.payment_no)
        if index in known:
            continue
        if key not in found:
            submission.decide(index, _refusal(*key, "no_payment", _NO_PAYMENT))
        elif not (sight(found[key].member_region) and sight(found[key].group_region or found[key].member_region)):
            submission.decide(index, _refusal(*key, "not_allowed", _NOT_ALLOWED))
        elif key in added:
            again.append(index)
        else:
            added[key] = index
            item.amount_fen = found[key].amount_fen
            submission.decide(index, PaymentResult(*key, "accepted"))
    if added:
        voids = [items[index] for index in added.values()]
        parameters = {
            **_keys(voids),
            "reason": [void.reason for void in voids],
            "client_id": [submission.client_id] * len(voids),
            "content_hash": [void.content_hash for void in voids],
            "recorded_in": [submission.batch_id] * len(voids),
        }
        await connection.execute(queries.ADD_VOIDS, parameters)
    await _decide_known(connection, submission, queries.EXISTING_VOIDS, again)


def _refusal(group: str, payment_no: str, reason: str, detail: str) -> PaymentResult:
    return PaymentResult(group, payment_no, "rejected", reason=reason, detail=detail)


def _reject_unreadable(submission: Submission[Any], unreadable: Sequence[Unreadable]) -> None:
    for item in unreadable:
        submission.reject(_refusal(item.order_no, item.line_no, "malformed", item.message))


def _keys(items: Iterable[_Keyed]) -> dict[str, list[str]]:
    pairs = [(item.group_code, item.payment_no) for item in items]
    return {"group_code": [group for group, _ in pairs], "payment_no": [number for _, number in pairs]}


async def _decide_known(
    connection: AsyncConnection, submission: Submission[Any], existing: TextClause, indices: Iterable[int]
) -> set[int]:
    """Decide those that are recorded already under these keys; answers which they are."""
    asked = list(indices)
    if not asked:
        return set()
    rows = (await connection.execute(existing, _keys(submission.items[index] for index in asked))).all()
    recorded = {(row.group_code, row.payment_no): row for row in rows}
    known: set[int] = set()
    for index in asked:
        item: _Keyed = submission.items[index]
        row = recorded.get((item.group_code, item.payment_no))
        if row is None:
            continue
        result = PaymentResult(item.group_code, item.payment_no, "duplicate", state=row.state)
        if row.content_hash != item.content_hash:
            result.status, result.reason, result.detail = "conflict", "other_content", _OTHER_CONTENT
        submission.decide(index, result)
        known.add(index)
    return known


async def _resolve(connection: AsyncConnection, items: Sequence[JudgedPayment]) -> Whose:
    asked = sorted({(code, item.paid_on) for item in items for code in (item.group_code, item.member_code)})
    if not asked:
        return {}
    parameters = {"code": [code for code, _ in asked], "paid_on": [day for _, day in asked]}
    rows = await connection.execute(queries.RESOLVE_CODES, parameters)
    return {(row.code, row.paid_on): row for row in rows.all()}


def _refuse(item: JudgedPayment, whose: Whose, sight: Sight) -> PaymentResult | None:
    group, member = whose[item.group_code, item.paid_on], whose[item.member_code, item.paid_on]
    for name, found in (("group", group), ("member", member)):
        if found.reason is not None:
            detail = f"{name}: {_CODE_REFUSALS[found.reason]}"
            return _refusal(item.group_code, item.payment_no, found.reason, detail)
    if not (sight(group.region) and sight(member.region)):
        return _refusal(item.group_code, item.payment_no, "not_allowed", _NOT_ALLOWED)
    return None


async def _add(
    connection: AsyncConnection, submission: PaymentSubmission, indices: Sequence[int], whose: Whose
) -> list[int]:
    """Record payments of different keys; answers which of ``indices`` were not there before."""
    if not indices:
        return []
    items = [submission.items[index] for index in indices]
    groups = [whose[item.group_code, item.paid_on] for item in items]
    members = [whose[item.member_code, item.paid_on] for item in items]
    parameters = {
        **_keys(items),
        "recorded_in": [submission.batch_id] * len(items),
        "group_id": [group.subject_id for group in groups],
        "group_kind": [group.kind for group in groups],
        "group_region": [group.region for group in groups],
        "member_id": [member.subject_id for member in members],
        "member_kind": [member.kind for member in members],
        "member_region": [member.region for member in members],
        "member_code": [item.member_code for item in items],
        "method": [str(item.method) for item in items],
        "amount_fen": [item.amount_fen for item in items],
        "paid_on": [item.paid_on for item in items],
        "for_month": [item.for_month for item in items],
        "evidence": [item.evidence for item in items],
        "confirmation": [str(item.confirmation) for item in items],
        "client_id": [submission.client_id] * len(items),
        "content_hash": [item.content_hash for item in items],
    }
    fresh = {tuple(row) for row in (await connection.execute(queries.ADD_PAYMENTS, parameters)).all()}
    return [index for index, item in zip(indices, items, strict=True) if (item.group_code, item.payment_no) in fresh]


async def _unlinked(connection: AsyncConnection, items: Sequence[JudgedPayment]) -> set[tuple[str, str]]:
    if not items:
        return set()
    rows = await connection.execute(queries.UNLINKED, _keys(items))
    return {(row.group_code, row.payment_no) for row in rows.all()}
