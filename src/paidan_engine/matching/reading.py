"""Reads the batch files of ``paidan engine match``.

``{"tasks": [{"id", "x", "y", "skills", "waiting_price"}], "technicians": [{"id", "x", "y", "skills", "capacity"}]}``:
metres in the plane. ``skills`` may be left out and is a list of skill ids, a list of pairs [skill id, level], or an
object skill id → level; a skill without a level means level 1. ``capacity`` is 1 where it is left out.
"""

import gc
import json
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from paidan_engine.errors import BrokenInvariant, InvalidProblem
from paidan_engine.matching.arcs import Flags, Floats, Ints
from paidan_engine.matching.located import MILLIMETRES, Group, Located
from paidan_engine.matching.plane import PlaneBatch
from paidan_engine.matching.problem import LARGEST_COST

Id = str | int
Skills = tuple[tuple[str, int], ...]

LARGEST_COORDINATE = 100_000_000  # metres; more than twice around the globe
LARGEST_CAPACITY = 10_000
LARGEST_LEVEL = 1_000_000
LARGEST_FLOAT = sys.float_info.max
LOWEST = -LARGEST_LEVEL - 1  # below every level that may be asked


@dataclass(frozen=True, slots=True)
class BatchFile:
    """A batch in the plane with the ids that its file uses."""

    batch: PlaneBatch
    tasks: tuple[Id, ...]
    technicians: tuple[Id, ...]


def read_batch(text: str) -> BatchFile:
    """The batch of a JSON text.

    Raises:
        InvalidProblem: the text is not such a batch; the sentence names line or field.
    """
    with _without_collections():
        content = _parsed(text)
        tasks, technicians = _rows(content, "tasks"), _rows(content, "technicians")
        waiting = _millimetres(_numbers(tasks, "waiting_price", "tasks"))
        capacity = _capacities(technicians)
        batch = PlaneBatch(
            located=Located(_points(tasks, "tasks"), _points(technicians, "technicians")),
            groups=_groups(_skill_sets(tasks, "tasks"), _skill_sets(technicians, "technicians"), capacity > 0),
            waiting=waiting,
            capacity=capacity,
        )
        return BatchFile(batch, _ids(tasks, "tasks"), _ids(technicians, "technicians"))


