"""The schemas of the house: their tables, and the views they publish."""

from dataclasses import dataclass

from sqlalchemy import MetaData

from services.auth import published as auth_published
from services.auth import tables as auth_tables
from services.codes import published as codes_published
from services.codes import tables as codes_tables
from services.kit.tables import PublishedView
from services.sales import published as sales_published
from services.sales import tables as sales_tables
from services.stats import published as stats_published
from services.stats import tables as stats_tables


@dataclass(frozen=True, slots=True)
class Schema:
    """A schema, the tables its service owns and the views it offers to others."""

    name: str
    metadata: MetaData
    views: tuple[PublishedView, ...]

    @property
    def owner(self) -> str:
        """The role that owns the schema and cannot log in."""
        return f"onecode_{self.name}"

    @property
    def login(self) -> str:
        """The role as which the service logs in: never superuser, never owner."""
        return f"onecode_{self.name}_login"


SCHEMAS = (
    Schema("auth", auth_tables.metadata, auth_published.VIEWS),
    Schema("codes", codes_tables.metadata, codes_published.VIEWS),
    Schema("sales", sales_tables.metadata, sales_published.VIEWS),
    Schema("stats", stats_tables.metadata, stats_published.VIEWS),
)
