"""Which port a house takes that has to be known before it starts."""

import random

from services.cli.messages import Refusal
from services.cli.serving import listen

_BELOW_PASSING_ONES = range(20_000, 32_768)
"""Systems give connections that go out ports from 32768 (Linux) or 49152 on: one of those may be taken meanwhile."""


def free_port() -> int:
    """A port that nobody has now, and that no connection is given before the house listens there."""
    for port in random.sample(_BELOW_PASSING_ONES, 100):
        try:
            listen("127.0.0.1", port).close()
        except Refusal:
            continue
        return port
    raise AssertionError("no free port among a hundred")
