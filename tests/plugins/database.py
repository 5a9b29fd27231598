"""One embedded PostgreSQL for a whole test run, unless ``DATABASE_URL`` names a server.

Loaded by ``-p tests.plugins.database``, early enough that Django's settings already see the address. The
process that owns the run starts and stops the server; workers of pytest-xdist inherit the address. A run
that is killed takes the server with it, for the server is a child bound to this process.

Migrating an empty database takes much longer than copying one, so the migrated database of each schema is
kept below ``.venv`` and every test database is made from it.

Each process has a data folder of its own: a message one of them writes is never the last one another reads.
"""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import pytest

from paidan.cli.schema import schema_digest
from paidan.kernel.embedded_postgres import EmbeddedPostgres

_RUNS_NOTHING = ("help", "version", "collectonly", "markers", "show_fixtures_per_test")
_TEMPLATE = "PAIDAN_TEST_TEMPLATE"
_OLD_SECONDS = 3600.0
_KEPT = Path(__file__).resolve().parents[2] / ".venv" / "test-databases"


class RunFolder:
    """What this process keeps on disk while it runs tests, with the server if it started one."""

    def __init__(self) -> None:
        self._server: EmbeddedPostgres | None = None
        self._folder: Path | None = None

    def make(self) -> None:
        """Name a data folder to Django that this process shares with nobody."""
        self._folder = Path(tempfile.mkdtemp(prefix="paidan-test-"))
        os.environ["PAIDAN_DATA"] = str(self._folder)
        (self._folder / "static").mkdir()  # where collected files would lie

    def start_server(self) -> None:
        """Start a server that forgets everything, below the folder, and name it to Django."""
        assert self._folder is not None
        migrated = migrated_folder()
        if migrated is not None:
            subprocess.run(["cp", "-a", migrated, self._folder / "postgres"], check=True)
            os.environ[_TEMPLATE] = "paidan"
        self._server = EmbeddedPostgres(self._folder / "postgres", durable=False)
        os.environ["DATABASE_URL"] = self._server.start()

    def remove(self) -> None:
        """Stop the server and remove the folder; what this process did not make stays."""
        if self._server is not None:
            self._server.stop()
            self._server = None
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None


_run = RunFolder()


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Make the folder and start the server before any settings are read."""
    if _only_informs(early_config):
        return
    _run.make()
    atexit.register(_run.remove)
    if "DATABASE_URL" not in os.environ:
        _run.start_server()


@pytest.hookimpl(trylast=True)
def pytest_configure() -> None:
    """Let Django make each test database as a copy of the migrated one."""
    from django.conf import settings

    if _TEMPLATE in os.environ:
        settings.DATABASES["default"].setdefault("TEST", {})["TEMPLATE"] = os.environ[_TEMPLATE]


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    """Stop the server when the run is over, also after Ctrl-C."""
    _run.remove()


def migrated_folder() -> Path | None:
    """The stopped server whose database has this schema, made now if it is new.

    ``None`` if the migrations fail: then the tests that need them say so.
    """
    kept = _KEPT / schema_digest()
    if kept.exists():
        return kept
    _KEPT.mkdir(parents=True, exist_ok=True)
    _forget_old()
    work = Path(tempfile.mkdtemp(prefix="making-", dir=_KEPT))
    with EmbeddedPostgres(work, durable=False) as server:
        done = _migrate(server.url)
    if done.returncode != 0:
        sys.stderr.write(done.stdout)
        return None
    try:
        work.rename(kept)
    except OSError:
        shutil.rmtree(work)  # another run was first
    return kept


def _forget_old() -> None:
    """Remove what was made for other schemas long ago; what other runs make or copy right now is theirs."""
    for folder in _KEPT.iterdir():
        with suppress(FileNotFoundError):
            if time.time() - folder.stat().st_mtime > _OLD_SECONDS:
                shutil.rmtree(folder, ignore_errors=True)


def _migrate(url: str) -> subprocess.CompletedProcess[str]:
    sys.stderr.write("Migrating a database to make the test databases from …\n")
    with tempfile.TemporaryDirectory(prefix="paidan-test-") as data:
        environment = {**os.environ, "DATABASE_URL": url, "PAIDAN_DATA": data}
        command = [sys.executable, "-m", "paidan.cli", "migrate"]
        return subprocess.run(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )


def _only_informs(config: pytest.Config) -> bool:
    options = vars(config.known_args_namespace)
    return any(options.get(name) for name in _RUNS_NOTHING)
