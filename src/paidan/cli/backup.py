"""``paidan backup FILE``: database, private files and key in one archive, while everything runs."""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from pathlib import Path

from paidan.cli.archive import Manifest, archive_write
from paidan.cli.database import data_folder_use, database
from paidan.cli.psql import address_without_password, connection_environment
from paidan.cli.schema import mark_of
from paidan.cli.sentences import Refusal, _, gettext_noop
from paidan.kernel.embedded_postgres import installed
from paidan.kernel.processes import Place, program_run

_DUMP_SECONDS = 3600.0
_FAILED = gettext_noop("The database could not be saved: %(reason)s.")


def run(options: argparse.Namespace) -> int:
    """Save everything. The database first: a file is always there before the row that names it."""
    data = data_folder_use(options.data)
    target = options.file.absolute()
    with database(data) as url, tempfile.TemporaryDirectory(prefix="paidan-backup-") as folder:
        dump = Path(folder) / "database"
        manifest = Manifest.now(mark_of(url))
        _dump(url, dump)
        archive_write(target, manifest, dump, data)
    print(_("Saved to %(file)s (%(size).1f MB).") % {"file": target, "size": target.stat().st_size / 1e6})
    return 0


def _dump(url: str, dump: Path) -> None:
    """One consistent moment of the whole database.

    Raises:
        Refusal: the server does not let itself be dumped.
    """
    options = ["--format=custom", "--no-owner", "--no-privileges", f"--file={dump}"]
    command: list[str | Path] = [installed().program("pg_dump"), *options, address_without_password(url)]
    try:
        program_run(command, Place(environment=connection_environment(url)), seconds=_DUMP_SECONDS)
    except subprocess.CalledProcessError as error:
        raise Refusal(_FAILED, reason=error.stdout.strip().splitlines()[-1]) from error
