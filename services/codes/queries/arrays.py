"""Arrays as PostgreSQL writes them in text: for thousands of elements.

asyncpg looks at every element of a list twice, by Python, to tell an array of arrays: a tenth of the time of a roster.
"""

from collections.abc import Iterable


def bytea_array(values: Iterable[bytes | None]) -> str:
    """What ``CAST(CAST(:values AS text) AS bytea[])`` reads."""
    return "{" + ",".join(["NULL" if value is None else f'"\\\\x{value.hex()}"' for value in values]) + "}"


def bigint_array(values: Iterable[int]) -> str:
    """What ``CAST(CAST(:values AS text) AS bigint[])`` reads."""
    return "{" + ",".join(map(str, values)) + "}"
