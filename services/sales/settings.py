"""The environment of ``sales``."""

from services.kit.settings import ServiceSettings


class SalesSettings(ServiceSettings):
    """As every service; sealing and settling can be slowed down where nobody waits for them."""

    seal_every_seconds: float = 0.2
    """How long the sealer rests when nobody wakes it."""
    settle_every_seconds: float = 0.5
    """How long the consumers rest when nobody wakes them."""
    settle_cycle_seconds: float = 30.0
    """How long income may gather, at most, while more and more lines come in; a few lines do not wait,
    and nothing does once no more has come in for three seconds."""
    concurrent_recordings: int = 3
    """Transactions that record lines at the same time; what arrives meanwhile shares the next one. Three keep the
    database busy while one of them waits for the log and the house reads the next requests; small requests overlap
    only when they have waited long."""
    upload_idle_seconds: int = 60
    """How long nothing of a file may arrive before its import is ended, to be resumed."""
