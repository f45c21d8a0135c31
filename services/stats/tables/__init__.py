"""The tables of schema ``stats``, a module for each subject. The cube is derived
from the feeds: ``sales`` and ``income`` by the consumer ``cube``, ``registry`` by the consumer ``registry``. It can be
recomputed from what ``sales`` and ``codes`` publish (``verify.py``).

``lines`` would be distributed on ``order_no``, tables that begin with a subject on that subject; the cells are few
and roll up from them. A region is a division code; ``level`` is how deep it lies, so that all divisions of a level
stand side by side in the key. Counts and amounts of cells carry no CHECK: PostgreSQL would hold a difference against
it before it finds the row that the difference is added to.

``releases`` is what was published of the cube: not derived any more, but rows of record.
"""

from services.stats.tables import audits, income, monitoring, plan, reach, registry, releases, sales, statements, uplift
from services.stats.tables.base import metadata

__all__ = [
    "audits",
    "income",
    "metadata",
    "monitoring",
    "plan",
    "reach",
    "registry",
    "releases",
    "sales",
    "statements",
    "uplift",
]
