"""``paidan migrate``: bring the database to this version, one at a time."""

from __future__ import annotations

import argparse
import io
import sys
import time
from typing import TextIO

from paidan.cli.database import database
from paidan.cli.django_ready import django_setup
from paidan.cli.schema import mark_of, mark_set, schema_digest

_LOCK = 7_020_001  # one migration at a time, however many machines start at once
_SAY_SECONDS = 1.0


def run(options: argparse.Namespace) -> int:
    """Apply what is missing; quick when nothing is."""
    with database(options.data) as url:
        digest = schema_digest()
        if mark_of(url) != digest:
            _migrate()
            mark_set(url, digest)
    return 0


class Progress(io.TextIOBase):
    """Lets one line in a while through: which of the many migrations is at work."""

    def __init__(self, target: TextIO) -> None:
        self._target = target
        self._said = 0.0

    def write(self, text: str) -> int:
        now = time.monotonic()
        if text.startswith("  Applying") and now - self._said > _SAY_SECONDS:
            self._said = now
            self._target.write(text.rstrip(" .") + " …\n")
            self._target.flush()
        return len(text)


def _migrate() -> None:
    django_setup()
    from django.core.management import call_command
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = 0")
        cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        cursor.execute("RESET lock_timeout")
        try:
            call_command("migrate", interactive=False, verbosity=1, stdout=Progress(sys.stdout))
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
