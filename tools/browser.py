"""Find Chromium for the browser tests, or install it where that is possible.

Debian's own package is taken: on a bare Debian, root may install it. Where there is none the browser tests
are reported as skipped; under ``CI=true`` that is a failure.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PACKAGES = ("chromium", "fonts-noto-cjk")
_INSTALL_SECONDS = 600
_ABSENT = "Chromium is missing: install the Debian packages chromium and fonts-noto-cjk."


def main() -> int:
    """Make sure there is a browser; 1 only under CI."""
    if chromium_path() or (_may_install() and _install() and chromium_path()):
        return 0
    if os.environ.get("CI") == "true":
        print(f"Paidan: {_ABSENT}", file=sys.stderr)
        return 1
    print(f"Paidan: {_ABSENT} The browser tests are skipped.", file=sys.stderr)
    return 0


def chromium_path() -> str | None:
    """The browser's program, if there is one."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def _may_install() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def _install() -> bool:
    print("· Chromium from the system's packages …", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    commands = (
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *PACKAGES],
    )
    for command in commands:
        try:
            done = subprocess.run(
                command, env=environment, stdout=subprocess.DEVNULL, check=False, timeout=_INSTALL_SECONDS
            )
        except subprocess.TimeoutExpired:
            return False
        if done.returncode != 0 and command[1] == "install":
            return False
    return True


if __name__ == "__main__":
    sys.exit(main())
