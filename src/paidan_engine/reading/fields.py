"""A JSON object with its place in the file, so that a refusal can name the field."""

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

from paidan_engine.errors import InvalidProblem


class Fields:
    """One object of a file; every field is asked for by name, and ``done`` refuses those nobody asked for."""

    def __init__(self, value: object, where: str) -> None:
        """Raises:
        InvalidProblem: not an object.
        """
        if not isinstance(value, dict):
            raise InvalidProblem(f"{where or 'The file'} is not an object.")
        self._content: Mapping[str, Any] = value
        self._where = where
        self._asked: set[str] = set()

    def path(self, name: str) -> str:
        """The field's place, as in ``visits[3].load``."""
        return f"{self._where}.{name}" if self._where else name

    def has(self, name: str) -> bool:
        """The field is there and not null."""
        self._asked.add(name)
        return self._content.get(name) is not None

    def value(self, name: str) -> Any:
        """The field as it stands.

        Raises:
            InvalidProblem: it is missing or null.
        """
        if not self.has(name):
            raise InvalidProblem(f"{self.path(name)} is missing.")
        return self._content[name]

    def whole(self, name: str, default: int | None = None) -> int:
        """A whole number."""
        if default is not None and not self.has(name):
            return default
        return whole(self.value(name), self.path(name))

    def maybe_whole(self, name: str) -> int | None:
        """A whole number, or None where the field is absent."""
        return self.whole(name) if self.has(name) else None

    def number(self, name: str, default: float | None = None) -> float:
        """A finite number."""
        if default is not None and not self.has(name):
            return default
        value = self.value(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
            raise InvalidProblem(f"{self.path(name)} is not a number.")
        return float(value)

    def text(self, name: str) -> str:
        """A text, or a whole number as text: ids are both."""
        value = self.value(name)
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise InvalidProblem(f"{self.path(name)} is neither text nor a whole number.")
        return str(value)

    def maybe_text(self, name: str) -> str | None:
        """A text, or None where the field is absent."""
        return self.text(name) if self.has(name) else None

    def rows(self, name: str, default: Sequence[object] | None = None) -> Sequence[Any]:
        """A list."""
        if default is not None and not self.has(name):
            return default
        value = self.value(name)
        if not isinstance(value, list):
            raise InvalidProblem(f"{self.path(name)} is not a list.")
        return value

    def objects(self, name: str, *, optional: bool = False) -> list["Fields"]:
        """A list of objects."""
        rows = self.rows(name, () if optional else None)
        return [Fields(row, f"{self.path(name)}[{number}]") for number, row in enumerate(rows)]

    def names(self, name: str) -> frozenset[str]:
        """A list of ids; empty where absent."""
        rows = self.rows(name, ())
        if any(isinstance(row, bool) or not isinstance(row, str | int) for row in rows):
            raise InvalidProblem(f"{self.path(name)} holds something that is no id.")
        return frozenset(map(str, rows))

    def wholes(self, name: str) -> dict[str, int]:
        """An object of whole numbers; empty where absent."""
        if not self.has(name):
            return {}
        value = self.value(name)
        if not isinstance(value, dict):
            raise InvalidProblem(f"{self.path(name)} is not an object.")
        return {key: whole(number, f"{self.path(name)}.{key}") for key, number in value.items()}

    def pair(self, value: object, where: str) -> tuple[int, int]:
        """A list of two whole numbers."""
        if not isinstance(value, list) or len(value) != 2:
            raise InvalidProblem(f"{where} is not a list of two whole numbers.")
        return whole(value[0], where), whole(value[1], where)

    def done(self) -> None:
        """Refuse fields that nobody asked for, so that a misspelt one is not overlooked.

        Raises:
            InvalidProblem: there is one.
        """
        for name in self._content:
            if name not in self._asked:
                raise InvalidProblem(f"{self.path(name)} is not a field that is read.")


def whole(value: object, where: str) -> int:
    """A whole number.

    Raises:
        InvalidProblem: something else.
    """
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidProblem(f"{where} is not a whole number.")
    return value
