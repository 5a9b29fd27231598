"""What happened to money."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from paidan.kernel.events import DomainEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentSettled(DomainEvent):
    """A payment arrived and settled its charge; amount in minor units."""

    NAME: ClassVar[str] = "payment.settled"
    payment_ref: str
    charge_ref: str
    subject_ref: str
    provider: str
    amount_minor: int
