"""Every consumer of a feed, by name; a test holds the list against the cursors of a house that ran."""

from typing import NamedTuple


class Consumer(NamedTuple):
    """Where a consumer keeps its cursor, and whose feed it follows."""

    schema: str
    source: str


CONSUMERS: dict[str, Consumer] = {
    "uptake.sales": Consumer("sales", "sales"),
    "uptake.codes": Consumer("sales", "codes"),
    "income.sales": Consumer("sales", "sales"),
    "income.codes": Consumer("sales", "codes"),
    "following.codes": Consumer("sales", "codes"),
    "payments.codes": Consumer("sales", "codes"),
    "chain": Consumer("sales", "sales"),
    "cube": Consumer("stats", "sales"),
    "registry": Consumer("stats", "codes"),
    "monitoring.sales": Consumer("stats", "sales"),
    "monitoring.scans": Consumer("stats", "codes"),
}
SEALED = ("sales", "codes")
"""Schemas with a feed."""
