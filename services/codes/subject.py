"""What a registration says of a household, cooperative or enterprise, and which numbers it may carry."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from stdnum import numdb
from stdnum.cn import ric, uscc
from stdnum.exceptions import InvalidChecksum, InvalidComponent, InvalidFormat, InvalidLength, ValidationError

from services.codes.code import Kind

NUMBERS = ("id_card", "uscc", "external_id")
"""The fields by which a subject is found again."""

ID_CARD_LENGTH = 18


class Status(StrEnum):
    """A household's status in the registry."""

    REGISTERED = "registered"
    OUT_OF_POVERTY = "out_of_poverty"
    MONITORED = "monitored"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Baseline:
    """Registered net income per head of an accounting year, in fen."""

    year: int
    per_head_fen: int


@dataclass(frozen=True, slots=True)
class Registration:
    """What a sender says when it registers a subject. Its ``repr`` leaves out what names a person."""

    kind: Kind
    region: str
    registered_on: date
    name: str = field(repr=False)
    numbers: Mapping[str, str] = field(repr=False)
    """Those of :data:`NUMBERS` that are known, in canonical form."""
    phone: str | None = field(default=None, repr=False)
    persons: int | None = None
    status: Status | None = None
    baseline: Baseline | None = None
    members_bp: int | None = None


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


class NotAnIdCard(ValueError):
    """The text is no resident identity card number (GB 11643); the message says why and repeats nothing."""


class NotAUscc(ValueError):
    """The text is no unified social credit code (GB 32100); the message says why and repeats nothing."""


_LENGTH = "应为18位 / it must have 18 characters"
_FORMAT = "含有不允许的字符 / it has characters that do not belong there"
_CHECK = "校验码不符 / its check character does not fit"
_DATE = "出生日期无效 / its date of birth does not exist"
_PROVINCE = "省份代码无效 / its province does not exist"
_WHY = {InvalidLength: _LENGTH, InvalidFormat: _FORMAT, InvalidChecksum: _CHECK}


def read_id_card(text: str) -> str:
    """The canonical form of a resident identity card number. Raises :class:`NotAnIdCard`.

    ``ric.validate`` of python-stdnum would also ask that the county existed when its holder was born. Numbers are given
    out from 1984 on, and by the county of that day: it refuses everyone born before 1983 in Huaxi (a district since
    then), and whoever was registered late. So its parts are used, and of the place only the province is asked.
    """
    number = ric.compact("".join(text.split()))
    if len(number) != ID_CARD_LENGTH:
        raise _not_an_id_card(_LENGTH)
    if not (number.isascii() and number[:-1].isdigit() and number[-1] in "0123456789X"):
        raise _not_an_id_card(_FORMAT)
    if ric.calc_check_digit(number) != number[-1]:
        raise _not_an_id_card(_CHECK)
    try:
        ric.get_birth_date(number)
    except InvalidComponent:
        raise _not_an_id_card(_DATE) from None
    if not numdb.get("cn/loc").info(number[:2])[0][1]:
        raise _not_an_id_card(_PROVINCE)
    return str(number)


def _not_an_id_card(why: str) -> NotAnIdCard:
    return NotAnIdCard(f"证件号码无效:{why}")


def read_uscc(text: str) -> str:
    """The canonical form of a unified social credit code. Raises :class:`NotAUscc`."""
    try:
        return str(uscc.validate(text))
    except ValidationError as error:
        raise NotAUscc(f"统一社会信用代码无效:{_WHY[type(error)]}") from None


def mask_name(name: str) -> str:
    """A person's name as those see it who need not know it: ``张三丰`` → ``张**``; its length is hidden too."""
    return name[:1] + "**"
