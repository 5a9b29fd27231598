"""Small questions to the database without loading a driver: the supervisor stays lean."""

from __future__ import annotations

import os
import subprocess
import time
from urllib.parse import unquote, urlsplit, urlunsplit

from paidan.cli.sentences import Refusal, gettext_noop
from paidan.kernel.embedded_postgres import installed
from paidan.kernel.processes import Place, program_run

OLDEST_MAJOR = 15
_ATTEMPT_SECONDS = 5
_PAUSE_SECONDS = 0.2
_UNREACHABLE = gettext_noop("The database of DATABASE_URL cannot be used: %(reason)s.")
_TOO_OLD = gettext_noop("The database is PostgreSQL %(found)s, but Paidan needs %(oldest)s or newer.")


def connection_environment(url: str) -> dict[str, str]:
    """The caller's environment with the password of ``url``, which thus shows in no list of processes."""
    password = urlsplit(url).password
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    environment |= {"PGCONNECT_TIMEOUT": str(_ATTEMPT_SECONDS), "PGOPTIONS": "-c client_min_messages=warning"}
    return environment | ({"PGPASSWORD": unquote(password)} if password else {})


def address_without_password(url: str) -> str:
    """The address as a program's argument."""
    parts = urlsplit(url)
    account, at, host = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=account.split(":", 1)[0] + at + host))


def value(url: str, statement: str) -> str:
    """The one value a statement answers, as text; empty for NULL or no row.

    Raises:
        Refusal: the database cannot be reached, or refuses the statement.
    """
    options = [
        "--no-psqlrc",
        "-qAtX",
        "-v",
        "ON_ERROR_STOP=1",
        "-c",
        statement,
        address_without_password(url),
    ]
    place = Place(environment=connection_environment(url))
    try:
        answer = program_run([installed().program("psql"), *options], place)
    except subprocess.CalledProcessError as error:
        first = (error.stdout.strip().splitlines() or [str(error)])[0]
        raise Refusal(_UNREACHABLE, reason=first.removeprefix("psql: error: ").rstrip(".")) from error
    return answer.stdout.strip()


def database_wait(url: str, seconds: float) -> None:
    """Wait until the database answers.

    Raises:
        Refusal: it still does not after ``seconds``, or is older than Paidan can use.
    """
    deadline = time.monotonic() + seconds
    while True:
        try:
            version = value(url, "SHOW server_version_num")
            break
        except Refusal:
            if time.monotonic() > deadline:
                raise
            time.sleep(_PAUSE_SECONDS)
    major = int(version) // 10_000
    if major < OLDEST_MAJOR:
        raise Refusal(_TOO_OLD, found=major, oldest=OLDEST_MAJOR)
