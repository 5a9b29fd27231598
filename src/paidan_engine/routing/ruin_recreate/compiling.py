"""From a route problem to flat arrays."""

from collections.abc import Mapping
from itertools import product
from typing import NamedTuple

import numpy as np

from paidan_engine.routing.problem import RouteProblem
from paidan_engine.routing.ruin_recreate.day import Day, Desk, Rounds
from paidan_engine.routing.ruin_recreate.kernels import Integers
from paidan_engine.routing.technicians import PERCENT, Shift, Technician
from paidan_engine.routing.visits import Seat, Visit, Window

REQUIRED = 2**42
"""Price at which a search leaves out a visit that must be served: above any value, and a thousand of them add up."""

NEIGHBOURS = 128

Fees = Mapping[tuple[str, str], int]
"""Further prices of a technician at a visit, by (visit, technician)."""

Owners = Mapping[str, frozenset[str]]
"""The technicians who were promised, by visit; a visit that is not in it was promised to nobody."""


class Route(NamedTuple):
    """One shift of one technician."""

    person: int
    number: int
    technician: Technician
    shift: Shift


class Node(NamedTuple):
    """One seat of one visit."""

    number: int
    visit: Visit
    seat: Seat


def routes_of(problem: RouteProblem) -> list[Route]:
    """Every shift, in the problem's order."""
    return [
        Route(person, number, technician, shift)
        for person, technician in enumerate(problem.technicians)
        for number, shift in enumerate(technician.shifts)
    ]


def nodes_of(problem: RouteProblem) -> list[Node]:
    """Every seat, in the problem's order."""
    return [Node(index, visit, seat) for index, visit in enumerate(problem.visits) for seat in visit.seats]


def compile_day(problem: RouteProblem, fees: Fees | None = None, owners: Owners | None = None) -> Day:
    """The arrays of a problem."""
    routes, nodes = routes_of(problem), nodes_of(problem)
    fields: dict[str, Integers | int | bool] = {
        **_seats(problem, nodes),
        **_pairs(problem, nodes, fees or {}),
        **_promises(nodes, routes, owners or {}),
        **_visits(problem),
        **_modes(problem.visits),
        **_routes(routes),
        **_travel(problem, routes),
    }
    fields["twin"] = _twins(fields, routes)
    return Day(
        **fields,  # type: ignore[arg-type]  # each field by its name
        worst_price=problem.weights.worst_lateness,
        fairness_price=problem.weights.fairness,
        route_price=problem.weights.technician,
        coupled=any(len(visit.seats) == 2 for visit in problem.visits),
        stranger_price=0,
        stranger_worth=0,
        most_strangers=len(nodes),
    )


def _whole(values: object) -> Integers:
    return np.array(values, dtype=np.int64)


def _seats(problem: RouteProblem, nodes: list[Node]) -> dict[str, Integers]:
    index = {visit.key: number for number, visit in enumerate(problem.visits)}
    partner, follows = [], []
    for number, node in enumerate(nodes):
        second = number > 0 and nodes[number - 1].number == node.number
        crew = len(node.visit.seats) == 2
        partner.append((number - 1 if second else number + 1) if crew else -1)
        follows.append(-1 if second or node.visit.after is None else index[node.visit.after])
    return {
        "visit": _whole([node.number for node in nodes]),
        "place": _whole([node.visit.location for node in nodes]),
        "partner": _whole(partner),
        "follows": _whole(follows),
    }


def _pairs(problem: RouteProblem, nodes: list[Node], fees: Fees) -> dict[str, Integers]:
    """What depends on seat and person; a person's shifts share it."""
    people = problem.technicians
    shifts = [person for person, technician in enumerate(people) for _ in technician.shifts]
    able = _whole([[_able(node, person) for person in people] for node in nodes])
    work = _whole([[node.seat.work(person.key) for person in people] for node in nodes])
    fee = np.zeros((len(nodes), len(people)), dtype=np.int64)
    columns = {person.key: column for column, person in enumerate(people)}
    rows: dict[str, list[int]] = {}
    for row, node in enumerate(nodes):
        rows.setdefault(node.visit.key, []).append(row)
        if node.visit.preferred:
            fee[row] = [0 if person.key in node.visit.preferred else problem.weights.preference for person in people]
    for (visit, person), price in fees.items():
        fee[rows[visit], columns[person]] += price
    tables = {"able": able, "work": work, "fee": fee}
    # One order of memory for every day: loops are compiled for each anew.
    return {name: table.reshape(fee.shape)[:, shifts].copy(order="C") for name, table in tables.items()}


