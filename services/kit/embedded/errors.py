"""What can go wrong with the embedded PostgreSQL; every message says in Chinese and English what to do."""


class EmbeddedPostgresError(RuntimeError):
    """It cannot be set up, started or reached."""


class EmbeddedPostgresInUse(EmbeddedPostgresError):
    """Another living process serves this data folder; the message says which."""
