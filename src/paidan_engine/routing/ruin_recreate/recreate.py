"""Recreate: put visits back one by one, each where it is cheapest, in an order drawn anew each time."""

from paidan_engine.routing.ruin_recreate.day import Day, Desk, Rounds
from paidan_engine.routing.ruin_recreate.insertion import place
from paidan_engine.routing.ruin_recreate.kernels import Words, below, inline, kernel, sort_rows

BLINK = 0.01
"""Chance to overlook a place, as in the paper."""

FAR_DRAW, DUE_DRAW, NARROW_DRAW, CREW_DRAW, LEFT_OVER_DRAW, DRAWS = 0, 2, 3, 5, 7, 12
"""Of twelve draws these and those up to the next decide for an order; from the last on it is random."""


@inline
def sort_key(day: Day, desk: Desk, rng: Words, visit: int, draw: int) -> int:
    """What a visit is placed by, least first."""
    dice = below(rng, 1 << 20)
    node, mode = day.first[visit], day.modes[visit]
    if draw < DUE_DRAW:
        leg = day.leg_cost[0, day.origin[0], day.place[node]]
        return int(leg if draw == FAR_DRAW else -leg)
    if draw < NARROW_DRAW:
        return int(day.opens[mode, 0])
    if draw < CREW_DRAW:
        return int(day.due[mode, 0] - day.opens[mode, 0])
    if draw < LEFT_OVER_DRAW:
        return int(dice - (day.crew[visit] << 20))
    return -desk.left_over[visit] if draw == LEFT_OVER_DRAW else dice


@kernel
def recreate(day: Day, rounds: Rounds, desk: Desk, rng: Words, blink: float) -> None:
    """Place the picked visits, each followed by what is locked behind it."""
    number = desk.picks[0]
    draw = below(rng, DRAWS)
    for row in range(number):
        desk.keys[row] = sort_key(day, desk, rng, desk.picked[row], draw)
    sort_rows(desk.keys, desk.order, number)
    for row in range(number):
        visit = desk.picked[desk.order[row]]
        if rounds.route[day.first[visit]] >= 0 or waits(day, rounds, visit):
            continue
        while place(day, rounds, desk, rng, visit, blink) and day.follower[visit] >= 0:
            visit = day.visit[day.follower[visit]]
        if rounds.route[day.first[visit]] < 0:
            desk.left_over[visit] += 1


@inline
def waits(day: Day, rounds: Rounds, visit: int) -> bool:
    """Whether a visit is locked behind one that has no place yet."""
    leader = day.follows[day.first[visit]]
    return bool(leader >= 0 and rounds.route[day.first[leader]] < 0)
