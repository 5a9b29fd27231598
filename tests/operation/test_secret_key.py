"""The installation's own key: one for all of its processes, from the first moment on."""

from __future__ import annotations

import stat
import threading
from pathlib import Path

import pytest

from paidan.config.env import _secret_key as key_of

PROCESSES = 12


def test_all_who_start_at_once_have_the_same_key(tmp_path: Path) -> None:
    for number in range(20):
        folder = tmp_path / str(number)
        barrier, found = threading.Barrier(PROCESSES), []

        def start(folder: Path = folder, barrier: threading.Barrier = barrier, found: list[str] = found) -> None:
            barrier.wait()
            found.append(key_of(folder))

        starting = [threading.Thread(target=start) for _ in range(PROCESSES)]
        for one in starting:
            one.start()
        for one in starting:
            one.join()

        assert len(found) == PROCESSES
        assert len(set(found)) == 1
        assert len(found[0]) == 64
        assert [file.name for file in folder.iterdir()] == ["secret_key"]
        assert stat.S_IMODE((folder / "secret_key").stat().st_mode) == 0o600


@pytest.mark.parametrize("left", ["", "\n"])
def test_a_key_that_a_full_disk_left_empty_is_made_anew(tmp_path: Path, left: str) -> None:
    (tmp_path / "secret_key").write_text(left)

    assert len(key_of(tmp_path)) == 64
    assert key_of(tmp_path) == key_of(tmp_path)
