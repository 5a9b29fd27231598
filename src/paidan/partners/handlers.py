"""What partners hear."""

from __future__ import annotations

from typing import Any

from paidan.kernel.clock import now
from paidan.partners.services import order_follow


def booking_changed(event: dict[str, Any]) -> None:
    """A booking or its visit took a step: the partner's order follows."""
    order_follow(booking_ref=event["booking_ref"], now=now())
