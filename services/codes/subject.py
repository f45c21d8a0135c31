"""What a registration says of a household, cooperative or enterprise, and which numbers it may carry."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from functools import cache
from operator import mul

import msgspec
from stdnum import numdb
from stdnum.cn import ric, uscc
from stdnum.exceptions import InvalidChecksum, InvalidFormat, InvalidLength, ValidationError

from services.codes.code import Kind

NUMBERS = ("id_card", "uscc", "external_id")
"""The fields by which a subject is found again."""

ID_CARD_LENGTH = 18
_COUNTY_DIGITS = 6
_LOCAL_NUMBER_LENGTH = 10


class Status(StrEnum):
    """A household's status in the registry."""

    REGISTERED = "registered"
    OUT_OF_POVERTY = "out_of_poverty"
    MONITORED = "monitored"
    OTHER = "other"


class Baseline(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Registered net income per head of an accounting year, in fen."""

    year: int
    per_head_fen: int


class Registration(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What a sender says when it registers a subject. Its ``repr`` leaves out what names a person."""

    kind: Kind
    region: str
    registered_on: date
    name: str
    numbers: Mapping[str, str]
    """Those of :data:`NUMBERS` that are known, in canonical form."""
    phone: str | None = None
    persons: int | None = None
    status: Status | None = None
    baseline: Baseline | None = None
    members_bp: int | None = None

    def __repr__(self) -> str:
        """Whom it is about, and nothing by which a person is known."""
        return f"Registration(kind={self.kind!r}, region={self.region!r}, registered_on={self.registered_on!r})"


class NewSubject(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One registration with what was drawn and encrypted for it."""

    subject_id: int
    code: str
    registration: Registration
    indexes: dict[str, bytes]
    """Blind index of each number, by field."""
    ciphers: dict[str, bytes] = {}
    """Person data by field (name, id_card, phone, details); empty for organisations, whose data are public."""
    likeness_index: bytes | None = None
    """Keyed index of name, village and phone, of a household with a phone."""


Content = Mapping[str, object]
"""A registration by the wire's field names; numbers as blind indexes, so that two can be compared without them."""


def content_of(registration: Registration, indexes: Mapping[str, bytes]) -> Content:
    """The content of a registration whose numbers have the blind ``indexes``, by field."""
    baseline = registration.baseline
    return {
        "kind": registration.kind.value,
        "region": registration.region,
        "registered_on": registration.registered_on,
        "name": registration.name,
        "phone": registration.phone,
        "persons": registration.persons,
        "status": None if registration.status is None else registration.status.value,
        "baseline_income": None if baseline is None else baseline.per_head_fen,
        "baseline_year": None if baseline is None else baseline.year,
        "members_bp": registration.members_bp,
        **{number: indexes.get(number) for number in NUMBERS},
    }


def differing_fields(said: Content, recorded: Content) -> list[str]:
    """Names of the fields in which two contents differ, in the order of :func:`content_of`."""
    return [name for name, value in said.items() if value != recorded[name]]


class IdCardFlaw(StrEnum):
    """Why a text is no ID card number, in the order in which it is looked at."""

    LENGTH = "length"
    CHARACTERS = "characters"
    CHECK = "check"
    BIRTH_DATE = "birth_date"
    PROVINCE = "province"


class NotAnIdCard(ValueError):
    """The text is no resident identity card number (GB 11643); ``flaw`` says why, the message repeats nothing."""

    def __init__(self, flaw: IdCardFlaw) -> None:
        super().__init__(f"证件号码无效:{_FLAWS[flaw]}")
        self.flaw = flaw


class NotAUscc(ValueError):
    """The text is no unified social credit code (GB 32100); the message says why and repeats nothing."""


_LENGTH = "应为18位 / it must have 18 characters"
_FORMAT = "含有不允许的字符 / it has characters that do not belong there"
_CHECK = "校验码不符 / its check character does not fit"
_FLAWS = {
    IdCardFlaw.LENGTH: _LENGTH,
    IdCardFlaw.CHARACTERS: _FORMAT,
    IdCardFlaw.CHECK: _CHECK,
    IdCardFlaw.BIRTH_DATE: "出生日期无效 / its date of birth does not exist",
    IdCardFlaw.PROVINCE: "省份代码无效 / its province does not exist",
}
_WHY = {InvalidLength: _LENGTH, InvalidFormat: _FORMAT, InvalidChecksum: _CHECK}

_WEIGHTS = tuple(2 ** (ID_CARD_LENGTH - 1 - position) % 11 for position in range(ID_CARD_LENGTH - 1))
"""ISO/IEC 7064 MOD 11-2, as python-stdnum's ``ric.calc_check_digit`` reckons it; a test holds the two together."""
_OFFSET = sum(_WEIGHTS) * ord("0")
"""What the weighted sum of ASCII digits is too large by."""
_CHECK_CHARACTERS = "10X98765432"


def read_id_card(text: str) -> str:
    """The canonical form of a resident identity card number. Raises :class:`NotAnIdCard`.

    ``ric.validate`` of python-stdnum would also ask that the county existed when its holder was born. Numbers are given
    out from 1984 on, and by the county of that day: it refuses everyone born before 1983 in Huaxi (a district since
    then), and whoever was registered late. So its parts are used, and of the place only the province is asked. A
    roster has a hundred thousand of them, so what comes in canonical form is not taken apart first.
    """
    number = text if len(text) == ID_CARD_LENGTH and text.isdigit() else ric.compact("".join(text.split()))
    if len(number) != ID_CARD_LENGTH:
        raise NotAnIdCard(IdCardFlaw.LENGTH)
    body = number[:-1]
    if not (number.isascii() and body.isdigit() and number[-1] in "0123456789X"):
        raise NotAnIdCard(IdCardFlaw.CHARACTERS)
    total = sum(map(mul, body.encode(), _WEIGHTS)) - _OFFSET
    if _CHECK_CHARACTERS[total % 11] != number[-1]:
        raise NotAnIdCard(IdCardFlaw.CHECK)
    try:
        date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        raise NotAnIdCard(IdCardFlaw.BIRTH_DATE) from None
    if not _is_province(number[:2]):
        raise NotAnIdCard(IdCardFlaw.PROVINCE)
    return str(number)


@cache
def _is_province(digits: str) -> bool:
    return bool(numdb.get("cn/loc").info(digits)[0][1])


def read_uscc(text: str) -> str:
    """The canonical form of a unified social credit code. Raises :class:`NotAUscc`."""
    try:
        return str(uscc.validate(text))
    except ValidationError as error:
        raise NotAUscc(f"统一社会信用代码无效:{_WHY[type(error)]}") from None


def number_field(kind: Kind) -> str:
    """The field of the number by which a subject of this kind is known everywhere."""
    return "id_card" if kind is Kind.HOUSEHOLD else "uscc"


def number_in(county: str, number: str) -> str:
    """By what a 户编号 is known in the registry: one shorter than ten characters is a county's own running number, and
    registered with the county in front, unless that is there already. ``county`` are its six digits.
    """
    is_local = len(number) < _LOCAL_NUMBER_LENGTH and county_of_number(number) is None
    return f"{county}-{number}" if is_local else number


def county_of_number(number: str) -> str | None:
    """The six digits of the county that stands in front of a number, as :func:`number_in` puts it there."""
    county = number[:_COUNTY_DIGITS]
    has_one = number[_COUNTY_DIGITS : _COUNTY_DIGITS + 1] == "-" and county.isascii() and county.isdigit()
    return county if has_one else None


def former_numbers(number: str) -> list[str]:
    """By what else the registry may know such a number: as requests once registered it, without its county; and, of a
    short one that came with its county, as rosters did, with it twice.
    """
    county, own = county_of_number(number), number[_COUNTY_DIGITS + 1 :]
    if county is None or not own or len(own) >= _LOCAL_NUMBER_LENGTH:
        return []
    return [own, *([f"{county}-{number}"] if len(number) < _LOCAL_NUMBER_LENGTH else [])]


def mask_name(name: str) -> str:
    """A person's name as those see it who need not know it: ``张三丰`` → ``张**``; its length is hidden too."""
    return name[:1] + "**"
