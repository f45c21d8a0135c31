"""How tables say what their service may do with them, and what a service publishes to others.

Grants are part of a table's declaration (``info``), so that the one place which applies them and the test which
proves them read the same words.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import MetaData

NAMING = {
    "pk": "%(table_name)s_pkey",
    "ix": "%(table_name)s_%(column_0_N_name)s_idx",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
    "ck": "%(table_name)s_%(constraint_name)s_check",
    "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
}


def schema_metadata(schema: str) -> MetaData:
    """The collection of a schema's tables, with the project's constraint names."""
    return MetaData(schema=schema, naming_convention=NAMING)


def rows_of_record() -> dict[str, Any]:
    """``info`` of a table whose rows are only ever inserted: SELECT and INSERT, no UPDATE, no DELETE."""
    return {"grants": ("SELECT", "INSERT")}


def updatable(*columns: str) -> dict[str, Any]:
    """``info`` of a table whose facts are only inserted while the named columns are state that may change."""
    return {"grants": ("SELECT", "INSERT", f"UPDATE ({', '.join(columns)})")}


def mutable() -> dict[str, Any]:
    """``info`` of a table of state: its service may do anything with its rows."""
    return {"grants": ("SELECT", "INSERT", "UPDATE", "DELETE")}


def for_purposes(info: Mapping[str, Any], *purposes: str) -> dict[str, Any]:
    """``info`` of a table whose rows are there only for transactions that say what for: row-level security by the
    setting :data:`PURPOSE`, one of ``purposes``.
    """
    # Plain text: Alembic writes what stands here into a migration as it is represented.
    return {**info, "purposes": tuple(map(str, purposes))}


PURPOSE = "onecode.purpose"
"""The setting by which a transaction says what it needs rows for: ``set_config(…, …, true)`` at its beginning."""


@dataclass(frozen=True, slots=True)
class PublishedView:
    """A view that a service offers to others, run with its owner's rights.

    ``reads`` names, table by table, the columns the view reads: PostgreSQL checks the owner's rights, Citus checks
    the reader's on the workers, so readers are granted SELECT on exactly these columns as well.
    """

    schema: str
    name: str
    query: str
    readers: tuple[str, ...]
    reads: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def qualified_name(self) -> str:
        """``schema.name``."""
        return f"{self.schema}.{self.name}"
