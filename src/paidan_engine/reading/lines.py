"""A text as numbered words, so that a refusal can name line and field."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import floor, isfinite

from paidan_engine.errors import InvalidProblem
from paidan_engine.routing.visits import LARGEST

ROUNDING = 1e-9
"""What binary fractions may lose of a decimal one, so that 0.29 × 100 is 29."""


@dataclass(frozen=True, slots=True)
class Line:
    """The words of one line that is not empty."""

    number: int
    words: tuple[str, ...]

    def values(self, fields: Sequence[str], scale: int = 1) -> tuple[int, ...]:
        """The line as whole numbers of these fields, times ``scale``, truncated.

        Raises:
            InvalidProblem: another count of words, or one that is no number.
        """
        if len(self.words) != len(fields):
            names = ", ".join(fields)
            raise InvalidProblem(f"Line {self.number}: {len(self.words)} words where {names} are expected.")
        return tuple(floor(self.value(at, name) * scale + ROUNDING) for at, name in enumerate(fields))

    def value(self, at: int, field: str) -> float:
        """One word as a number.

        Raises:
            InvalidProblem: it is missing, no number, or too large.
        """
        if at >= len(self.words):
            raise InvalidProblem(f"Line {self.number}: {field} is missing.")
        try:
            number = float(self.words[at])
        except ValueError:
            number = float("nan")
        if not isfinite(number) or abs(number) > LARGEST:
            raise InvalidProblem(f"Line {self.number}: {field} is {self.words[at]!r}, which is no number.")
        return number

    def whole(self, at: int, field: str) -> int:
        """One word as a whole number.

        Raises:
            InvalidProblem: it is missing or no whole number.
        """
        number = self.value(at, field)
        if number != int(number):
            raise InvalidProblem(f"Line {self.number}: {field} is {self.words[at]!r}, which is no whole number.")
        return int(number)


def numbered_lines(text: str) -> Iterator[Line]:
    """Every line that is not empty."""
    for number, line in enumerate(text.splitlines(), start=1):
        words = tuple(line.split())
        if words:
            yield Line(number, words)
