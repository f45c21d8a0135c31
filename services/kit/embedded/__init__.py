"""The PostgreSQL 18 that OneCode brings along and runs as its own child, over the data folder."""

from services.kit.embedded.archive import LogArchive
from services.kit.embedded.errors import EmbeddedPostgresError, EmbeddedPostgresInUse
from services.kit.embedded.server import EmbeddedPostgres

__all__ = ["EmbeddedPostgres", "EmbeddedPostgresError", "EmbeddedPostgresInUse", "LogArchive"]
