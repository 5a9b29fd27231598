"""The cheapest place for a visit: every position of every route, priced with all that it makes late elsewhere."""

from paidan_engine.routing.ruin_recreate.chain import leg_price, link, occupy, unfairness, unlink
from paidan_engine.routing.ruin_recreate.day import Day, Desk, Rounds
from paidan_engine.routing.ruin_recreate.kernels import NEVER, Words, chance, inline, inner, sort_rows
from paidan_engine.routing.ruin_recreate.timing import arrival, due, forget, make_room, push, settle

MOST_PAIRS = 300
"""Pairs of places priced exactly for one crew of two and one choice of windows."""


@inline
def route_open(day: Day, rounds: Rounds, node: int, route: int, spare: int) -> bool:
    """Whether a place in the route is worth a thought: its person and load allow it, and no twin stands for it.

    Of empty routes that are the same in everything only the first ``spare + 1`` are tried.
    """
    if day.able[node, route] == 0 or rounds.load[route] + day.load[day.visit[node]] > day.cap[route]:
        return False
    twin = day.twin[route] if rounds.stops[route] == 0 else -1
    while twin >= 0:
        if rounds.stops[twin] == 0:
            spare -= 1
            if spare < 0:
                return False
        twin = day.twin[twin]
    return True


@inline
def in_order(day: Day, rounds: Rounds, node: int, behind: int) -> bool:
    """Whether sequence locks allow the seat directly after ``behind``."""
    here = day.visit[behind] if behind < len(day.visit) else -1
    if day.follows[node] >= 0:
        return bool(day.follows[node] == here)
    return here < 0 or day.follower[here] < 0 or rounds.after[behind] != day.follower[here]


@inline
def route_price(day: Day, rounds: Rounds, node: int, route: int) -> int:
    """What the seat costs anywhere in a route."""
    price = day.fee[node, route] + day.stranger_price * day.stranger[node, route]
    if rounds.stops[route] == 0:
        price += day.route_price
    if day.fairness_price > 0:
        more = unfairness(rounds, route, day.work[node, route]) - unfairness(rounds, route, 0)
        price += day.fairness_price * more
    return int(price)


@inline
def detour(day: Day, rounds: Rounds, node: int, behind: int, route: int) -> int:
    """Price of the way over the seat instead of past it."""
    ahead = rounds.after[behind]
    price = leg_price(day, route, behind, node) + leg_price(day, route, node, ahead)
    return price if rounds.stops[route] == 0 else price - leg_price(day, route, behind, ahead)


@inline
def spot_start(day: Day, rounds: Rounds, node: int, behind: int, route: int) -> int:
    """Earliest start of the work after ``behind`` by the route alone, or NEVER when the route cannot keep it."""
    visit = day.visit[node]
    column, mode = node - day.first[visit], rounds.mode[visit]
    start, _ = arrival(day, rounds, node, behind, route, day.opens[mode, column])
    if start > day.latest[mode, column]:
        return NEVER
    ahead = rounds.after[behind]
    there = day.place[ahead] if ahead < len(day.visit) else day.destination[route]
    leg = 0 if there < 0 else day.leg_time[day.speed[route], day.place[node], there]
    return start if start + day.work[node, route] + leg <= rounds.room[ahead] else NEVER


@inline
def lateness_price(day: Day, rounds: Rounds, node: int, start: int) -> int:
    """What a start at this seat costs for itself."""
    return int(day.late_price[day.visit[node]] * max(0, start - due(day, rounds, node)))


@inline
def knock_on(day: Day, rounds: Rounds, desk: Desk, node: int, behind: int, most: int) -> int:
    """Price of all lateness and overtime that the seat behind a node causes; nothing is changed."""
    worst = rounds.worst[0]
    link(day, rounds, node, behind)
    price = settle(day, rounds, desk, push(desk, 0, node, 0), most, node)
    forget(rounds, desk, worst)
    unlink(rounds, node)
    return price


