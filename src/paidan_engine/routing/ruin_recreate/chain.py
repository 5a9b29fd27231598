"""Taking seats out of the rings and putting them in, and what the rings cost."""

from paidan_engine.routing.ruin_recreate.day import Day, Rounds
from paidan_engine.routing.ruin_recreate.kernels import inline, inner, kernel
from paidan_engine.routing.ruin_recreate.timing import due, overtime


@inline
def leg_price(day: Day, route: int, behind: int, node: int) -> int:
    """Price of the journey between two neighbours of a ring."""
    seats = len(day.visit)
    here = day.place[behind] if behind < seats else day.origin[route]
    there = day.place[node] if node < seats else day.destination[route]
    return 0 if there < 0 else day.leg_cost[day.speed[route], here, there]


@inline
def link(day: Day, rounds: Rounds, node: int, behind: int) -> None:
    """Put a seat behind a node; its times are not known yet."""
    route, ahead = rounds.route[behind], rounds.after[behind]
    rounds.route[node] = route
    rounds.before[node], rounds.after[node] = behind, ahead
    rounds.after[behind] = rounds.before[ahead] = node
    rounds.start[node] = -1
    rounds.rests[node] = 0


@inline
def unlink(rounds: Rounds, node: int) -> None:
    """Take a seat out."""
    behind, ahead = rounds.before[node], rounds.after[node]
    rounds.after[behind], rounds.before[ahead] = ahead, behind
    rounds.route[node] = rounds.start[node] = -1


@inline
def occupy(day: Day, rounds: Rounds, node: int, sign: int) -> None:
    """Count a linked seat in (1) or out (-1) of its route's sums."""
    route = rounds.route[node]
    rounds.load[route] += sign * day.load[day.visit[node]]
    rounds.work[route] += sign * day.work[node, route]
    rounds.stops[route] += sign
    rounds.strangers[0] += sign * day.stranger[node, route]


@inner
def unfairness(rounds: Rounds, route: int, more: int) -> int:
    """Work above the mean of the routes in use, when this route had so much more of it (0: as it is)."""
    total, used = 0, 0
    for other in range(len(rounds.work)):
        if rounds.stops[other] > 0 or (other == route and more > 0):
            used += 1
            total += rounds.work[other]
    if used == 0:
        return 0
    mean = (total + more) // used
    above = 0
    for other in range(len(rounds.work)):
        above += max(0, rounds.work[other] + (more if other == route else 0) - mean)
    return above


@kernel
def total_cost(day: Day, rounds: Rounds) -> int:
    """Everything the plan costs, from its times."""
    seats = len(day.visit)
    cost = day.worst_price * rounds.worst[0] + day.stranger_price * rounds.strangers[0]
    for visit in range(len(day.first)):
        node = day.first[visit]
        if rounds.route[node] < 0:
            cost += day.value[visit]
            continue
        for seat in range(node, node + day.crew[visit]):
            cost += day.fee[seat, rounds.route[seat]]
            cost += day.late_price[visit] * max(0, rounds.start[seat] - due(day, rounds, seat))
    for route in range(len(day.person)):
        door = seats + route
        node = rounds.after[door]
        if node >= seats:
            continue
        cost += day.route_price + overtime(day, route, rounds.start[door]) + leg_price(day, route, door, node)
        while node < seats:
            cost += leg_price(day, route, node, rounds.after[node])
            node = rounds.after[node]
    if day.fairness_price > 0:
        cost += day.fairness_price * unfairness(rounds, 0, 0)
    return int(cost)
