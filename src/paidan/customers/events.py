"""What happens with callers, by ids only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from paidan.kernel.events import DomainEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class CallArrived(DomainEvent):
    """The telephone of somebody at the desk rings."""

    NAME: ClassVar[str] = "call.arrived"
    call_ref: str
    user_id: int | None
    customer_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallTaken(DomainEvent):
    """Somebody at the desk looks after a call, or has put it aside."""

    NAME: ClassVar[str] = "call.taken"
    call_ref: str
    user_id: int
