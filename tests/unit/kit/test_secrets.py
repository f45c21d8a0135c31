"""Secrets: files that nobody but their owner can read, whole or not there."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from services.kit.secrets import ensure_secret, read_secret, write_secret


@pytest.fixture(autouse=True)
def careless_umask() -> object:
    """Modes must not depend on what the user's shell says."""
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    """Permission bits."""
    return stat.S_IMODE(path.stat().st_mode)


def test_only_the_owner_can_read_a_secret(tmp_path: Path) -> None:
    """The file is 0600 and the folder 0700, also after the secret was replaced."""
    folder = tmp_path / "data" / "secrets"
    for value in ("first", "second"):
        write_secret(folder, "role_x", value)
        assert (mode(folder / "role_x"), mode(folder)) == (0o600, 0o700)
        assert read_secret(folder, "role_x") == value


def test_replacing_leaves_nothing_else_behind(tmp_path: Path) -> None:
    """The old file gives way in one step; no half-written one stays."""
    write_secret(tmp_path, "key", "old")
    write_secret(tmp_path, "key", "new")
    assert [path.name for path in tmp_path.iterdir()] == ["key"]


def test_a_write_that_fails_leaves_the_old_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Here the disk is full."""
    write_secret(tmp_path, "key", "old")

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("services.kit.secrets.os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_secret(tmp_path, "key", "new")
    assert read_secret(tmp_path, "key") == "old"


def test_a_secret_is_drawn_once(tmp_path: Path) -> None:
    """256 bits, the same whenever it is asked for, another one for each name."""
    first = ensure_secret(tmp_path, "a")
    assert len(first) >= 43
    assert ensure_secret(tmp_path, "a") == first
    assert ensure_secret(tmp_path, "b") != first


def test_surrounding_space_is_no_part_of_a_secret(tmp_path: Path) -> None:
    """Editors and secret stores add a line feed."""
    (tmp_path / "key").write_text("value\n")
    assert read_secret(tmp_path, "key") == "value"


def test_a_missing_secret_says_where_it_was_looked_for(tmp_path: Path) -> None:
    """And what to do."""
    with pytest.raises(FileNotFoundError, match="onecode migrate") as caught:
        read_secret(tmp_path, "role_x")
    assert str(tmp_path / "role_x") in str(caught.value)


def test_two_who_draw_at_once_end_with_the_same(tmp_path: Path) -> None:
    """Threads that find no secret all answer the one that was first put in place, and leave nothing else behind."""
    with ThreadPoolExecutor(8) as executor:
        answers = set(executor.map(lambda _: ensure_secret(tmp_path, "drawn"), range(64)))
    assert len(answers) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["drawn"]
