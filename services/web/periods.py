"""The periods the dashboard offers: a year, one of its quarters, one of its months."""

import re
from dataclasses import dataclass
from typing import Literal

FIRST_YEAR, LAST_YEAR = 2000, 2099
_PERIOD = re.compile(r"(20\d\d)(?:-(?:Q([1-4])|(0[1-9]|1[0-2])))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Period:
    """A year (``part`` 0), a quarter (1–4) or a month (1–12) of it."""

    year: int
    unit: Literal["year", "quarter", "month"]
    part: int = 0

    def __str__(self) -> str:
        """As the API writes it: ``2019``, ``2019-Q2``, ``2019-02``."""
        if self.unit == "quarter":
            return f"{self.year}-Q{self.part}"
        if self.unit == "month":
            return f"{self.year}-{self.part:02d}"
        return str(self.year)

    def holds(self, month: "Period") -> bool:
        """Whether ``month``, one of the same year's, is a proper part of this period or this period itself."""
        if self.unit == "quarter":
            return (month.part - 1) // 3 + 1 == self.part
        return month == self

    def quarters(self) -> list["Period"]:
        """The four quarters of its year."""
        return [Period(self.year, "quarter", quarter) for quarter in range(1, 5)]

    def months(self) -> list["Period"]:
        """The twelve months of its year."""
        return [Period(self.year, "month", month) for month in range(1, 13)]

    def moved(self, years: int) -> "Period | None":
        """The same part of another year, or ``None`` outside the years the dashboard offers."""
        year = self.year + years
        return Period(year, self.unit, self.part) if FIRST_YEAR <= year <= LAST_YEAR else None


def parse_period(text: str) -> Period | None:
    """Read ``2019``, ``2019-Q2`` or ``2019-02``; ``None`` for anything else."""
    match = _PERIOD.fullmatch(text)
    if match is None:
        return None
    year, quarter, month = match.groups()
    if quarter:
        return Period(int(year), "quarter", int(quarter))
    if month:
        return Period(int(year), "month", int(month))
    return Period(int(year), "year")
