"""The data folder of the embedded server: what lies where, how it is made and what may be done with it."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from paidan.kernel.embedded_postgres.binaries import Binaries
from paidan.kernel.embedded_postgres.errors import FolderUnwritable, NoDiskSpace, OtherMajor, StartFailed
from paidan.kernel.processes import Account, Place, program_run

USER = "paidan"
DATABASE = "paidan"
_NEW_CLUSTER_MB = 200
_GROWTH_MB = 48
_INIT_SECONDS = 180


@dataclass(frozen=True, slots=True)
class Layout:
    """The files of one embedded server."""

    folder: Path

    @property
    def cluster(self) -> Path:
        return self.folder / "cluster"

    @property
    def lock(self) -> Path:
        return self.folder / "lock"

    @property
    def port(self) -> Path:
        return self.folder / "port"

    @property
    def password(self) -> Path:
        return self.folder / "password"

    @property
    def log(self) -> Path:
        return self.folder / "postgres.log"

    def url(self, port: int) -> str:
        """The server's address, password included."""
        return f"postgresql://{USER}:{self.password.read_text().strip()}@127.0.0.1:{port}/{DATABASE}"


def folder_prepare(layout: Layout) -> None:
    """Make the folder, readable by its owner only.

    Raises:
        FolderUnwritable: it cannot be made or written.
    """
    try:
        layout.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        layout.lock.touch(mode=0o600)
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        raise FolderUnwritable(folder=layout.folder, reason=reason) from error


def major_check(layout: Layout, binaries: Binaries) -> None:
    """Refuse data of another major version.

    Raises:
        OtherMajor: the folder's record names another version than the programs'.
    """
    record = layout.cluster / "PG_VERSION"
    if record.exists():
        found = record.read_text().strip()
        if found != str(binaries.major):
            raise OtherMajor(folder=layout.folder, found=found, wanted=binaries.major)


def space_check(layout: Layout) -> None:
    """Refuse to begin on a disk that is nearly full.

    Raises:
        NoDiskSpace: less free than a new cluster, or the next log segments, need.
    """
    needed = _GROWTH_MB if layout.cluster.exists() else _NEW_CLUSTER_MB
    free = free_mb(layout.folder)
    if free < needed:
        raise NoDiskSpace(folder=layout.folder, free=free, needed=needed)


def free_mb(folder: Path) -> int:
    """Megabytes an ordinary user may still write below ``folder``."""
    status = os.statvfs(folder)
    return status.f_bavail * status.f_frsize // 1_000_000


def cluster_address(cluster: Path, account: Account | None) -> str:
    """How the server names its data folder.

    Another user may not be allowed to enter the folders above it, so he gets it as his working directory,
    which the kernel opens without walking the path.
    """
    if account is not None and sys.platform == "linux":
        return "/proc/self/cwd"
    return str(cluster)


def server_environment() -> dict[str, str]:
    """A plain environment: nothing of the caller's ``PG…`` variables or language reaches the server."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "LANGUAGE": "C", "TZ": "UTC"}


def cluster_create(layout: Layout, binaries: Binaries, account: Account | None, *, durable: bool) -> None:
    """Make a new cluster with its one role and database, whole or not at all.

    ``C.UTF-8`` and not ``C``: under ``C`` trigram search finds nothing in Chinese text.

    Raises:
        NoDiskSpace: the disk ran full.
        StartFailed: ``initdb`` failed.
    """
    work = layout.folder / "cluster.new"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(mode=0o700)
    if account is not None:
        os.chown(work, account.uid, account.gid)
    place = Place(account=account, folder=work, environment=server_environment())
    password = _password(layout)
    address = cluster_address(work, account)
    with _password_file(password, account) as (path, descriptors):
        options = ["--locale=C.UTF-8", "--encoding=UTF8", f"--username={USER}", f"--pwfile={path}"]
        options += ["--auth=scram-sha-256", *([] if durable else ["--no-sync"])]
        command = [str(binaries.program("initdb")), "-D", address, *options]
        _run(layout, command, replace(place, inherited=descriptors))
    single = [str(binaries.program("postgres")), "--single", "-D", address]
    single += [] if durable else ["-c", "fsync=off"]
    _run(layout, [*single, "postgres"], place, text=f"CREATE DATABASE {DATABASE};\n")
    work.rename(layout.cluster)


def _password(layout: Layout) -> str:
    """A new password, kept in a file only the owner of the data folder reads."""
    layout.password.unlink(missing_ok=True)
    descriptor = os.open(layout.password, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    password = secrets.token_urlsafe(24)
    with os.fdopen(descriptor, "w") as file:
        file.write(password + "\n")
    return password


@contextmanager
def _password_file(password: str, account: Account | None) -> Iterator[tuple[str, tuple[int, ...]]]:
    """The password as a file in memory that the server's user may open, and nobody else."""
    descriptor = os.memfd_create("password") if sys.platform == "linux" else _unnamed_file()
    try:
        os.fchmod(descriptor, 0o600)
        if account is not None:
            os.fchown(descriptor, account.uid, account.gid)
        os.write(descriptor, f"{password}\n".encode())
        os.lseek(descriptor, 0, os.SEEK_SET)
        yield f"/dev/fd/{descriptor}", (descriptor,)
    finally:
        os.close(descriptor)


def _unnamed_file() -> int:
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


def _run(layout: Layout, command: Sequence[str], place: Place, text: str = "") -> None:
    """Run one of PostgreSQL's programs to its end.

    Raises:
        NoDiskSpace: it failed for want of space.
        StartFailed: it failed otherwise.
    """
    try:
        program_run(command, place, text=text, seconds=_INIT_SECONDS)
    except subprocess.CalledProcessError as error:
        with layout.log.open("a") as log:
            log.write(error.stdout)
        raise failure(layout, error.stdout) from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise StartFailed(reason=error, log=layout.log) from error


def failure(layout: Layout, output: str) -> NoDiskSpace | StartFailed:
    """The error that a failed program's output speaks of."""
    if "No space left on device" in output or "could not extend file" in output:
        return NoDiskSpace(folder=layout.folder, free=free_mb(layout.folder), needed=_NEW_CLUSTER_MB)
    lines = [line for line in output.splitlines() if line.strip()]
    telling = [line for line in lines if "FATAL" in line or "PANIC" in line or "error:" in line]
    reason = (telling or lines or ["it said nothing"])[-1]
    return StartFailed(reason=reason.split(":  ", 1)[-1].strip(), log=layout.log)
