"""The system account the embedded PostgreSQL runs as, and what that account must be able to reach.

PostgreSQL refuses to run as root. A normal user runs it under their own account; root (a container, a fresh server)
runs it under a system account of its own, which then has to pass through the folders above the data folder and to read
the binaries, even if the checkout lies in a folder only root may enter. No more is opened than that: ``o+x`` on single
folders that stand in the way, ``o+rX`` on the binaries.
"""

import logging
import os
import pwd
import shutil
import stat
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from services.kit.embedded.errors import EmbeddedPostgresError

logger = logging.getLogger(__name__)

SYSTEM_USER = "onecode-postgres"
"""The account made on first use when OneCode runs as root."""


@dataclass(frozen=True)
class Account:
    """A system user: numeric ids, and the supplementary groups it has."""

    uid: int
    gid: int
    groups: tuple[int, ...] = ()

    @property
    def switch(self) -> bool:
        """Whether a program must change users to run as this account."""
        return self.uid != os.geteuid()

    def run(self, program: Path, *arguments: str, stdin: str = "", environment: Mapping[str, str] | None = None) -> str:
        """Run ``program`` to its end as this account, with ``environment`` beside what every program gets; answers
        what it wrote.

        Raises ``EmbeddedPostgresError`` with its output if it fails.
        """
        done = subprocess.run(  # noqa: S603 - our own binaries, no shell
            [program, *arguments],
            input=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            cwd="/",  # ours may be a folder the account cannot enter
            env={**program_environment(), **(environment or {})},
            user=self.uid if self.switch else None,
            group=self.gid if self.switch else None,
            extra_groups=self.groups if self.switch else None,
        )
        if done.returncode != 0:
            message = f"{program.name} 失败 / {program.name} failed (exit {done.returncode}):\n{done.stdout[-2000:]}"
            raise EmbeddedPostgresError(message)
        return done.stdout

    def own(self, path: Path) -> None:
        """Make ``path`` this account's."""
        if self.switch:
            os.chown(path, self.uid, self.gid)


def program_environment() -> dict[str, str]:
    """What PostgreSQL's programs need of our environment: none of our secrets, no ``PG*`` variable meant for others."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    return {**kept, "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def account_for(pgdata: Path) -> Account:
    """The account that owns ``pgdata`` or, if it does not exist yet, the one that shall.

    Raises ``EmbeddedPostgresError`` if ``pgdata`` belongs to someone else and we are not root.
    """
    owner = pgdata.stat().st_uid if pgdata.exists() else None
    if os.geteuid() != 0:
        if owner not in {None, os.geteuid()}:
            message = (
                f"数据库目录 {pgdata} 属于另一用户（uid {owner}）；请以该用户或 root 运行，或用 --data 另选目录 / "
                f"{pgdata} belongs to another user (uid {owner}): run as that user or as root, or choose another "
                "folder with --data"
            )
            raise EmbeddedPostgresError(message)
        return Account(os.geteuid(), os.getegid(), tuple(os.getgroups()))
    if owner:  # a folder a normal user began stays theirs
        return _account(owner, pgdata.stat().st_gid)
    entry = _system_user()
    account = Account(entry.pw_uid, entry.pw_gid, (entry.pw_gid,))
    if owner == 0:  # restored or copied by root
        for path in _tree(pgdata):
            os.chown(path, account.uid, account.gid, follow_symlinks=False)
    return account


def _account(uid: int, gid: int) -> Account:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:  # a volume from another machine: numbers are all there is
        return Account(uid, gid, (gid,))
    return Account(uid, entry.pw_gid, tuple(os.getgrouplist(entry.pw_name, entry.pw_gid)))


def _system_user() -> pwd.struct_passwd:
    """The entry of ``SYSTEM_USER``, made if it is missing; several processes may want to make it at once."""
    program = shutil.which("useradd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    said = "useradd?"
    give_up_at = time.monotonic() + 10
    while True:
        try:
            return pwd.getpwnam(SYSTEM_USER)
        except KeyError:
            if program is None or time.monotonic() > give_up_at:
                break
        made = subprocess.run(  # noqa: S603 - fixed arguments, no shell
            [program, "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent",
             "--shell", "/usr/sbin/nologin", SYSTEM_USER],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        said = made.stderr.strip()
        if made.returncode != 0:  # the password file is locked by another useradd: it is done in a moment
            time.sleep(0.1)
    message = (
        f"PostgreSQL 不能以 root 运行，且无法创建系统用户 {SYSTEM_USER}（{said}）；请以普通用户运行，或先创建该用户 / "
        f"PostgreSQL does not run as root and the system user {SYSTEM_USER} cannot be created ({said}): run as a "
        "normal user, or create that user first"
    )
    raise EmbeddedPostgresError(message)


def private_folder(path: Path, account: Account) -> None:
    """Make ``path`` a folder that only ``account`` (and root) can enter.

    Raises ``EmbeddedPostgresError`` if something else is there: in a shared temporary folder, someone else's.
    """
    path.mkdir(mode=0o700, exist_ok=True)
    found = path.lstat()
    if stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and account.switch:
        os.chown(path, account.uid, account.gid)
    elif not stat.S_ISDIR(found.st_mode) or found.st_uid != account.uid:
        message = f"{path} 已属于他人，请将其移走 / {path} is there already and is not ours: move it away"
        raise EmbeddedPostgresError(message)
    if stat.S_IMODE(found.st_mode) != stat.S_IRWXU:
        path.chmod(0o700)


def let_pass(path: Path, account: Account) -> None:
    """Let ``account`` pass through every folder from the root down to ``path``: ``o+x`` where it cannot yet."""
    if not account.switch:
        return
    for folder in [*reversed(path.parents), path]:
        if not _may(folder.stat(), account, 0o1):
            why = "PostgreSQL 不能以 root 运行，须能通过 / PostgreSQL, which cannot run as root, has to pass through"
            logger.warning("chmod o+x %s: %s", folder, why)
            _open_up(folder, stat.S_IXOTH)


def let_read(tree: Path, account: Account) -> None:
    """Let ``account`` read ``tree`` and run the programs in it: ``o+rX`` where it cannot yet."""
    if not account.switch or not tree.exists():
        return
    for path in _tree(tree):
        found = path.stat()
        wanted = 0o5 if found.st_mode & stat.S_IXUSR else 0o4
        if not _may(found, account, wanted):
            _open_up(path, wanted)


def _may(found: os.stat_result, account: Account, wanted: int) -> bool:
    """Whether the mode bits give ``account`` all of ``wanted`` (of 4 read, 2 write, 1 pass or run)."""
    if found.st_uid == account.uid:
        shift = 6
    elif found.st_gid in {account.gid, *account.groups}:
        shift = 3
    else:
        shift = 0
    return (found.st_mode >> shift) & wanted == wanted


def _open_up(path: Path, bits: int) -> None:
    try:
        path.chmod(stat.S_IMODE(path.stat().st_mode) | bits)
    except OSError as error:
        message = f"PostgreSQL 无法访问 {path} / PostgreSQL cannot be given access to {path}: {error}"
        raise EmbeddedPostgresError(message) from error


def _tree(top: Path) -> Iterator[Path]:
    yield top
    for folder, folders, files in os.walk(top):
        yield from (Path(folder, name) for name in [*folders, *files])
