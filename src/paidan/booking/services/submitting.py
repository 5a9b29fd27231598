"""Taking a booking: hold a window, judge the form, promise it or ask the desk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from paidan.booking.answers import answers_read
from paidan.booking.constants import LIVE_STATES, Channel
from paidan.booking.errors import PriceChanged
from paidan.booking.events import BookingSubmitted
from paidan.booking.forms import NewBooking
from paidan.booking.models import Booking
from paidan.booking.offering import offering_of
from paidan.booking.pricing import OrderPrice, order_price
from paidan.booking.review import Finding, findings_of
from paidan.booking.review_rules import Order, order_check
from paidan.booking.selectors.judging import OrderAsked, order_facts, rules_in_force
from paidan.booking.services.judging import booking_route, refusal_check
from paidan.booking.services.moving import booking_topics, step_write
from paidan.booking.services.viewing import BookingView
from paidan.catalog.models import ServiceItemVersion
from paidan.catalog.services import fee_table_sell, version_mark_sold
from paidan.customers.access import books_for_self, own_customer
from paidan.customers.models import Address, Customer
from paidan.customers.phones import phone_normalized
from paidan.customers.selectors import consent_needed
from paidan.customers.services import (
    address_faults,
    address_keep,
    address_of,
    consent_give,
    customer_by_phone,
    customer_for_user,
)
from paidan.dispatch.errors import HoldLapsed
from paidan.dispatch.models import SlotHold
from paidan.dispatch.services import hold_create, nearest_named
from paidan.dispatch.services.holding import HoldView, hold_for, hold_take_over
from paidan.dispatch.slots import territory_at
from paidan.files.services import files_move
from paidan.kernel.actors import SYSTEM, Actor
from paidan.kernel.errors import Invalid, NotFound
from paidan.kernel.geo import Point
from paidan.kernel.outbox import publish
from paidan.kernel.refs import new_ref, read_ref
from paidan.kernel.settings import LIVE_BOOKINGS_EACH
from paidan.kernel.timespan import TimeSpan
from paidan.visits.constants import Urgency, is_urgent
from paidan.workforce.models import Territory

SAME_PLACE_DEGREES = 1e-6


@dataclass(frozen=True, slots=True)
class _Checked:
    """A form that may be written: what was looked up for it."""

    form: NewBooking
    version: ServiceItemVersion
    territory: Territory
    place: Point
    phone: str
    hold: SlotHold | None
    for_self: bool
    price: OrderPrice
    answers: list[dict[str, Any]]


def booking_hold(
    *,
    item_code: str,
    place: Point,
    window: TimeSpan,
    holder_key: str,
    now: datetime,
    add_ons: Sequence[str] = (),
    urgency: str = Urgency.NORMAL,
    phone: str = "",
) -> HoldView:
    """Keep a window for whoever is filling in the form, long enough for the add-ons chosen.

    Args:
        phone: as typed so far; a mobile number keeps at most two windows, in however many browsers.

    Raises:
        Invalid: no such service, the place is not served, or the window is not one of those offered.
        SlotTaken: somebody was faster; ``facts["nearest"]`` names free windows.
        TooManyHolds: the holder keeps two already.
    """
    version = offering_of(item_code, now=now)
    minutes = order_price(version, add_ons=add_ons).extra_minutes
    return hold_create(
        item_version=version,
        place=place,
        window=window,
        holder_key=holder_key,
        now=now,
        extra_minutes=minutes,
        is_urgent=is_urgent(urgency),
        phone=phone_normalized(phone),
    )


def booking_check(*, form: NewBooking, now: datetime) -> None:
    """Judge the form of somebody who has not shown yet who they are; nothing is written, nothing is told of anybody.

    Raises:
        Invalid: fields to correct.
        PriceChanged: the price is no longer the one that was shown.
    """
    _judge(form, None, for_self=True, consent_is_needed=True, now=now)


@nearest_named()
@transaction.atomic
def booking_submit(*, form: NewBooking, actor: Actor, channel: Channel, now: datetime) -> BookingView:
    """Take a booking; confirmed at once, or sent to the desk or back to its customer as the rules say.

    A customer books for themself; staff book for the customer of the given phone number.

    Raises:
        Invalid: fields to correct; nothing was written.
        PriceChanged: the price is no longer the one that was shown.
        SlotTaken: the window is lost; ``facts["nearest"]`` names free ones, nothing was written.
    """
    checked = _check(form, actor, now)

    customer = _customer(checked, actor, now)
    findings = _findings(checked, customer, now)
    refusal_check(findings)

    booking = _insert(checked, customer, actor=actor, channel=channel, now=now)
    return booking_route(booking, findings, now=now)


@nearest_named()
@transaction.atomic
def booking_submit_for(*, customer_id: int, form: NewBooking, channel: Channel, now: datetime) -> BookingView:
    """Take a booking that the house makes for a customer by what was agreed before, e.g. a recurring plan's.

    Raises:
        Invalid, PriceChanged, SlotTaken: as for ``booking_submit``.
    """
    customer = Customer.objects.select_for_update(no_key=True).get(pk=customer_id)
    checked = _judge(form, customer, for_self=False, consent_is_needed=False, now=now)
    findings = _findings(checked, customer, now)
    refusal_check(findings)

    booking = _insert(checked, customer, actor=SYSTEM, channel=channel, now=now)
    return booking_route(booking, findings, now=now)


def _check(form: NewBooking, actor: Actor, now: datetime) -> _Checked:
    """Judge the form of a known actor without writing anything."""
    for_self = books_for_self(actor)
    phone = phone_normalized(form.contact_phone)
    known = own_customer(actor) if for_self else Customer.objects.filter(phone=phone).first()
    return _judge(form, known, for_self=for_self, consent_is_needed=for_self and consent_needed(actor), now=now)


def _judge(
    form: NewBooking, known: Customer | None, *, for_self: bool, consent_is_needed: bool, now: datetime
) -> _Checked:
    hold = _hold(form, now)
    version = hold.item_version if hold is not None else offering_of(form.item_code, now=now)
    phone = phone_normalized(form.contact_phone)
    place, faults = _place(form, known)
    territory = territory_at(place) if place is not None else None
    if faults:
        raise Invalid(fields=faults)
    order_check(
        Order(
            form=form,
            version=version,
            territory=territory,
            phone=phone,
            consent_is_needed=consent_is_needed,
            live_bookings=_live_bookings(known),
            live_limit=LIVE_BOOKINGS_EACH.value() if for_self else None,
            now=now,
        )
    )
    price = order_price(version, add_ons=form.add_ons, urgency=form.urgency)
    answers = answers_read(version, form.answers)
    if form.expected_price_minor is not None and form.expected_price_minor != price.total_minor:
        raise PriceChanged(facts={"price_minor": price.total_minor})
    if territory is None or place is None:
        raise Invalid(fields={"address": _("We do not serve this address yet.")})
    _hold_fits(hold, form, version, place)
    return _Checked(form, version, territory, place, phone, hold, for_self, price, answers)


def _hold(form: NewBooking, now: datetime) -> SlotHold | None:
    """The form's hold while it lives; once lapsed the window is sought anew."""
    if not form.hold_ref:
        return None
    try:
        return hold_for(ref=read_ref(form.hold_ref), holder_key=form.holder_key, now=now)
    except (HoldLapsed, NotFound):
        return None


