"""Who may hold a code: for tables, and for queries, which must not import tables at a start. In a statement it reads as
SQL writes a list.
"""

KINDS = ("household", "cooperative", "enterprise")
