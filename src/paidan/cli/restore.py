"""``paidan restore FILE``: bring a back-up back, the database in one transaction, the files by a rename."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
from itertools import islice
from pathlib import Path

from paidan.cli.archive import DUMP, FILES, KEY, archive_unpacked
from paidan.cli.database import data_folder_use, database
from paidan.cli.psql import address_without_password, connection_environment, value
from paidan.cli.sentences import Refusal, _, gettext_noop
from paidan.kernel.embedded_postgres import installed
from paidan.kernel.processes import Place, program_run

_SECONDS = 3600.0
_TABLES = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
_EMPTY = "DROP SCHEMA public CASCADE;\nCREATE SCHEMA public;\n"
_NEWER_SETTING = b"SET transaction_timeout = 0;\n"  # servers before 17 refuse it
_HEAD_LINES = 100
_FULL = gettext_noop("The database is not empty: restore into an empty one, or replace its content with --force.")
_FAILED = gettext_noop("The database could not be restored, and nothing was changed: %(reason)s.")


def run(options: argparse.Namespace) -> int:
    """Bring everything back, or change nothing."""
    data = data_folder_use(options.data)
    with database(data) as url, archive_unpacked(options.file, data) as (manifest, content):
        is_empty = value(url, _TABLES) == "0"
        if not is_empty and not options.force:
            raise Refusal(_FULL)
        _restore_database(url, content / DUMP, "" if is_empty else _EMPTY)
        _restore_files(content, data)
    print(_("Restored the back-up of %(moment)s.") % {"moment": manifest.created_at})
    return 0


def _restore_database(url: str, dump: Path, before: str) -> None:
    """Run the back-up as one script in one transaction; any server from 15 on understands it.

    Raises:
        Refusal: a statement failed; the transaction was rolled back.
    """
    plain, script = dump.with_suffix(".plain"), dump.with_suffix(".sql")
    options = ["--no-owner", "--no-privileges", f"--file={plain}"]
    place = Place(environment=connection_environment(url))
    psql: list[str | Path] = [
        installed().program("psql"),
        "--no-psqlrc",
        "--quiet",
        "--single-transaction",
        "--output=/dev/null",
    ]
    psql += ["-v", "ON_ERROR_STOP=1", f"--file={script}", address_without_password(url)]
    try:
        program_run([installed().program("pg_restore"), *options, dump], place, seconds=_SECONDS)
        _script_write(plain, script, before)
        program_run(psql, place, seconds=_SECONDS)
    except subprocess.CalledProcessError as error:
        raise Refusal(_FAILED, reason=error.stdout.strip().splitlines()[-1]) from error


def _script_write(plain: Path, script: Path, before: str) -> None:
    """The script to run: ``before``, then the plain one without the setting of newer servers in its head."""
    with plain.open("rb") as source, script.open("wb") as target:
        target.write(before.encode())
        target.writelines(line for line in islice(source, _HEAD_LINES) if line != _NEWER_SETTING)
        shutil.copyfileobj(source, target)


def _restore_files(content: Path, data: Path) -> None:
    """Put the back-up's files in the place of those that are there, and its key where ours is in a file."""
    fresh, present, old = content / FILES, data / FILES, content / "replaced"
    fresh.mkdir(mode=0o700, exist_ok=True)
    if present.exists():
        present.rename(old)
    fresh.rename(present)
    shutil.rmtree(old, ignore_errors=True)
    if (content / KEY).exists() and not os.environ.get("PAIDAN_SECRET_KEY"):
        (content / KEY).chmod(0o600)
        (content / KEY).replace(data / KEY)
