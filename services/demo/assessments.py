"""What the registry and the groups say of households beside the sales: yearly incomes, exits, and what was paid.

Incomes are made up as the field has them: villages have their own luck, richer years follow poorer ones, and households
whom a cooperative or an own code reaches gain somewhat more in 2019. So a comparison finds something, and a placebo of
the years before does not; nothing follows from it for the real Guizhou.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Any, Final

from services.demo.roster import Household, Roster
from services.kit.money import format_yuan

_SEED: Final = "assessments-2019"
_GAIN_YUAN: Final = (150, 450)
"""What households that are reached gain beyond the others in 2019, per head."""
_EXITS_OF_HUNDRED: Final = 45
"""Of a hundred that are registered as poor, how many leave in the course of 2019."""
_PAYING_COOPERATIVES: Final = 5
"""One of so many pays its members out each quarter."""
_CONFIRMATIONS: Final = ("household", "group", "bank_digest", "none")
_QUARTERS: Final = (("2019-03", date(2019, 4, 8)), ("2019-06", date(2019, 7, 8)), ("2019-09", date(2019, 10, 12)),
                    ("2019-12", date(2020, 1, 8)))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Assessment:
    """What the registry holds of a household for a year: income per head, and its status at the year's end."""

    household: Household
    year: int
    per_head_fen: int
    status: str


def assessed(roster: Roster) -> Iterator[Assessment]:
    """Incomes of 2017 and 2019 of everybody; that of 2018 is registered with the household."""
    reached = {link.member for link in roster.links} | {key for of in roster.clusters for key in of.households}
    for household in (*roster.households, *roster.neighbours):
        luck = Random(f"{_SEED}-{household.region}")  # noqa: S311 - to come out the same
        own = Random(f"{_SEED}-{household.key}")  # noqa: S311
        before = luck.gauss(300, 80) + own.gauss(0, 120)
        gain = luck.gauss(350, 80) + own.gauss(0, 150)
        if household.key in reached:
            gain += own.uniform(*_GAIN_YUAN)
        leaves = household.status == "registered" and own.randrange(100) < _EXITS_OF_HUNDRED
        yield Assessment(household, 2017, max(0, household.baseline_fen - round(before) * 100), household.status)
        yield Assessment(
            household,
            2019,
            household.baseline_fen + round(gain) * 100,
            "out_of_poverty" if leaves else household.status,
        )


def roster_file(assessments: Sequence[Assessment]) -> bytes:
    """The year's assessments as a roster that ``POST /v1/rosters`` takes."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["户主姓名", "户主证件号码", "行政区划代码", "人均纯收入", "核算年度", "户属性"])
    for one in assessments:
        household = one.household
        writer.writerow(
            [household.name, household.id_card, household.region, format_yuan(one.per_head_fen), one.year,
             one.status]
        )  # fmt: skip
    return text.getvalue().encode()


def payments(roster: Roster, codes: Mapping[str, str]) -> list[dict[str, Any]]:
    """What some cooperatives paid their members each quarter, and who confirmed it."""
    source = Random(f"{_SEED}-payments")  # noqa: S311
    members = roster.members_of()
    found = []
    for cooperative in roster.cooperatives[::_PAYING_COOPERATIVES]:
        for month, paid_on in _QUARTERS:
            for turn, member in enumerate(members[cooperative.key]):
                found.append(
                    {
                        "payment_no": f"{month}-{turn + 1:03d}",
                        "group": codes[cooperative.key],
                        "member": codes[member],
                        "method": source.choice(("purchase", "dividend", "wage")),
                        "amount": format_yuan(source.randint(8_000, 45_000)),
                        "paid_on": paid_on.isoformat(),
                        "for_month": month,
                        "evidence": f"演示付款清单 {month}",
                        "confirmation": source.choices(_CONFIRMATIONS, (45, 25, 15, 15))[0],
                    }
                )
    return found
