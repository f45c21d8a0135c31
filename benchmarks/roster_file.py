"""Roster files as a county office would send them, of households that do not exist; and the same rows for COPY."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Final

from services.codes.divisions import Level, parent_code_of, read_divisions
from services.demo.identities import IdCards, name_of_holder

AS_OF: Final = date(2018, 12, 31)
HOUSEHOLDS_A_VILLAGE: Final = 40
TITLES: Final = (
    "县（市、区）", "乡镇", "行政村", "户编号", "户主姓名", "证件号码", "联系电话", "家庭人口", "人均纯收入（元）",
    "核算年度", "户属性", "致贫原因",
)  # fmt: skip
COLUMNS: Final = (
    "county", "township", "village", "external_id", "name", "id_card", "phone", "persons", "income", "year", "status",
    "cause",
)  # fmt: skip
_STATUSES: Final = ("建档立卡", "已脱贫", "监测对象", "一般农户")
_CAUSES: Final = ("因病", "因残", "因学", "缺技术", "缺劳力", "缺资金", "交通条件落后")

Row = tuple[str, str, str, str, str, str, str, int, str, int, str, str]


@dataclass(frozen=True, slots=True)
class RosterFile:
    """A roster of the province: its rows, as COPY takes them, and as the bytes of a CSV file."""

    rows: list[Row]

    @classmethod
    def generate(cls, households: int, *, seed: int = 20190101, first: int = 1) -> "RosterFile":
        """So many households in villages all over the province; the same ones for the same seed."""
        return cls(list(_rows(households, Random(seed), first)))  # noqa: S311 - made-up people, not keys

    def csv(self, encoding: str = "utf-8-sig") -> bytes:
        """The file."""
        written = io.StringIO(newline="")
        writer = csv.writer(written)
        writer.writerow(TITLES)
        writer.writerows(self.rows)
        return written.getvalue().encode(encoding)


def _rows(households: int, source: Random, first: int) -> Iterator[Row]:
    divisions = read_divisions()
    names = {division.code: division.name for division in divisions}
    villages = [division.code for division in divisions if division.level is Level.VILLAGE]
    id_cards = IdCards()
    # Village by village, as offices list them; the villages themselves in no order.
    chosen = [villages[turn * 7919 % len(villages)] for turn in range(households // HOUSEHOLDS_A_VILLAGE + 1)]
    for number in range(first, first + households):
        village = chosen[(number - first) // HOUSEHOLDS_A_VILLAGE]
        id_card = id_cards.issue(village)
        yield (
            names[parent_code_of(village, Level.COUNTY)],
            names[parent_code_of(village, Level.TOWNSHIP)],
            names[village],
            f"{village[:6]}{number:08d}",
            name_of_holder(id_card, source.randrange),
            id_card,
            f"1{source.randrange(3 * 10**9, 10**10):010d}",
            source.randint(1, 8),
            f"{source.randint(2500, 6000)}.{source.randrange(100):02d}",
            2018,
            source.choice(_STATUSES),
            source.choice(_CAUSES),
        )
