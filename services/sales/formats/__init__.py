"""Formats that sellers export: each reads rows into orders and refunds, and says which column is the amount."""

from collections.abc import Mapping
from types import ModuleType
from typing import Final

from services.sales.formats import tmall_report

FORMATS: Final[Mapping[str, ModuleType]] = {"tmall-report": tmall_report}
"""By the name callers use. A format module has ``COLUMNS`` (required), ``DESCRIPTION`` and ``read_row(row)``."""
