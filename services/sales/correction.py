"""The rules of corrections: pure. A correction is one more set of entries that says why; nothing is edited."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from services.codes.published import MalformedCode, parse_code
from services.sales.line import HASH_VERSION, KEY, KEY_DETAIL, RejectedLine
from services.sales.wire import Correction

MAX_REASON_LENGTH = 500


class Action(StrEnum):
    """What a correction does with a line."""

    REASSIGN = "reassign"
    CANCEL = "cancel"


@dataclass(slots=True)
class JudgedCorrection:
    """A correction that is well-formed, in canonical form."""

    correction_no: str
    order_no: str
    line_no: str
    action: Action
    code: str | None
    reason: str
    content_hash: bytes
    amount_fen: int = 0
    """The line's net that it moved; known once it is applied."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose a line is."""

    code: str
    subject_id: int
    kind: str
    region: str


@dataclass(slots=True)
class HeldLine:
    """A line, whose it is, and what is left of it."""

    order_no: str
    platform: str
    line_no: str
    amount_fen: int
    refunded_fen: int
    entry_count: int
    cancelled: bool
    holder: Holder


@dataclass(frozen=True, slots=True)
class CorrectionEntry:
    """A ledger entry that a correction posts."""

    line: HeldLine
    holder: Holder
    measure: str
    amount_fen: int
    entry_no: int


def judge_correction(correction: Correction) -> JudgedCorrection:
    """Judge one correction by itself. Raises :class:`RejectedLine`."""
    for name in ("correction_no", "order_no", "line_no"):
        if KEY.fullmatch(getattr(correction, name)) is None:
            raise RejectedLine(name, KEY_DETAIL.format(name=name))
    if correction.action not in set(Action):
        raise RejectedLine("action", "action 须为 reassign 或 cancel / action must be reassign or cancel")
    action = Action(correction.action)
    reason = correction.reason.replace("\x00", "").strip()[:MAX_REASON_LENGTH]
    if not reason:
        raise RejectedLine("reason", "请说明原因 / Say why")
    code = None
    if action is Action.REASSIGN:
        if correction.code is None:
            raise RejectedLine("code", "请给出新的识别码 / Say whose code the line shall have")
        try:
            code = parse_code(correction.code)
        except MalformedCode as error:
            detail = f"识别码格式错误({error.reason}) / The code is malformed ({error.reason})"
            raise RejectedLine("malformed_code", detail) from error
    elif correction.code is not None:
        raise RejectedLine("code", "取消时不能有识别码 / A cancellation has no code")
    canonical = f"{action}\x1f{code or ''}\x1f{reason}".encode()
    return JudgedCorrection(
        correction_no=correction.correction_no,
        order_no=correction.order_no,
        line_no=correction.line_no,
        action=action,
        code=code,
        reason=reason,
        content_hash=HASH_VERSION + hashlib.blake2b(canonical, digest_size=16).digest(),
    )


def reverse(line: HeldLine) -> list[CorrectionEntry]:
    """Take both measures of a line, at its present totals, from whoever holds it. Mutates ``entry_count``."""
    return _entries(line, line.holder, -line.amount_fen, line.refunded_fen)


def cancel(line: HeldLine) -> list[CorrectionEntry]:
    """Reverse a line for good."""
    entries = reverse(line)
    line.cancelled = True
    return entries


def reassign(line: HeldLine, holder: Holder) -> list[CorrectionEntry]:
    """Move a line to another holder: both measures reversed and posted again. Nothing if it is theirs already."""
    if holder.subject_id == line.holder.subject_id and holder.code == line.holder.code:
        return []
    entries = reverse(line)
    line.holder = holder
    return entries + _entries(line, holder, line.amount_fen, -line.refunded_fen)


def _entries(line: HeldLine, holder: Holder, gross_fen: int, refund_fen: int) -> list[CorrectionEntry]:
    entries = []
    for measure, amount_fen in (("gross", gross_fen), ("refund", refund_fen)):
        if amount_fen or measure == "gross":
            line.entry_count += 1
            entries.append(CorrectionEntry(line, holder, measure, amount_fen, line.entry_count))
    return entries
