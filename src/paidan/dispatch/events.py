"""What dispatch publishes beside the steps of visits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from paidan.kernel.events import DomainEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseAtRisk(DomainEvent):
    """A promised visit has no place in any plan; booking and the desk decide what to do."""

    NAME: ClassVar[str] = "dispatch.promise_at_risk"
    visit_id: int
    visit_ref: str
    territory_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NobodyEligible(DomainEvent):
    """A visit is due for dispatch and every technician is refused by a hard rule."""

    NAME: ClassVar[str] = "dispatch.nobody_eligible"
    visit_id: int
    visit_ref: str
    territory_id: int
