"""Reads Paidan's own route files; ``docs/reference/engine-files.md`` describes the fields."""

import json
from collections.abc import Sequence

import numpy as np

from paidan_engine.errors import InvalidProblem
from paidan_engine.problem import check_place
from paidan_engine.reading.fields import Fields, whole
from paidan_engine.reading.route_file import RouteFile, check_size
from paidan_engine.routing.problem import Matrix, RouteProblem, Weights
from paidan_engine.routing.technicians import PERCENT, Break, Shift, Technician
from paidan_engine.routing.visits import LARGEST, Seat, Visit
from paidan_engine.travel import straight_matrix

SPEED_M_PER_S = 8.0
"""A van in a city, door to door."""
DETOUR = 1.3
"""Streets against the straight line."""


def read_paidan_json(text: str) -> RouteFile:
    """The problem of a JSON text.

    Raises:
        InvalidProblem: not such a file; the sentence names line or field.
    """
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        raise InvalidProblem(f"Line {error.lineno}, column {error.colno}: not JSON, {error.msg}.") from error
    except RecursionError as error:
        raise InvalidProblem("The JSON is nested too deeply.") from error
    file = Fields(content, "")
    distances, times = _travel(file)
    problem = RouteProblem(
        tuple(_visit(fields) for fields in file.objects("visits")),
        tuple(_technician(fields) for fields in file.objects("technicians")),
        distances,
        times,
        _weights(file),
    )
    file.done()
    return RouteFile(problem, own=True)


def _travel(file: Fields) -> tuple[Matrix, Matrix]:
    """Distances and times: the file's own, or metres and seconds between its places."""
    if file.has("travel_times"):
        times = _matrix(file, "travel_times")
        return (_matrix(file, "distances") if file.has("distances") else times), times
    places = [_place(fields) for fields in file.objects("places")]
    check_size(len(places))
    detour = file.number("detour", DETOUR)
    if detour < 1:
        raise InvalidProblem("detour must be at least 1.")
    metres = straight_matrix(places) * detour
    return np.rint(metres).astype(np.int64), np.ceil(metres / _speed(file)).astype(np.int64)


def _place(fields: Fields) -> tuple[float, float]:
    place = fields.number("lat"), fields.number("lng")
    fields.done()
    check_place(place, fields.path("lat").removesuffix(".lat"))
    return place


def _speed(file: Fields) -> float:
    speed = file.number("speed_m_per_s", SPEED_M_PER_S)
    if speed <= 0:
        raise InvalidProblem("speed_m_per_s must be above 0.")
    return speed


def _matrix(file: Fields, name: str) -> Matrix:
    rows = file.rows(name)
    check_size(len(rows))
    for number, row in enumerate(rows):
        if not isinstance(row, list) or len(row) != len(rows):
            raise InvalidProblem(f"{name}[{number}] is not a list of {len(rows)} whole numbers.")
        for column, value in enumerate(row):
            if not 0 <= whole(value, f"{name}[{number}][{column}]") <= LARGEST:
                raise InvalidProblem(f"{name}[{number}][{column}] is {value}; it must be from 0 to {LARGEST}.")
    return np.array(rows, np.int64).reshape(len(rows), len(rows))


def _weights(file: Fields) -> Weights:
    if not file.has("weights"):
        return Weights()
    fields = Fields(file.value("weights"), "weights")
    default = Weights()
    given = {name: fields.whole(name, getattr(default, name)) for name in Weights.__slots__}
    fields.done()
    return Weights(**given)


def _visit(fields: Fields) -> Visit:
    where = fields.path("windows")
    seats = [_seat(seat) for seat in fields.objects("crew")] if fields.has("crew") else [_seat(fields, single=True)]
    visit = Visit(
        key=fields.text("id"),
        location=fields.whole("location"),
        windows=tuple(fields.pair(row, f"{where}[{n}]") for n, row in enumerate(fields.rows("windows"))),
        seats=tuple(seats),
        gap=fields.pair(fields.value("gap"), fields.path("gap")) if fields.has("gap") else (0, 0),
        late_by=fields.whole("late_by", 0),
        priority=fields.whole("priority", 1),
        value=fields.maybe_whole("value"),
        load=fields.whole("load", 1),
        start=fields.maybe_whole("start"),
        after=fields.maybe_text("after"),
        preferred=fields.names("preferred"),
        excluded=fields.names("excluded"),
    )
    fields.done()
    return visit


def _seat(fields: Fields, *, single: bool = False) -> Seat:
    """A seat of the crew; a visit for one may say the same itself."""
    seat = Seat(
        fields.whole("duration"), fields.wholes("skills"), fields.wholes("durations"), fields.maybe_text("technician")
    )
    if not single:
        fields.done()
    return seat


def _technician(fields: Fields) -> Technician:
    technician = Technician(
        key=fields.text("id"),
        shifts=_shifts(fields.objects("shifts")),
        skills=fields.wholes("skills"),
        overtime_price=fields.whole("overtime_price", 0),
        travel_percent=fields.whole("travel_percent", PERCENT),
    )
    fields.done()
    return technician


def _shifts(rows: Sequence[Fields]) -> tuple[Shift, ...]:
    shifts = []
    for fields in rows:
        shifts.append(
            Shift(
                start=fields.whole("start"),
                end=fields.whole("end"),
                origin=fields.whole("origin"),
                destination=fields.maybe_whole("destination"),
                breaks=tuple(_break(rest) for rest in fields.objects("breaks", optional=True)),
                load_cap=fields.whole("load_cap", LARGEST),
                overtime=fields.whole("overtime", 0),
            )
        )
        fields.done()
    return tuple(shifts)


def _break(fields: Fields) -> Break:
    rest = Break(fields.whole("earliest"), fields.whole("latest"), fields.whole("duration"))
    fields.done()
    return rest
