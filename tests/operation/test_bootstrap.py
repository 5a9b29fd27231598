"""What a fresh machine reads when something is missing, and what makes a part be made again."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tools import bootstrap, browser, locks

ROOT = Path(__file__).resolve().parents[2]


def test_without_a_python_make_names_the_packages() -> None:
    answer = subprocess.run(["make", "env", "PYTHON="], cwd=ROOT, capture_output=True, text=True, check=False)

    assert answer.returncode != 0
    assert answer.stderr.splitlines()[0] == (
        "Paidan: Python 3.11 or newer is missing: install the Debian packages python3 and python3-venv."
    )


def test_without_venv_and_uv_the_package_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    monkeypatch.setattr("shutil.which", lambda name: None)
    for name in ("VENV", "PROGRAMS", "STAMPS"):
        monkeypatch.setattr(bootstrap, name, tmp_path / name)
    monkeypatch.setattr(bootstrap, "PYTHON", tmp_path / "VENV" / "bin" / "python")

    assert bootstrap.main(["run"]) == 1

    minor = f"python3.{sys.version_info.minor}"
    assert capsys.readouterr().err == (
        f"Paidan: Python's venv is missing: install the Debian package {minor}-venv (or python3-venv), or uv.\n"
    )


def test_the_front_end_is_built_again_only_for_its_own_sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    monkeypatch.setattr(bootstrap, "FRONTEND", tmp_path / "frontend")
    for name in ("frontend/src/a.ts", "frontend/package-lock.json", "frontend/node_modules/b/b.js"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("first")
    before = bootstrap.frontend_digest()

    (tmp_path / "frontend/node_modules/b/b.js").write_text("second")
    assert bootstrap.frontend_digest() == before

    (tmp_path / "frontend/src/a.ts").write_text("second")
    assert bootstrap.frontend_digest() != before


@pytest.mark.parametrize(
    "line",
    ["--index-url https://packages.example/simple", "uv @ https://packages.example/uv.whl", "--find-links /opt/wheels"],
)
def test_an_address_in_a_lock_is_found(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "ROOT", tmp_path)
    lock = tmp_path / "lock.txt"
    lock.write_text(f"django==5.2 \\\n    --hash=sha256:00\n{line}\n")

    assert locks.addresses([lock]) == [f"lock.txt:3: {line}"]


def test_without_a_browser_only_ci_fails(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)

    monkeypatch.setenv("CI", "true")
    assert browser.main() == 1
    monkeypatch.setenv("CI", "")
    assert browser.main() == 0

    assert "install the Debian packages chromium and fonts-noto-cjk." in capsys.readouterr().err
