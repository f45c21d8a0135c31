"""What person data may be looked at for. The database shows ``codes.persons`` to transactions that say so, and to no
others: a second wall behind scopes and masks, for the statement that somebody will forget to guard.
"""

from enum import StrEnum


class Purpose(StrEnum):
    """Why a transaction reads or writes person data."""

    REGISTRATION = "registration"
    """To register a household, to find it again, to change what is registered."""
    READING = "reading"
    """To show it to a caller, masked unless he may see persons."""
