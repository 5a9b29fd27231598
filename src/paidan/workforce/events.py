"""What happened to the crew's time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from paidan.kernel.events import DomainEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class AvailabilityChanged(DomainEvent):
    """A technician has more or less time in a span (instants as ISO 8601)."""

    NAME: ClassVar[str] = "workforce.availability_changed"
    technician_id: int
    territory_ids: tuple[int, ...]
    start_at: str
    end_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TerritoryChanged(DomainEvent):
    """A territory's border was drawn anew."""

    NAME: ClassVar[str] = "workforce.territory_changed"
    territory_id: int
