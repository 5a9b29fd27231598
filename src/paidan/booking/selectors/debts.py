"""What a customer still owes from before: shown ahead of the next booking (B5, B8)."""

from __future__ import annotations

from paidan.billing.constants import LineKind
from paidan.billing.selectors import credit_of, open_charges
from paidan.booking.models import Booking, BookingVisit
from paidan.booking.selectors.views import Debt
from paidan.customers.access import own_customer
from paidan.kernel.actors import Actor
from paidan.kernel.texts import localized

LATEST = 200
"""How many of a customer's bookings are looked through, the latest first."""


def debts_of_customer(customer_id: int) -> tuple[Debt, ...]:
    """Open fees of a customer's bookings and visits, oldest first; four queries."""
    bookings = list(
        Booking.objects.filter(customer=customer_id).order_by("-created_at").only("ref", "item_name")[:LATEST]
    )
    if not bookings:
        return ()
    links = BookingVisit.objects.filter(booking__in=bookings).values_list("visit__ref", "booking_id")
    by_id = {booking.pk: booking for booking in bookings}
    owners = {booking.ref: booking for booking in bookings}
    owners.update({visit_ref: by_id[booking_id] for visit_ref, booking_id in links})
    return tuple(
        Debt(
            charge_ref=charge.ref,
            booking_ref=owners[charge.subject_ref].ref,
            item_name=localized(owners[charge.subject_ref].item_name),
            amount_minor=charge.total_minor,
            since=charge.created_at,
        )
        for charge in open_charges(list(owners))
        if charge.kind is LineKind.FEE
    )


def own_debts(actor: Actor) -> tuple[Debt, ...]:
    """What the actor owes; nothing for who is no customer."""
    customer = own_customer(actor)
    return debts_of_customer(customer.pk) if customer is not None else ()


def own_credit(actor: Actor) -> int:
    """The actor's credit in minor units."""
    customer = own_customer(actor)
    return credit_of(customer.ref) if customer is not None else 0
