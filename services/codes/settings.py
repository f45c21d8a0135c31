"""The environment of ``codes``."""

from services.kit.settings import ServiceSettings


class CodesSettings(ServiceSettings):
    """The keys of person data lie in ``secrets_dir``; the host that is printed on labels is that of ``public_url``."""

    roster_retention_days: int = 180
    """How long what a roster said and nobody committed is kept, encrypted, for somebody to decide about it."""
