"""A mapping read field by field, so that a refusal names the field."""

from collections.abc import Mapping
from math import isfinite

from paidan_engine.errors import InvalidProblem


class Fields:
    """One mapping of a scenario; ``where`` is its name in sentences."""

    def __init__(self, data: object, where: str) -> None:
        if not isinstance(data, Mapping):
            raise InvalidProblem(f"{where} must hold named fields.")
        self._data = data
        self._where = where

    def whole(self, name: str, least: int = 0) -> int:
        """A whole number.

        Raises:
            InvalidProblem: missing, no whole number, or below ``least``.
        """
        value = self._found(name)
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise InvalidProblem(f"{self.name_of(name)} must be a whole number of at least {least}.")
        return value

    def number(self, name: str, least: float = 0.0) -> float:
        """A number.

        Raises:
            InvalidProblem: missing, no number, or below ``least``.
        """
        return self._number(self._found(name), name, least)

    def text(self, name: str) -> str:
        """A word or sentence.

        Raises:
            InvalidProblem: missing, or no text.
        """
        value = self._found(name)
        if not isinstance(value, str) or not value:
            raise InvalidProblem(f"{self.name_of(name)} must be a text.")
        return value

    def numbers(self, name: str, least: float = 0.0) -> tuple[float, ...]:
        """A list of at least one number.

        Raises:
            InvalidProblem: missing, no list, or one of them is no number.
        """
        return tuple(self._number(value, name, least) for value in self._list(name))

    def inside(self, name: str) -> "Fields":
        """The fields of a field.

        Raises:
            InvalidProblem: missing, or without fields.
        """
        return Fields(self._found(name), self.name_of(name))

    def rows(self, name: str) -> tuple["Fields", ...]:
        """The fields of each entry of a list of at least one.

        Raises:
            InvalidProblem: missing, no list, or an entry without fields.
        """
        return tuple(Fields(row, f"{self.name_of(name)}[{n}]") for n, row in enumerate(self._list(name)))

    def names(self) -> tuple[str, ...]:
        """The names of the fields."""
        return tuple(map(str, self._data))

    def name_of(self, name: str) -> str:
        """How a sentence names the field."""
        return f"{self._where}.{name}"

    def _found(self, name: str) -> object:
        if name not in self._data:
            raise InvalidProblem(f"{self.name_of(name)} is missing.")
        return self._data[name]

    def _list(self, name: str) -> list[object]:
        values = self._found(name)
        if not isinstance(values, list) or not values:
            raise InvalidProblem(f"{self.name_of(name)} must be a list with at least one entry.")
        return values

    def _number(self, value: object, name: str, least: float) -> float:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not isfinite(value) or value < least:  # type: ignore[arg-type,operator]  # just judged
            raise InvalidProblem(f"{self.name_of(name)} must be a number of at least {least:g}.")
        return float(value)  # type: ignore[arg-type]  # just judged
