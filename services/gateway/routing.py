"""Which service answers a path. The table is made from what each service says of itself in ``published.py``."""

from collections.abc import Mapping, Sequence

from services.auth import published as auth
from services.codes import published as codes
from services.sales import published as sales
from services.stats import published as stats
from services.web import published as web

PUBLIC_PATHS: dict[str, tuple[str, ...]] = {
    "auth": auth.PATHS,
    "codes": codes.PATHS,
    "sales": sales.PATHS,
    "stats": stats.PATHS,
    "web": web.PATHS,
}
"""Service → the paths it answers, with all that lies below them."""

SERVICES = tuple(PUBLIC_PATHS)


class PathClaimedTwice(ValueError):
    """Two services say that a path is theirs."""


class RouteTable:
    """Finds the service of a path by its longest claimed prefix of whole segments.

    ``/v1/orders`` claims ``/v1/orders/7`` but not ``/v1/ordersheet``; ``/`` claims only itself.
    """

    def __init__(self, paths: Mapping[str, Sequence[str]]) -> None:
        self._claims: dict[str, str] = {}
        for service, claimed in paths.items():
            for path in claimed:
                if path in self._claims:
                    raise PathClaimedTwice(f"{path}: {self._claims[path]}, {service}")
                self._claims[path] = service
        self._deepest = max((path.count("/") for path in self._claims), default=0)

    def service_of(self, path: str) -> str | None:
        """The service that answers ``path`` (decoded, as in an ASGI scope), or ``None``.

        A path with ``.`` or ``..`` segments belongs to nobody: some client or server on the way might resolve them
        and so reach a path that the service did not publish.
        """
        service = self._claims.get(path)
        if service is not None:
            return service
        if "/." in path and any(segment in {".", ".."} for segment in path.split("/")):
            return None
        # Longer prefixes than the deepest claim need not be tried, however many segments a client sends.
        segments = path.split("/", self._deepest + 1)[: self._deepest + 1]
        for length in range(len(segments), 1, -1):
            prefix = "/".join(segments[:length])
            service = self._claims.get(prefix)
            if service is not None and prefix != "/":
                return service
        return None
