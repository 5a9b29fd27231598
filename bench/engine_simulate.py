"""What each way of dispatching earns, serves and drives on the same simulated days.

The city, its loads and its seeds stand in bench/scenarios/city_day.json, which was fixed before any policy was tuned.
The table of values is learned on the training seeds, the weights below were chosen on the tuning seeds, and what is
printed is of the evaluation seeds alone. Every day is judged by the rules of tests/engine/simulated.py.

    python -m bench.engine_simulate --days 5
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.report import Table
from paidan_engine.simulate import (
    Batch,
    Grab,
    Grid,
    History,
    Interval,
    NearestFirst,
    Policy,
    PositionValue,
    Scenario,
    ShortestWayFirst,
    Weights,
    day_of,
    learn,
    paired_interval,
    scenario_of,
    simulate,
)
from tests.engine.simulated import faults

NOTES = """\
{days} days of bench/scenarios/city_day.json (30 km, 150 technicians, 5 skills with 3 levels, a drifting hot spot,
customers who leave when nobody sets out to them), every policy on the same days with the same luck. Means, and in
brackets the 95 % interval of the differences paired by seed. *Nearest first* gives each customer in order of his call
the nearest idle technician; *shortest way first* takes the shortest of all pairs, much stronger when many wait.

The weights were sought on four of the tuning seeds among prices of waiting from 0 to 5,000 s growing by 0 to 3 s a
second, rounds every 0 to 60 s, 0 to 30 minutes of looking ahead, 0 to 800 s for a level above need, and what serving
anybody counts beside the fee. Prices below 1,000 s shorten the ways by up to 45 % and leave technicians idle;
learning the table again on days of its own policy changed little, for the cells differ by little more than a minute.
At 120 % the shortest way first keeps technicians busy but for the ends of their shifts, and whoever is served leaves
the others fewer to choose from: ways grow again.
"""

FILE = Path(__file__).parent / "scenarios" / "city_day.json"
CELLS_ACROSS = 8
RIVALS = (NearestFirst(), ShortestWayFirst())
VALUE = "batch + value"


@dataclass(frozen=True, slots=True)
class Setting:
    """What was tuned for one load.

    Attributes:
        share: how much of the value table's seconds counts.
        bonus: what serving anybody counts on top of the fee.
    """

    batch: Batch
    ahead_seconds: int
    weights: Weights
    share: float
    bonus: float


SETTINGS = {
    120: Setting(
        Batch("batch", 20, 300, Weights(ready=0.6, waiting=2600, urgency=0.3, over_level=150, breadth=30)),
        300,
        Weights(ready=0.6, waiting=3600, urgency=0.3, over_level=150, breadth=30),
        share=0.6,
        bonus=350,
    ),
    80: Setting(
        Batch("batch", 30, 0, Weights(waiting=1300, urgency=2, over_level=400)),
        300,
        Weights(travel=0.55, ready=0.6, waiting=1250, urgency=2.5, over_level=300, breadth=30),
        share=0.75,
        bonus=300,
    ),
}

COLUMNS = (
    "load",
    "policy",
    "revenue a day",
    "served %",
    "travel s each",
    "call to begin s",
    *(f"{what} over {rival.name}" for rival in RIVALS for what in ("revenue %", "served, points", "travel %")),
)


@dataclass(frozen=True, slots=True)
class Figures:
    """What counts of one day."""

    revenue: float
    served: float
    travel: float
    travel_each: float
    wait_each: float


def main(arguments: list[str] | None = None) -> int:
    """Print the table; 1 when a day breaks a rule or a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=30, help="evaluation days, at most 30")
    parser.add_argument("--write", action="store_true", help="keep the table in the documentation")
    options = parser.parse_args(arguments)
    data = json.loads(FILE.read_text())
    scenario, began = scenario_of(data), time.process_time()
    table = Table("A simulated day of dispatch", "engine-simulate", COLUMNS)
    verdicts, broken = [], 0
    for load in data["loads_percent"]:
        seeds = {name: range(first, last + 1) for name, (first, last) in data["seeds"].items()}
        policies = chosen(scenario, load, seeds["training"])
        days, wrong = measured(scenario, load, policies, seeds["evaluation"][: options.days])
        broken += wrong
        for name, figures in days.items():
            table.add(*row(load, name, figures, days))
        verdicts += goals(load, days)
    spent = time.process_time() - began
    table.notes = notes(options.days, [sentence for sentence, _ in verdicts], broken, spent)
    table.show(write=options.write)
    return 0 if not broken and all(met for _, met in verdicts) else 1


