"""What happens to visits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from paidan.kernel.events import DomainEvent

NAME_OF_ACTION = {
    "offer": "visit.offered",
    "withdraw": "visit.withdrawn",
    "grab": "visit.grabbed",
    "assign": "visit.assigned",
    "accept": "visit.accepted",
    "decline": "visit.declined",
    "lapse": "visit.lapsed",
    "release": "visit.released",
    "depart": "visit.departed",
    "arrive": "visit.arrived",
    "start": "visit.started",
    "hold": "visit.held",
    "resume": "visit.resumed",
    "finish": "visit.finished",
    "fail": "visit.failed",
    "sign_off": "visit.signed_off",
    "cancel": "visit.cancelled",
}
UNDONE = "visit.undone"


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitCreated(DomainEvent):
    NAME: ClassVar[str] = "visit.created"
    visit_id: int
    visit_ref: str
    booking_ref: str
    territory_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitRescheduled(DomainEvent):
    """The promised window moved."""

    NAME: ClassVar[str] = "visit.rescheduled"
    visit_id: int
    visit_ref: str
    booking_ref: str
    technician_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitMoved(DomainEvent):
    """A visit took a step of its table; the event is named after the step."""

    visit_id: int
    visit_ref: str
    booking_ref: str
    territory_id: int
    action: str
    source: str
    target: str
    actor_key: str
    actor_role: str
    technician_id: int | None = None

    @property
    def name(self) -> str:
        return NAME_OF_ACTION.get(self.action, UNDONE)
