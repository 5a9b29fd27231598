"""When each work starts: the earliest times that keep the order of the routes, their breaks and the crews.

Two routes that share a crew wait for each other, so a change is carried on from node to node until nothing moves
(the least fixed point of the start times, which exists unless the routes wait for each other in a circle).
"""

from paidan_engine.routing.ruin_recreate.day import Day, Desk, Rounds
from paidan_engine.routing.ruin_recreate.kernels import NEVER, inline, inner, kernel

CREW_MOVES = 4
"""How often a seat of a crew may move while both find their time; more is taken for a circle."""


@inline
def arrival(day: Day, rounds: Rounds, node: int, behind: int, route: int, opens: int) -> tuple[int, int]:
    """Start of the work at a seat when it follows ``behind``, and the breaks taken before.

    A break is taken on the way when it costs no time, or when it could not start after the work any more.
    """
    taken = rounds.rests[behind]
    free = rounds.end[behind]
    here = day.place[behind] if behind < len(day.visit) else day.origin[route]
    there = free + day.leg_time[day.speed[route], here, day.place[node]]
    start = max(there, opens)
    for number in range(day.breaks[route] + taken, day.breaks[route + 1]):
        rest = max(free, day.break_opens[number])
        rested = max(there, rest) + day.break_length[number]
        if rested > start and start + day.work[node, route] <= day.break_latest[number]:
            break
        if rest > day.break_latest[number]:
            return NEVER, taken
        free = rest + day.break_length[number]
        there = rested
        start = max(there, opens)
        taken += 1
    return start, taken


@kernel
def homecoming(day: Day, rounds: Rounds, route: int) -> int:
    """Arrival at the destination; breaks are taken there where they may still start."""
    last = rounds.before[len(day.visit) + route]
    free = rounds.end[last]
    there = free
    if day.destination[route] >= 0:
        here = day.place[last] if last < len(day.visit) else day.origin[route]
        there += day.leg_time[day.speed[route], here, day.destination[route]]
    for number in range(day.breaks[route] + rounds.rests[last], day.breaks[route + 1]):
        rest = max(free, day.break_opens[number])
        if max(rest, there) <= day.break_latest[number]:
            break
        if rest > day.break_latest[number]:
            return NEVER
        free = rest + day.break_length[number]
        there += day.break_length[number]
    return int(there)


@inline
def crew_start(day: Day, rounds: Rounds, node: int) -> int:
    """The earliest start that the other seat of the crew leaves to this one."""
    other = day.partner[node]
    if other < 0 or rounds.start[other] < 0:
        return 0
    if other < node:
        return int(rounds.start[other] + day.least[day.visit[node]])
    return int(rounds.start[other] - day.most[day.visit[node]])


@inline
def overtime(day: Day, route: int, finish: int) -> int:
    """Price of a homecoming."""
    return int(day.overtime_price[route] * max(0, finish - day.ends[route]))


@inline
def due(day: Day, rounds: Rounds, node: int) -> int:
    """From when on a start at this seat is late."""
    visit = day.visit[node]
    return int(day.due[rounds.mode[visit], node - day.first[visit]])


@inline
def note(rounds: Rounds, desk: Desk, node: int) -> None:
    """Remember the times of a node before they change."""
    row = desk.size[0]
    desk.changed[row, 0] = node
    desk.changed[row, 1] = rounds.start[node]
    desk.changed[row, 2] = rounds.end[node]
    desk.changed[row, 3] = rounds.rests[node]
    desk.size[0] = row + 1


@inline
def forget(rounds: Rounds, desk: Desk, worst: int) -> None:
    """Set every time back to what it was."""
    for row in range(desk.size[0] - 1, -1, -1):
        node = desk.changed[row, 0]
        rounds.start[node] = desk.changed[row, 1]
        rounds.end[node] = desk.changed[row, 2]
        rounds.rests[node] = desk.changed[row, 3]
    desk.size[0] = 0
    rounds.worst[0] = worst


@inline
def settle_door(day: Day, rounds: Rounds, desk: Desk, node: int) -> int:
    """Time the end of a route again; what its overtime costs more, or NEVER."""
    route = node - len(day.visit)
    finish = homecoming(day, rounds, route)
    if finish > day.closes[route]:
        return NEVER
    if finish == rounds.start[node]:
        return 0
    note(rounds, desk, node)
    dearer = overtime(day, route, finish) - overtime(day, route, rounds.start[node])
    rounds.start[node] = finish
    return dearer


