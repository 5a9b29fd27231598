"""A route problem and its plan as flat arrays, which is what the inner loops read and write.

Seats are numbered through all visits. Each route (one shift) is a ring through its *door*, a node of its own behind
the seats: the technician leaves the origin by it and comes to the destination by it. All times and prices are the
problem's whole numbers.
"""

from typing import NamedTuple

from paidan_engine.routing.ruin_recreate.kernels import Integers


class Day(NamedTuple):
    """What does not change. S seats, V visits, R routes, M modes, n locations, C speeds, B breaks.

    A *mode* of a visit is a choice of one window for each seat: with it fixed, the earliest start of everything is
    also the cheapest.
    """

    # seats
    visit: Integers  # (S,)
    place: Integers  # (S,) row of the matrices
    partner: Integers  # (S,) the other seat of the crew, or -1
    follows: Integers  # (S,) the visit that must come directly before it, or -1
    able: Integers  # (S, R) 1 where every hard rule about the person is kept
    work: Integers  # (S, R) duration
    fee: Integers  # (S, R) price of this person here: preference, say
    stranger: Integers  # (S, R) 1 where somebody else was promised
    # visits
    first: Integers  # (V,) first seat
    crew: Integers  # (V,) 1 or 2
    follower: Integers  # (V,) the seat that must come directly after it, or -1
    least: Integers  # (V,) gap between the starts of the seats
    most: Integers  # (V,)
    late_price: Integers  # (V,) of each unit of lateness at each seat
    load: Integers  # (V,)
    value: Integers  # (V,) price of leaving it out
    modes: Integers  # (V + 1,) its modes are modes[v]:modes[v + 1]
    near: Integers  # (V, K) the nearest visits, itself first
    # modes
    opens: Integers  # (M, 2) by seat of the crew
    due: Integers  # (M, 2) lateness counts from here
    latest: Integers  # (M, 2)
    # routes
    person: Integers  # (R,)
    speed: Integers  # (R,)
    twin: Integers  # (R,) the route before it that is the same in everything, or -1
    origin: Integers  # (R,)
    destination: Integers  # (R,) or -1
    begins: Integers  # (R,)
    ends: Integers  # (R,)
    closes: Integers  # (R,) the end with overtime
    overtime_price: Integers  # (R,)
    cap: Integers  # (R,)
    breaks: Integers  # (R + 1,) its breaks are breaks[r]:breaks[r + 1]
    break_opens: Integers  # (B,)
    break_latest: Integers  # (B,)
    break_length: Integers  # (B,)
    # travel
    leg_time: Integers  # (C, n, n)
    leg_cost: Integers  # (C, n, n)
    # prices of the whole plan
    worst_price: int
    fairness_price: int
    route_price: int
    coupled: bool  # some crew has two seats
    stranger_price: int  # of each seat with somebody else than was promised, on the way to the best plan
    stranger_worth: int  # the same in the best plan
    most_strangers: int  # such seats that the best plan may have


class Rounds(NamedTuple):
    """A plan under change. N = S + R nodes: the seats and the doors of the routes.

    For the door of a route ``end`` is the departure from the origin, and ``start`` the arrival at the destination.
    """

    after: Integers  # (N,)
    before: Integers  # (N,)
    route: Integers  # (N,) or -1
    mode: Integers  # (V,)
    start: Integers  # (N,) of the work; -1 while not known
    end: Integers  # (N,)
    rests: Integers  # (N,) how many breaks of the route are taken before the work
    room: Integers  # (N,) latest start that keeps the rest of the route, its crews and breaks left out of account
    load: Integers  # (R,)
    work: Integers  # (R,)
    stops: Integers  # (R,)
    worst: Integers  # (1,) the largest lateness
    strangers: Integers  # (1,) seats with somebody else than was promised


class Desk(NamedTuple):
    """Room to work in, so that the inner loops claim no memory."""

    pending: Integers  # (limit + 4, 2) nodes to be timed again, and the earliest each may start
    changed: Integers  # (limit + 4, 4) node, start, end, rests before the change
    size: Integers  # (1,) rows of ``changed`` in use
    spots: Integers  # (2, N, 3) places for each seat of a crew: node before, price without lateness, earliest start
    rank: Integers  # (2, N) spots by ascending price
    order: Integers  # (V,) picked visits in the order of placing
    keys: Integers  # (max(V, N),) what is sorted by
    picked: Integers  # (V,) visits to be placed
    picks: Integers  # (1,) how many
    touched: Integers  # (R,) above 0 for routes that changed
    left_over: Integers  # (V,) how often a visit found no place
