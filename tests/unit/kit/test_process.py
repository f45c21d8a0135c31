"""A started process collects garbage seldom, and never what its start made."""

import subprocess
import sys


def test_what_the_start_made_is_left_alone() -> None:
    """In a process of its own: objects are frozen, and the first generation is large."""
    program = (
        "import gc; from services.kit.process import rest_garbage_collection as rest; rest(); "
        "print(gc.get_freeze_count() > 0, gc.get_threshold()[0])"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert said.split() == ["True", "200000"]
