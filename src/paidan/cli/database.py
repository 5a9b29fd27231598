"""Which database a command works on, made available for as long as the command runs."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from paidan.cli.psql import database_wait
from paidan.kernel.embedded_postgres import EmbeddedPostgres, FolderUnwritable, running_url

_PATIENCE_SECONDS = 30.0


def server_folder(data: Path) -> Path:
    """Where the embedded server lives below the data folder."""
    return data / "postgres"


def data_folder_use(data: Path) -> Path:
    """Make ``data`` the data folder of this process and its children; returns it as an absolute path.

    Raises:
        FolderUnwritable: it cannot be made or written.
    """
    folder = data.absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise FolderUnwritable(folder=folder, reason=os.strerror(error.errno or 0)) from error
    os.environ["PAIDAN_DATA"] = str(folder)
    return folder


@contextmanager
def database(data: Path, *, patience_seconds: float = _PATIENCE_SECONDS) -> Iterator[str]:
    """The address of the database, also set as ``DATABASE_URL`` for this process and its children.

    That is ``DATABASE_URL`` if it is set, else the embedded server that ``paidan up`` runs on this data
    folder, else an embedded server of our own that stops when the command is done.

    Raises:
        EmbeddedPostgresError: the data folder cannot be used, or its server cannot be started.
        Refusal: the server of ``DATABASE_URL`` does not answer, or is too old.
    """
    folder = server_folder(data_folder_use(data))
    url = os.environ.get("DATABASE_URL") or running_url(folder)
    if url is not None:
        database_wait(url, patience_seconds)
        with _named(url):
            yield url
        return
    with EmbeddedPostgres(folder) as server, _named(server.url):
        yield server.url


@contextmanager
def _named(url: str) -> Iterator[None]:
    before = os.environ.get("DATABASE_URL", "")
    os.environ["DATABASE_URL"] = url
    try:
        yield
    finally:
        os.environ["DATABASE_URL"] = before
