"""Clocks that jump: libfaketime lies to one process about the time of day; its stopwatch goes on."""

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

LIBRARY = "libfaketimeMT.so.1"
FOLDERS = ("/usr/lib", "/usr/local/lib", "/usr/lib64", "/opt")

_WHAT_TO_DO = (
    "没有 libfaketime。请安装:apt-get install libfaketime / "
    "No libfaketime to make clocks jump with. Install it: `apt-get install libfaketime` (as root)"
)
_INSTALL_SECONDS = 600


class NoFalseClock(AssertionError):
    """The library was not found and could not be installed."""


@cache
def library() -> Path:
    """The library to preload; installs it if it is not there. Raises :class:`NoFalseClock`."""
    found = _find()
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        for command in (["update"], ["install", "--yes", "--no-install-recommends", "libfaketime"]):
            subprocess.run(["apt-get", *command], check=False, timeout=_INSTALL_SECONDS, capture_output=True)
        found = _find()
    if found is None:
        raise NoFalseClock(_WHAT_TO_DO)
    return found


def _find() -> Path | None:
    folders = (Path(folder) for folder in FOLDERS if Path(folder).is_dir())
    return next((path for folder in folders for path in folder.glob(f"**/faketime/{LIBRARY}")), None)


class FalseClock:
    """A clock that can be put back and forward while a process goes by it; ``path`` is where it says by how much."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.put(0)

    def put(self, hours: int) -> None:
        """Let it be so many hours ahead of the true time, from now on."""
        new = self.path.with_suffix(".new")
        new.write_text(f"{hours:+d}h\n" if hours else "+0\n")
        new.chmod(0o644)
        new.rename(self.path)

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to go by it."""
        return {
            "LD_PRELOAD": str(library()),
            "FAKETIME_TIMESTAMP_FILE": str(self.path),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "DONT_FAKE_MONOTONIC": "1",
        }
