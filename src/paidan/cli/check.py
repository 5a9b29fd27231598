"""``paidan check``: is the data consistent?"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from importlib import import_module

from paidan.cli.database import database
from paidan.cli.django_ready import django_setup
from paidan.cli.sentences import _

_SHOWN = 20


def run(options: argparse.Namespace) -> int:
    """Run every registered check and print each with what it found; 1 if any found something."""
    with database(options.data):
        django_setup()
        from paidan.config.wiring import CONSISTENCY_CHECKS

        sound = [_report(path) for path in CONSISTENCY_CHECKS]
    return 0 if all(sound) else 1


def _report(path: str) -> bool:
    module, name = path.rsplit(".", 1)
    check: Callable[[], Iterable[object]] = getattr(import_module(module), name)
    title = name.replace("_", " ")
    findings = list(check())
    verdict = _("FAULT") if findings else _("OK")
    print(f"{verdict}  {title}" + (f": {len(findings)}" if findings else ""))
    for finding in findings[:_SHOWN]:
        print(f"    {finding}")
    return not findings
