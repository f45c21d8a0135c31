"""``onecode up`` from its start to its being ready, when the data folder is there already.

There is no yardstick for this: the budget itself, two seconds, stands in its place.
"""

import time

from benchmarks.house import Ground, house
from benchmarks.rounds import Figures, Options, Row, Unit

BUDGET_SECONDS = 2.0


async def measure(ground: Ground, options: Options) -> list[Row]:
    """The one row."""
    seconds = []
    with ground.copy() as data:
        for _ in range(options.size(1, options.rounds)):
            began = time.perf_counter()
            with house(data):
                seconds.append(time.perf_counter() - began)
    found = Figures(tuple(seconds))
    allowed = Figures((BUDGET_SECONDS,) * len(seconds))
    return [Row("onecode up, second start, to ready", "the budget", Unit.SECONDS, found, allowed, 1.0)]
