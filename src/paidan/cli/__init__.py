"""The ``paidan`` command: loads only the part that does the work, and says every refusal in one sentence."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module

from paidan.cli.arguments import parser_make
from paidan.cli.sentences import Refusal, translated
from paidan.kernel.embedded_postgres import EmbeddedPostgresError

_REFUSED = 3
_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns:
        0 if it did what was asked, 1 if it found faults, 3 if it refused with a sentence.
    """
    options = parser_make().parse_args(arguments)
    try:
        return int(import_module(f"paidan.cli.{options.module}").run(options))
    except (Refusal, EmbeddedPostgresError) as error:
        print(f"paidan: {translated(error.sentence, error.values)}", file=sys.stderr)
        return _REFUSED
    except KeyboardInterrupt:
        return _INTERRUPTED
