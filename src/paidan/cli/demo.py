"""``paidan demo …``: the demo city."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict

from paidan.cli.database import database
from paidan.cli.django_ready import django_setup, refusals_said

_COLUMNS = ("role", "login", "password", "api_key")


def run(options: argparse.Namespace) -> int:
    """Load the city, or show its accounts."""
    with database(options.data):
        django_setup()
        with refusals_said():
            if options.part == "load":
                _load(options)
            else:
                _accounts(as_json=options.json)
    return 0


def _load(options: argparse.Namespace) -> None:
    from paidan import demo

    sizes = {name: getattr(options, name) for name in ("technicians", "bookings", "days", "seed")}
    demo.load(**{name: size for name, size in sizes.items() if size is not None}, report=_say)


def _accounts(*, as_json: bool) -> None:
    from paidan import demo

    accounts = [asdict(account) for account in demo.accounts()]
    if as_json:
        _say(json.dumps(accounts, ensure_ascii=False))
        return
    rows = [_COLUMNS, *(tuple(str(account[name]) for name in _COLUMNS) for account in accounts)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_COLUMNS))]
    for row in rows:
        _say("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _say(line: str) -> None:
    print(line, flush=True)
