"""Formats that sellers export: each reads rows into sales, and says which column is the amount."""

from typing import Final

from services.sales.formats import jd, own, own_refunds, pinduoduo, taobao, tmall_report

AUTO: Final = "auto"
"""Whatever format the header is of."""
MAPPING: Final = "mapping"
"""A table that a mapping file describes."""
NDJSON: Final = "onecode-ndjson"

LAYOUTS: Final = (taobao.ITEMS, taobao.ORDERS, tmall_report.LAYOUT, pinduoduo.LAYOUT, jd.LAYOUT, own_refunds.CSV,
                  own.CSV)  # fmt: skip
"""Every tabular format; ``auto`` takes the first whose columns are all there, so the richer ones come first."""

NAMES: Final = (AUTO, *(layout.name for layout in LAYOUTS), NDJSON, MAPPING)
"""What a caller may ask for."""
