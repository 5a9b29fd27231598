"""What booking hears."""

from __future__ import annotations

from typing import Any

from paidan.booking.services import booking_follow
from paidan.kernel.clock import now


def visit_moved(event: dict[str, Any]) -> None:
    """A visit arrived or ended: its booking follows."""
    booking_follow(booking_ref=event["booking_ref"], now=now())
