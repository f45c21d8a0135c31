"""Up the tree of divisions by the digits of their codes."""

ANCESTORS = """
    (VALUES ('province', 1, 2), ('prefecture', 3, 4), ('county', 5, 6), ('township', 7, 9), ('village', 10, 12))
        AS tree (level, first_digit, last_digit)
"""
"""The levels, and which digits of ``region`` name its division of each."""
IS_ANCESTOR = "substr(region, first_digit, last_digit - first_digit + 1) ~ '[^0]'"
"""Whether ``region`` lies at the level or below it."""
ANCESTOR = "rpad(left(region, last_digit), 12, '0')"
"""Its division of the level."""
