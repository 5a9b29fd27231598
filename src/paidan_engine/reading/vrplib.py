"""Reads VRPLIB files: CVRP, VRPTW and prize-collecting VRPTW with one depot, the first node.

Coordinates give Euclidean distances truncated to one decimal; ``EXPLICIT`` matrices are taken as given. Travel takes
as long as it is far. ``VEHICLES`` is a hint, not a limit. A node with a prize above 0 may be left out at that price.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from paidan_engine.errors import InvalidProblem
from paidan_engine.reading.lines import Line, numbered_lines
from paidan_engine.reading.route_file import TENTHS, Node, RouteFile, check_size, depot_problem, euclid_tenths
from paidan_engine.reading.weights import explicit_matrix
from paidan_engine.routing.visits import LARGEST

NO_LIMIT = LARGEST // 4

SECTIONS: Mapping[str, tuple[str, ...]] = {
    "NODE_COORD_SECTION": ("node", "x", "y"),
    "DISPLAY_DATA_SECTION": ("node", "x", "y"),
    "DEMAND_SECTION": ("node", "demand"),
    "TIME_WINDOW_SECTION": ("node", "earliest", "latest"),
    "SERVICE_TIME_SECTION": ("node", "service time"),
    "PRIZE_SECTION": ("node", "prize"),
}
"""The sections with one line for each node, and their fields."""

LISTS = ("DEPOT_SECTION", "EDGE_WEIGHT_SECTION")
KNOWN = frozenset({"NAME", "COMMENT", "TYPE", "DIMENSION", "CAPACITY", "VEHICLES", "SERVICE_TIME", "EDGE_WEIGHT_TYPE",
                   "EDGE_WEIGHT_FORMAT", "NODE_COORD_TYPE", "DISPLAY_DATA_TYPE"})  # fmt: skip
"""Whatever else a file asks for would change the problem, so it is refused rather than overlooked."""


@dataclass(slots=True)
class _Parts:
    """A file cut into its header and sections."""

    header: dict[str, Line] = field(default_factory=dict)
    sections: dict[str, list[Line]] = field(default_factory=dict)

    def whole(self, name: str, default: int | None = None) -> int:
        """A whole number of the header."""
        if name not in self.header:
            if default is None:
                raise InvalidProblem(f"The field {name} is missing.")
            return default
        return self.header[name].whole(0, name)

    def word(self, name: str, default: str) -> str:
        """A word of the header."""
        line = self.header.get(name)
        return line.words[0].upper() if line and line.words else default


def read_vrplib(text: str) -> RouteFile:
    """The problem of a VRPLIB file.

    Raises:
        InvalidProblem: not such a file, or of a kind that is not read; the sentence names line and field.
    """
    parts = _cut(text)
    size = parts.whole("DIMENSION")
    if size < 2:
        raise InvalidProblem(f"Line {parts.header['DIMENSION'].number}: DIMENSION is {size}, which leaves no customer.")
    check_size(size)
    _check_depot(parts)
    kind = parts.word("EDGE_WEIGHT_TYPE", "EUC_2D")
    if kind == "EUC_2D":
        scale = TENTHS
        rows = _table(parts, "NODE_COORD_SECTION", size, required=True)
        matrix = euclid_tenths([(line.value(1, "x"), line.value(2, "y")) for line in rows])
    elif kind == "EXPLICIT":
        numbers = parts.sections.get("EDGE_WEIGHT_SECTION", [])
        matrix, scale = explicit_matrix(numbers, size, parts.word("EDGE_WEIGHT_FORMAT", "FULL_MATRIX"))
    else:
        raise InvalidProblem(f"EDGE_WEIGHT_TYPE is {kind}; EUC_2D and EXPLICIT are read.")
    capacity = parts.whole("CAPACITY", NO_LIMIT)
    return RouteFile(depot_problem(_nodes(parts, size, scale), capacity, np.ascontiguousarray(matrix)), scale)


def _cut(text: str) -> _Parts:
    parts = _Parts()
    section: list[Line] | None = None
    for line in numbered_lines(text):
        name = line.words[0].rstrip(":").upper()
        if name == "EOF":
            break
        if name in SECTIONS or name in LISTS:
            section = parts.sections.setdefault(name, [])
        elif not _is_number(line.words[0]) and ":" in "".join(line.words):
            _header(parts, line)
            section = None
        elif section is None:
            raise InvalidProblem(f"Line {line.number}: {line.words[0]!r} is no field or section that is read.")
        else:
            section.append(line)
    return parts


def _is_number(word: str) -> bool:
    return word.lstrip("+-")[:1].isdigit()


def _header(parts: _Parts, line: Line) -> None:
    name, _, value = " ".join(line.words).partition(":")
    name = name.strip().upper()
    if name not in KNOWN:
        raise InvalidProblem(f"Line {line.number}: the field {name} is not read.")
    parts.header[name] = Line(line.number, tuple(value.split()))


def _check_depot(parts: _Parts) -> None:
    lines = parts.sections.get("DEPOT_SECTION", [])
    depots = [line.whole(at, "depot") for line in lines for at in range(len(line.words))]
    if depots not in ([], [1, -1], [1]):
        raise InvalidProblem("DEPOT_SECTION must name node 1 and no other.")


def _table(parts: _Parts, name: str, size: int, *, required: bool = False) -> Sequence[Line]:
    """The lines of a section in the order of nodes, or none where the section is absent."""
    lines = parts.sections.get(name)
    if lines is None:
        if required:
            raise InvalidProblem(f"The section {name} is missing.")
        return ()
    by_node: dict[int, Line] = {}
    for line in lines:
        node = line.whole(0, "node")
        line.values(SECTIONS[name])
        if not 1 <= node <= size or node in by_node:
            raise InvalidProblem(f"Line {line.number}: node {node} stands twice or is not from 1 to {size}.")
        by_node[node] = line
    if len(by_node) < size:
        missing = next(node for node in range(1, size + 1) if node not in by_node)
        raise InvalidProblem(f"{name} has no line for node {missing}.")
    return [by_node[node] for node in range(1, size + 1)]


def _nodes(parts: _Parts, size: int, scale: int) -> list[Node]:
    demands = _column(parts, "DEMAND_SECTION", size, 1, 0)
    opens = _column(parts, "TIME_WINDOW_SECTION", size, scale, 0)
    closes = _column(parts, "TIME_WINDOW_SECTION", size, scale, NO_LIMIT, at=2)
    service = _column(parts, "SERVICE_TIME_SECTION", size, scale, parts.whole("SERVICE_TIME", 0) * scale)
    prizes = _column(parts, "PRIZE_SECTION", size, scale, 0)
    return [
        Node(demands[n], opens[n], closes[n], service[n], prizes[n] if prizes[n] > 0 else None) for n in range(size)
    ]


def _column(parts: _Parts, name: str, size: int, scale: int, default: int, at: int = 1) -> list[int]:
    lines = _table(parts, name, size)
    return [line.values(SECTIONS[name], scale)[at] for line in lines] if lines else [default] * size
