"""Questions of the dashboard to the statistics. Each is also a file to take away: the same table, as CSV or XLSX."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

FORMS = ("csv", "xlsx")
_TABLES = re.compile(r"summary|series|breakdown|releases/[0-9]{1,18}/figures", re.ASCII)


@dataclass(frozen=True, slots=True)
class Question:
    """A table below ``/v1/stats/``, and its parameters."""

    table: str
    query: Mapping[str, str]

    def file(self, form: str) -> str:
        """Our address of the answer as a file."""
        return f"/dashboard/files/{self.table}?" + urlencode({**self.query, "format": form})


def is_offered(table: str, form: str) -> bool:
    """Whether a table is one that pages show, and a form one that it can be taken away in."""
    return _TABLES.fullmatch(table) is not None and form in FORMS


def summary(region: str, period: str, release: int | None = None) -> Question:
    """All indicators of a region and period."""
    return Question("summary", {"region": region, "period": period, **_of(release)})


def sales_by_month(region: str, first: str, last: str, release: int | None = None) -> Question:
    """Net sales of each month from ``first`` to ``last``."""
    months = {"from": first, "to": last, "freq": "month"}
    return Question("series", {"region": region, "indicator": "sales_net", **months, **_of(release)})


def sales_by_division(region: str, period: str, level: str, release: int | None = None) -> Question:
    """Net sales of each division of ``level`` (``prefecture`` … ``village``) within ``region``."""
    asked = {"region": region, "indicator": "sales_net", "by": level, "period": period}
    return Question("breakdown", {**asked, **_of(release)})


def public_figures(release: int, region: str, period: str, level: str | None = None) -> Question:
    """What everybody may read of a release: figures of the region, or of its divisions of ``level``."""
    of_level = {} if level is None else {"level": level}
    return Question(f"releases/{release}/figures", {"region": region, "period": period, **of_level})


def _of(release: int | None) -> dict[str, str]:
    return {} if release is None else {"release": str(release)}
