"""Run every test: first all that need no browser; then those that drive one, two side by side.

python3 -m tools.tests [PYTEST ARGUMENTS …]
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence

from tools.bootstrap import ROOT, VENV

# One worker more than processors: many tests wait for a process or a lock.
WORKERS = os.environ.get("JOBS") or str(1 + (os.cpu_count() or 1))
# A browser with the city behind it keeps a processor busy; what must be seen within seconds needs the other.
BROWSERS = str(min(2, os.cpu_count() or 1))
PHASES = (
    ("-m", "not browser", "-n", WORKERS, "--dist", "loadgroup"),
    ("-m", "browser", "-n", BROWSERS, "--dist", "loadgroup"),
)
_PASSED, _NOTHING_CHOSEN = 0, 5


def main(chosen: Sequence[str]) -> int:
    """The code of the first phase that failed; pytest's "no tests" only if neither phase had one."""
    codes = [_run(phase, chosen) for phase in PHASES]
    failed = [code for code in codes if code not in {_PASSED, _NOTHING_CHOSEN}]
    return failed[0] if failed else min(codes)


def _run(phase: Sequence[str], chosen: Sequence[str]) -> int:
    command = [str(VENV / "bin" / "python"), "-m", "pytest", *phase, *chosen]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
