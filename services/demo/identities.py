"""Names and numbers for people and companies that do not exist.

**ID-card numbers** pass every formal check (length, address, date, ISO 7064 check character) and belong to nobody:

* the address part is a prefecture's code of the time (522700 黔南), where a real number has a county's;
* the sequence number is 996 to 999. Until 1999 these four were kept for people a hundred years old and more, and the
  people of this demo are born from 1945 to 1979: they got their numbers while that rule stood.

**Unified social credit codes** pass both check digits (GB 32100 and, for the organisation part, GB 11714); their
organisation part begins with ``DEM`` for 演示, a series that is not handed out.

All names end in （演示）.
"""

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from typing import Final

from stdnum.cn import ric, uscc

DEMO_MARK: Final = "（演示）"

_SURNAMES: Final = "杨李王张吴陈刘罗龙韦潘石田周黄陆蒙莫覃岑姚欧冉安任"
_GIVEN_NAMES_OF_MEN: Final = (
    "国强", "德明", "光荣", "正华", "老满", "建军", "文富", "胜利",
    "永贵", "昌林", "天佑", "明忠", "世云", "兴发", "家学",
)  # fmt: skip
_GIVEN_NAMES_OF_WOMEN: Final = (
    "秀英", "桂花", "玉珍", "阿妹", "春兰", "美仙", "小凤", "金莲",
    "素芬", "明香", "银花", "朝秀", "水英", "彩云", "月桂",
)  # fmt: skip

_ADDRESS_OF_PREFECTURE: Final = {
    "5201": "520100",
    "5202": "520200",
    "5203": "522100",  # 遵义地区 until 1997
    "5204": "522500",  # 安顺地区 until 2000
    "5205": "522400",  # 毕节地区 until 2011
    "5206": "522200",  # 铜仁地区 until 2011
    "5223": "522300",
    "5226": "522600",
    "5227": "522700",
}
_SEQUENCE_NUMBERS: Final = (996, 997, 998, 999)
_FIRST_BIRTHDAY: Final = date(1945, 1, 1)
_BIRTHDAYS: Final = (date(1979, 12, 31) - _FIRST_BIRTHDAY).days + 1
_STRIDE: Final = 7919
"""Prime, and no divisor of the number of birthdays: strides reach every day once, in no order the eye would see."""

_ORGANISATION_WEIGHTS: Final = (3, 7, 9, 10, 5, 8, 4, 2)


class IdCards:
    """Hands out ID-card numbers, each once, in an order that is always the same."""

    def __init__(self) -> None:
        self._issued: Counter[str] = Counter()

    def issue(self, region: str) -> str:
        """The next number for someone from ``region``; ``ValueError`` past 51,132 people of one prefecture."""
        prefecture = region[:4]
        turn = self._issued[prefecture]
        self._issued[prefecture] += 1
        day, order = divmod(turn, len(_SEQUENCE_NUMBERS))
        if day >= _BIRTHDAYS:
            raise ValueError(f"演示身份证号已用尽 / no demo ID-card number is left for prefecture {prefecture}")
        birthday = _FIRST_BIRTHDAY + timedelta(days=day * _STRIDE % _BIRTHDAYS)
        body = f"{_ADDRESS_OF_PREFECTURE[prefecture]}{birthday:%Y%m%d}{_SEQUENCE_NUMBERS[order]}"
        return body + ric.calc_check_digit(body + "0")


def is_a_womans(id_card: str) -> bool:
    """Whether the sequence number is even, which it is for women."""
    return int(id_card[16]) % 2 == 0


def name_of_holder(id_card: str, randomness: Callable[[int], int]) -> str:
    """A made-up name for the holder of ``id_card``, marked as made up."""
    given_names = _GIVEN_NAMES_OF_WOMEN if is_a_womans(id_card) else _GIVEN_NAMES_OF_MEN
    surname = _SURNAMES[randomness(len(_SURNAMES))]
    return f"{surname}{given_names[randomness(len(given_names))]}{DEMO_MARK}"


def credit_code(registration: str, region: str, number: int) -> str:
    """The unified social credit code of demo organisation ``number`` (below 100,000) registered in ``region``.

    ``registration`` is its first two characters: ``93`` for a farmers' cooperative, ``91`` for a company.
    """
    organisation = f"DEM{number:05d}"
    total = sum(int(c, 36) * weight for c, weight in zip(organisation, _ORGANISATION_WEIGHTS, strict=True))
    body = f"{registration}{region[:6]}{organisation}{'0123456789X0'[11 - total % 11]}"
    return body + str(uscc.calc_check_digit(body))
