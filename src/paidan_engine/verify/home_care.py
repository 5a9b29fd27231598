"""Checks a plan against a home care file itself, not against what our reader made of it, and prices it as published.

The value is a third each of the distance, the total lateness and the largest lateness (Ceschia et al. 2024, doi
10.1111/itor.13585).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from paidan_engine.routing.solution import RoutePlan
from paidan_engine.verify.violation import Violation

SLACK = 1e-6
"""Times of a plan are whole units of ``scale``, so what is beyond this is wrong."""

Starts = Mapping[tuple[str, int], tuple[str, float]]
"""Caregiver and start of each service, by patient and number."""


def verify_home_care(file: Mapping[str, Any], plan: RoutePlan, scale: int) -> tuple[tuple[Violation, ...], float]:
    """Everything wrong with a plan, and its value in the file's unit.

    Args:
        file: the content of the file.
        scale: how many units of the plan's times are one of the file's.
    """
    starts: dict[tuple[str, int], tuple[str, float]] = {}
    wrong: list[Violation] = []
    length = 0.0
    for route in plan:
        here, free = 0, 0.0
        for stop in route.stops:
            row, patient = _patient(file, stop.visit)
            start = stop.start / scale
            if (stop.visit, stop.seat) in starts:
                wrong.append(Violation("twice", stop.visit, f"Service {stop.seat} is given twice."))
            starts[stop.visit, stop.seat] = route.technician, start
            length += file["distances"][here][row]
            if free + file["distances"][here][row] > start + SLACK:
                wrong.append(Violation("reachable", stop.visit, f"Starts at {start}, before {route.technician} comes."))
            here, free = row, start + _duration(file, patient["required_caregivers"][stop.seat])
        length += file["distances"][here][0]
    for patient in file["patients"]:
        wrong += _wrong_with(file, patient, starts)
    late = [
        max(0.0, start - patient["time_window"][1])
        for patient in file["patients"]
        for key, (_, start) in starts.items()
        if key[0] == str(patient["id"])
    ]
    return tuple(wrong), (length + sum(late) + max(late, default=0.0)) / 3


def _patient(file: Mapping[str, Any], key: str) -> tuple[int, Mapping[str, Any]]:
    """Row of the distances, and the patient."""
    return next((row, one) for row, one in enumerate(file["patients"], start=1) if str(one["id"]) == key)


def _duration(file: Mapping[str, Any], service: Mapping[str, Any]) -> float:
    usual = next(one["default_duration"] for one in file["services"] if one["id"] == service["service"])
    return float(service.get("duration", usual))


def _wrong_with(file: Mapping[str, Any], patient: Mapping[str, Any], starts: Starts) -> Iterator[Violation]:
    """Services, skills, window and synchronisation of one patient."""
    key = str(patient["id"])
    given = [starts.get((key, number)) for number in range(len(patient["required_caregivers"]))]
    for service, one in zip(patient["required_caregivers"], given, strict=True):
        if one is None:
            yield Violation("required", key, f"Service {service['service']} is not given.")
            continue
        person = next(person for person in file["caregivers"] if str(person["id"]) == one[0])
        if service["service"] not in person["abilities"]:
            yield Violation("skill", key, f"Caregiver {one[0]} cannot give {service['service']}.")
        if one[1] < patient["time_window"][0] - SLACK:
            yield Violation("window", key, f"Starts at {one[1]}, before the window.")
    if len(given) == 2 and given[0] is not None and given[1] is not None:
        yield from _wrong_between(patient, given[0], given[1])


def _wrong_between(
    patient: Mapping[str, Any], first: tuple[str, float], second: tuple[str, float]
) -> Iterator[Violation]:
    """Two caregivers are two, and keep their distance in time."""
    key, how = str(patient["id"]), patient["synchronization"]
    least, most = how["distance"] if how["type"] == "sequential" else (0, 0)
    gap = second[1] - first[1]
    if first[0] == second[0]:
        yield Violation("crew_of_two", key, f"Caregiver {first[0]} gives both services.")
    if not least - SLACK <= gap <= most + SLACK:
        yield Violation("crew_gap", key, f"The services start {gap} apart, allowed is {least} to {most}.")
