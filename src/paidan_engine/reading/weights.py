"""Reads the explicit matrices of VRPLIB files."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from paidan_engine.errors import InvalidProblem
from paidan_engine.reading.lines import Line
from paidan_engine.routing.problem import Matrix
from paidan_engine.routing.visits import LARGEST

DECIMALS = 6

Floats = np.ndarray[Any, np.dtype[np.float64]]


def _full(numbers: Floats, size: int) -> Floats:
    return numbers.reshape(size, size)


def _lower(offset: int) -> Callable[[Floats, int], Floats]:
    def fill(numbers: Floats, size: int) -> Floats:
        matrix = np.zeros((size, size))
        matrix[np.tril_indices(size, offset)] = numbers
        return np.maximum(matrix, matrix.T)

    return fill


def _upper(offset: int) -> Callable[[Floats, int], Floats]:
    def fill(numbers: Floats, size: int) -> Floats:
        matrix = np.zeros((size, size))
        matrix[np.triu_indices(size, offset)] = numbers
        return np.maximum(matrix, matrix.T)

    return fill


FORMATS: Mapping[str, tuple[Callable[[int], int], Callable[[Floats, int], Floats]]] = {
    "FULL_MATRIX": (lambda size: size * size, _full),
    "LOWER_ROW": (lambda size: size * (size - 1) // 2, _lower(-1)),
    "LOWER_DIAG_ROW": (lambda size: size * (size + 1) // 2, _lower(0)),
    "UPPER_ROW": (lambda size: size * (size - 1) // 2, _upper(1)),
    "UPPER_DIAG_ROW": (lambda size: size * (size + 1) // 2, _upper(0)),
}
"""For each EDGE_WEIGHT_FORMAT: how many numbers it takes, and how they fill a matrix."""


def explicit_matrix(lines: Sequence[Line], size: int, layout: str) -> tuple[Matrix, int]:
    """The matrix as whole numbers, and how many of them are one of the file: 1 where the file has whole numbers.

    Raises:
        InvalidProblem: another layout, another count of numbers, a negative one, or more than six decimals.
    """
    if layout not in FORMATS:
        raise InvalidProblem(f"EDGE_WEIGHT_FORMAT is {layout}; read are {', '.join(FORMATS)}.")
    count, fill = FORMATS[layout]
    numbers = np.array([line.value(at, "edge weight") for line in lines for at in range(len(line.words))], np.float64)
    if len(numbers) != count(size):
        raise InvalidProblem(f"EDGE_WEIGHT_SECTION holds {len(numbers)} numbers, not {count(size)}.")
    if numbers.min() < 0:
        raise InvalidProblem("EDGE_WEIGHT_SECTION holds a negative number.")
    scale = _scale(numbers)
    if numbers.max() * scale > LARGEST:
        raise InvalidProblem("EDGE_WEIGHT_SECTION holds a number too large to calculate with.")
    return np.rint(fill(numbers, size) * scale).astype(np.int64), scale


def _scale(numbers: Floats) -> int:
    """The least power of ten that makes all of them whole."""
    for decimals in range(DECIMALS + 1):
        scaled = numbers * 10**decimals
        if np.all(np.abs(scaled - np.rint(scaled)) < 10.0 ** (decimals - DECIMALS - 1)):
            return int(10**decimals)
    raise InvalidProblem(f"EDGE_WEIGHT_SECTION holds a number with more than {DECIMALS} decimals.")
