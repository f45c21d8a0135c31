"""The rules by which a payment is judged, before anything is looked up: pure, values in and values out."""

import hashlib
import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeVar

from services.codes.published import Kind, MalformedCode, parse_code
from services.kit.money import NotAnAmount, format_yuan, parse_yuan
from services.sales.line import HASH_VERSION, KEY, KEY_DETAIL, MAX_LINE_FEN, RejectedLine
from services.sales.wire import Payment, PaymentVoid

EARLIEST = date(2015, 1, 1)
MAX_MONTHS_AHEAD = 12
"""A rent may be paid ahead, but not for ever: this many months before the month that it is for."""
MAX_EVIDENCE_LENGTH = 300
MAX_REASON_LENGTH = 500

Choice = TypeVar("Choice", bound=StrEnum)

_MONTH = re.compile(r"(20\d{2})-(0[1-9]|1[0-2])", re.ASCII)
_SCANNED = re.compile(r"[A-Za-z0-9._-]{0,64}/[\x21-\x2e\x30-\x7e]{1,80}/[A-Za-z0-9._-]{1,64}", re.ASCII)
_SCANNED_DETAIL = (
    "没有付款主体的付款,编号应为 站点/来源/扫码号 / Without a group, payment_no must be station/source/scan"
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Method(StrEnum):
    """What a household was paid for."""

    PURCHASE = "purchase"
    WAGE = "wage"
    RENT = "rent"
    DIVIDEND = "dividend"
    GUARANTEE = "guarantee"


class Confirmation(StrEnum):
    """Who confirmed that a payment was received."""

    HOUSEHOLD = "household"
    GROUP = "group"
    BANK_DIGEST = "bank_digest"
    NONE = "none"


@dataclass(slots=True)
class JudgedPayment:
    """A payment that is well-formed, in canonical form."""

    payment_no: str
    group_code: str
    member_code: str
    method: Method
    amount_fen: int
    paid_on: date
    for_month: date
    """First day of the month."""
    evidence: str
    confirmation: Confirmation
    content_hash: bytes


@dataclass(slots=True)
class JudgedVoid:
    """A void that is well-formed."""

    payment_no: str
    group_code: str
    reason: str
    content_hash: bytes
    amount_fen: int = 0
    """What it takes back; known once its payment is found."""


def judge_payment(payment: Payment, today: date) -> JudgedPayment:
    """Judge one payment by itself. Raises :class:`RejectedLine`."""
    group_code = _group(payment.group, payment.payment_no)
    member_code = _code("member", payment.member)
    if member_code[0] == Kind.ENTERPRISE.letter or (
        member_code[0] == Kind.COOPERATIVE.letter and group_code[0] != Kind.ENTERPRISE.letter
    ):
        detail = (
            "收款方须为农户,或企业的成员合作社 / member must be a household, or a cooperative paid by an enterprise"
        )
        raise RejectedLine("member_kind", detail)
    judged = JudgedPayment(
        payment_no=payment.payment_no,
        group_code=group_code,
        member_code=member_code,
        method=_one_of("method", payment.method, Method),
        amount_fen=_amount(payment.amount),
        paid_on=_paid_on(payment.paid_on, today),
        for_month=_month(payment.for_month, payment.paid_on),
        evidence=_sentence("evidence", payment.evidence, MAX_EVIDENCE_LENGTH),
        confirmation=_one_of("confirmation", payment.confirmation, Confirmation),
        content_hash=b"",
    )
    judged.content_hash = _hash(
        member_code, judged.method, str(judged.amount_fen), judged.paid_on.isoformat(), judged.for_month.isoformat(),
        judged.evidence, judged.confirmation,
    )  # fmt: skip
    return judged


def judge_void(void: PaymentVoid) -> JudgedVoid:
    """Judge one void by itself. Raises :class:`RejectedLine`."""
    if void.group is not None:
        group_code = _group(void.group, void.payment_no)
    elif _SCANNED.fullmatch(void.payment_no):
        group_code = ""
    else:
        raise RejectedLine("payment_no", _SCANNED_DETAIL)
    reason = _sentence("reason", void.reason, MAX_REASON_LENGTH)
    return JudgedVoid(void.payment_no, group_code, reason, _hash(reason))


def last_day(month: date) -> date:
    """The day on which a payment for ``month`` counts: the finest grain it knows is the month, which ends then."""
    following = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    return date.fromordinal(following.toordinal() - 1)


def _group(code: str, payment_no: str) -> str:
    if KEY.fullmatch(payment_no) is None:
        raise RejectedLine("payment_no", KEY_DETAIL.format(name="payment_no"))
    group_code = _code("group", code)
    if group_code[0] not in (Kind.COOPERATIVE.letter, Kind.ENTERPRISE.letter):
        raise RejectedLine("group_kind", "付款方须为合作社或企业 / group must be a cooperative or an enterprise")
    return group_code


def _code(name: str, text: str) -> str:
    try:
        return parse_code(text)
    except MalformedCode as error:
        detail = f"{name} 识别码格式错误({error.reason}) / The code of the {name} is malformed ({error.reason})"
        raise RejectedLine("malformed_code", detail) from error


def _one_of(name: str, text: str, kind: type[Choice]) -> Choice:
    try:
        return kind(text)
    except ValueError as error:
        choices = ", ".join(kind)
        raise RejectedLine(name, f"{name} 须为 {choices} 之一 / {name} must be one of {choices}") from error


def _amount(text: str) -> int:
    try:
        fen = parse_yuan(text)
    except NotAnAmount:
        fen = 0
    if not 0 < fen <= MAX_LINE_FEN:
        limit = format_yuan(MAX_LINE_FEN)
        detail = f"金额应为 0.01–{limit} 的两位小数 / amount must be 0.01–{limit} with at most two decimals"
        raise RejectedLine("amount", detail)
    return fen


def _paid_on(day: date, today: date) -> date:
    if day > today:
        raise RejectedLine("in_future", "paid_on 在将来 / paid_on is in the future")
    if day < EARLIEST:
        raise RejectedLine("too_old", "paid_on 早于 2015 年 / paid_on is before 2015")
    return day


def _month(text: str, paid_on: date) -> date:
    match = _MONTH.fullmatch(text)
    if match is None:
        raise RejectedLine("for_month", "for_month 应如 2019-03 / for_month must be written like 2019-03")
    month = date(int(match[1]), int(match[2]), 1)
    ahead = (month.year - paid_on.year) * 12 + month.month - paid_on.month
    if month < EARLIEST or ahead > MAX_MONTHS_AHEAD:
        detail = (
            f"for_month 不得早于 2015-01,也不得晚于付款后 {MAX_MONTHS_AHEAD} 个月 / "
            f"for_month must not be before 2015-01 or more than {MAX_MONTHS_AHEAD} months after paid_on"
        )
        raise RejectedLine("for_month", detail)
    return month


def _sentence(name: str, text: str, length: int) -> str:
    sentence = _CONTROL.sub(" ", text).strip()
    if not 0 < len(sentence) <= length:
        raise RejectedLine(name, f"{name} 应为 1–{length} 个字符 / {name} must be 1–{length} characters")
    return sentence


def _hash(*fields: str) -> bytes:
    return HASH_VERSION + hashlib.blake2b("\x1f".join(fields).encode(), digest_size=16).digest()
