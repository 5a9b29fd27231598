"""Small scenarios, and an independent judge of a simulated day."""

from collections import Counter
from math import hypot

from paidan_engine.simulate import History, Scenario, scenario_of


def small_city(**changes) -> dict:
    """A town of 12 km with 14 technicians as a file would describe it; ``changes`` replace top fields."""
    shifts = [
        {"share": 1, "start_seconds": 28800, "end_seconds": 50400},
        {"share": 1, "start_seconds": 36000, "end_seconds": 57600},
    ]
    path = [{"at_seconds": 28800, "x": 3000, "y": 3000}, {"at_seconds": 57600, "x": 9000, "y": 8000}]
    return {
        "name": "town",
        "city_metres": 12000,
        "reference_travel_seconds": 600,
        "travel": {"metres_per_second": 8.0, "detour": 1.3, "noise": 0.2},
        "technicians": {"count": 14, "skills_held": [0.5, 0.5], "levels": [0.6, 0.4], "shifts": shifts},
        "customers": {
            "skills": 3,
            "levels": [0.7, 0.3],
            "service_seconds": [1800, 2700],
            "service_noise": 0.3,
            "fees": [100, 180],
            "hours": {"8": 1.0, "10": 2.0, "13": 1.0},
            "patience": {"shape": 2.0, "mean_seconds": 1800},
            "hot_spot": {"share": 0.5, "spread_metres": 1500, "daily_shift_metres": 500, "path": path},
        },
        "answer": {"seconds": 60, "accept_near": 0.95, "accept_far": 0.5, "far_metres": 8000},
        **changes,
    }


def town(**changes) -> Scenario:
    return scenario_of(small_city(**changes))


def faults(history: History) -> list[str]:
    """Every rule that the day breaks, read from what happened alone."""
    return [*conservation_faults(history), *rule_faults(history), *overlap_faults(history)]


def conservation_faults(history: History) -> list[str]:
    """Who called was served, left or is waiting, and nobody twice."""
    ends = [trip.customer for trip in history.trips] + list(history.left) + list(history.waiting)
    called = set(range(len(history.day.customers.arrived)))
    twice = [f"customer {number} ends {count} times" for number, count in Counter(ends).items() if count > 1]
    return twice + [f"customer {number} is lost or invented" for number in called ^ set(ends)]


def rule_faults(history: History) -> list[str]:
    """Skill, level, shift, patience and speed of each trip."""
    day, found = history.day, []
    for trip in history.trips:
        customers, people = day.customers, day.technicians
        door, arrived = customers.place[trip.customer], customers.arrived[trip.customer]
        metres = hypot(door[0] - trip.origin[0], door[1] - trip.origin[1])
        expected = trip.set_out_at + trip.travel_expected + customers.service[trip.customer]
        rules = {
            "skill": people.level[trip.technician, customers.skill[trip.customer]] >= customers.level[trip.customer],
            "shift": people.start[trip.technician] <= trip.asked_at and expected <= people.end[trip.technician],
            "patience": arrived <= trip.asked_at < trip.set_out_at <= arrived + day.patience[trip.customer],
            "way": abs(trip.travel_expected - metres * day.scenario.roads.seconds_per_metre) <= 1,
            "order": trip.set_out_at <= trip.begin_at < trip.end_at,
            "work": trip.end_at - trip.begin_at == day.duration[trip.customer],
            "refusal": (trip.customer, trip.technician) not in history.declined,
        }
        found += [f"customer {trip.customer}: {name}" for name, kept in rules.items() if not kept]
    return found


def overlap_faults(history: History) -> list[str]:
    """Nobody serves two at once, and everybody sets out from where he was."""
    found = []
    last: dict[int, tuple[int, tuple[float, float]]] = {
        number: (0, tuple(home)) for number, home in enumerate(history.day.technicians.home.tolist())
    }
    for trip in sorted(history.trips, key=lambda each: each.asked_at):
        free, place = last[trip.technician]
        if trip.asked_at < free:
            found.append(f"technician {trip.technician} is asked before he is free")
        if trip.origin != place:
            found.append(f"technician {trip.technician} sets out from elsewhere")
        door = history.day.customers.place[trip.customer].tolist()
        last[trip.technician] = (trip.end_at, (door[0], door[1]))
    return found