def _hold_fits(hold: SlotHold | None, form: NewBooking, version: ServiceItemVersion, place: Point) -> None:
    """A hold keeps one window for one service at one place.

    Raises:
        Invalid: the form now asks for something else; the field is ``window``.
    """
    if hold is None:
        return
    same_window = (hold.window_start_at, hold.window_end_at) == (form.window.start, form.window.end)
    same_length = hold.extra_minutes == order_price(version, add_ons=form.add_ons).extra_minutes
    allowed = is_urgent(form.urgency) or not hold.is_urgent
    same_place = max(abs(hold.lat - place.lat), abs(hold.lng - place.lng)) <= SAME_PLACE_DEGREES
    if not (same_window and same_place and same_length and allowed and version.item.code == form.item_code):
        raise Invalid(
            fields={"window": _("Your order has changed since this time was kept for you. Please choose a time again.")}
        )


def _place(form: NewBooking, known: Customer | None) -> tuple[Point | None, dict[str, str]]:
    if form.address_ref:
        if known is None:
            raise Invalid(fields={"address": _("This address is no longer saved. Please choose another one.")})
        saved = address_of(customer=known, ref=form.address_ref)
        return Point(saved.lat, saved.lng), {}
    if form.address is None:
        return None, {"address": _("Please enter the address.")}
    faults = address_faults(form.address)
    return (None if "address" in faults else form.address.place), faults


