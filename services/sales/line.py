"""The rules by which an order line is judged, before anything is looked up: pure, values in and values out."""

import re
from collections.abc import Container, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import blake2b

import msgspec

from services.codes.published import MalformedCode, parse_code
from services.kit.money import NotAnAmount, format_yuan, parse_yuan
from services.sales.parts import NamedCodes, write_codes
from services.sales.wire import CodeShare, Line, Order

MAX_KEY_LENGTH = 64
MAX_TITLE_LENGTH = 200
MAX_LINE_FEN = 100_000_000_00
"""One line is worth at most 100 million yuan."""
MAX_QUANTITY_MILLI = 10**12
CLOCK_SKEW = timedelta(minutes=10)
"""How far a platform's clock may be ahead of ours."""
EARLIEST = datetime(2015, 1, 1, tzinfo=UTC)
MAX_CODES = 50
MAX_WEIGHT = 10**9
TRADES = frozenset({"retail", "wholesale", "group", "downlink"})
HASH_VERSION = b"\x01"

KEY = re.compile(r"[\x21-\x7e]{1,64}")
_TEXT = re.compile(r"[^\x00-\x1f\x7f]{1,64}")
_REGION = re.compile(r"[0-9]{12}", re.ASCII)
_QUANTITY = re.compile(r"(\d{1,9})(?:\.(\d{1,3}))?", re.ASCII)
_CONTROLS = dict.fromkeys([*range(32), 127], " ")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_EARLIEST = EARLIEST - EPOCH
KEY_DETAIL = "{name} 应为 1–64 个可见 ASCII 字符 / {name} must be 1–64 visible ASCII characters"


