"""``paidan manage …``: Django's own commands on this installation's database."""

from __future__ import annotations

import argparse

from paidan.cli.database import database
from paidan.cli.django_ready import django_setup
from paidan.cli.schema import mark_set


def run(options: argparse.Namespace) -> int:
    """Hand the arguments to Django."""
    with database(options.data) as url:
        django_setup()
        from django.core.management import execute_from_command_line
        from django.db import connection

        execute_from_command_line(["paidan manage", *options.arguments])
        if "migrate" in options.arguments[:1] and "django_migrations" in connection.introspection.table_names():
            mark_set(url, "")
    return 0
