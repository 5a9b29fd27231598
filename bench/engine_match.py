"""What matching a city at once costs: CPU, memory, and how many tasks stay unserved.

Runs the engine's own command on invented batches in a square city, each in a fresh process, and checks each answer
with the independent checker. Beside it stands what nearest-first in order of arrival leaves unserved and, with
``--rival``, the optimum over the same candidates by OR-Tools' flow over the whole batch.

    python -m bench.engine_match --write
    python -m bench.engine_match --seeds 1 --rival
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from scipy.spatial import cKDTree

from bench.report import Table
from paidan_engine.matching.plane import match_plane
from paidan_engine.matching.reading import read_batch
from paidan_engine.verify import verify_answer

CITY_METRES = 30_000
WAITING_METRES = 20_000
COLUMNS = (
    "tasks × technicians",
    "city km",
    "skills",
    "candidates",
    "seed",
    "CPU-s from file to answer",
    "CPU-s of it matching and proof",
    "CPU-s of the process",
    "µs per task",
    "cell p99 ms",
    "peak MB",
    "unserved",
    "proven over all pairs",
    "nearest-first unserved",
    "flow over the same candidates",
)
NOTES = (
    "Batch matching with optional tasks in the plane: places drawn evenly, one skill asked and two held (of five), or"
    " none at all; waiting costs {waiting:,} m. *As needed*: the optimum over all pairs, those outside the candidates"
    " ruled out by price. A number: that many nearest candidates and no others; the answer is the optimum over them"
    " and claims to be proven only if no other pair could help. The first two columns of CPU leave out loading the"
    " libraries and compiled loops (`CPU-s of the process` has everything; the first run on a machine compiles for"
    " some {compile:.0f} s more, once). A cell is 500 neighbouring tasks. Goals: 10,000 as needed ≤ 1.0 CPU-s matching,"
    " ≤ 2.0 from file to answer, ≤ 250 MB; 100,000 with 20 candidates ≤ 8 CPU-s, cell p99 ≤ 100 ms, at most 0.2 points"
    " more unserved than the flow; µs per task flat within 20 % from 10,000 to 100,000 at the same candidates.{flat}"
    " OR-Tools {ortools}, numba {numba}, scipy {scipy}, numpy {numpy}."
)
TURNS = 9
"""Batches of each size for the ratio of what a task costs."""
COMPILING = "import sys; from paidan_engine.matching.loading import load; load()"


@dataclass(frozen=True, slots=True)
class Case:
    """One batch to match; ``width`` candidates, None for as many as the proof needs."""

    size: int
    metres: int
    skills: int
    width: int | None


CASES = (
    Case(10_000, CITY_METRES, 1, None),
    Case(10_000, CITY_METRES, 5, None),
    Case(10_000, CITY_METRES, 1, 50),
    Case(10_000, CITY_METRES, 1, 20),
    Case(100_000, CITY_METRES, 1, 20),
    Case(100_000, round(CITY_METRES * 10**0.5), 1, 20),
)


@dataclass(slots=True)
class Measured:
    """What one case cost."""

    answer: dict[str, Any]
    process: float
    matching: float
    cell_p99: float


def main(arguments: list[str] | None = None) -> int:
    """Print the table; 1 when an answer does not pass the checker."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--most", type=int, default=100_000, help="leave out larger batches")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--rival", action="store_true", help="also solve the first seed by OR-Tools' flow")
    parser.add_argument("--write", action="store_true", help="keep the table in the documentation")
    options = parser.parse_args(arguments)
    table, wrong = Table("Matching a city at once", "engine-match", COLUMNS), 0
    with tempfile.TemporaryDirectory(prefix="paidan-bench-") as folder:
        for case in CASES:
            for seed in range(options.seeds if case.size <= options.most else 0):
                batch = city(case, seed)
                file = Path(folder, "batch.json")
                file.write_text(json.dumps(batch))
                found = measured(file, case)
                wrong += len(verify_answer(batch, found.answer))
                rival = flow(file, case.width) if options.rival and seed == 0 and case.width else "–"
                table.add(*cells(case, seed, found, nearest_first(batch), rival))
                print(table.rows[-1], flush=True)
    table.notes = NOTES.format(
        waiting=WAITING_METRES,
        compile=compiling(),
        flat=flatness() if options.most >= CASES[-1].size else "",
        **{name: version(name) for name in ("ortools", "numba", "scipy", "numpy")},
    )
    table.show(write=options.write)
    return 1 if wrong else 0


def city(case: Case, seed: int) -> dict[str, list[dict[str, Any]]]:
    """Tasks and technicians spread evenly; each task asks one skill, each technician has two (or the only one)."""
    rng = random.Random(seed)

    def somewhere() -> dict[str, float]:
        return {"x": round(rng.uniform(0, case.metres), 1), "y": round(rng.uniform(0, case.metres), 1)}

    names = [f"s{number}" for number in range(case.skills)]
    tasks = [
        {"id": f"t{n}", **somewhere(), "skills": [rng.choice(names)], "waiting_price": WAITING_METRES}
        for n in range(case.size)
    ]
    people = [
        {"id": f"p{n}", **somewhere(), "skills": rng.sample(names, min(2, case.skills)), "capacity": 1}
        for n in range(case.size)
    ]
    return {"tasks": tasks, "technicians": people}


def measured(file: Path, case: Case) -> Measured:
    """The command in a process of its own, and its matching once more in this one, to look inside."""
    before = _children()
    answer = answered(file, case)
    process = _children() - before
    batch = read_batch(file.read_text()).batch
    began = time.process_time()
    inside = match_plane(batch, case.width)
    matching = time.process_time() - began
    return Measured(answer, process, matching, 1_000 * float(np.quantile(inside.cell_seconds, 0.99)))


