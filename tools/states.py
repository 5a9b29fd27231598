"""Write the reference of states and steps from the transition tables.

python -m tools.states            write docs/reference/states.md
python -m tools.states --check    fail when it is out of date
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

TARGET = Path(__file__).resolve().parents[1] / "docs" / "reference" / "states.md"


def text() -> str:
    """The page: one diagram and one table for each state machine."""
    import django
    from django.utils import translation

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "paidan.config.settings")
    django.setup()
    from paidan.booking.constants import BOOKING_TABLE
    from paidan.visits.constants import VISIT_TABLE

    parts = ["# States and steps\n\nMade from the transition tables; do not edit.\n"]
    with translation.override("en"):
        for table in (BOOKING_TABLE, VISIT_TABLE):
            parts.append(f"## {table.name.capitalize()}\n\n```mermaid\nstateDiagram-v2\n    [*] --> {table.initial}")
            shown = [edge for edge in table if not edge.action.startswith("undo_")]
            lines = [
                f"    {source} --> {edge.target}: {edge.action}" for edge in shown for source in sorted(edge.sources)
            ]
            lines += [f"    {state} --> [*]" for state in sorted(table.terminal)]
            parts.append("\n".join(lines) + "\n```\n")
            parts.append("| step | from | to | by | needs |\n|---|---|---|---|---|")
            parts.extend(
                f"| {edge.action} | {', '.join(sorted(edge.sources))} | {edge.target} | {', '.join(sorted(edge.roles))}"
                f" | {', '.join(edge.requires) or '–'} |"
                for edge in table
            )
            parts.append("")
    return "\n".join(parts)


def main() -> int:
    page = text()
    if "--check" in sys.argv:
        if not TARGET.exists() or TARGET.read_text(encoding="utf-8") != page:
            print("docs/reference/states.md is out of date: run python -m tools.states", file=sys.stderr)
            return 1
        return 0
    TARGET.write_text(page, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
