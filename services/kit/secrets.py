"""Secrets are files, one each, in a folder only their owner can read (the form in which containers get them too)."""

import contextlib
import os
import secrets
from collections.abc import Callable
from pathlib import Path


def read_secret(folder: Path, name: str) -> str:
    """The secret ``name``; raises ``FileNotFoundError`` with a message that says where it was looked for."""
    path = folder / name
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        message = (
            f"缺少密钥文件 {path};请运行 onecode migrate 或挂载该文件 / "
            f"secret file {path} is missing; run `onecode migrate`, or mount it"
        )
        raise FileNotFoundError(message) from None


def write_secret(folder: Path, name: str, value: str) -> None:
    """Create or replace the secret ``name`` with mode 0600, so that a crash leaves the old or the new one whole."""
    staged = _stage(folder, name, value)
    staged.replace(folder / name)


def ensure_secret(folder: Path, name: str, draw: Callable[[], str] = lambda: secrets.token_urlsafe(32)) -> str:
    """The secret ``name``, drawn if it does not exist yet (256 random bits, unless ``draw`` says otherwise).

    Two processes that draw it at once end with the same one: the first to put it in place.
    """
    if not (folder / name).exists():
        staged = _stage(folder, name, draw())
        with contextlib.suppress(FileExistsError):
            os.link(staged, folder / name)
        staged.unlink()
    return read_secret(folder, name)


def _stage(folder: Path, name: str, value: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    staged = folder / f".{name}.{secrets.token_hex(4)}"
    descriptor = os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(value)
        file.flush()
        os.fsync(file.fileno())
    return staged
