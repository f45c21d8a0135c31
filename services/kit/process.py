"""What a long-running process of ours does once it has started."""

import gc
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def put_off_garbage_collection() -> None:
    """Collect nothing until :func:`rest_garbage_collection`: what a start makes stays, and looking through it again and
    again takes a quarter of the start.
    """
    gc.disable()


def rest_garbage_collection() -> None:
    """Leave what the start made out of every later collection, and collect after many allocations only.

    A thousand order lines make tens of thousands of short-lived objects, none of them in a circle; with Python's usual
    thresholds the collector walked the whole house every few requests, for a quarter of a line's time. What does stay
    is looked at all the same: the next generation after five such times, all that came since the start after five more.
    """
    gc.collect()
    gc.freeze()
    gc.enable()
    gc.set_threshold(200_000, 5, 5)


def leaves_no_circles(write: Callable[P, T]) -> Callable[P, T]:
    """For what writes a PDF or a workbook: frees what its library leaves behind.

    Those tie few objects, and megabytes, into circles. Counting objects, the collector would let a hundred such
    documents pile up. All generations are looked at: what others are writing meanwhile has come into the last.
    """

    @wraps(write)
    def written(*arguments: P.args, **named: P.kwargs) -> T:
        try:
            return write(*arguments, **named)
        finally:
            gc.collect()

    return written
