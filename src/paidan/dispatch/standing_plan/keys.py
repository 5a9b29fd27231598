"""How the engine's seconds and keys stand for our instants and rows."""

from __future__ import annotations

from datetime import UTC, datetime


def epoch(instant: datetime) -> int:
    return int(instant.timestamp())


def instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def visit_key(visit_id: int) -> str:
    return f"v{visit_id}"


def hold_key(hold_id: int) -> str:
    return f"h{hold_id}"
