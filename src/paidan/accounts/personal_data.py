"""The registry of personal data: each app says what it holds of a person, and how it gives it out and erases it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO

from django_stubs_ext import StrOrPromise

Record = Mapping[str, object]
"""Field → text, number, truth or nothing: what JSON can say."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose data: the account, and the customer it is, if it is one."""

    user_id: int
    customer_id: int | None = None


@dataclass(frozen=True, slots=True)
class PersonalFile:
    """A file of somebody's own; ``open`` is called when the archive is written."""

    name: str
    open: Callable[[], IO[bytes]]


@dataclass(frozen=True, slots=True)
class Section:
    """One kind of data of a person, under a code for programs and a title for people."""

    code: str
    title: StrOrPromise
    records: Sequence[Record]
    files: Sequence[PersonalFile] = ()


def _nothing_held(_subject: Subject) -> tuple[Section, ...]:
    return ()


def _nothing_in_the_way(_subject: Subject) -> tuple[StrOrPromise, ...]:
    return ()


def _nothing_to_erase(_subject: Subject, _now: datetime) -> None:
    return None


def _nothing_to_forget(_now: datetime) -> None:
    return None


@dataclass(frozen=True, slots=True)
class PersonalPart:
    """An app's part.

    Attributes:
        app: the app's label.
        export: everything it holds of a person.
        obstacles: sentences on what must be settled before the person can be erased.
        erase: makes the person unrecognisable in its tables; in the caller's transaction, once or many times.
        forget: deletes what is older than its purpose; called daily.
        covered: labels of the models that ``erase`` deals with.
        exempt: labels of models that keep a link to a person, each with the reason.
    """

    app: str
    export: Callable[[Subject], Sequence[Section]] = _nothing_held
    obstacles: Callable[[Subject], Sequence[StrOrPromise]] = _nothing_in_the_way
    erase: Callable[[Subject, datetime], None] = _nothing_to_erase
    forget: Callable[[datetime], None] = _nothing_to_forget
    covered: tuple[str, ...] = ()
    exempt: Mapping[str, str] = field(default_factory=dict)


class _Registry:
    def __init__(self) -> None:
        self.parts: tuple[PersonalPart, ...] = ()


_registry = _Registry()


def parts_register(parts: Iterable[PersonalPart]) -> None:
    """Set the parts, highest app first; called once when the apps are ready."""
    _registry.parts = tuple(parts)


def personal_parts() -> tuple[PersonalPart, ...]:
    """Every app's part, highest first: what refers to a row is dealt with before the row."""
    return _registry.parts
