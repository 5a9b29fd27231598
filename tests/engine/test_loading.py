"""What is compiled beforehand is all that planning calls, whatever a batch or a day looks like."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.timeout(900)  # whoever changed the loops compiles them here


@pytest.mark.parametrize("package", ["routing", "matching"])
def test_every_loop_is_compiled_beforehand(package: str) -> None:
    """In a process of its own: other tests of this one hand the loops other arrays, which are other copies."""
    root = Path(__file__).parents[2]
    checked = subprocess.run(
        [sys.executable, "-m", "tests.engine.compiled_copies", package],
        check=False,
        cwd=root,
        capture_output=True,
        text=True,
    )

    assert checked.returncode == 0, checked.stderr
