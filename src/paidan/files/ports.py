"""Doors of subjects: whoever owns what a file is about says who may see it."""

from __future__ import annotations

from collections.abc import Callable

from paidan.kernel.actors import Actor

Door = Callable[[Actor, str], object]
"""Lets an actor through to a subject ref, or raises ``NotFound``; what it returns is not used."""

_doors: dict[str, Door] = {}


def door_register(letter: str, door: Door) -> None:
    """Set the door for every subject whose ref begins with a letter, e.g. ``V`` for visits."""
    _doors[letter] = door


def door_of(subject_ref: str) -> Door | None:
    """The door of a subject; ``None`` while nobody answers for its kind: then nobody gets through."""
    return _doors.get(subject_ref[:1])
