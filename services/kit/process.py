"""What a long-running process of ours does once it has started."""

import gc


def rest_garbage_collection() -> None:
    """Leave what the start made out of every later collection, and collect after many allocations only.

    A thousand order lines make tens of thousands of short-lived objects, none of them in a circle; with Python's usual
    thresholds the collector walked the whole house every few requests, for a quarter of a line's time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(200_000, 50, 1_000)
