"""The rules of corrections: pure. A correction is one more set of entries that says why; nothing is edited."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from services.sales.line import HASH_VERSION, KEY, KEY_DETAIL, RejectedLine, judge_code, judge_codes
from services.sales.parts import Holder, Holding, NamedCodes, divide, write_codes
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
    codes: NamedCodes | None = None
    """Instead of ``code``, when several shall share the line."""
    amount_fen: int = 0
    """The line's net that it moved; known once it is applied."""

    @property
    def named(self) -> NamedCodes:
        """Whose the line shall be, with weights; nobody's for a cancellation."""
        return self.codes or (() if self.code is None else ((self.code, 1),))


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
    holding: Holding


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
    code, codes = _new_codes(correction, action)
    return JudgedCorrection(
        correction_no=correction.correction_no,
        order_no=correction.order_no,
        line_no=correction.line_no,
        action=action,
        code=code,
        reason=reason,
        content_hash=content_hash_of(action, code, codes, reason),
        codes=codes,
    )


def content_hash_of(action: Action, code: str | None, codes: NamedCodes | None, reason: str) -> bytes:
    """The hash by which a correction that is sent again is known to say the same."""
    shared = "" if codes is None else write_codes(codes)
    canonical = f"{action}\x1f{code or shared}\x1f{reason}".encode()
    return HASH_VERSION + hashlib.blake2b(canonical, digest_size=16).digest()


def _new_codes(correction: Correction, action: Action) -> tuple[str | None, NamedCodes | None]:
    """Whose the line shall be: one code, or several; neither for a cancellation. Raises :class:`RejectedLine`."""
    given = [correction.code, correction.codes].count(None)
    if action is Action.CANCEL:
        if given != 2:  # noqa: PLR2004 - neither of the two
            raise RejectedLine("code", "取消时不能有识别码 / A cancellation has no code")
        return None, None
    if given != 1:
        raise RejectedLine("code", "请给出新的识别码(code 或 codes) / Say whose the line shall be: code or codes")
    if correction.codes is not None:
        return None, judge_codes(correction.codes, None)
    return judge_code(correction.code or ""), None


def reverse(line: HeldLine) -> list[CorrectionEntry]:
    """Take both measures of a line, at its present totals, from whoever holds it. Mutates ``entry_count``."""
    return _entries(line, -1)


def cancel(line: HeldLine) -> list[CorrectionEntry]:
    """Reverse a line for good."""
    entries = reverse(line)
    line.cancelled = True
    return entries


def reassign(line: HeldLine, holding: Holding) -> list[CorrectionEntry]:
    """Move a line to others, or to where they lived: both measures reversed and posted again. Nothing if it is so."""
    if _shares(holding) == _shares(line.holding):
        return []
    entries = reverse(line)
    line.holding = holding
    return entries + _entries(line, 1)


def _shares(holding: Holding) -> list[tuple[str, int, str, Fraction]]:
    weights = sum(holder.weight for holder in holding)
    return [(holder.code, holder.subject_id, holder.region, Fraction(holder.weight, weights)) for holder in holding]


def _entries(line: HeldLine, sign: int) -> list[CorrectionEntry]:
    entries = []
    gross = divide(line.amount_fen, line.holding)
    left = divide(line.amount_fen - line.refunded_fen, line.holding)
    for holder, gross_fen, left_fen in zip(line.holding, gross, left, strict=True):
        for measure, amount_fen in (("gross", gross_fen), ("refund", left_fen - gross_fen)):
            if amount_fen or measure == "gross":
                line.entry_count += 1
                entries.append(CorrectionEntry(line, holder, measure, sign * amount_fen, line.entry_count))
    return entries
