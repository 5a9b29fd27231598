"""Day routes: this engine beside the solvers one would install instead, at equal CPU seconds on one integer matrix.

Each run is a process of its own with one thread; its plan is judged by the independent checker; each result is kept
at once in ``--results``, so that a measurement that is cut short still gives its part. A run that is there already is
not repeated. Needs the public instances beside the project; VROOM and OR-Tools are left out without the packages of
``requirements/bench.txt``.

    python -m bench.engine_routing --seconds 60 --seeds 5 --solvers paidan pyvrp --write
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from collections import defaultdict
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from bench.report import Table
from bench.routing_solvers import PACKAGES, SOLVERS

INSTANCES = Path(__file__).resolve().parents[2] / "shared" / "benchmarks"
WINDOWS = {
    "vrptw/C1_10_1": 424_448,
    "vrptw/C2_10_3": 160_365,
    "vrptw/R1_10_3": 446_733,
    "vrptw/R2_10_5": 341_328,
    "vrptw/RC1_10_2": 436_783,
    "vrptw/RC2_10_5": 257_975,
    "vrptw/RC208": 7_761,
}
PRIZES = {"pcvrptw/C1_10_1": 245_391, "pcvrptw/R1_10_3": 256_157, "pcvrptw/RC2_10_5": 181_292}
BEST_KNOWN = WINDOWS | PRIZES
GROUPS = {"mean of the time windows": WINDOWS, "mean of the prize collecting": PRIZES}
RIVALS_APART = ("vroom", "ortools")
"""Solvers of ``requirements/bench.txt``, left out where it is not installed."""
NOT_CHOOSING = ("vroom",)
"""Solvers without a price for leaving a visit out are not asked to collect prizes."""

Result = dict[str, Any]


def main(arguments: list[str] | None = None) -> int:
    """Run what is missing, print the table; 1 when a plan breaks a rule."""
    options = _options(arguments)
    if not INSTANCES.exists():
        print("The public instances are not beside the project; there is nothing to measure.")
        return 0
    results = _read(options.results)
    done = {_key(result) for result in results}
    for seed in range(1, options.seeds + 1):
        for name in options.instances:
            for solver in options.solvers:
                if (solver, name, seed, options.seconds) not in done and _asked(solver, name):
                    result = run(solver, name, seed, options.seconds)
                    results.append(result)
                    _keep(options.results, result)
    results = [result for result in results if result["seconds"] == options.seconds]
    if results:
        table(results, options.seconds).show(write=options.write)
    return 1 if any(not result["feasible"] for result in results) else 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10.0, help="CPU seconds of each run")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--instances", nargs="+", default=list(BEST_KNOWN), choices=list(BEST_KNOWN), metavar="NAME")
    parser.add_argument("--solvers", nargs="+", default=_installed(), choices=list(SOLVERS))
    parser.add_argument("--results", type=Path, default=Path("var/engine-routing.jsonl"), help="kept run by run")
    parser.add_argument("--write", action="store_true", help="keep the table in the documentation")
    return parser.parse_args(arguments)


def _installed() -> list[str]:
    return [name for name in SOLVERS if name not in RIVALS_APART or find_spec(name)]


def _asked(solver: str, name: str) -> bool:
    return name not in PRIZES or solver not in NOT_CHOOSING


def run(solver: str, name: str, seed: int, seconds: float) -> Result:
    """One run in a process of its own."""
    file = str(INSTANCES / f"{name}.vrp")
    command = [sys.executable, "-m", "bench.routing_solvers", solver, file, str(seconds), str(seed)]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    result: Result = json.loads(done.stdout.splitlines()[-1])
    gap = 100 * (result["cost"] / BEST_KNOWN[name] - 1)
    print(f"{name} {solver} seed {seed}: {gap:.2f} %, {result['cpu_seconds']} CPU-s", flush=True)
    return result | {"solver": solver, "instance": name, "seed": seed, "seconds": seconds, "gap": gap}


def table(results: Sequence[Result], seconds: float) -> Table:
    """Mean gaps by instance and solver, each with the number of seeds behind it."""
    gaps: dict[tuple[str, str], list[float]] = defaultdict(list)
    for result in results:
        gaps[result["instance"], result["solver"]].append(result["gap"])
    solvers = [solver for solver in SOLVERS if any(key[1] == solver for key in gaps)]
    page = Table(
        title="Day routes beside other solvers",
        name="engine-routing",
        columns=("instance", *solvers),
        notes=f"Gap to the best known cost in percent, mean over seeds (number of runs), {seconds:g} CPU seconds each, "
        "one thread, the same integer matrix, every plan judged by the independent checker. "
        "A mean of several instances is given where each of them has been run. "
        f"Solvers: {', '.join(sorted({_version(result) for result in results}))}.",
    )
    for name in BEST_KNOWN:
        page.add(name, *(_cell(gaps[name, solver]) for solver in solvers))
    for title, names in GROUPS.items():
        page.add(f"**{title}**", *(_mean_cell([gaps[name, solver] for name in names]) for solver in solvers))
    return page


def _version(result: Result) -> str:
    return f"{PACKAGES[result['solver']]} {result['version']}"


def _cell(values: list[float]) -> str:
    return f"{statistics.mean(values):.2f} ({len(values)})" if values else "–"


def _mean_cell(by_instance: list[list[float]]) -> str:
    if not all(by_instance):
        return "–"
    return f"**{statistics.mean(statistics.mean(values) for values in by_instance):.2f}**"


def _key(result: Result) -> tuple[str, str, int, float]:
    return result["solver"], result["instance"], result["seed"], result["seconds"]


def _read(path: Path) -> list[Result]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def _keep(path: Path, result: Result) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        file.write(json.dumps(result) + "\n")


if __name__ == "__main__":
    sys.exit(main())
