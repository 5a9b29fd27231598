"""What happens to work that waits for a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from paidan.kernel.events import DomainEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkOpened(DomainEvent):
    """Something needs a person; heard by notifications."""

    NAME: ClassVar[str] = "work.opened"
    work_ref: str
    kind: str
    subject_ref: str
    territory_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkChanged(DomainEvent):
    """Its facts, its owner or its clock changed; for live screens."""

    NAME: ClassVar[str] = "work.changed"
    work_ref: str
    kind: str
    subject_ref: str
    territory_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkClosed(DomainEvent):
    """It is settled."""

    NAME: ClassVar[str] = "work.closed"
    work_ref: str
    kind: str
    subject_ref: str
    territory_id: int | None
