"""What happens to messages; for live screens only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from paidan.kernel.events import DomainEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxChanged(DomainEvent):
    """The inboxes of the users named in the topics hold something new, or less that is unread."""

    NAME: ClassVar[str] = "inbox.changed"
