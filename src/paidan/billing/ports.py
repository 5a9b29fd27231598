"""Ways of paying: what billing needs from a payment provider, and who is connected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from paidan.billing.constants import Account


@dataclass(frozen=True, slots=True)
class PaymentRequest:
    """What a provider is asked for; ``payment_ref`` is unique and serves as its order number."""

    payment_ref: str
    charge_ref: str
    subject_ref: str
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class PaymentAnswer:
    """What a provider says at once.

    Attributes:
        settled: the money is there; otherwise its notice comes later and is settled then.
        provider_ref: the provider's own number, ``""`` where there is none.
    """

    settled: bool
    provider_ref: str = ""


class PaymentProvider(Protocol):
    """One way of paying.

    ``take`` runs inside the caller's transaction: a provider across a network answers
    ``settled=False`` and talks in a job of its own.
    """

    @property
    def code(self) -> str:
        """Stable name, e.g. ``cash``."""

    @property
    def account(self) -> Account:
        """The ledger account its money arrives in."""

    def take(self, request: PaymentRequest) -> PaymentAnswer:
        """Begin, or complete, one payment."""


_providers: dict[str, PaymentProvider] = {}


def provider_register(provider: PaymentProvider) -> None:
    """Connect a provider under its code; the last one registered under a code is the one used."""
    _providers[provider.code] = provider


def provider_of(code: str) -> PaymentProvider | None:
    """The provider connected under a code, if any."""
    return _providers.get(code)


def provider_codes() -> tuple[str, ...]:
    """Codes of every connected provider, sorted."""
    return tuple(sorted(_providers))
