"""What ``stats`` offers to other services: its public paths. No service reads its tables.

This is the only module of ``stats`` that another service may import.
"""

from services.kit.tables import PublishedView

PATHS = ("/v1/stats",)
"""Every public path of this service lies below this one."""

VIEWS: tuple[PublishedView, ...] = ()