class RejectedLine(Exception):
    """The line cannot be taken as it is: ``reason`` for programs, ``detail`` (Chinese / English) for people."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class _OfOrder(msgspec.Struct, gc=False):  # a struct is made in a third of a dataclass's time
    """What all lines of an order share, well-formed and in canonical form."""

    order_no: str
    occurred_at: datetime
    shop: str
    station: str | None
    buyer_region: str | None
    trade: str
    campaign: str | None
    buyer_code: str | None


class JudgedOrder(_OfOrder, gc=False):
    """An order that is well-formed."""

    canonical: str
    """Its part of the text that is hashed of each line."""


class JudgedLine(_OfOrder, gc=False):
    """A line that is well-formed, in canonical form."""

    line_no: str
    code: str | None
    sku: str | None
    title: str | None
    category: str
    quantity_milli: int
    unit: str | None
    amount_fen: int
    content_hash: bytes
    codes: NamedCodes | None = None
    """Instead of ``code``, when several share the line."""


def judge_order(order: Order, now: datetime) -> JudgedOrder:
    """Judge what all lines of an order share. Raises :class:`RejectedLine`."""
    shop, station, region, campaign = order.shop, order.station, order.buyer_region, order.campaign
    if not _is_key(order.order_no):
        raise RejectedLine("order_no", KEY_DETAIL.format(name="order_no"))
    if order.occurred_at.tzinfo is None:
        raise RejectedLine("occurred_at", "occurred_at 须带时区 / occurred_at needs an offset, such as +08:00")
    since = order.occurred_at - EPOCH
    if since > now - EPOCH + CLOCK_SKEW:
        raise RejectedLine("in_future", "occurred_at 在将来,请检查时钟 / occurred_at is in the future; check the clock")
    if since < _EARLIEST:
        raise RejectedLine("too_old", "occurred_at 早于 2015 年 / occurred_at is before 2015")
    if not _is_text(shop):
        raise RejectedLine("shop", "店铺应为 1–64 个字符 / shop must be 1–64 characters")
    if station is not None and not _is_text(station):
        raise RejectedLine("station", "站点应为 1–64 个字符 / station must be 1–64 characters")
    if region is not None and not _is_region(region):
        raise RejectedLine("buyer_region", "买家区划应为 12 位代码 / buyer_region must be a 12-digit division code")
    if campaign is not None and not _is_text(campaign):
        raise RejectedLine("campaign", "活动应为 1–64 个字符 / campaign must be 1–64 characters")
    if order.trade not in TRADES:
        raise RejectedLine("trade", f"trade 须为 {sorted(TRADES)} 之一 / trade must be one of {sorted(TRADES)}")
    buyer_code = None if order.buyer_code is None else judge_code(order.buyer_code)
    judged = JudgedOrder(
        order.order_no, order.occurred_at, shop, station, region, order.trade, campaign, buyer_code, ""
    )
    judged.canonical = _canonical_order(judged, since)
    return judged


def judge_line(order: JudgedOrder, line: Line, categories: Container[str]) -> JudgedLine:
    """Judge one line of an order. Raises :class:`RejectedLine`."""
    line_no, category, sku, unit = line.line_no, line.category, line.sku, line.unit
    if not _is_key(line_no):
        raise RejectedLine("line_no", KEY_DETAIL.format(name="line_no"))
    if category not in categories:
        raise RejectedLine("unknown_category", "未知品类 / Unknown category; use one of /v1/categories or other")
    if sku is not None and not _is_text(sku):
        raise RejectedLine("sku", "sku 应为 1–64 个字符 / sku must be 1–64 characters")
    if unit is not None and not _is_text(unit):
        raise RejectedLine("unit", "unit 应为 1–64 个字符 / unit must be 1–64 characters")
    code = None if line.code is None else judge_code(line.code)
    title = None if line.title is None else _title(line.title)
    judged = JudgedLine(
        order.order_no, order.occurred_at, order.shop, order.station, order.buyer_region, order.trade, order.campaign,
        order.buyer_code, line_no, code, sku, title, category, _quantity(line.quantity), unit, _amount(line.amount),
        b"",
    )  # fmt: skip
    if line.codes is not None:
        if code is not None:
            raise RejectedLine("codes", "code 与 codes 只能有一个 / Give either code or codes")
        judged.codes = judge_codes(line.codes, judged.amount_fen)
    judged.content_hash = _hash(order.canonical + _canonical_line(judged))
    return judged


def judge_codes(shares: Sequence[CodeShare], amount_fen: int | None) -> NamedCodes:
    """The codes that share a line of ``amount_fen`` (``None``: only weights will do). An amount is a weight in fen.
    Raises :class:`RejectedLine`.
    """
    if not 1 < len(shares) <= MAX_CODES:
        detail = f"codes 应有 2–{MAX_CODES} 个 / codes must be 2–{MAX_CODES}"
        raise RejectedLine("codes", detail)
    named = {judge_code(share.code): share for share in shares}
    if len(named) != len(shares):
        raise RejectedLine("codes", "codes 中有重复的识别码 / A code is named twice in codes")
    if all(share.weight is not None and share.amount is None for share in shares):
        weights = [share.weight or 0 for share in named.values()]
        if not all(0 < weight <= MAX_WEIGHT for weight in weights):
            raise RejectedLine("codes", f"权重应为 1–{MAX_WEIGHT} 的整数 / a weight must be an integer from 1 on")
    elif amount_fen is not None and all(share.amount is not None and share.weight is None for share in shares):
        weights = [_amount(share.amount or "") for share in named.values()]
        if sum(weights) != amount_fen or not all(weights):
            raise RejectedLine("codes", "codes 的金额须为正且合计等于 amount / the amounts in codes must sum to amount")
    else:
        detail = "codes 须全部给 weight 或全部给 amount / codes need a weight each, or an amount each"
        raise RejectedLine("codes", detail)
    return tuple(sorted(zip(named, weights, strict=True)))


def _is_key(text: str) -> bool:
    """As KEY, which takes twice as long."""
    return text.isascii() and text.isprintable() and 0 < len(text) <= MAX_KEY_LENGTH and " " not in text


def _is_text(text: str) -> bool:
    """Short and without control characters: what is printable is (and nearly all is), else it is looked at closely."""
    return 0 < len(text) <= MAX_KEY_LENGTH and (text.isprintable() or _TEXT.fullmatch(text) is not None)


@lru_cache(maxsize=10_000)  # there are some three thousand counties
def _is_region(text: str) -> bool:
    return _REGION.fullmatch(text) is not None


def _title(text: str) -> str:
    """A title as it is kept: of bounded length, in one line."""
    cut = text[:MAX_TITLE_LENGTH]
    return cut if cut.isprintable() else cut.translate(_CONTROLS)


def judge_code(text: str) -> str:
    """A code in canonical form. Raises :class:`RejectedLine`."""
    try:
        return parse_code(text)
    except MalformedCode as error:
        detail = f"识别码格式错误({error.reason}) / The code is malformed ({error.reason})"
        raise RejectedLine("malformed_code", detail) from error


def _amount(text: str) -> int:
    try:
        fen = parse_yuan(text)
    except NotAnAmount:
        fen = -1
    if not 0 <= fen <= MAX_LINE_FEN:
        limit = format_yuan(MAX_LINE_FEN)
        detail = f"金额应为 0.00–{limit} 的两位小数 / amount must be 0.00–{limit} with at most two decimals"
        raise RejectedLine("amount", detail)
    return fen


@lru_cache(maxsize=1_000)  # nearly every line is of one, two or three pieces
def _quantity(text: str) -> int:
    match = _QUANTITY.fullmatch(text)
    milli = 0 if match is None else int(match[1]) * 1000 + int((match[2] or "").ljust(3, "0"))
    if not 0 < milli <= MAX_QUANTITY_MILLI:
        raise RejectedLine("quantity", "数量应为正数 / quantity must be positive with at most three decimals")
    return milli


def content_hash(line: JudgedLine) -> bytes:
    """A version byte and BLAKE2b-128 of the business content.

    The canonical form is the fields below in this order, each as UTF-8 text (absent: empty; time: microseconds since
    1970; amounts: fen and thousandths), joined by the unit separator; a line that several codes share has them as one
    field more. A title is no business content: a shop may polish it, and the line stays the same.
    """
    return _hash(_canonical_order(line, line.occurred_at - EPOCH) + _canonical_line(line))


def _canonical_order(order: _OfOrder, since: timedelta) -> str:
    return (
        f"{since // _MICROSECOND}\x1f{order.shop}\x1f{order.station or ''}\x1f{order.buyer_region or ''}\x1f"
        f"{order.trade}\x1f{order.campaign or ''}\x1f{order.buyer_code or ''}\x1f"
    )


def _canonical_line(line: JudgedLine) -> str:
    text = (
        f"{line.code or ''}\x1f{line.sku or ''}\x1f{line.category}\x1f{line.quantity_milli}\x1f{line.unit or ''}\x1f"
        f"{line.amount_fen}"
    )
    return text if line.codes is None else f"{text}\x1f{write_codes(line.codes)}"


def _hash(text: str) -> bytes:
    return HASH_VERSION + blake2b(text.encode(), digest_size=16).digest()
