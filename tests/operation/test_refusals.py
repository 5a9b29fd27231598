"""What a person reads when ``paidan`` cannot start: one sentence, in the terminal's language, and no success."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from paidan.cli import main
from tools.messages import catalogue_compile, catalogue_path

SOURCE = Path(__file__).resolve().parents[2] / "src" / "paidan"
REFUSED = 3


@pytest.fixture
def busy_port() -> Iterator[int]:
    """A port that another program listens on."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen(1)
        yield int(other.getsockname()[1])


@pytest.fixture
def catalogues() -> None:
    """The Chinese sentences, compiled."""
    for folder in (SOURCE / "cli", SOURCE / "kernel" / "embedded_postgres"):
        catalogue_compile(catalogue_path(folder, "zh_Hans"))


def paidan(*arguments: str | Path, language: str = "C.UTF-8", **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the command as from a terminal."""
    command = [sys.executable, "-m", "paidan.cli", *map(str, arguments)]
    environment = {"PATH": "/usr/bin:/bin", "LANG": language, **variables}
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60, check=False)


def test_a_busy_port_is_named(busy_port: int, tmp_path: Path) -> None:
    answer = paidan("up", "--port", str(busy_port), "--data", tmp_path)

    assert answer.returncode == REFUSED
    assert answer.stderr == (
        f"paidan: Port {busy_port} on 127.0.0.1 is already in use: "
        "stop the other program, or choose another port with --port.\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_a_chinese_terminal_reads_chinese(busy_port: int, tmp_path: Path, catalogues: None) -> None:
    answer = paidan("up", "--port", str(busy_port), "--data", tmp_path, language="zh_CN.UTF-8")

    assert answer.returncode == REFUSED
    assert answer.stderr.startswith("paidan: ")
    assert f"127.0.0.1 的端口 {busy_port} 已被占用" in answer.stderr
    assert len(answer.stderr.splitlines()) == 1


def test_an_address_of_another_machine_is_refused(tmp_path: Path) -> None:
    answer = paidan("up", "--host", "192.0.2.1", "--data", tmp_path)

    assert answer.returncode == REFUSED
    assert answer.stderr.startswith("paidan: This machine cannot listen on 192.0.2.1:8000: ")


@pytest.mark.parametrize("command", [["up", "--port", "{port}"], ["migrate"], ["backup", "saved.tar"]])
def test_an_unwritable_data_folder_is_named(command: list[str], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    data = tmp_path / "file" / "data"

    answer = paidan(*(part.format(port=_free_port()) for part in command), "--data", data)

    assert answer.returncode == REFUSED
    assert f"paidan: The data folder {data} cannot be written: Not a directory.\n" == answer.stderr


def test_data_of_another_major_is_named(folder: Path) -> None:
    (folder / "cluster" / "PG_VERSION").write_text("15\n")

    answer = paidan("up", "--port", str(_free_port()), "--data", folder.parent)

    assert answer.returncode == REFUSED
    assert "belongs to PostgreSQL 15, but this Paidan brings PostgreSQL 18" in answer.stderr
    assert len(answer.stderr.splitlines()) == 1


def test_a_server_that_does_not_answer_is_named(tmp_path: Path) -> None:
    url = f"postgresql://someone:secret@127.0.0.1:{_free_port()}/paidan"

    answer = paidan("up", "--port", str(_free_port()), "--data", tmp_path, DATABASE_URL=url)

    assert answer.returncode == REFUSED
    assert "paidan: The database of DATABASE_URL cannot be used: " in answer.stderr
    assert "Connection refused" in answer.stderr
    assert "secret" not in answer.stderr


def test_a_wrong_option_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refusal:
        main(["up", "--port", "70000"])

    assert refusal.value.code == 2
    assert "between 1 and 65535" in capsys.readouterr().err


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
