"""What the engine refuses to work on, and what must never happen inside it."""

from typing import TypeVar

Found = TypeVar("Found")


class InvalidProblem(ValueError):
    """The input contradicts itself; the message is one sentence that names the culprit."""


class BrokenInvariant(RuntimeError):
    """The engine contradicts itself: a fault in the engine, never in its input."""


def certain(found: Found | None, because: str) -> Found:
    """What cannot be None, ``because`` says why.

    Raises:
        BrokenInvariant: it is None all the same.
    """
    if found is None:
        raise BrokenInvariant(f"The engine is wrong that {because}.")
    return found
