"""Reads Solomon's VRPTW files (Solomon 1987, doi 10.1287/opre.35.2.254): a vehicle block and a customer table.

Distances are Euclidean, truncated to one decimal; travel takes as long as it is far; the number of vehicles is a hint.
"""

from collections.abc import Iterator

from paidan_engine.errors import InvalidProblem
from paidan_engine.reading.lines import Line, numbered_lines
from paidan_engine.reading.route_file import TENTHS, Node, RouteFile, depot_problem, euclid_tenths

FIELDS = ("CUST NO.", "XCOORD.", "YCOORD.", "DEMAND", "READY TIME", "DUE DATE", "SERVICE TIME")


def read_solomon(text: str) -> RouteFile:
    """The problem of a Solomon file.

    Raises:
        InvalidProblem: not such a file; the sentence names line and field.
    """
    lines = numbered_lines(text)
    _heading(lines, "VEHICLE")
    _heading(lines, "NUMBER")
    vehicles = next(lines, None)
    if vehicles is None:
        raise InvalidProblem("The line with the number and capacity of vehicles is missing.")
    capacity = vehicles.whole(1, "CAPACITY")
    _heading(lines, "CUSTOMER")
    _heading(lines, "CUST")
    points: list[tuple[float, float]] = []
    nodes: list[Node] = []
    for line in lines:
        points.append((line.value(1, "XCOORD."), line.value(2, "YCOORD.")))
        nodes.append(_node(line, len(nodes)))
    if len(nodes) < 2:
        raise InvalidProblem("The customer table holds no customer.")
    return RouteFile(depot_problem(nodes, capacity, euclid_tenths(points)), TENTHS)


def _heading(lines: Iterator[Line], word: str) -> None:
    """Read on to the line that starts with a word."""
    if not any(line.words[0].upper() == word for line in lines):
        raise InvalidProblem(f"The line {word} is missing.")


def _node(line: Line, expected: int) -> Node:
    values = line.values(FIELDS, TENTHS)
    if values[0] != expected * TENTHS:
        raise InvalidProblem(f"Line {line.number}: CUST NO. is {line.words[0]}, not {expected}.")
    return Node(line.whole(3, "DEMAND"), values[4], values[5], values[6])