@inline
def best_mode(day: Day, rounds: Rounds, desk: Desk, node: int, behind: int, price: int, most: int) -> tuple[int, int]:
    """The cheapest window for a seat at a place that costs ``price`` by itself; ``most`` where none is below."""
    visit, route = day.visit[node], rounds.route[behind]
    best, chosen = most, day.modes[visit]
    for mode in range(day.modes[visit], day.modes[visit + 1]):
        rounds.mode[visit] = mode
        start = spot_start(day, rounds, node, behind, route)
        if start < NEVER and price + lateness_price(day, rounds, node, start) < best:
            dearer = knock_on(day, rounds, desk, node, behind, best - price - 1)
            if dearer < NEVER:
                best, chosen = price + dearer, mode
    return best, chosen


@inner
def best_alone(
    day: Day, rounds: Rounds, desk: Desk, rng: Words, visit: int, most: int, blink: float
) -> tuple[int, int, int]:
    """The cheapest place of a visit with one seat: price, node before (-1: none below ``most``), and mode.

    Now and then it overlooks a place (a *blink*), which keeps the search from always building the same.
    """
    node, seats = day.first[visit], len(day.visit)
    best, spot, chosen = most, -1, rounds.mode[visit]
    for route in range(len(day.person)):
        if not route_open(day, rounds, node, route, 0):
            continue
        fixed = route_price(day, rounds, node, route)
        behind = seats + route
        while True:
            price = fixed + detour(day, rounds, node, behind, route)
            if price < best and in_order(day, rounds, node, behind) and chance(rng) >= blink:
                found, mode = best_mode(day, rounds, desk, node, behind, price, best)
                if found < best:
                    best, spot, chosen = found, behind, mode
            behind = rounds.after[behind]
            if behind >= seats:
                break
    return best, spot, chosen


@inner
def list_spots(day: Day, rounds: Rounds, desk: Desk, rng: Words, node: int, most: int, blink: float) -> int:
    """Every place one seat of a crew can have by its route alone, into ``desk.spots``, ranked; their number."""
    seats, column, found = len(day.visit), node - day.first[day.visit[node]], 0
    for route in range(len(day.person)):
        if not route_open(day, rounds, node, route, column):
            continue
        fixed = route_price(day, rounds, node, route)
        behind = seats + route
        while True:
            price = fixed + detour(day, rounds, node, behind, route)
            if price < most and in_order(day, rounds, node, behind) and chance(rng) >= blink:
                start = spot_start(day, rounds, node, behind, route)
                if start < NEVER:
                    desk.spots[column, found, 0] = behind
                    desk.spots[column, found, 1] = price
                    desk.spots[column, found, 2] = start
                    desk.keys[found] = price + lateness_price(day, rounds, node, start)
                    found += 1
            behind = rounds.after[behind]
            if behind >= seats:
                break
    sort_rows(desk.keys, desk.rank[column], found)
    return found


@inline
def spot_price(day: Day, rounds: Rounds, desk: Desk, node: int, spot: int) -> int:
    """What a listed place costs by itself."""
    column = node - day.first[day.visit[node]]
    return int(desk.spots[column, spot, 1] + lateness_price(day, rounds, node, desk.spots[column, spot, 2]))


@inline
def pair_floor(day: Day, rounds: Rounds, desk: Desk, node: int, one: int, two: int) -> int:
    """The least that two places can cost together, the crew's gap kept."""
    visit = day.visit[node]
    early, later = desk.spots[0, one, 2], desk.spots[1, two, 2]
    second = max(later, early + day.least[visit])
    first = max(early, second - day.most[visit])
    price = desk.spots[0, one, 1] + desk.spots[1, two, 1]
    return int(price + lateness_price(day, rounds, node, first) + lateness_price(day, rounds, node + 1, second))


