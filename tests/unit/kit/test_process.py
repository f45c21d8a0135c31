"""What a long-running process does about memory."""

import gc
import subprocess
import sys
import weakref
from collections.abc import Iterator

import pytest

from services.kit.process import leaves_no_circles


def test_what_the_start_made_is_left_alone() -> None:
    """In a process of its own: nothing is collected meanwhile; then objects are frozen, the first generation large, and
    what came since is looked at all the same.
    """
    program = (
        "import gc; from services.kit import process; process.put_off_garbage_collection(); print(gc.isenabled()); "
        "process.rest_garbage_collection(); print(gc.isenabled(), gc.get_freeze_count() > 0, *gc.get_threshold())"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert said.split() == ["False", "True", "True", "200000", "5", "5"]


class Node:
    """Something that can be part of a circle."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def no_collector() -> Iterator[None]:
    """As in a house, where the collector hardly ever comes by itself."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("no_collector")
def test_what_is_tied_in_circles_is_freed_with_the_document() -> None:
    """Whether it was written or could not be."""
    left: list[weakref.ref[Node]] = []

    @leaves_no_circles
    def write(text: str, *, fails: bool) -> str:
        left.append(weakref.ref(Node()))
        if fails:
            raise ValueError(text)
        return text

    assert write("written", fails=False) == "written"
    with pytest.raises(ValueError, match="broken"):
        write("broken", fails=True)
    assert [one() for one in left] == [None, None]
