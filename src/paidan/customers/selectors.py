"""Reads on customers: masked unless it is the reader's own or the role needs more (U6)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Prefetch

from paidan.customers.access import may_see_unmasked, own_customer, require_caller_desk
from paidan.customers.constants import PRIVACY_DOCUMENT, PRIVACY_VERSION
from paidan.customers.models import Address, Consent, Customer
from paidan.customers.phones import phone_masked, phone_national, phone_normalized
from paidan.kernel.actors import Actor
from paidan.kernel.geo import Point


@dataclass(frozen=True, slots=True)
class AddressView:
    """A saved door; ``text``, ``door`` and ``place`` are empty where the reader may not see them."""

    ref: str
    label: str
    district: str
    text: str
    door: str
    place: Point | None

    @property
    def line(self) -> str:
        """The address in one line, as far as it may be seen."""
        return " ".join(part for part in (self.district, self.text, self.door) if part)


@dataclass(frozen=True, slots=True)
class CustomerView:
    """A customer as one reader may see them; ``phone`` is masked where it must be."""

    ref: str
    name: str
    phone: str
    email: str
    has_account: bool
    addresses: tuple[AddressView, ...]


def own_customer_view(actor: Actor) -> CustomerView | None:
    """The reader's own data and addresses; ``None`` before their first booking or address."""
    customer = own_customer(actor)
    return None if customer is None else _view(customer, unmasked=True)


def own_addresses(actor: Actor) -> tuple[AddressView, ...]:
    """The reader's saved addresses, the latest first."""
    customer = own_customer(actor)
    return () if customer is None else _addresses(_live(customer), unmasked=True)


def is_reached_twice(customer: Customer) -> bool:
    """Whether messages reach a customer both by SMS and by e-mail."""
    user = customer.user
    return bool(customer.phone) and bool(customer.email or (user is not None and user.is_active and user.email))


def consent_needed(actor: Actor) -> bool:
    """Whether the person still has to agree to the privacy notice in force before booking."""
    if actor.user_id is None:
        return True
    return not Consent.objects.filter(
        customer__user=actor.user_id, document=PRIVACY_DOCUMENT, version=PRIVACY_VERSION
    ).exists()


def caller_find(actor: Actor, phone: str) -> CustomerView | None:
    """The customer who calls from a number, for the desk's booking form; addresses masked by role.

    Raises:
        Forbidden: the reader does not book for others.
    """
    require_caller_desk(actor)
    number = phone_normalized(phone)
    live = Prefetch("addresses", Address.objects.filter(retired_at__isnull=True).order_by("-pk"))
    customer = Customer.objects.prefetch_related(live).filter(phone=number).first() if number else None
    return None if customer is None else _view(customer, unmasked=may_see_unmasked(actor))


def _live(customer: Customer) -> Iterable[Address]:
    return customer.addresses.filter(retired_at__isnull=True).order_by("-pk")


def _view(customer: Customer, *, unmasked: bool) -> CustomerView:
    phone = customer.phone or ""
    return CustomerView(
        ref=customer.ref,
        name=customer.name,
        phone=phone_national(phone) if unmasked or not phone else phone_masked(phone),
        email=customer.email if unmasked else "",
        has_account=customer.user_id is not None,
        addresses=_addresses(_live(customer), unmasked=unmasked),
    )


def _addresses(rows: Iterable[Address], *, unmasked: bool) -> tuple[AddressView, ...]:
    return tuple(
        AddressView(
            ref=row.ref,
            label=row.label,
            district=row.district,
            text=row.text if unmasked else "",
            door=row.door if unmasked else "",
            place=Point(row.lat, row.lng) if unmasked else None,
        )
        for row in rows
    )
