"""Ruin: take strings of neighbouring visits out of neighbouring routes.

After *slack induction by string removals* (Christiaens and Vanden Berghe 2020, doi 10.1287/trsc.2019.0914).
"""

from paidan_engine.routing.ruin_recreate.chain import occupy, unlink
from paidan_engine.routing.ruin_recreate.day import Day, Desk, Rounds
from paidan_engine.routing.ruin_recreate.kernels import Words, below, chance, inline, inner, kernel

LONGEST = 10
"""Visits of one string."""

SPLIT = 0.5
"""Share of strings that keep a stretch in their midst."""

WIDEN = 0.5
"""Chance that such a stretch stays one visit short when it could grow."""

TOUCHED, STRUNG = 1, 2


@inner
def take_out(day: Day, rounds: Rounds, desk: Desk, visit: int) -> None:
    """Remove a visit with its crew, and what is locked behind it."""
    while rounds.route[day.first[visit]] >= 0:
        for node in range(day.first[visit], day.first[visit] + day.crew[visit]):
            desk.touched[rounds.route[node]] = max(TOUCHED, desk.touched[rounds.route[node]])
            occupy(day, rounds, node, -1)
            unlink(rounds, node)
        desk.picked[desk.picks[0]] = visit
        desk.picks[0] += 1
        if day.follower[visit] >= 0:
            visit = day.visit[day.follower[visit]]


@inner
def take_string(day: Day, rounds: Rounds, desk: Desk, rng: Words, node: int, longest: int) -> None:
    """Remove a string of visits around a seat, now and then with a stretch kept in its midst."""
    seats, stops = len(day.visit), rounds.stops[rounds.route[node]]
    length = 1 + below(rng, min(longest, stops))
    kept = 0
    if 1 < length < stops and chance(rng) < SPLIT:
        kept = 1
        while length + kept < stops and chance(rng) < WIDEN:
            kept += 1
    back = below(rng, length + kept)
    while back > 0 and rounds.before[node] < seats:
        node = rounds.before[node]
        back -= 1
    keep_from = 1 + below(rng, length) if kept else length + kept
    for position in range(length + kept):
        if node >= seats:
            break
        ahead = rounds.after[node]
        if position < keep_from or position >= keep_from + kept:
            visit = day.visit[node]
            while ahead < seats and leaves_with(day, visit, day.visit[ahead]):
                ahead = rounds.after[ahead]
            take_out(day, rounds, desk, visit)
        node = ahead


@inline
def leaves_with(day: Day, visit: int, other: int) -> bool:
    """Whether taking out a visit takes out another with it."""
    while day.follower[visit] >= 0:
        visit = day.visit[day.follower[visit]]
        if visit == other:
            return True
    return False


@kernel
def pick_unserved(day: Day, rounds: Rounds, desk: Desk) -> None:
    """Have every visit without a place in ``desk.picked``, and no other."""
    desk.picks[0] = 0
    for visit in range(len(day.first)):
        if rounds.route[day.first[visit]] < 0:
            desk.picked[desk.picks[0]] = visit
            desk.picks[0] += 1


@inner
def ruin(day: Day, rounds: Rounds, desk: Desk, rng: Words, size: int) -> None:
    """Take about ``size`` visits out around a random one; all that are out stand in ``desk.picked``."""
    pick_unserved(day, rounds, desk)
    used = 0
    for route in range(len(day.person)):
        desk.touched[route] = 0
        used += 1 if rounds.stops[route] > 0 else 0
    if used == 0:
        return
    longest = max(1, min(LONGEST, (len(day.first) - desk.picks[0]) // used))
    strings = 1 + below(rng, max(1, 4 * size // (1 + longest) - 1))
    seed = below(rng, len(day.first))
    for visit in day.near[seed]:
        if strings == 0:
            break
        node = day.first[visit] + below(rng, day.crew[visit])
        if rounds.route[node] >= 0 and desk.touched[rounds.route[node]] != STRUNG:
            desk.touched[rounds.route[node]] = STRUNG
            take_string(day, rounds, desk, rng, node, longest)
            strings -= 1
