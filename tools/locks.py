"""Write the hash-pinned requirement locks, or check that they name no address.

python3 tools/locks.py write
python3 tools/locks.py check
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
REQUIREMENTS = ROOT / "requirements"
COMPILE = ("uv", "pip", "compile", "--quiet", "--universal", "--generate-hashes")
PLAIN = ("--no-emit-index-url", "--no-emit-find-links", "--python-version", "3.11")
_ADDRESS = re.compile(r"\w+://[^\s\"']+|--(?:extra-)?index-url|--find-links|\"resolved\":")

# Each lock, what it is made from, and the locks it must agree with. The order matters.
LOCKS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "runtime": (("pyproject.toml",), ()),
    "dev": (("pyproject.toml", "--group", "dev", "--group", "docs"), ("runtime",)),
    "build": (("requirements/build.in",), ("dev",)),
    "front": (("--group", "front"), ()),
    "bench": (("--group", "bench"), ("dev",)),
    "uv": (("requirements/uv.in",), ()),
}


def main(arguments: Sequence[str]) -> int:
    """Write or check the locks."""
    if list(arguments) == ["write"]:
        for name in LOCKS:
            lock_write(name)
        return 0
    found = addresses([*REQUIREMENTS.glob("*.txt"), ROOT / "frontend" / "package-lock.json"])
    for line in found:
        print(line)
    return 1 if found else 0


def lock_write(name: str) -> None:
    """Resolve one lock anew, keeping the versions it already pins where they still fit."""
    sources, agreeing = LOCKS[name]
    constraints = [part for other in agreeing for part in ("--constraint", f"requirements/{other}.txt")]
    command = [*COMPILE, *PLAIN, *sources, *constraints, "--output-file", f"requirements/{name}.txt"]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def addresses(files: Sequence[Path]) -> list[str]:
    """Each line that says where packages come from, which is the machine's business and not the project's."""
    found = []
    for path in files:
        for number, line in enumerate(path.read_text().splitlines(), start=1):
            if not line.lstrip().startswith('"url"') and _ADDRESS.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()}")
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
