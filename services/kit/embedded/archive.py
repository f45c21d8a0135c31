"""The archive of the write-ahead log: with a base backup, it brings the database back to any moment since.

PostgreSQL hands over each segment of its log when it is full, or after ``SWITCH_SECONDS`` if anything was written. A
segment stands under its name only when it is whole and on disk, and one that is there already must be the same.
"""

import shlex
from dataclasses import dataclass
from pathlib import Path

from services.kit.embedded.account import Account, let_pass, private_folder

SWITCH_SECONDS = 60
"""What a lost disk can cost at most, when the archive lies on another one."""


@dataclass(frozen=True, slots=True)
class LogArchive:
    """The archive in ``folder``: segments lie in ``folder/wal``."""

    folder: Path

    @property
    def segments(self) -> Path:
        """Where the segments lie."""
        return self.folder / "wal"

    def prepare(self, account: Account) -> None:
        """Make the folders, which only ``account`` (and root) can enter."""
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        let_pass(self.folder.parent.resolve(), account)
        private_folder(self.folder, account)
        private_folder(self.segments, account)

    def settings(self) -> dict[str, str]:
        """PostgreSQL parameters that fill the archive, and keep what incremental backups need."""
        kept, part = _quoted(self.segments, "%f"), _quoted(self.segments, ".%f.part")
        command = (
            f"if test -f {kept}; then cmp -s %p {kept}; "
            f"else cp %p {part} && {{ sync {part} || sync; }} && mv {part} {kept}; fi"
        )
        return {
            "archive_mode": "on",
            "archive_command": command,
            "archive_timeout": f"{SWITCH_SECONDS}s",
            "summarize_wal": "on",
        }


def restore_command(*folders: Path) -> str:
    """The command that looks for a segment in each of ``folders`` in turn."""
    return " || ".join(f"cp {_quoted(folder, '%f')} %p" for folder in folders)


def _quoted(folder: Path, name: str) -> str:
    """A path for the shell, in which PostgreSQL replaces what stands in ``name``."""
    return shlex.quote(str(folder.resolve()).replace("%", "%%") + "/") + name
