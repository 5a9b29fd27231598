"""Run every check, name each with its time, and fail if any of them does.

python3 -m tools.check [NAME …]
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence

from tools.bootstrap import FRONTEND, ROOT, VENV, node_find

BIN = VENV / "bin"
CODE = [name for name in ("src", "tests", "tools", "bench") if (ROOT / name).is_dir()]
PYTHON = str(BIN / "python")

Check = Callable[[], Sequence[str]]


def _templates() -> list[str]:
    return sorted({str(path.relative_to(ROOT)) for path in (ROOT / "src").rglob("templates") if path.is_dir()})


def _typescript() -> list[str]:
    compiler = FRONTEND / "node_modules" / "typescript" / "bin" / "tsc"
    return [str(node_find()), str(compiler), "--noEmit", "--project", str(FRONTEND)]


CHECKS: dict[str, Check] = {
    "format": lambda: [str(BIN / "ruff"), "format", "--check", "--quiet", *CODE],
    "lint": lambda: [str(BIN / "ruff"), "check", "--quiet", *CODE],
    "imports": lambda: [str(BIN / "lint-imports")],
    "dependencies": lambda: [str(BIN / "deptry"), "src"],
    "templates": lambda: [str(BIN / "djlint"), "--lint", "--quiet", *_templates()],
    "locks": lambda: [PYTHON, "tools/locks.py", "check"],
    "messages": lambda: [PYTHON, "tools/messages.py", "check"],
    "migrations": lambda: [PYTHON, "tools/migrations.py"],
    "front end": _typescript,
    "types": lambda: [str(BIN / "mypy")],
}


def main(wanted: Sequence[str]) -> int:
    """Run the wanted checks, or all; 1 if one fails."""
    failed = [name for name in (wanted or CHECKS) if not _passes(name)]
    if failed:
        print(f"Failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def _passes(name: str) -> bool:
    """Run one check, showing what it says only if it fails."""
    began = time.monotonic()
    environment = {**os.environ, "PAIDAN_DATA": str(ROOT / ".venv" / "check-data")}
    done = subprocess.run(
        CHECKS[name](),
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    sign = "✓" if done.returncode == 0 else "✗"
    print(f"{sign} {name} ({time.monotonic() - began:.1f} s)", flush=True)
    if done.returncode != 0:
        print(done.stdout, flush=True)
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
