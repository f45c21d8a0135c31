"""Where tests keep databases: in memory, if the machine has room for it there."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of its own in it, with a name that nobody can foresee
_ROOM_BYTES = 6 << 30
"""What a run may need at most, with a database in each of its processes and houses beside them."""


def folder_of_databases() -> str | None:
    """A folder in memory; or None, for the usual one, where there is none, or little room.

    A database is more than a thousand files, and most tests have one of their own: to make and to remove them on a disk
    takes longer than the tests do. Who tests what survives on a disk takes the usual folder.
    """
    if not os.access(_MEMORY, os.W_OK):
        return None
    room = os.statvfs(_MEMORY)
    free = min(room.f_bavail * room.f_frsize, psutil.virtual_memory().available)
    return str(_MEMORY) if free >= _ROOM_BYTES else None


@contextmanager
def passing_folder() -> Iterator[Path]:
    """A folder for databases that is removed in the end.

    Not in pytest's own temporary folder: another run closes that one to other users, and as root PostgreSQL is one.
    """
    with tempfile.TemporaryDirectory(prefix="onecode-test-", dir=folder_of_databases()) as folder:
        yield Path(folder)
