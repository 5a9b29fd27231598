"""How long the demo city takes to start, the first and the second time, and what it holds in memory at rest.

python -m bench.start
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from pathlib import Path

import psutil

from bench.house import ROOT, end, environment_of, free_port, is_alive
from bench.report import Table
from paidan.kernel.processes import Place, child_start

FIRST_SECONDS = 600.0
REST_SECONDS = 20.0


def main(arguments: list[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="keep the table in the documentation")
    options = parser.parse_args(arguments)
    folder = Path(tempfile.mkdtemp(prefix="paidan-bench-"))
    table = Table(
        "Starting the demo city",
        "start",
        ("what", "value"),
        notes="`paidan up --demo` on an empty folder and once more; the environment is installed already. Memory is"
        " the proportional share (PSS) of each process and what it started, 20 seconds after the second start.",
    )
    try:
        first, _ = _start(folder)
        second, memory = _start(folder, measured=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    table.add("first start", f"{first[0]:.1f} s ({first[1]:.1f} s of a processor)")
    table.add("second start", f"{second[0]:.1f} s ({second[1]:.1f} s of a processor)")
    for name, megabytes in memory.items():
        table.add(f"memory: {name}", f"{megabytes:.0f} MB")
    table.add("memory: all", f"{sum(memory.values()):.0f} MB")
    table.show(write=options.write)
    return 0


def _start(folder: Path, *, measured: bool = False) -> tuple[tuple[float, float], dict[str, float]]:
    """Start, wait until pages are served, and stop: seconds on the clock and of the processor; memory at rest."""
    port = free_port()
    command = [sys.executable, "-m", "paidan.cli", "up", "--demo", "--port", str(port), "--data", str(folder)]
    began = time.perf_counter()
    with (folder / "up.log").open("ab") as log:
        process = child_start(command, Place(folder=ROOT, environment=environment_of(folder, None)), output=log)
    try:
        while not is_alive(port):
            if process.poll() is not None or time.perf_counter() - began > FIRST_SECONDS:
                raise RuntimeError((folder / "up.log").read_text()[-4000:])
            time.sleep(0.1)
        seconds, processor = time.perf_counter() - began, _processor(process.pid)
        if not measured:
            return (seconds, processor), {}
        time.sleep(REST_SECONDS)
        return (seconds, processor), _memory(process.pid)
    finally:
        end(process)


def _processor(pid: int) -> float:
    """Processor seconds of a process, and of all that it started and waited for."""
    top = psutil.Process(pid)
    return sum(sum(member.cpu_times()[:4]) for member in (top, *top.children(recursive=True)))


def _memory(pid: int) -> dict[str, float]:
    """Megabytes by part."""
    top = psutil.Process(pid)
    memory = {"supervisor": _proportional(top)}
    for child in top.children():
        if child.status() == psutil.STATUS_ZOMBIE:
            continue
        words = child.cmdline()
        name = "database" if child.name() == "postgres" else words[3] if len(words) > 3 else child.name()
        memory[name] = sum(_proportional(member) for member in (child, *child.children(recursive=True)))
    return memory


def _proportional(process: psutil.Process) -> float:
    try:
        return float(process.memory_full_info().pss) / 1e6
    except psutil.NoSuchProcess:
        return 0.0


if __name__ == "__main__":
    sys.exit(main())