def _live_bookings(known: Customer | None) -> int:
    return Booking.objects.filter(customer=known, status__in=LIVE_STATES).count() if known is not None else 0


def _customer(checked: _Checked, actor: Actor, now: datetime) -> Customer:
    """Find or make the customer, and let their bookings be taken one after the other."""
    form = checked.form
    if checked.for_self and actor.user_id is not None:
        customer = customer_for_user(user_id=actor.user_id, name=form.contact_name, now=now)
    else:
        customer = customer_by_phone(phone=checked.phone, name=form.contact_name, now=now)
    if form.consent:
        consent_give(customer=customer, now=now)
    return Customer.objects.select_for_update(no_key=True).get(pk=customer.pk)


def _findings(checked: _Checked, customer: Customer, now: datetime) -> tuple[Finding, ...]:
    form = checked.form
    rules = rules_in_force(now=now)
    facts = order_facts(
        OrderAsked(
            window=form.window,
            price_minor=checked.price.total_minor,
            territory=checked.territory.code,
            texts={
                "description": form.description,
                "special_requirements": form.special_requirements,
                "contact_name": form.contact_name,
                "contact_phone": checked.phone,
            },
            item_id=checked.version.item_id,
            place=checked.place,
        ),
        customer,
        rules,
        at=now,
    )
    return findings_of(rules, facts)


def _insert(checked: _Checked, customer: Customer, *, actor: Actor, channel: Channel, now: datetime) -> Booking:
    form, version = checked.form, checked.version
    ref = new_ref("B")
    version_mark_sold(version, now=now)
    booking = Booking.objects.create(
        ref=ref,
        channel=channel,
        customer=customer,
        item_version=version,
        fee_table_id=fee_table_sell(version.fee_table_id, now=now),
        item_name=version.name,
        price_minor=checked.price.total_minor,
        price_lines=[line.as_data() for line in checked.price.lines],
        answers=checked.answers,
        description=form.description.strip(),
        special_requirements=form.special_requirements.strip(),
        urgency=form.urgency,
        address=_address(form, customer),
        contact_name=form.contact_name.strip(),
        contact_phone=checked.phone,
        territory=checked.territory,
        window_start_at=form.window.start,
        window_end_at=form.window.end,
        hold=hold_take_over(hold=checked.hold, owner=f"booking:{ref}", now=now) if checked.hold else None,
        created_by_id=actor.user_id,
        created_at=now,
    )
    if form.photos_ref:
        files_move(draft_ref=form.photos_ref, subject_ref=ref)
    step_write(booking, "submit", source="", actor=actor, data={"channel": str(channel)}, now=now)
    publish(
        BookingSubmitted(
            booking_id=booking.pk,
            booking_ref=booking.ref,
            customer_id=customer.pk,
            territory_id=checked.territory.pk,
            channel=str(channel),
            topics=booking_topics(booking),
            refs=(booking.ref,),
        )
    )
    return booking


def _address(form: NewBooking, customer: Customer) -> Address:
    if form.address is None or form.address_ref:
        return address_of(customer=customer, ref=form.address_ref)
    return address_keep(customer=customer, address=form.address)
