"""The command line of the engine: JSON in, JSON out."""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from paidan_engine.errors import InvalidProblem

BAD_INPUT = 2
DEFAULT_SECONDS = 10.0
LONGEST_SECONDS = 1_000_000
SEEDS = 2**32


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code: 0, or 2 with a sentence on standard error for bad input."""
    arguments = _parser().parse_args(argv)
    try:
        answer = _match(arguments.file, arguments.k) if arguments.command == "match" else _solve(arguments)
    except (InvalidProblem, OSError, UnicodeDecodeError) as error:
        sys.stderr.write(f"{arguments.file}: {_sentence(error)}\n")
        return BAD_INPUT
    line = json.dumps(answer, ensure_ascii=False) + "\n"
    sys.stdout.write(line)
    return _keep(line, getattr(arguments, "out", None))


def _keep(line: str, out: Path | None) -> int:
    """Write the answer to a file too; what cannot be written has been printed at least."""
    try:
        if out is not None:
            out.write_text(line, encoding="utf-8")
    except OSError as error:
        sys.stderr.write(f"{out}: {_sentence(error)}\n")
        return BAD_INPUT
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="paidan engine", description="The dispatch engine on files.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    match = commands.add_parser(
        "match",
        help="match a batch of tasks and technicians",
        description="Match tasks and technicians in the plane at the least metres plus prices of waiting. "
        "CPU seconds count from reading the file to the answer, without loading the libraries and the compiled loops.",
    )
    match.add_argument("file", metavar="FILE", type=Path, help="batch as JSON")
    match.add_argument(
        "--k",
        type=_count,
        metavar="K",
        help="only the K nearest eligible candidates of each task; without it, as many as the proven optimum needs",
    )
    solve = commands.add_parser(
        "solve",
        help="plan the routes of a day",
        description="Plan the routes of a VRPLIB, Solomon or Paidan-JSON file at the least cost. "
        "Ctrl-C ends the search and prints the best plan so far.",
    )
    solve.add_argument("file", metavar="FILE", type=Path, help="problem")
    solve.add_argument(
        "--seconds", metavar="S", type=_seconds, default=DEFAULT_SECONDS, help="CPU seconds (default: %(default)s)"
    )
    solve.add_argument("--seed", metavar="N", type=_seed, default=0, help="another seed, another search (default: 0)")
    solve.add_argument("--out", metavar="FILE", type=Path, help="also write the answer to this file")
    return parser


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 < value <= LONGEST_SECONDS:
        raise argparse.ArgumentTypeError(f"must be above 0 and at most {LONGEST_SECONDS:,}")
    return value


def _seed(text: str) -> int:
    value = int(text)
    if not 0 <= value < SEEDS:
        raise argparse.ArgumentTypeError(f"must be from 0 to {SEEDS - 1:,}")
    return value


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return value


def _match(file: Path, k: int | None) -> dict[str, object]:
    """The answer to a batch file, in the words of the command's contract."""
    from paidan_engine.matching.loading import load
    from paidan_engine.matching.located import MILLIMETRES
    from paidan_engine.matching.plane import match_plane
    from paidan_engine.matching.reading import read_batch

    load()
    started = time.process_time()
    batch = read_batch(file.read_text(encoding="utf-8"))
    found = match_plane(batch.batch, k)
    people = found.technician.tolist()
    pairs = [[batch.tasks[task], batch.technicians[person]] for task, person in enumerate(people) if person >= 0]
    return {
        "pairs": pairs,
        "cost": found.cost / MILLIMETRES,
        "unserved": len(people) - len(pairs),
        "optimal": found.optimal,
        "cpu_seconds": round(time.process_time() - started, 3),
        "peak_mb": _peak_mb(),
    }


def _solve(arguments: argparse.Namespace) -> dict[str, object]:
    """The answer to a file of routes, in the words of the command's contract."""
    import signal

    from paidan_engine.routing.command import solve_file
    from paidan_engine.routing.stop import Asked

    asked = Asked()
    before = signal.signal(signal.SIGINT, lambda _number, _frame: asked.ask())
    try:
        return solve_file(arguments.file, arguments.seconds, arguments.seed, asked)
    finally:
        signal.signal(signal.SIGINT, before)


def _peak_mb() -> float:
    """Most memory the process has held, MB of 2^20 bytes.

    Linux hands the largest size of the parent down in ``ru_maxrss``, so there the kernel's own record is read.
    """
    status = Path("/proc/self/status")
    for line in status.read_text().splitlines() if status.exists() else ():
        if line.startswith("VmHWM:"):
            return round(int(line.split()[1]) / 2**10, 1)
    import resource

    unit = 2**20 if sys.platform == "darwin" else 2**10
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit, 1)


def _sentence(error: Exception) -> str:
    match error:
        case OSError():
            return f"{error.strerror or error}."
        case UnicodeDecodeError():
            return f"byte {error.start} is not UTF-8 text."
        case _:
            return str(error)
