"""What happened, in the past tense, by ids only."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainEvent:
    """Base of all events.

    ``NAME`` and the field names are versioned: webhooks publish them. Fields hold ids and plain
    values, never personal data. ``topics`` and ``refs`` are for live screens only.
    """

    NAME: ClassVar[str] = ""
    topics: tuple[str, ...] = ()
    refs: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What it is called in the event table, e.g. ``booking.confirmed``."""
        return type(self).NAME

    def payload(self) -> dict[str, Any]:
        data = asdict(self)
        data.pop("topics")
        data.pop("refs")
        return data
