"""What happens to reviews."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from paidan.kernel.events import DomainEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewSubmitted(DomainEvent):
    """A customer said how a visit was; levels from 1 to 5."""

    NAME: ClassVar[str] = "review.submitted"
    review_id: int
    visit_id: int
    visit_ref: str
    booking_ref: str
    technician_id: int
    attitude: int
    quality: int
    response: int
    skill: int
