"""Who may hold a code, as SQL says it: for tables, and for queries, which must not import tables at a start."""

KINDS = "('household', 'cooperative', 'enterprise')"