@inline
def knock_on_pair(day: Day, rounds: Rounds, desk: Desk, node: int, behind: tuple[int, int], most: int) -> int:
    """The same as ``knock_on`` for both seats of a crew."""
    worst = rounds.worst[0]
    link(day, rounds, node, behind[0])
    link(day, rounds, node + 1, behind[1])
    price = settle(day, rounds, desk, push(desk, push(desk, 0, node, 0), node + 1, 1), most, node)
    forget(rounds, desk, worst)
    unlink(rounds, node + 1)
    unlink(rounds, node)
    return price


@inner
def best_pair(
    day: Day, rounds: Rounds, desk: Desk, node: int, found: tuple[int, int], most: int
) -> tuple[int, int, int]:
    """The cheapest pair of listed places: price and the node before each seat (-1: none below ``most``)."""
    best, first, second, tries = most, -1, -1, 0
    least = spot_price(day, rounds, desk, node + 1, desk.rank[1, 0])
    for row in range(found[0]):
        one = desk.rank[0, row]
        alone = spot_price(day, rounds, desk, node, one)
        if alone + least >= best or tries >= MOST_PAIRS:
            break
        for column in range(found[1]):
            two = desk.rank[1, column]
            if alone + spot_price(day, rounds, desk, node + 1, two) >= best:
                break
            behind, other = desk.spots[0, one, 0], desk.spots[1, two, 0]
            if day.person[rounds.route[behind]] == day.person[rounds.route[other]]:
                continue
            if pair_floor(day, rounds, desk, node, one, two) >= best:
                continue
            price = desk.spots[0, one, 1] + desk.spots[1, two, 1]
            dearer = knock_on_pair(day, rounds, desk, node, (behind, other), best - price - 1)
            tries += 1
            if dearer < NEVER:
                best, first, second = price + dearer, behind, other
    return best, first, second


@inner
def place(day: Day, rounds: Rounds, desk: Desk, rng: Words, visit: int, blink: float) -> bool:
    """Put a visit where it is cheapest; False when leaving it out is cheaper or nothing is possible."""
    node, most = day.first[visit], day.value[visit]
    if day.crew[visit] == 1:
        _, spot, rounds.mode[visit] = best_alone(day, rounds, desk, rng, visit, most, blink)
        if spot < 0:
            return False
        link(day, rounds, node, spot)
        return commit(day, rounds, desk, visit)
    best, spot, other, chosen = most, -1, -1, rounds.mode[visit]
    for mode in range(day.modes[visit], day.modes[visit + 1]):
        rounds.mode[visit] = mode
        found = list_spots(day, rounds, desk, rng, node, best, blink)
        found_too = list_spots(day, rounds, desk, rng, node + 1, best, blink)
        if found > 0 and found_too > 0:
            price, first, second = best_pair(day, rounds, desk, node, (found, found_too), best)
            if first >= 0:
                best, spot, other, chosen = price, first, second, mode
    rounds.mode[visit] = chosen
    if spot < 0:
        return False
    link(day, rounds, node, spot)
    link(day, rounds, node + 1, other)
    return commit(day, rounds, desk, visit)


@inner
def commit(day: Day, rounds: Rounds, desk: Desk, visit: int) -> bool:
    """Time a visit whose seats are linked, and count it in; False, and taken out again, when it is impossible."""
    worst, node = rounds.worst[0], day.first[visit]
    pending = push(desk, 0, node, 0)
    if day.crew[visit] == 2:
        pending = push(desk, pending, node + 1, 1)
    possible = settle(day, rounds, desk, pending, NEVER - 1, node) < NEVER
    if not possible:
        forget(rounds, desk, worst)
    desk.size[0] = 0
    for seat in range(node + day.crew[visit] - 1, node - 1, -1):
        if possible:
            occupy(day, rounds, seat, 1)
            make_room(day, rounds, rounds.route[seat])
        else:
            unlink(rounds, seat)
    return possible