def _promises(nodes: list[Node], routes: list[Route], owners: Owners) -> dict[str, Integers]:
    """Who would be somebody else than was promised."""
    columns: dict[str, list[int]] = {}
    for column, route in enumerate(routes):
        columns.setdefault(route.technician.key, []).append(column)
    stranger = np.zeros((len(nodes), len(routes)), dtype=np.int64)
    for row, node in enumerate(nodes):
        if node.visit.key in owners:
            stranger[row] = 1
            stranger[row, [column for owner in owners[node.visit.key] for column in columns.get(owner, ())]] = 0
    return {"stranger": stranger}


def _able(node: Node, person: Technician) -> bool:
    return (
        node.seat.technician in (None, person.key)
        and person.key not in node.visit.excluded
        and all(person.skills.get(name, -1) >= level for name, level in node.seat.skills.items())
    )


def _visits(problem: RouteProblem) -> dict[str, Integers]:
    visits = problem.visits
    crew = _whole([len(visit.seats) for visit in visits])
    first = np.cumsum(crew) - crew
    index = {visit.key: number for number, visit in enumerate(visits)}
    follower = np.full(len(visits), -1, dtype=np.int64)
    for number, visit in enumerate(visits):
        if visit.after is not None:
            follower[index[visit.after]] = first[number]
    places = _whole([visit.location for visit in visits])
    away = problem.distances[np.ix_(places, places)] + problem.distances[np.ix_(places, places)].T
    np.fill_diagonal(away, -1)
    return {
        "first": first,
        "crew": crew,
        "follower": follower,
        "least": _whole([visit.gap[0] for visit in visits]),
        "most": _whole([visit.gap[1] for visit in visits]),
        "late_price": _whole([visit.priority * problem.weights.lateness for visit in visits]),
        "load": _whole([visit.load for visit in visits]),
        "value": _whole([REQUIRED if visit.value is None else visit.value for visit in visits]),
        "near": np.argsort(away, axis=1, kind="stable")[:, :NEIGHBOURS].astype(np.int64),
    }


def _modes(visits: tuple[Visit, ...]) -> dict[str, Integers]:
    counts, rows = [0], []
    for visit in visits:
        spans = _spans(visit)
        modes = [(span, span) for span in _locked(visit, spans)]
        if len(visit.seats) == 2:
            modes = [pair for pair in product(_locked(visit, spans), spans) if _meets(pair, visit.gap)]
        rows += modes or [(IMPOSSIBLE, IMPOSSIBLE)]
        counts.append(len(rows))
    table = _whole(rows).reshape(-1, 2, 3)
    return {
        "modes": _whole(counts),
        "opens": np.ascontiguousarray(table[:, :, 0]),
        "due": np.ascontiguousarray(table[:, :, 1]),
        "latest": np.ascontiguousarray(table[:, :, 2]),
    }


Span = tuple[int, int, int]
"""Opens, due, latest."""

IMPOSSIBLE: Span = (0, 0, -1)
"""For a crew whose gap no pair of windows allows: nothing starts so early."""


def _spans(visit: Visit) -> list[Span]:
    """Each window with the latest start that counts for it."""
    nexts = [window[0] - 1 for window in visit.windows[1:]]
    ends = [close + visit.late_by for _, close in visit.windows]
    latest = [*map(min, ends, nexts), ends[-1]]
    return [(opens, closes, last) for (opens, closes), last in zip(visit.windows, latest, strict=True)]


def _locked(visit: Visit, spans: list[Span]) -> list[Span]:
    """The spans of the first seat."""
    if visit.start is None:
        return spans
    return [(visit.start, due, visit.start) for opens, due, last in spans if opens <= visit.start <= last]


def _meets(pair: tuple[Span, Span], gap: Window) -> bool:
    """Whether the spans of two seats allow the gap of a crew."""
    (opens, _, latest), (second_opens, _, second_latest) = pair
    return opens + gap[0] <= second_latest and latest + gap[1] >= second_opens


