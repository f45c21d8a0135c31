"""What a long-running process does about memory."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from services.kit.process import leaves_no_circles


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