@inline
def settle_seat(day: Day, rounds: Rounds, desk: Desk, node: int) -> int:
    """Time a seat again; what its lateness costs more, NEVER when it is too late, or -1 when nothing moved."""
    visit, route = day.visit[node], rounds.route[node]
    column, mode = node - day.first[visit], rounds.mode[visit]
    opens = max(day.opens[mode, column], crew_start(day, rounds, node))
    start, taken = arrival(day, rounds, node, rounds.before[node], route, opens)
    if start > day.latest[mode, column]:
        return NEVER
    if start == rounds.start[node] and taken == rounds.rests[node]:
        return -1
    note(rounds, desk, node)
    late = max(0, start - day.due[mode, column])
    dearer = day.late_price[visit] * (late - max(0, rounds.start[node] - day.due[mode, column]))
    if late > rounds.worst[0]:
        dearer += day.worst_price * (late - rounds.worst[0])
        rounds.worst[0] = late
    rounds.start[node] = start
    rounds.end[node] = start + day.work[node, route]
    rounds.rests[node] = taken
    return int(max(dearer, 0))


@inline
def push(desk: Desk, pending: int, node: int, earliest: int) -> int:
    """Have a node timed again, which cannot start before ``earliest``; returns how many are pending."""
    desk.pending[pending, 0] = node
    desk.pending[pending, 1] = earliest
    return pending + 1


@inline
def pop(desk: Desk, pending: int) -> int:
    """Take the pending node that may start first, so that hardly any is timed twice."""
    row = pending - 1
    for other in range(pending - 1):
        if desk.pending[other, 1] < desk.pending[row, 1]:
            row = other
    node = desk.pending[row, 0]
    desk.pending[row, 0] = desk.pending[pending - 1, 0]
    desk.pending[row, 1] = desk.pending[pending - 1, 1]
    return int(node)


@inline
def push_waiting(day: Day, rounds: Rounds, desk: Desk, pending: int, node: int) -> int:
    """Have timed again who waits for a seat that moved: the next of its route, and the other of its crew."""
    other = day.partner[node]
    if other >= 0 and rounds.route[other] >= 0:
        earliest = crew_start(day, rounds, other)
        if earliest > rounds.start[other]:
            pending = push(desk, pending, other, earliest)
    return push(desk, pending, rounds.after[node], rounds.end[node])


@inner
def settle(day: Day, rounds: Rounds, desk: Desk, pending: int, most: int, watched: int) -> int:
    """Carry changes on until nothing moves.

    Args:
        pending: how many nodes stand in ``desk.pending``.
        most: give up beyond this price.
        watched: a seat just put in, or -1. Whoever waits in a circle waits for it, so it would move for ever.

    Returns:
        What lateness and overtime cost more, or NEVER; ``forget`` undoes it in any case.
    """
    seats = len(day.visit)
    spent, moves = 0, 0
    allowed = 1 if watched >= 0 and day.partner[watched] < 0 else CREW_MOVES
    limit = len(desk.pending) - 4
    while pending > 0:
        node = pop(desk, pending)
        pending -= 1
        if desk.size[0] >= limit or pending >= limit:
            return NEVER
        if node >= seats:
            dearer = settle_door(day, rounds, desk, node)
        else:
            dearer = settle_seat(day, rounds, desk, node)
            if dearer < 0:
                continue
            moves += 1 if node == watched else 0
            if moves > allowed:
                return NEVER
            pending = push_waiting(day, rounds, desk, pending, node)
        spent += dearer
        if spent > most:
            return NEVER
    return spent


@inner
def make_room(day: Day, rounds: Rounds, route: int) -> None:
    """Latest starts along a route, backwards, crews and breaks left out of account: no plan can be later."""
    seats = len(day.visit)
    door = seats + route
    speed = day.speed[route]
    latest = day.closes[route]
    there = day.destination[route]
    node = rounds.before[door]
    while node < seats:
        if there >= 0:
            latest -= day.leg_time[speed, day.place[node], there]
        visit = day.visit[node]
        by_window = day.latest[rounds.mode[visit], node - day.first[visit]]
        latest = min(latest - day.work[node, route], by_window)
        rounds.room[node] = latest
        there = day.place[node]
        node = rounds.before[node]
    rounds.room[door] = day.closes[route]


@inner
def time_anew(day: Day, rounds: Rounds, desk: Desk) -> bool:
    """Time the touched routes from nothing, or all of them where crews tie routes together; False when impossible."""
    seats = len(day.visit)
    routes = len(day.person)
    pending = 0
    desk.size[0] = 0
    for route in range(routes):
        if desk.touched[route] > 0 or day.coupled:
            node = rounds.after[seats + route]
            if node < seats:
                pending = push(desk, pending, node, 0)
            while node < seats:
                rounds.start[node] = -1
                rounds.rests[node] = 0
                node = rounds.after[node]
            rounds.start[seats + route] = -1
            make_room(day, rounds, route)
    possible = settle(day, rounds, desk, pending, NEVER - 1, -1) < NEVER
    desk.size[0] = 0
    rounds.worst[0] = worst_lateness(day, rounds)
    return possible


@inline
def worst_lateness(day: Day, rounds: Rounds) -> int:
    """The largest lateness of all placed seats."""
    worst = 0
    for node in range(len(day.visit)):
        if rounds.route[node] >= 0:
            worst = max(worst, rounds.start[node] - due(day, rounds, node))
    return worst