def _routes(routes: list[Route]) -> dict[str, Integers]:
    shifts = [route.shift for route in routes]
    speeds = _speeds(routes)
    rests = [rest for shift in shifts for rest in shift.breaks]
    return {
        "person": _whole([route.person for route in routes]),
        "speed": _whole([speeds.index(route.technician.travel_percent) for route in routes]),
        "origin": _whole([shift.origin for shift in shifts]),
        "destination": _whole([-1 if shift.destination is None else shift.destination for shift in shifts]),
        "begins": _whole([shift.start for shift in shifts]),
        "ends": _whole([shift.end for shift in shifts]),
        "closes": _whole([shift.end + shift.overtime for shift in shifts]),
        "overtime_price": _whole([route.technician.overtime_price for route in routes]),
        "cap": _whole([shift.load_cap for shift in shifts]),
        "breaks": np.cumsum([0, *(len(shift.breaks) for shift in shifts)], dtype=np.int64),
        "break_opens": _whole([rest.earliest for rest in rests]),
        "break_latest": _whole([rest.latest for rest in rests]),
        "break_length": _whole([rest.duration for rest in rests]),
    }


def _speeds(routes: list[Route]) -> list[int]:
    return sorted({route.technician.travel_percent for route in routes}) or [PERCENT]


def _travel(problem: RouteProblem, routes: list[Route]) -> dict[str, Integers]:
    times = np.stack([-(-problem.travel_times * speed // PERCENT) for speed in _speeds(routes)])
    return {
        "leg_time": times,
        "leg_cost": problem.weights.distance * problem.distances + problem.weights.travel * times,
    }


def _twins(fields: Mapping[str, Integers | int | bool], routes: list[Route]) -> Integers:
    """The last route before each with the same shift, person's columns and prices, of another person."""
    columns = [np.asarray(fields[name]) for name in ("able", "work", "fee", "stranger")]
    seen: dict[object, int] = {}
    twins = []
    for number, route in enumerate(routes):
        like = (
            route.number,
            route.shift,
            route.technician.overtime_price,
            route.technician.travel_percent,
            *(column[:, number].tobytes() for column in columns),
        )
        twins.append(seen.get(like, -1))
        seen[like] = number
    return _whole(twins)


def empty_rounds(day: Day) -> Rounds:
    """A plan in which nobody does anything."""
    seats, routes = len(day.visit), len(day.person)
    nodes = seats + routes
    rounds = Rounds(
        after=np.arange(nodes),
        before=np.arange(nodes),
        route=np.full(nodes, -1, dtype=np.int64),
        mode=day.modes[:-1].copy(),
        start=np.full(nodes, -1, dtype=np.int64),
        end=np.zeros(nodes, dtype=np.int64),
        rests=np.zeros(nodes, dtype=np.int64),
        room=np.zeros(nodes, dtype=np.int64),
        load=np.zeros(routes, dtype=np.int64),
        work=np.zeros(routes, dtype=np.int64),
        stops=np.zeros(routes, dtype=np.int64),
        worst=np.zeros(1, dtype=np.int64),
        strangers=np.zeros(1, dtype=np.int64),
    )
    rounds.route[seats:] = np.arange(routes)
    rounds.end[seats:] = day.begins
    rounds.room[seats:] = day.closes
    return rounds


def empty_desk(day: Day) -> Desk:
    """Room for the inner loops."""
    seats, visits, routes = len(day.visit), len(day.first), len(day.person)
    nodes = seats + routes
    limit = 40 * seats + routes
    return Desk(
        pending=np.zeros((limit + 4, 2), dtype=np.int64),
        changed=np.zeros((limit + 4, 4), dtype=np.int64),
        size=np.zeros(1, dtype=np.int64),
        spots=np.zeros((2, nodes, 3), dtype=np.int64),
        rank=np.zeros((2, nodes), dtype=np.int64),
        order=np.zeros(visits, dtype=np.int64),
        keys=np.zeros(max(visits, nodes), dtype=np.int64),
        picked=np.zeros(visits, dtype=np.int64),
        picks=np.zeros(1, dtype=np.int64),
        touched=np.zeros(routes, dtype=np.int64),
        left_over=np.zeros(visits, dtype=np.int64),
    )
