"""How a year of rural e-commerce is spread over its days: the Spring Festival, 6.18, 11.11, and the weekends."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

from services.kit.money import split_by_weight

_MONTH_WEIGHTS: Final = (115, 60, 80, 90, 95, 105, 95, 100, 115, 110, 135, 125)
_WEEKEND_PERCENT: Final = 115
_SATURDAY: Final = 5

_EVENT_PERCENT_2019: Final[Mapping[tuple[date, date], int]] = {
    (date(2019, 1, 15), date(2019, 1, 29)): 190,  # 年货节: buying for the Spring Festival
    (date(2019, 1, 30), date(2019, 2, 3)): 60,  # couriers go home
    (date(2019, 2, 4), date(2019, 2, 11)): 25,  # Spring Festival, new year's day on 5 February
    (date(2019, 6, 1), date(2019, 6, 15)): 130,
    (date(2019, 6, 16), date(2019, 6, 18)): 350,  # 6.18
    (date(2019, 9, 5), date(2019, 9, 12)): 160,  # Mid-Autumn Festival and 丰收节
    (date(2019, 11, 1), date(2019, 11, 10)): 75,  # carts wait for 11.11
    (date(2019, 11, 11), date(2019, 11, 11)): 900,
    (date(2019, 11, 12), date(2019, 11, 13)): 200,
    (date(2019, 12, 12), date(2019, 12, 12)): 300,
}


def orders_by_day(orders: int, first_day: date = date(2019, 1, 1), days: int = 365) -> dict[date, int]:
    """How many of ``orders`` fall on each day; they sum to ``orders``."""
    calendar = [first_day + timedelta(days=offset) for offset in range(days)]
    return dict(zip(calendar, split_by_weight(orders, [_weight(day) for day in calendar]), strict=True))


def _weight(day: date) -> int:
    weight = _MONTH_WEIGHTS[day.month - 1] * 100
    if day.weekday() >= _SATURDAY:
        weight = weight * _WEEKEND_PERCENT // 100
    for (first, last), percent in _EVENT_PERCENT_2019.items():
        if first <= day <= last:
            weight = weight * percent // 100
    return weight
