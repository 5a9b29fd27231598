"""Free windows for whoever books, with the reason when there are none (B4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from paidan.accounts.constants import Permission
from paidan.booking.access import booking_for
from paidan.booking.offering import offering_of
from paidan.booking.pricing import extra_minutes_of, order_price
from paidan.customers.services import place_is_on_earth
from paidan.dispatch.slots import (
    LONGEST_DAYS,
    Need,
    RelaxationKind,
    Slot,
    need_of,
    relaxation_find,
    slots_find,
    territory_at,
)
from paidan.kernel.actors import Actor
from paidan.kernel.errors import Invalid
from paidan.kernel.geo import Point
from paidan.kernel.texts import localized
from paidan.kernel.timespan import TimeSpan
from paidan.visits.constants import Urgency, is_urgent
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


RELAXATION_SENTENCES = {
    RelaxationKind.URGENT: _("Ordinary work finds no time in this period. Urgent work does:"),
    RelaxationKind.LATER: _("Nothing is free in this period. The first free time after it:"),
    RelaxationKind.OFF_HOURS: _("Nothing is free at the usual hours. Please call us if you could take another, e.g.:"),
    RelaxationKind.LEVEL: _("Nothing is free in this period. Please call us: with one skill level less we have:"),
    RelaxationKind.NEIGHBOUR: _("Nothing is free in this period. Please call us: a neighbouring district has time:"),
}


@dataclass(frozen=True, slots=True)
class RelaxationView:
    """The smallest change of the wish that opens a window, and the first it opens."""

    kind: RelaxationKind
    window: TimeSpan
    territory: TerritoryView

    @property
    def is_bookable(self) -> bool:
        """Whether the window can be taken as it is, without another wish or a person agreeing."""
        return self.kind == RelaxationKind.LATER


@dataclass(frozen=True, slots=True)
class SlotPage:
    """Free windows in order of time; when there are none, ``reason`` and a sentence say why.

    ``relaxation`` is what the sentence ends with: what would open a window, and when.
    While ``is_searching`` a worker tries to make room in windows that look full: ask again in a second.
    """

    slots: tuple[Slot, ...]
    territory: TerritoryView | None
    reason: NoSlotReason | None = None
    sentence: str = ""
    is_searching: bool = False
    relaxation: RelaxationView | None = None


def slots_for(
    *,
    item_code: str,
    place: Point,
    start: datetime,
    end: datetime,
    now: datetime,
    add_ons: Sequence[str] = (),
    urgency: str = Urgency.NORMAL,
) -> SlotPage:
    """The windows in which this service, with these add-ons, can be promised at this place, between two instants.

    What is urgent may use the emergency reserve of the territory.

    Raises:
        Invalid: no such service, the place is none, or the end is before the start.
    """
    if not place_is_on_earth(place):
        raise Invalid(fields={"address": _("Please choose the place on the map.")})
    version = offering_of(item_code, now=now)
    minutes = order_price(version, add_ons=add_ons).extra_minutes
    need = need_of(version, place, extra_minutes=minutes, is_urgent=is_urgent(urgency))
    return _page(need, place, start, end, now)


def slots_for_booking(actor: Actor, ref: str, *, start: datetime, end: datetime, now: datetime) -> SlotPage:
    """The windows a booking could be moved to.

    Raises:
        NotFound, Forbidden: it is not the actor's to change.
        Invalid: the end is before the start.
    """
    booking = booking_for(actor, ref, Permission.CHANGE_BOOKINGS)
    place = Point(booking.address.lat, booking.address.lng)
    minutes = extra_minutes_of(booking.price_lines)
    need = need_of(booking.item_version, place, extra_minutes=minutes, is_urgent=is_urgent(booking.urgency))
    return _page(need, place, start, end, now)


def _page(need: Need, place: Point, start: datetime, end: datetime, now: datetime) -> SlotPage:
    if end < start:
        raise Invalid(fields={"to": _("The end must not be before the start.")})
    territory = territory_at(place)
    if territory is None:
        return SlotPage((), None, NoSlotReason.NOT_SERVED, gettext("We do not serve this address yet."))
    found = slots_find(need, territory, start=start, end=end, now=now)
    view = _territory_view(territory)
    if found.slots or found.is_searching:
        return SlotPage(found.slots, view, is_searching=found.is_searching)
    easier = relaxation_find(need, territory, TimeSpan(start, end), now=now) if end > start else None
    if easier is None:
        return SlotPage((), view, NoSlotReason.NOTHING_FREE, _nothing_free(end, now))
    named = RelaxationView(easier.kind, easier.slot.window, _territory_view(easier.territory))
    sentence = str(RELAXATION_SENTENCES[easier.kind])
    return SlotPage((), view, NoSlotReason.NOTHING_FREE, sentence, relaxation=named)


def _nothing_free(end: datetime, now: datetime) -> str:
    if (end - now).days >= LONGEST_DAYS:
        return gettext("Everything is booked for the next three weeks. Please call us and we will look for a way.")
    return gettext("Nothing is free in this period. Please look at later days.")


def _territory_view(territory: Territory) -> TerritoryView:
    return TerritoryView(territory.code, localized(territory.name), territory.time_zone)