def chosen(scenario: Scenario, load: int, seeds: Sequence[int]) -> list[Policy]:
    """The policies of this load, the last with a table learned on days of the shortest way first."""
    setting = SETTINGS[load]
    histories = [simulate(day_of(scenario, load, seed), ShortestWayFirst()) for seed in seeds]
    table = learn(histories, Grid(scenario.city_metres, CELLS_ACROSS), discount=1.0, bonus=setting.bonus)
    earned = sum(history.revenue + setting.bonus * len(history.trips) for history in histories)
    people = [history.day.technicians for history in histories]
    worked = sum(int((each.end - each.start).sum()) for each in people)
    position = PositionValue(table, setting.share * worked / earned, setting.bonus)
    value = Batch(VALUE, 20, setting.ahead_seconds, setting.weights, position)
    return [Grab(), *RIVALS, setting.batch, value]


def measured(
    scenario: Scenario, load: int, policies: list[Policy], seeds: Sequence[int]
) -> tuple[dict[str, list[Figures]], int]:
    """Figures by policy and day, and how many rules were broken."""
    days: dict[str, list[Figures]] = {policy.name: [] for policy in policies}
    broken = 0
    for seed in seeds:
        day = day_of(scenario, load, seed)
        for policy in policies:
            history = simulate(day, policy)
            broken += len(faults(history))
            days[policy.name].append(figures_of(history))
        print(".", end="", file=sys.stderr, flush=True)
    return days, broken


def figures_of(history: History) -> Figures:
    """The day in figures."""
    return Figures(
        history.revenue, history.served_percent, history.travel_seconds, history.travel_each, history.wait_each
    )


def row(load: int, name: str, figures: list[Figures], days: dict[str, list[Figures]]) -> list[str]:
    """One line: means, and the differences to each rival."""
    cells = [f"{load} %", name, f"{mean(figures, 'revenue'):,.0f}", f"{mean(figures, 'served'):.1f}"]
    cells += [f"{mean(figures, 'travel_each'):.0f}", f"{mean(figures, 'wait_each'):.0f}"]
    for rival in RIVALS:
        if name == rival.name:
            cells += ["–"] * 3
        else:
            cells += [shown(over(figures, days[rival.name], what)) for what in ("revenue", "served", "travel")]
    return cells


def mean(figures: list[Figures], what: str) -> float:
    """Mean over the days."""
    return float(sum(getattr(each, what) for each in figures) / len(figures))


def over(figures: list[Figures], rival: list[Figures], what: str) -> Interval:
    """Paired differences by seed: points of what is a percentage already, per cent of everything else."""
    pairs = [(getattr(one, what), getattr(other, what)) for one, other in zip(figures, rival, strict=True)]
    return paired_interval([one - other if what == "served" else 100 * (one / other - 1) for one, other in pairs])


def shown(interval: Interval) -> str:
    """Mean and interval."""
    return f"{interval.mean:+.1f} ({interval.low:+.1f} … {interval.high:+.1f})"


def goals(load: int, days: dict[str, list[Figures]]) -> list[tuple[str, bool]]:
    """What was to be reached over each rival, and whether it was."""
    found = []
    for rival in RIVALS:
        revenue, served, travel = (
            over(days[VALUE], days[rival.name], what) for what in ("revenue", "served", "travel")
        )
        if load > 100:
            wanted = "lower bounds of revenue ≥ +5 % and served ≥ +5 points"
            met = revenue.low >= 5 and served.low >= 5
            got = f"{revenue.low:+.1f} % and {served.low:+.1f} points"
        else:
            wanted = "travel −20 % and served not lower, in the mean"
            met = travel.mean <= -20 and served.mean >= 0
            got = f"{travel.mean:+.1f} % and {served.mean:+.1f} points"
        found.append((f"{load} % load, over {rival.name}, {wanted}: {got}, {'met' if met else '**missed**'}.", met))
    return found


def notes(days: int, verdicts: list[str], broken: int, spent: float) -> str:
    """What was measured, and the verdicts."""
    lines = [f"- {verdict}" for verdict in verdicts]
    lines.append(f"- Rules broken on any day: {broken}. {spent:.0f} CPU-s in all, learning included.")
    return "\n".join([NOTES.format(days=days), *lines])


if __name__ == "__main__":
    sys.exit(main())
