"""Reads one record of a roster: cells in, an entry with canonical values out, and what is to be said of it."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Final

import msgspec

from services.codes.code import Kind
from services.codes.roster.documents import UnfitDocument, read_document
from services.codes.roster.gathering import Record
from services.codes.roster.places import Places, Written
from services.codes.roster.reasons import Reason
from services.codes.subject import NotAUscc, Status, number_in, read_uscc
from services.kit.money import MAX_FEN, NotAnAmount, parse_yuan

MAX_PERSONS: Final = 100
NAME_LENGTH: Final = 200
_NUMBER_LENGTH: Final = 64
_YEARS: Final = range(1990, 2101)
_PHONE: Final = re.compile(r"\+?[0-9][0-9 -]{4,18}[0-9]")
_DATE: Final = re.compile(r"([0-9]{4})[-/.年]?([0-9]{1,2})[-/.月]?([0-9]{1,2})日?")
_YEAR: Final = re.compile(r"([0-9]{4})年?(?:度)?")
_AMOUNT_NOISE: Final = str.maketrans("", "", ",，¥￥ ")

_STATUSES: Final = {
    Status.REGISTERED: (
        "建档立卡", "建档立卡户", "建档立卡贫困户", "贫困户", "一般贫困户", "低保贫困户", "五保贫困户",
        "特困供养贫困户", "未脱贫", "未脱贫户", "返贫", "返贫户", "registered",
    ),
    Status.OUT_OF_POVERTY: (
        "脱贫", "脱贫户", "已脱贫", "已脱贫户", "稳定脱贫", "稳定脱贫户", "享受政策脱贫户", "out_of_poverty",
    ),
    Status.MONITORED: (
        "监测对象", "监测户", "脱贫不稳定户", "边缘易致贫户", "突发严重困难户", "脱贫监测户", "边缘户", "monitored",
    ),
    Status.OTHER: ("其他", "其它", "其他户", "一般农户", "普通农户", "非贫困户", "一般户", "非建档立卡户", "other"),
}  # fmt: skip
_STATUS_OF: Final = {text: status.value for status, texts in _STATUSES.items() for text in texts}
_OUT_OF_POVERTY: Final = {"是": Status.OUT_OF_POVERTY.value, "否": Status.REGISTERED.value}
"""What stands under 是否脱贫."""


class Entry(msgspec.Struct, array_like=True, gc=False):
    """What a row says, in canonical form; None for what it does not say."""

    row_no: int
    name: str | None = None
    id_card: str | None = None
    uscc: str | None = None
    external_id: str | None = None
    phone: str | None = None
    region: str | None = None
    candidates: tuple[str, ...] = ()
    """Villages that an ambiguous place may be."""
    persons: int | None = None
    status: str | None = None
    income_fen: int | None = None
    income_year: int | None = None
    members_bp: int | None = None
    registered_on: date | None = None
    details: dict[str, str] = {}
    """Of a household: its group, the cause of poverty, the year out of it, its certificate, why there is no ID."""


DETAILS: Final = ("group", "poverty_cause", "exit_year", "disability_certificate", "no_id_reason")


class EntryReader:
    """Reads the records of one roster."""

    def __init__(self, kind: Kind, fields: Sequence[str], places: Places, *, county: str | None) -> None:
        """``county``: the six digits of the county that the roster covers, or in which what it covers lies."""
        self._kind = kind
        self._fields = tuple(fields)
        self._places = places
        self._county = county

    def read(self, record: Record) -> tuple[Entry, list[Reason]]:
        """The entry of a record, and the reasons to refuse it or to say something of it."""
        cells = {field: cell for field, cell in zip(self._fields, record.cells, strict=True) if cell}
        reasons = list(record.reasons)
        entry = Entry(record.row_no)
        self._read_place(cells, entry, reasons)
        _read_name(cells, entry, reasons)
        self._read_external_id(cells, entry, reasons)
        if "registered_on" in cells:
            entry.registered_on = read_date(cells["registered_on"], reasons)
        if self._kind is Kind.HOUSEHOLD:
            _read_household(cells, entry, reasons)
        else:
            _read_group(cells, entry, reasons)
        return entry, reasons

    def _read_place(self, cells: Mapping[str, str], entry: Entry, reasons: list[Reason]) -> None:
        get = cells.get
        region, village = get("region", ""), get("village", "")
        if not (region or village):
            return
        place = self._places.find(
            Written(region, get("prefecture", ""), get("county", ""), get("township", ""), village)
        )
        entry.region, entry.candidates = place.village, place.candidates
        if place.reason is not None:
            reasons.append(Reason(place.reason, "place", regions=place.candidates))

    def _read_external_id(self, cells: Mapping[str, str], entry: Entry, reasons: list[Reason]) -> None:
        number = cells.get("external_id")
        if number is None:
            return
        number = number.lstrip("'")
        if len(number) > _NUMBER_LENGTH:
            reasons.append(Reason("external_id_length", "external_id"))
            return
        counties = {village[:6] for village in ((entry.region,) if entry.region else entry.candidates)}
        if not counties and self._county is not None:
            counties = {self._county}
        entry.external_id = number_in(counties.pop(), number) if len(counties) == 1 else number


def _read_name(cells: Mapping[str, str], entry: Entry, reasons: list[Reason]) -> None:
    name = cells.get("head_name") or cells.get("name")
    if name is not None and len(name) > NAME_LENGTH:
        reasons.append(Reason("name_length", "name"))
        return
    entry.name = name


def _read_household(cells: Mapping[str, str], entry: Entry, reasons: list[Reason]) -> None:
    entry.details = {field: cells[field] for field in ("group", "poverty_cause") if field in cells}
    _read_id(cells, entry, reasons)
    if "phone" in cells:
        entry.phone = _PHONE.fullmatch(cells["phone"]) and cells["phone"]
        if entry.phone is None:
            reasons.append(Reason("phone_unreadable", "phone"))
    if "persons" in cells:
        entry.persons = _read_persons(cells["persons"], reasons)
    if "exit_year" in cells:
        year = _read_year(cells["exit_year"], "exit_year", reasons)
        if year is not None:
            entry.details["exit_year"] = str(year)
    if "baseline_income" in cells:
        _read_income(cells, entry, reasons)
    entry.status = _read_status(cells, reasons)


def _read_id(cells: Mapping[str, str], entry: Entry, reasons: list[Reason]) -> None:
    document = cells.get("head_id_card") or cells.get("id_card")
    if document is None:
        if "no_id_reason" in cells:
            entry.details["no_id_reason"] = cells["no_id_reason"]
            reasons.append(Reason("without_id", "id_card"))
        return
    try:
        entry.id_card, certificate = read_document(document)
    except UnfitDocument as error:
        reasons.append(Reason(error.reason, "id_card"))
        return
    if certificate is not None:
        entry.details["disability_certificate"] = certificate
        reasons.append(Reason("disability_certificate", "id_card"))


def _read_group(cells: Mapping[str, str], entry: Entry, reasons: list[Reason]) -> None:
    if "uscc" in cells:
        try:
            entry.uscc = read_uscc(cells["uscc"].lstrip("'"))
        except NotAUscc:
            reasons.append(Reason("uscc_invalid", "uscc"))
    elif "no_id_reason" in cells:
        reasons.append(Reason("without_id", "uscc"))
    if "members_percent" in cells:
        entry.members_bp = _read_percent(cells["members_percent"], reasons)


def _read_persons(text: str, reasons: list[Reason]) -> int | None:
    digits = text.removesuffix("人").removesuffix(".0")
    if digits.isascii() and digits.isdigit() and 1 <= int(digits[:9]) <= MAX_PERSONS:
        return int(digits)
    reasons.append(Reason("persons_invalid", "persons"))
    return None


def _read_year(text: str, field: str, reasons: list[Reason]) -> int | None:
    match = _YEAR.match(text)
    if match is not None and int(match[1]) in _YEARS:
        return int(match[1])
    reasons.append(Reason("year_invalid", field))
    return None


def _read_income(cells: Mapping[str, str], entry: Entry, reasons: list[Reason]) -> None:
    text = cells["baseline_income"]
    try:
        fen = parse_yuan(text)
    except NotAnAmount:
        try:
            exact = Decimal(text.translate(_AMOUNT_NOISE).removesuffix("元")) * 100
            fen = int(exact.quantize(Decimal(1), ROUND_HALF_UP))
        except InvalidOperation:
            reasons.append(Reason("amount_invalid", "baseline_income"))
            return
        if fen != exact:
            reasons.append(Reason("income_rounded", "baseline_income"))
    if fen < 0 or fen > MAX_FEN:
        reasons.append(Reason("amount_negative" if fen < 0 else "amount_invalid", "baseline_income"))
        return
    if "baseline_year" not in cells:
        reasons.append(Reason("income_without_year", "baseline_year"))
        return
    year = _read_year(cells["baseline_year"], "baseline_year", reasons)
    if year is not None:
        entry.income_fen, entry.income_year = fen, year


def _read_status(cells: Mapping[str, str], reasons: list[Reason]) -> str | None:
    """The status by 脱贫状态, or else by 户属性; a household that is monitored is so whatever the other says."""
    state, attribute = cells.get("poverty_state"), cells.get("attribute")
    if state is None and attribute is None:
        return None
    by_state = None if state is None else _OUT_OF_POVERTY.get(state) or _STATUS_OF.get(state)
    by_attribute = None if attribute is None else _STATUS_OF.get(attribute)
    status = Status.MONITORED.value if by_attribute == Status.MONITORED else by_state or by_attribute
    if status is None:
        reasons.append(Reason("status_unknown", "status"))
    return status


def _read_percent(text: str, reasons: list[Reason]) -> int | None:
    try:
        points = Decimal(text.removesuffix("%")) * 100
    except InvalidOperation:
        points = Decimal(-1)
    if points != points.to_integral_value() or not 0 <= points <= 10_000:  # noqa: PLR2004 - all, in basis points
        reasons.append(Reason("percent_invalid", "members_percent"))
        return None
    return int(points)


def read_date(text: str, reasons: list[Reason]) -> date | None:
    """The day on which somebody was registered, however it is written; None, and a reason, if there is no such day."""
    match = _DATE.match(text)
    if match is not None:
        try:
            return date(int(match[1]), int(match[2]), int(match[3]))
        except ValueError:
            pass
    reasons.append(Reason("date_invalid", "registered_on"))
    return None
