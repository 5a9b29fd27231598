"""What happens after the work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from paidan.kernel.events import DomainEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewInvited(DomainEvent):
    """A visit was signed off: its customer may say how it was."""

    NAME: ClassVar[str] = "review.invited"
    visit_id: int
    visit_ref: str
    booking_ref: str
    customer_id: int
    technician_id: int | None
