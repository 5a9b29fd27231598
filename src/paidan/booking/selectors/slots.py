"""Free windows for whoever books, with the reason when there are none (B4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.utils.translation import gettext as _

from paidan.accounts.constants import Permission
from paidan.booking.access import booking_for
from paidan.booking.offering import offering_of
from paidan.booking.pricing import extra_minutes_of, order_price
from paidan.customers.services import place_is_on_earth
from paidan.dispatch.slots import LONGEST_DAYS, Need, Slot, need_of, slots_free, territory_at
from paidan.kernel.actors import Actor
from paidan.kernel.errors import Invalid
from paidan.kernel.geo import Point
from paidan.kernel.texts import localized
from paidan.workforce.models import Territory


class NoSlotReason(StrEnum):
    """Why a page of slots is empty."""

    NOT_SERVED = "not_served"
    NOTHING_FREE = "nothing_free"


@dataclass(frozen=True, slots=True)
class TerritoryView:
    """The part of the city a place lies in, and its time zone."""

    code: str
    name: str
    time_zone: str


@dataclass(frozen=True, slots=True)
class SlotPage:
    """Free windows in order of time; when there are none, ``reason`` and a sentence say why."""

    slots: tuple[Slot, ...]
    territory: TerritoryView | None
    reason: NoSlotReason | None = None
    sentence: str = ""


def slots_for(
    *, item_code: str, place: Point, start: datetime, end: datetime, now: datetime, add_ons: Sequence[str] = ()
) -> SlotPage:
    """The windows in which this service, with these add-ons, can be promised at this place, between two instants.

    Raises:
        Invalid: no such service, the place is none, or the end is before the start.
    """
    if not place_is_on_earth(place):
        raise Invalid(fields={"address": _("Please choose the place on the map.")})
    version = offering_of(item_code, now=now)
    need = need_of(version, place, extra_minutes=order_price(version, add_ons=add_ons).extra_minutes)
    return _page(need, place, start, end, now)


def slots_for_booking(actor: Actor, ref: str, *, start: datetime, end: datetime, now: datetime) -> SlotPage:
    """The windows a booking could be moved to.

    Raises:
        NotFound, Forbidden: it is not the actor's to change.
        Invalid: the end is before the start.
    """
    booking = booking_for(actor, ref, Permission.CHANGE_BOOKINGS)
    place = Point(booking.address.lat, booking.address.lng)
    need = need_of(booking.item_version, place, extra_minutes=extra_minutes_of(booking.price_lines))
    return _page(need, place, start, end, now)


def _page(need: Need, place: Point, start: datetime, end: datetime, now: datetime) -> SlotPage:
    if end < start:
        raise Invalid(fields={"to": _("The end must not be before the start.")})
    territory = territory_at(place)
    if territory is None:
        return SlotPage((), None, NoSlotReason.NOT_SERVED, _("We do not serve this address yet."))
    slots = slots_free(need, territory, start=start, end=end, now=now)
    view = _territory_view(territory)
    if slots:
        return SlotPage(slots, view)
    return SlotPage((), view, NoSlotReason.NOTHING_FREE, _nothing_free(end, now))


def _nothing_free(end: datetime, now: datetime) -> str:
    if (end - now).days >= LONGEST_DAYS:
        return _("Everything is booked for the next three weeks. Please call us and we will look for a way.")
    return _("Nothing is free in this period. Please look at later days.")


def _territory_view(territory: Territory) -> TerritoryView:
    return TerritoryView(territory.code, localized(territory.name), territory.time_zone)
