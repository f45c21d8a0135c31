"""A started process collects garbage seldom, and never what its start made."""

import subprocess
import sys


def test_what_the_start_made_is_left_alone() -> None:
    """In a process of its own: nothing is collected meanwhile; then objects are frozen, the first generation large."""
    program = (
        "import gc; from services.kit import process; process.put_off_garbage_collection(); print(gc.isenabled()); "
        "process.rest_garbage_collection(); print(gc.isenabled(), gc.get_freeze_count() > 0, gc.get_threshold()[0])"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert said.split() == ["False", "True", "True", "200000"]
