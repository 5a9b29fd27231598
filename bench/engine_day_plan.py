"""What the standing plan of a territory costs: insertions, windows of two weeks, searches and claims.

Plans an invented territory of ``--technicians`` with about eight stops each, checks it with the independent checker,
and prints CPU milliseconds of one process: median and worst over ``--rounds``.

    python -m bench.engine_day_plan --technicians 12 --rounds 20
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import sys
import time
from collections.abc import Callable

import numpy as np

from paidan_engine.problem import Place, Shift, Task
from paidan_engine.repair import GapTable, claim, fit, insertions
from paidan_engine.solution import DayPlan, Route
from paidan_engine.travel import StraightLineTravel
from paidan_engine.verify import verify_day_plan

HOUR = 3_600
MIDNIGHT = 1_760_000_000
STOPS_EACH = 8
DAYS, WINDOWS = 14, 12
SHORT_BUDGET = 1_000


class Territory:
    """Invented technicians and tasks, the same for the same seed."""

    def __init__(self, technicians: int, seed: int = 1) -> None:
        self.rng = random.Random(seed)
        self.travel = StraightLineTravel(7.0, 1.3)
        self.plan = DayPlan(tuple(Route(self.shift(number)) for number in range(technicians)))
        for number in range(technicians * STOPS_EACH):
            found = fit(self.plan, self.task(f"t{number}"), self.travel, MIDNIGHT)
            if isinstance(found, DayPlan):
                self.plan = found

    def place(self) -> Place:
        """Somewhere within about ten kilometres."""
        return (31.2 + self.rng.uniform(-0.05, 0.05), 121.4 + self.rng.uniform(-0.05, 0.05))

    def shift(self, number: int) -> Shift:
        """Eight to six with a lunch break."""
        lunch = (MIDNIGHT + 12 * HOUR, MIDNIGHT + 12 * HOUR + HOUR // 2)
        skills = {1: 3, 2: 2} if number % 2 else {1: 2}
        return Shift(number, number, MIDNIGHT + 8 * HOUR, MIDNIGHT + 18 * HOUR, self.place(), skills, (lunch,), 10)

    def task(self, key: str) -> Task:
        """A window of two hours, half an hour to an hour of work."""
        opens = MIDNIGHT + self.rng.randrange(8, 17) * HOUR
        needs = ((self.rng.choice([1, 2]), self.rng.choice([1, 2])),)
        return Task(key, self.place(), opens, opens + 2 * HOUR, self.rng.choice([1800, 2700, 3600]), needs)


def main(arguments: list[str] | None = None) -> int:
    """Print the table; 1 when the plan does not pass the checker."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--technicians", type=int, default=12)
    parser.add_argument("--rounds", type=int, default=20)
    options = parser.parse_args(arguments)
    territory = Territory(options.technicians)
    plan, travel = territory.plan, territory.travel
    tasks = [territory.task(f"new{number}") for number in range(options.rounds)]

    def two_weeks(task: Task) -> None:
        for _ in range(DAYS):
            opens = MIDNIGHT + (7 + np.arange(WINDOWS)) * HOUR
            GapTable.of(plan, travel, MIDNIGHT).feasible(task, opens, opens + HOUR)

    cases: dict[str, Callable[[Task], object]] = {
        "insertions": lambda task: insertions(plan, task, travel, MIDNIGHT),
        f"{DAYS} days × {WINDOWS} windows": two_weeks,
        f"fit, {SHORT_BUDGET} steps": lambda task: fit(plan, task, travel, MIDNIGHT, budget=SHORT_BUDGET),
        "fit, default steps": lambda task: fit(plan, task, travel, MIDNIGHT),
        f"claim, {SHORT_BUDGET} steps": lambda task: claim(plan, task, 1, travel, MIDNIGHT, budget=SHORT_BUDGET),
    }
    sys.stdout.write("| call | median ms | worst ms |\n|---|---|---|\n")
    for name, call in cases.items():
        spent = [milliseconds(call, task) for task in tasks]
        sys.stdout.write(f"| {name} | {statistics.median(spent):.2f} | {max(spent):.2f} |\n")
    load = ", ".join(f"{part:.1f}" for part in os.getloadavg())
    sys.stdout.write(f"\n{options.technicians} technicians, {len(plan.task_keys())} stops; load {load}.\n")
    return 0 if verify_day_plan(plan, travel, MIDNIGHT).feasible else 1


def milliseconds(call: Callable[[Task], object], task: Task) -> float:
    """CPU milliseconds of one call."""
    started = time.process_time()
    call(task)
    return (time.process_time() - started) * 1_000


if __name__ == "__main__":
    sys.exit(main())
