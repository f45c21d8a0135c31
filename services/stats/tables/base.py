"""The metadata of the schema, the cursors of its consumers, and the columns that its tables share."""

from sqlalchemy import BigInteger, Column

from services.kit.feed import cursor_table
from services.kit.tables import schema_metadata

metadata = schema_metadata("stats")
cursor_table(metadata)

LEVELS = "('province', 'prefecture', 'county', 'township', 'village')"
ROOM = {"fillfactor": 70}
"""Of tables whose rows are added to again and again: a version that finds room beside the last one touches no index."""


def fen(name: str, comment: str) -> Column[int]:
    """An amount that starts at nought."""
    return Column(name, BigInteger, nullable=False, server_default="0", comment=comment)


def number(name: str, comment: str) -> Column[int]:
    """A count that starts at nought."""
    return Column(name, BigInteger, nullable=False, server_default="0", comment=comment)


def subject(name: str) -> Column[int]:
    """A subject's id as a part of the key."""
    return Column(name, BigInteger, primary_key=True, autoincrement=False)
