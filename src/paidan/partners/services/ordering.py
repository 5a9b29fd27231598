"""One order of a partner: claimed by its number, booked by the service that books for everybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from paidan.accounts.access import require
from paidan.accounts.constants import Permission
from paidan.booking.constants import Channel
from paidan.booking.forms import NewBooking
from paidan.booking.models import Booking
from paidan.booking.selectors import slots_for
from paidan.booking.services import booking_submit
from paidan.dispatch.slots import slots_nearest
from paidan.kernel.actors import Actor
from paidan.kernel.errors import Busy, DomainError, Invalid
from paidan.kernel.timespan import TimeSpan
from paidan.partners.constants import Column
from paidan.partners.models import PartnerOrder
from paidan.partners.reading import Lookups, Values, number_of, order_read
from paidan.partners.services.following import order_state_write
from paidan.workforce.selectors import territory_containing

AROUND = timedelta(days=3)
NEAREST = 3
_COLUMN_OF_FIELD = {
    "contact_name": Column.CONTACT_NAME,
    "contact_phone": Column.CONTACT_PHONE,
    "address": Column.DISTRICT,
    "district": Column.DISTRICT,
    "address_text": Column.ADDRESS,
    "door": Column.DOOR,
    "window": Column.WINDOW,
    "description": Column.DESCRIPTION,
    "urgency": Column.URGENCY,
    "item": Column.SERVICE,
}


@dataclass(frozen=True, slots=True)
class Placed:
    """An order that stands; ``is_new`` when this very row booked it."""

    order: PartnerOrder
    is_new: bool


@transaction.atomic
def order_place(*, partner_id: int, values: Values, lookups: Lookups, actor: Actor, now: datetime) -> Placed:
    """Book a row, unless its number is booked: of two at once the second waits for the first, and finds its booking.

    Raises:
        Invalid: columns to correct, each with a sentence; a window that cannot be had names free ones.
        Forbidden: the role does not order for partners.
        Busy: others change the same plan; nothing was written.
    """
    require(actor, Permission.ORDER_FOR_PARTNERS)
    number = number_of(values)
    known = PartnerOrder.objects.filter(partner=partner_id, external_number=number).first() if number else None
    if known is not None:
        return Placed(known, is_new=False)
    form = order_read(values, lookups)

    order, is_new = PartnerOrder.objects.get_or_create(
        partner_id=partner_id, external_number=number, defaults={"created_at": now, "updated_at": now}
    )
    if not is_new:
        return Placed(order, is_new=False)
    order.booking = Booking.objects.get(ref=_booked(form, actor, now))
    order_state_write(order, now=now)
    return Placed(order, is_new=True)


def _booked(form: NewBooking, actor: Actor, now: datetime) -> str:
    """The booking's reference. To order for partners is to book for their customers, with this service only.

    Raises:
        Invalid: a refusal of booking, told by column.
    """
    booker = replace(actor, permissions=actor.permissions | {Permission.BOOK_FOR_OTHERS})
    try:
        return booking_submit(form=form, actor=booker, channel=Channel.PARTNER, now=now).ref
    except Busy:
        raise
    except DomainError as error:
        raise _by_column(error, form, now) from error


def _by_column(error: DomainError, form: NewBooking, now: datetime) -> Invalid:
    fields: dict[str, str] = {
        _COLUMN_OF_FIELD.get(name, Column.SERVICE): str(said) for name, said in error.fields.items()
    }
    if not fields:
        column = Column.WINDOW if "nearest" in error.facts else Column.ERROR
        fields[column] = str(error)
    if Column.WINDOW in fields:
        fields[Column.WINDOW] = f"{fields[Column.WINDOW]} {_nearest(error.facts, form, now)}"
    return Invalid(fields=fields)


def _nearest(facts: Mapping[str, object], form: NewBooking, now: datetime) -> str:
    """Up to three free windows as a file would write them."""
    place = form.address.place if form.address is not None else None
    territory = territory_containing(place) if place is not None else None
    if place is None or territory is None:
        return ""
    named = facts.get("nearest")
    if isinstance(named, list):
        spans = [TimeSpan(*(datetime.fromisoformat(pair[end]) for end in ("start", "end"))) for pair in named]
    else:
        spans = _free_around(form, now)
    zone = ZoneInfo(territory.time_zone)
    texts = [
        f"{span.start.astimezone(zone):%Y-%m-%d %H:%M}-{span.end.astimezone(zone):%H:%M}" for span in spans[:NEAREST]
    ]
    if not texts:
        return _("No time is free around this day. Choose another day.")
    return _("Free times nearby: %(times)s.") % {"times": ", ".join(texts)}


def _free_around(form: NewBooking, now: datetime) -> list[TimeSpan]:
    start, end = max(form.window.start - AROUND, now), form.window.end + AROUND
    if form.address is None or end <= start:
        return []
    page = slots_for(
        item_code=form.item_code, place=form.address.place, start=start, end=end, now=now, urgency=form.urgency
    )
    return [slot.window for slot in slots_nearest(page.slots, form.window.start)]
