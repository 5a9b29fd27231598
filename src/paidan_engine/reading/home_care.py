"""Reads home care files: skills, lateness at a price, two caregivers at once or in sequence.

The format, and what a plan costs, are those of Ceschia et al. (2024, doi 10.1111/itor.13585), who took the objective
from Mankowska et al. (2014, doi 10.1007/s10729-013-9243-1): a third each of the distance, the total lateness and the
largest lateness. The files leave out when a day ends, so nobody has to be home by any time.
"""

import json
from typing import Any

import numpy as np

from paidan_engine.errors import InvalidProblem
from paidan_engine.reading.fields import Fields
from paidan_engine.reading.route_file import RouteFile
from paidan_engine.routing.problem import Matrix, RouteProblem, Weights
from paidan_engine.routing.technicians import Shift, Technician
from paidan_engine.routing.visits import LARGEST, Seat, Visit

SCALE = 1_000
"""Units of time and distance in one of the file's: its numbers have up to three decimals."""

PARTS = 3
"""The objective is the mean of three parts, the cost their sum."""

SHIFT = Shift(start=0, end=LARGEST, origin=0, destination=0)


def read_home_care(text: str) -> RouteFile:
    """The problem of a file, in thousandths of its units.

    Raises:
        InvalidProblem: the file is not of this format; the sentence names the line or the field.
    """
    try:
        content = Fields(json.loads(text), "")
    except json.JSONDecodeError as error:
        raise InvalidProblem(f"Line {error.lineno}: {error.msg}.") from error
    except RecursionError as error:
        raise InvalidProblem("The file is nested too deeply.") from error
    usual = {service.text("id"): service.number("default_duration", 0) for service in content.objects("services")}
    patients = enumerate(content.objects("patients"), start=1)
    matrix = _matrix(content.rows("distances"))
    problem = RouteProblem(
        visits=tuple(_visit(patient, location, usual) for location, patient in patients),
        technicians=tuple(_technician(person) for person in content.objects("caregivers")),
        distances=matrix,
        travel_times=matrix,
        weights=Weights(distance=1, lateness=1, worst_lateness=1),
    )
    return RouteFile(problem, SCALE)


def objective_value(cost: int) -> float:
    """The value of a plan in the unit of the published tables."""
    return cost / (PARTS * SCALE)


def _technician(person: Fields) -> Technician:
    return Technician(person.text("id"), (SHIFT,), dict.fromkeys(sorted(person.names("abilities")), 1))


def _visit(patient: Fields, location: int, usual: dict[str, float]) -> Visit:
    return Visit(
        key=patient.text("id"),
        location=location,
        windows=(_span(patient, "time_window"),),
        seats=tuple(_seat(part, usual) for part in patient.objects("required_caregivers")),
        gap=_gap(patient),
        late_by=LARGEST,
    )


def _seat(part: Fields, usual: dict[str, float]) -> Seat:
    service = part.text("service")
    if service not in usual:
        raise InvalidProblem(f"{part.path('service')} is {service}, which is not among the services.")
    return Seat(_units(part.number("duration", usual[service]), part.path("duration")), {service: 1})


def _gap(patient: Fields) -> tuple[int, int]:
    if not patient.has("synchronization"):
        return 0, 0
    how = Fields(patient.value("synchronization"), patient.path("synchronization"))
    kind = how.text("type")
    if kind not in {"simultaneous", "sequential"}:
        raise InvalidProblem(f"{how.path('type')} is {kind}, which is neither simultaneous nor sequential.")
    return (0, 0) if kind == "simultaneous" else _span(how, "distance")


def _span(fields: Fields, name: str) -> tuple[int, int]:
    span = fields.rows(name)
    where = fields.path(name)
    if len(span) != 2:
        raise InvalidProblem(f"{where} is not a list of two numbers.")
    return _units(span[0], where), _units(span[1], where)


def _units(value: Any, where: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) * SCALE <= LARGEST:
        raise InvalidProblem(f"{where} is not a number that can be calculated with.")
    return round(value * SCALE)


def _matrix(rows: Any) -> Matrix:
    try:
        lengths = np.array(rows, np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise InvalidProblem("distances is not a list of rows of numbers, all of one length.") from error
    if not (np.abs(lengths) * SCALE <= LARGEST).all():
        raise InvalidProblem("distances holds something that is not a number that can be calculated with.")
    return np.rint(lengths * SCALE).astype(np.int64)
