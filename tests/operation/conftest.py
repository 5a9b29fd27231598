"""Data folders with a server that was started once, so that each test begins with a copy."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from paidan.kernel.embedded_postgres import EmbeddedPostgres


@pytest.fixture(scope="session")
def run_server() -> str:
    """The address of the server that this test run uses."""
    return os.environ["DATABASE_URL"]


@pytest.fixture(scope="session")
def prepared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a server that was made, started and stopped."""
    folder = tmp_path_factory.mktemp("prepared") / "postgres"
    with EmbeddedPostgres(folder, durable=False):
        pass
    return folder


@pytest.fixture
def folder(prepared_folder: Path, tmp_path: Path) -> Path:
    """A copy of the prepared folder, owners included."""
    subprocess.run(["cp", "-a", prepared_folder, tmp_path / "postgres"], check=True)
    return tmp_path / "postgres"


@pytest.fixture
def server(folder: Path) -> Iterator[EmbeddedPostgres]:
    """A running server."""
    with EmbeddedPostgres(folder, durable=False) as running:
        yield running


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An English terminal on which no database was named."""
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("PAIDAN_DATA", "var")
    monkeypatch.setenv("DATABASE_URL", "")
    return monkeypatch
