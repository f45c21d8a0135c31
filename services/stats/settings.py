"""The environment of ``stats``."""

from pydantic import Field

from services.kit.settings import ServiceSettings


class StatsSettings(ServiceSettings):
    """As every service."""

    follow_every_seconds: float = 0.25
    """How long the cube's consumer rests when it has caught up with the ledger and nobody wakes it."""
    monitor_every_seconds: float = 2.0
    """How long the consumers of monitoring rest when they have caught up."""
    provincial_platform: str = "guinong"
    """The platform that the plan calls the provincial one: 贵农网."""
    protection_rules: dict[str, dict[str, int] | int] = Field(default_factory=dict)
    """What the house asks of those behind a published figure, where that differs from docs/api/protection.md. JSON:
    ``{"household": {"threshold": 10}, "interval_percent": 15}``. Releases keep the rules they were drafted under.
    """
