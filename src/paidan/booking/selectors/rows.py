"""From rows of the database to views: a constant number of queries for any number of bookings."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from paidan.billing.selectors import ChargeView, charges_of
from paidan.booking.access import is_own_face
from paidan.booking.constants import GROUP_STATES, BookingStatus, Channel
from paidan.booking.labels import order_shown
from paidan.booking.models import Booking, BookingVisit
from paidan.booking.selectors.crew import assignments_of, crew_card
from paidan.booking.selectors.views import BookingRow, Contact
from paidan.customers.phones import phone_masked, phone_national
from paidan.kernel.actors import Actor
from paidan.kernel.geo import Point
from paidan.kernel.texts import localized
from paidan.kernel.timespan import TimeSpan
from paidan.visits.constants import Urgency
from paidan.visits.models import Assignment, Visit

AROUND_A_ROW = ("customer", "address", "territory", "item_version__item__type")
"""What ``booking_rows`` needs to be selected together with the bookings."""
_GROUP_OF = {state: group for group, states in GROUP_STATES.items() for state in states}


@dataclass(frozen=True, slots=True)
class Around:
    """What belongs to a page of bookings, read at once."""

    visits: dict[int, tuple[Visit, ...]]
    assignments: dict[int, Assignment]
    charges: dict[str, tuple[ChargeView, ...]]


def around(bookings: Collection[Booking]) -> Around:
    """Visits, live assignments and charges of these bookings: four queries."""
    links = BookingVisit.objects.select_related("visit").filter(booking__in=bookings).order_by("position", "visit_id")
    visits: dict[int, tuple[Visit, ...]] = {}
    for link in links:
        visits[link.booking_id] = (*visits.get(link.booking_id, ()), link.visit)
    every = [visit for group in visits.values() for visit in group]
    return Around(
        visits=visits,
        assignments=assignments_of([visit.pk for visit in every]),
        charges=charges_of([*(booking.ref for booking in bookings), *(visit.ref for visit in every)]),
    )


def charges_about(booking: Booking, found: Around) -> tuple[ChargeView, ...]:
    """Every charge of a booking: its visits' first, then its own fees."""
    refs = [*(visit.ref for visit in found.visits.get(booking.pk, ())), booking.ref]
    return tuple(charge for ref in refs for charge in found.charges.get(ref, ()))


def booking_rows(actor: Actor, bookings: Sequence[Booking]) -> tuple[BookingRow, ...]:
    """The rows of a list as one reader may see them.

    Args:
        bookings: selected with ``AROUND_A_ROW``.
    """
    found = around(bookings)
    return tuple(booking_row(actor, booking, found) for booking in bookings)


def booking_row(actor: Actor, booking: Booking, found: Around, *, unmasked: bool = False) -> BookingRow:
    """One booking as one reader may see it; ``unmasked`` when they gave a reason to see its contact."""
    visits = found.visits.get(booking.pk, ())
    visit = visits[-1] if visits else None
    assignment = found.assignments.get(visit.pk) if visit is not None else None
    for_customer = is_own_face(actor)
    shown = order_shown(booking.status, visit.status if visit is not None else None, for_customer=for_customer)
    charges = charges_about(booking, found)
    return BookingRow(
        ref=booking.ref,
        item_name=localized(booking.item_name),
        type_icon=booking.item_version.item.type.icon,
        status=booking.status,
        status_label=shown.label,
        tone=shown.tone,
        group=str(_GROUP_OF[BookingStatus(booking.status)]),
        channel=booking.channel,
        channel_label=str(Channel(booking.channel).label),
        urgency=booking.urgency,
        urgency_label=str(Urgency(booking.urgency).label),
        window=TimeSpan(booking.window_start_at, booking.window_end_at),
        time_zone=booking.territory.time_zone if booking.territory is not None else "",
        territory_name=localized(booking.territory.name) if booking.territory is not None else "",
        contact=contact_of(actor, booking, unmasked=unmasked),
        customer_ref=booking.customer.ref,
        price_minor=booking.price_minor,
        charged_minor=sum(charge.total_minor for charge in charges),
        due_minor=sum(charge.total_minor for charge in charges if not charge.is_settled),
        created_at=booking.created_at,
        visit_ref=visit.ref if visit is not None else "",
        visit_status=visit.status if visit is not None else "",
        technician=(crew_card(assignment.technician, for_customer=for_customer) if assignment is not None else None),
    )


def contact_of(actor: Actor, booking: Booking, *, unmasked: bool) -> Contact:
    """Whom to meet and where, masked unless it is the reader's own or they gave a reason to see it."""
    return contact_shown(
        name=booking.contact_name,
        phone=booking.contact_phone,
        district=booking.address.district,
        address=(booking.address.text, booking.address.door),
        place=Point(booking.address.lat, booking.address.lng),
        unmasked=is_own_face(actor) or unmasked,
    )


def contact_of_visit(visit: Visit, *, unmasked: bool) -> Contact:
    """The contact a visit was made with."""
    return contact_shown(
        name=visit.contact_name,
        phone=visit.contact_phone,
        district=visit.district,
        address=(visit.address_text, visit.door),
        place=Point(visit.lat, visit.lng),
        unmasked=unmasked,
    )


def contact_shown(
    *, name: str, phone: str, district: str, address: tuple[str, str], place: Point, unmasked: bool
) -> Contact:
    """A contact as far as the reader may see it: phone as 138****8888 and the district only, else all."""
    text, door = address
    return Contact(
        name=name,
        phone=phone_national(phone) if unmasked else phone_masked(phone),
        district=district,
        address_text=text if unmasked else "",
        door=door if unmasked else "",
        place=place if unmasked else None,
        is_masked=not unmasked,
    )
