"""Reading route problems from files, the format told from the text."""

from paidan_engine.errors import InvalidProblem
from paidan_engine.reading.lines import numbered_lines
from paidan_engine.reading.paidan_json import read_paidan_json
from paidan_engine.reading.route_file import RouteFile
from paidan_engine.reading.solomon import read_solomon
from paidan_engine.reading.vrplib import read_vrplib

__all__ = ["RouteFile", "read_paidan_json", "read_routes", "read_solomon", "read_vrplib"]


def read_routes(text: str) -> RouteFile:
    """The problem of a Paidan-JSON, VRPLIB or Solomon text.

    Raises:
        InvalidProblem: none of them, or a fault in it; the sentence names line or field.
    """
    if not text.strip():
        raise InvalidProblem("The file is empty.")
    if text.lstrip()[0] in "{[":
        return read_paidan_json(text)
    if any(line.words == ("VEHICLE",) for line in numbered_lines(text)):
        return read_solomon(text)
    return read_vrplib(text)
