"""What travels to a screen: the kinds of frame and their two forms, event stream and JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

RETRY_MILLISECONDS = 3000
OPENING = f"retry: {RETRY_MILLISECONDS}\n\n".encode()


class FrameKind(StrEnum):
    """Why a frame was sent.

    ``change``: something happened. ``hello``: everything up to this id has been told.
    ``reset``: too much happened to tell; fetch everything again. ``bye``: the stream ends, with a reason.
    """

    CHANGE = "change"
    HELLO = "hello"
    RESET = "reset"
    BYE = "bye"


class Farewell(StrEnum):
    """Why the server ends a stream; the client decides by it when to come back."""

    SIGNED_OUT = "signed_out"
    TOO_MANY = "too_many"
    RESTART = "restart"


@dataclass(frozen=True, slots=True)
class Change:
    """One row of the event log as far as screens may know it: its payload stays inside."""

    event_id: int
    name: str
    refs: tuple[str, ...]
    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Frame:
    """One message to one or many screens.

    Attributes:
        event_id: where the reader stands after it; ``None`` leaves that as it was.
    """

    kind: FrameKind
    event_id: int | None = None
    data: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The polling form."""
        return {"id": self.event_id, "event": self.kind.value, "data": self.data}

    def as_stream(self) -> bytes:
        """The ``text/event-stream`` form (HTML standard, section 9.2)."""
        place = "" if self.event_id is None else f"id: {self.event_id}\n"
        data = json.dumps(self.data, ensure_ascii=False, separators=(",", ":"))
        return f"{place}event: {self.kind.value}\ndata: {data}\n\n".encode()


def change_frame(change: Change, readable: Iterable[str]) -> Frame:
    """The frame of a change for readers of the given topics; they learn of no other topic."""
    topics = sorted(set(change.topics).intersection(readable))
    return Frame(
        FrameKind.CHANGE,
        change.event_id,
        {"name": change.name, "refs": list(change.refs), "topics": topics},
    )


def heartbeat(event_id: int) -> bytes:
    """A comment that keeps the connection warm and moves the reader's place along.

    An event without data is not dispatched, but its id counts (HTML standard, 9.2.6), so a quiet
    reader does not fall behind the event log.
    """
    return f": beat\nid: {event_id}\n\n".encode()
