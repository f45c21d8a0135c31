"""What a long-running process of ours does once it has started."""

import gc


def put_off_garbage_collection() -> None:
    """Collect nothing until :func:`rest_garbage_collection`: what a start makes stays, and looking through it again and
    again takes a quarter of the start.
    """
    gc.disable()


def rest_garbage_collection() -> None:
    """Leave what the start made out of every later collection, and collect after many allocations only.

    A thousand order lines make tens of thousands of short-lived objects, none of them in a circle; with Python's usual
    thresholds the collector walked the whole house every few requests, for a quarter of a line's time.
    """
    gc.collect()
    gc.freeze()
    gc.enable()
    gc.set_threshold(200_000, 50, 1_000)
