"""Which ruined and recreated plan is kept: simulated annealing over many small steps.

The frame is the ruin-and-recreate principle of Schrimpf et al. (2000, doi 10.1006/jcph.1999.6413).
"""

from math import log

from paidan_engine.routing.ruin_recreate.chain import total_cost
from paidan_engine.routing.ruin_recreate.day import Day, Desk, Rounds
from paidan_engine.routing.ruin_recreate.kernels import Integers, Words, chance, inline, kernel
from paidan_engine.routing.ruin_recreate.recreate import recreate
from paidan_engine.routing.ruin_recreate.ruin import ruin
from paidan_engine.routing.ruin_recreate.timing import time_anew

CURRENT, BEST = 0, 1


@inline
def overwrite(target: Integers, source: Integers) -> None:
    """Copy one array into another of its shape."""
    for row in range(len(target)):
        target[row] = source[row]


@kernel
def copy(source: Rounds, target: Rounds) -> None:
    """Make one plan equal to another."""
    overwrite(target.after, source.after)
    overwrite(target.before, source.before)
    overwrite(target.route, source.route)
    overwrite(target.mode, source.mode)
    overwrite(target.start, source.start)
    overwrite(target.end, source.end)
    overwrite(target.rests, source.rests)
    overwrite(target.room, source.room)
    overwrite(target.load, source.load)
    overwrite(target.work, source.work)
    overwrite(target.stops, source.stops)
    overwrite(target.worst, source.worst)
    overwrite(target.strangers, source.strangers)


@kernel
def anneal(
    day: Day,
    plans: tuple[Rounds, Rounds, Rounds],
    costs: Integers,
    desk: Desk,
    rng: Words,
    steps: int,
    temperature: float,
    size: int,
    blink: float,
) -> None:
    """Take steps at one temperature.

    Args:
        plans: the current plan, the best one, and one to try on; all are changed.
        costs: shape (2,), of the first two.
        size: visits that a step takes out on average.
    """
    current, best, trial = plans
    cheaper = day.stranger_price - day.stranger_worth
    for _ in range(steps):
        copy(current, trial)
        ruin(day, trial, desk, rng, size)
        if not time_anew(day, trial, desk):
            continue
        recreate(day, trial, desk, rng, blink)
        cost = total_cost(day, trial)
        if cost < costs[CURRENT] - temperature * log(1.0 - chance(rng)):
            current, trial = trial, current
            costs[CURRENT] = cost
            cost -= cheaper * current.strangers[0]
            if cost < costs[BEST] and current.strangers[0] <= day.most_strangers:
                copy(current, best)
                costs[BEST] = cost
    if steps:
        copy(current, plans[0])
