"""Money in integer minor units of the installation's one currency."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount in minor units (fen)."""

    minor: int

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + other.minor)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - other.minor)

    def __neg__(self) -> Money:
        return Money(-self.minor)

    def percent(self, percent: int) -> Money:
        """So many per cent, rounded half-up to the minor unit."""
        return Money((self.minor * percent * 2 + 100) // 200)

    def times_thousandths(self, quantity: int) -> Money:
        """Unit price × quantity in thousandths, rounded half-up once."""
        return Money((self.minor * quantity * 2 + 1000) // 2000)

    @property
    def currency(self) -> str:
        return str(settings.CURRENCY)


ZERO = Money(0)
