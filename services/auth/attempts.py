"""How many failed attempts are too many. Values and time in, verdict out; kept in the memory of one process."""

from collections import OrderedDict, deque
from collections.abc import Hashable
from math import ceil

MAX_KEYS = 10_000
"""Keys remembered per limit; the one that failed longest ago is forgotten first."""


class FailureLimit:
    """At most ``failures`` failures per key within ``seconds``."""

    def __init__(self, failures: int, seconds: float) -> None:
        self._failures = failures
        self._seconds = seconds
        self._failed_at: OrderedDict[Hashable, deque[float]] = OrderedDict()

    def wait_seconds(self, key: Hashable, now: float) -> int:
        """Whole seconds until ``key`` may try again; 0: now."""
        failed_at = self._failed_at.get(key)
        if failed_at is None or len(failed_at) < self._failures:
            return 0
        return max(0, ceil(failed_at[0] + self._seconds - now))

    def failed(self, key: Hashable, now: float) -> None:
        """Count a failure of ``key``."""
        self._failed_at.setdefault(key, deque(maxlen=self._failures)).append(now)
        self._failed_at.move_to_end(key)
        if len(self._failed_at) > MAX_KEYS:
            self._failed_at.popitem(last=False)
