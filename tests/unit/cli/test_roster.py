"""Following a roster from the command line."""

import pytest

from services.cli.roster import LOOK_SECONDS, pause_after


@pytest.mark.parametrize("look_seconds", [0.001, 0.05, 3.0])
def test_looking_takes_no_more_than_a_tenth_of_the_time(look_seconds: float) -> None:
    """What the house counts for each look is lost to the roster itself; and nobody looks oftener than is of use."""
    pause = pause_after(look_seconds)
    assert look_seconds <= (look_seconds + pause) / 10 * (1 + 1e-9)
    assert pause >= LOOK_SECONDS
