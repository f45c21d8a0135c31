"""What an account may do, and the rule that nobody hands out more than they hold. Pure."""

from dataclasses import dataclass

from services.kit.auth import Caller
from services.kit.territory import region_prefix


@dataclass(frozen=True, slots=True)
class Grant:
    """What a client or user may do: scopes, in which regions, for which platform or station (``None``: none in
    particular).
    """

    scope: tuple[str, ...]
    regions: tuple[str, ...]
    platform: str | None = None
    station: str | None = None


def grant_of(caller: Caller) -> Grant:
    """What the caller's token lets it do."""
    return Grant(tuple(sorted(caller.scopes)), caller.regions, caller.platform, caller.station)


def excess(own: Grant, wanted: Grant) -> dict[str, list[str]]:
    """What ``wanted`` has that ``own`` lacks, by kind; empty when ``wanted`` lies within ``own``."""
    beyond = {
        "scope": [scope for scope in wanted.scope if scope not in own.scope],
        "regions": [root for root in wanted.regions if not _within(root, own.regions)],
        "platform": _other(own.platform, wanted.platform),
        "station": _other(own.station, wanted.station),
    }
    return {kind: names for kind, names in beyond.items() if names}


def _within(root: str, own: tuple[str, ...]) -> bool:
    return any(region_prefix(root).startswith(region_prefix(mine)) for mine in own)


def _other(own: str | None, wanted: str | None) -> list[str]:
    """Whoever acts for one platform (or station) can only hand on just that one."""
    return [] if own is None or wanted == own else [wanted or "*"]
