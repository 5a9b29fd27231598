"""What dispatch hears."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from paidan.dispatch.services import availability_follow
from paidan.kernel.clock import now
from paidan.kernel.timespan import TimeSpan


def availability_changed(event: dict[str, Any]) -> None:
    """A technician has more or less time: the plans of those days follow."""
    span = TimeSpan(datetime.fromisoformat(event["start_at"]), datetime.fromisoformat(event["end_at"]))
    availability_follow(technician_id=event["technician_id"], span=span, now=now())
