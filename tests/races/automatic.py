"""A worker's dispatch round on command: each line on its input is the instant it is carried out for.

It takes part in races as what it is in production: another process on the same database.
"""

from __future__ import annotations

import sys
from datetime import datetime

from paidan.cli.django_ready import django_setup


def main() -> int:
    """Say “ready”, then “done” after each round."""
    django_setup()
    from django.db import connection

    from paidan.dispatch.services.dispatching import dispatch_tick

    connection.ensure_connection()
    _say("ready")
    for line in sys.stdin:
        dispatch_tick(datetime.fromisoformat(line.strip()))
        _say("done")
    return 0


def _say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
