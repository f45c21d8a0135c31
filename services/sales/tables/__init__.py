"""The tables of schema ``sales``, a module for each noun.

Lines, refunds and ledger entries are keyed by, and would be distributed on, ``order_no``; per-subject tables on
``subject_id``; platforms, categories, bindings and ratios are reference tables; batches and the feed stay on the
coordinator; payments are keyed by who paid. Nothing relies on a trigger, a foreign key or the order of a sequence.
"""

from services.sales.tables import batches, bindings, imports, income, lines, payments
from services.sales.tables.batches import metadata

__all__ = ["batches", "bindings", "imports", "income", "lines", "metadata", "payments"]