@contextmanager
def _without_collections() -> Iterator[None]:
    """Hundreds of thousands of new objects, none of them garbage: looking for it would double the time of reading."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _parsed(text: str) -> dict[str, Any]:
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        raise InvalidProblem(f"Line {error.lineno}, column {error.colno}: not JSON, {error.msg}.") from error
    except RecursionError as error:
        raise InvalidProblem("The JSON is nested too deeply.") from error
    except ValueError as error:  # a whole number of thousands of digits
        raise InvalidProblem("A number in the file is too long.") from error
    if not isinstance(content, dict):
        raise InvalidProblem('The file must hold an object with "tasks" and "technicians".')
    return content


def _rows(content: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    rows = content.get(name)
    if not isinstance(rows, list):
        raise InvalidProblem(f'"{name}" is missing or not a list.')
    for number, row in enumerate(rows):
        if not isinstance(row, dict):
            raise InvalidProblem(f"{name}[{number}] is not an object.")
    return rows


def _ids(rows: list[dict[str, Any]], name: str) -> tuple[Id, ...]:
    keys = tuple(row.get("id") for row in rows)
    if set(map(type, keys)) <= {str, int} and len(set(keys)) == len(keys):
        return cast("tuple[Id, ...]", keys)
    seen: set[object] = set()
    for number, key in enumerate(keys):
        if isinstance(key, bool) or not isinstance(key, str | int):
            raise InvalidProblem(f"{name}[{number}].id is missing or neither text nor a whole number.")
        if key in seen:
            raise InvalidProblem(f"{name}[{number}].id {key!r} stands twice.")
        seen.add(key)
    raise BrokenInvariant("Ids were refused without a reason.")


def _numbers(rows: list[dict[str, Any]], field: str, name: str) -> Floats:
    """One field of all rows; only where something is wrong with it they are looked at one by one."""
    values = [row.get(field) for row in rows]
    if set(map(type, values)) <= {int, float}:
        try:
            numbers = np.array(values, np.float64)
        except OverflowError:
            numbers = np.array([np.inf])
        if np.isfinite(numbers).all():
            return numbers
    for number, value in enumerate(values):
        _check_number(value, f"{name}[{number}].{field}")
    raise BrokenInvariant("Numbers were refused without a reason.")


def _check_number(value: object, where: str) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidProblem(f"{where} is missing or not a number.")
    if not -LARGEST_FLOAT <= value <= LARGEST_FLOAT:
        raise InvalidProblem(f"{where} is not a finite number.")


def _points(rows: list[dict[str, Any]], name: str) -> Floats:
    points = np.stack([_numbers(rows, "x", name), _numbers(rows, "y", name)], axis=1)
    outside = np.flatnonzero((np.abs(points) > LARGEST_COORDINATE).any(axis=1))
    if len(outside):
        raise InvalidProblem(f"{name}[{outside[0]}] lies further than {LARGEST_COORDINATE} metres from the origin.")
    return points


def _millimetres(prices: Floats) -> Ints:
    for number in np.flatnonzero((prices < 0) | (prices > LARGEST_COST / MILLIMETRES))[:1].tolist():
        if prices[number] < 0:
            raise InvalidProblem(f"tasks[{number}].waiting_price is negative.")
        raise InvalidProblem(f"The waiting_price of tasks[{number}] is above {LARGEST_COST // MILLIMETRES} metres.")
    return np.rint(prices * MILLIMETRES).astype(np.int64)


def _capacities(rows: list[dict[str, Any]]) -> Ints:
    values = [row.get("capacity", 1) for row in rows]
    if set(map(type, values)) <= {int} and all(0 <= value <= LARGEST_CAPACITY for value in set(values)):
        return np.array(values, np.int64)
    for number, value in enumerate(values):
        if type(value) is not int or not 0 <= value <= LARGEST_CAPACITY:
            raise InvalidProblem(f"technicians[{number}].capacity must be a whole number from 0 to {LARGEST_CAPACITY}.")
    raise BrokenInvariant("Capacities were refused without a reason.")


def _skill_sets(rows: list[dict[str, Any]], name: str) -> dict[Skills, Ints]:
    """The rows of each set of skills; what is written alike is read once."""
    read: dict[str, Skills] = {}
    members: dict[Skills, list[int]] = defaultdict(list)
    for number, row in enumerate(rows):
        written = repr(row.get("skills"))
        if written not in read:
            read[written] = _skills(row.get("skills"), f"{name}[{number}].skills")
        members[read[written]].append(number)
    return {skills: np.array(numbers, np.int64) for skills, numbers in members.items()}


def _skills(value: object, where: str) -> Skills:
    """Sorted pairs (skill, level)."""
    entries: list[object]
    match value:
        case None:
            entries = []
        case dict():
            entries = [list(pair) for pair in value.items()]
        case list():
            entries = value
        case _:
            raise InvalidProblem(f"{where} is neither a list nor an object.")
    levels: dict[str, int] = {}
    for number, entry in enumerate(entries):
        skill, level = entry if isinstance(entry, list) and len(entry) == 2 else (entry, 1)
        whole = isinstance(level, int) and not isinstance(level, bool) and abs(level) <= LARGEST_LEVEL
        if isinstance(skill, bool) or not isinstance(skill, str | int) or not whole:
            raise InvalidProblem(f"{where}[{number}] is neither a skill id nor a pair of skill id and level.")
        levels[str(skill)] = max(level, levels.get(str(skill), level))
    return tuple(sorted(levels.items()))


def _groups(needs: dict[Skills, Ints], held: dict[Skills, Ints], present: Flags) -> tuple[Group, ...]:
    """Tasks that ask the same, each group with the technicians who have room and every skill at its level."""
    levels: dict[str, Ints] = defaultdict(lambda: np.full(len(present), LOWEST, np.int64))
    for skills, people in held.items():
        for skill, level in skills:
            levels[skill][people] = level
    groups = []
    for need, tasks in needs.items():
        able = present.copy()
        for skill, level in need:
            able &= levels[skill] >= level if skill in levels else False
        groups.append(Group(tasks, np.flatnonzero(able)))
    return tuple(groups)