def answered(file: Path, case: Case) -> dict[str, Any]:
    """What the engine's command prints."""
    command = [sys.executable, "-m", "paidan_engine", "match", str(file)]
    command += [] if case.width is None else ["--k", str(case.width)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=900)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def compiling() -> float:
    """CPU seconds of a first run, which has to compile, beyond those of the next."""
    seconds = []
    with tempfile.TemporaryDirectory(prefix="paidan-bench-") as folder:
        copy = Path(folder, "paidan_engine")
        source = Path(__file__).resolve().parents[1] / "src" / "paidan_engine"
        subprocess.run(["cp", "-r", str(source), str(copy)], check=True)
        subprocess.run(["find", folder, "-name", "compiled-*", "-prune", "-exec", "rm", "-r", "{}", "+"], check=True)
        for _ in range(2):
            before = _children()
            subprocess.run([sys.executable, "-c", COMPILING], cwd=folder, check=True, timeout=900)
            seconds.append(_children() - before)
    return seconds[0] - seconds[1]


def nearest_first(batch: dict[str, list[dict[str, Any]]], width: int = 50) -> int:
    """Tasks left when each in its turn takes the nearest free one of its ``width`` nearest eligible technicians."""
    free = [True] * len(batch["technicians"])
    points = np.array([(row["x"], row["y"]) for row in batch["technicians"]])
    by_skill: dict[str, tuple[cKDTree, list[int]]] = {}
    left = 0
    for task in batch["tasks"]:
        skill = task["skills"][0]
        if skill not in by_skill:
            able = [n for n, row in enumerate(batch["technicians"]) if skill in row["skills"]]
            by_skill[skill] = (cKDTree(points[able]), able)
        tree, able = by_skill[skill]
        near = np.atleast_1d(tree.query((task["x"], task["y"]), min(width, len(able)))[1])
        taken = next((able[n] for n in near if free[able[n]]), None)
        if taken is None:
            left += 1
        else:
            free[taken] = False
    return left


def flow(file: Path, width: int) -> str:
    """Unserved, cost and CPU seconds of one minimum-cost flow over the same nearest candidates."""
    from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

    batch = read_batch(file.read_text()).batch
    began = time.process_time()
    tasks, people = batch.located.tasks, batch.located.technicians
    near = cKDTree(people).query(tasks, np.arange(1, width + 1))[1].ravel()
    task = np.repeat(np.arange(len(tasks)), width)
    metres = np.linalg.norm(tasks[task] - people[near], axis=1)
    sink = len(tasks) + len(people)
    solver = SimpleMinCostFlow()
    pairs = solver.add_arcs_with_capacity_and_unit_cost(
        task, len(tasks) + near, np.ones(len(task), np.int64), np.rint(metres * 1_000).astype(np.int64)
    )
    for tail, price in ((np.arange(len(tasks)), batch.waiting), (np.arange(len(tasks), sink), 0 * batch.capacity)):
        ones = np.ones(len(tail), np.int64)
        solver.add_arcs_with_capacity_and_unit_cost(tail, np.full(len(tail), sink), ones, price)
    supply = np.zeros(sink + 1, np.int64)
    supply[: len(tasks)], supply[sink] = 1, -len(tasks)
    solver.set_nodes_supplies(np.arange(sink + 1), supply)
    if solver.solve() != solver.OPTIMAL:
        raise RuntimeError("The flow did not end with its optimum.")
    unserved = len(tasks) - int(np.asarray(solver.flows(pairs)).sum())
    cost, seconds = solver.optimal_cost() / 1_000, time.process_time() - began
    return f"{unserved} unserved, {cost:,.0f} m, {seconds:.1f} CPU-s"


def cells(case: Case, seed: int, found: Measured, greedy: int, rival: str) -> tuple[object, ...]:
    """One line of the table."""
    answer = found.answer
    return (
        f"{case.size:,} × {case.size:,}",
        case.metres // 1_000,
        case.skills,
        case.width or "as needed",
        seed,
        f"{answer['cpu_seconds']:.2f}",
        f"{found.matching:.2f}",
        f"{found.process:.2f}",
        f"{1e6 * answer['cpu_seconds'] / case.size:.1f}",
        f"{found.cell_p99:.0f}",
        f"{answer['peak_mb']:.0f}",
        f"{answer['unserved']} ({answer['cost']:,.0f} m)",
        "yes" if answer["optimal"] else "no",
        greedy,
        rival,
    )


def flatness() -> str:
    """How the CPU per task of the large batches compares with the small one of the same candidates.

    In turns, since a machine that others use is now faster and now slower; the medians are compared.
    """
    per_task: dict[Case, list[float]] = {case: [] for case in CASES[3:]}
    with tempfile.TemporaryDirectory(prefix="paidan-bench-") as folder:
        files = {case: Path(folder, f"{number}.json") for number, case in enumerate(per_task)}
        for turn in range(TURNS):
            for case, file in files.items():
                file.write_text(json.dumps(city(case, turn)))
                per_task[case].append(1e6 * float(answered(file, case)["cpu_seconds"]) / case.size)
    small, *large = (float(np.median(values)) for values in per_task.values())
    ratios = ", ".join(
        f"{each / small:.2f} in {case.metres // 1_000} km" for case, each in zip(CASES[4:], large, strict=True)
    )
    return f" Ratio of µs per task, medians of {TURNS} batches in turns: {ratios}."


if __name__ == "__main__":
    sys.exit(main())
