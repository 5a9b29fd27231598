"""``paidan engine …``: the dispatch engine on files, without a database."""

from __future__ import annotations

import argparse


def run(options: argparse.Namespace) -> int:
    """Hand the file to the engine's own command."""
    from paidan_engine.cli import main

    arguments = [options.part, str(options.file)]
    for name in ("k", "seconds", "seed", "out"):
        value = getattr(options, name, None)
        if value is not None:
            arguments += [f"--{name}", str(value)]
    return main(arguments)
