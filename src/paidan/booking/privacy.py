"""Bookings: what a customer asked for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import pgtrigger
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from paidan.accounts.personal_data import PersonalPart, Section, Subject
from paidan.booking.constants import LIVE_STATES, PlanStatus
from paidan.booking.models import Booking, BookingMessage, BookingStep, RecurringPlan
from paidan.files.privacy import files_erase, files_exported
from paidan.kernel.texts import localized
from paidan.visits.privacy import WORDS

ERASED = "…"
"""What is left of a message: that there was one."""


def export(subject: Subject) -> Sequence[Section]:
    """Every booking of the customer, with its photos."""
    if subject.customer_id is None:
        return ()
    bookings = list(Booking.objects.filter(customer=subject.customer_id).order_by("pk"))
    records = [
        {
            "ref": row.ref,
            "status": row.status,
            "channel": row.channel,
            "service": localized(row.item_name),
            "price_minor": row.price_minor,
            "window_start_at": row.window_start_at.isoformat(),
            "window_end_at": row.window_end_at.isoformat(),
            "contact_name": row.contact_name,
            "contact_phone": row.contact_phone,
            "description": row.description,
            "special_requirements": row.special_requirements,
            "created_at": row.created_at.isoformat(),
        }
        for row in bookings
    ]
    messages = [
        {"booking": row.booking.ref, "side": row.side, "kind": row.kind, "text": row.text, "at": row.at.isoformat()}
        for row in BookingMessage.objects.select_related("booking").filter(booking__in=bookings).order_by("pk")
    ]
    plans = [
        {
            "ref": row.ref,
            "status": row.status,
            "rule": row.rule,
            "first_date": row.first_date.isoformat(),
            "start_time": row.start_time.isoformat(),
            "price_minor": row.price_minor,
            "contact_name": row.contact_name,
            "contact_phone": row.contact_phone,
            "description": row.description,
            "special_requirements": row.special_requirements,
        }
        for row in RecurringPlan.objects.filter(customer=subject.customer_id).order_by("pk")
    ]
    return (
        Section("plans", _("Recurring plans"), plans),
        Section("bookings", _("Bookings"), records, files_exported([row.ref for row in bookings])),
        Section("messages", _("Messages"), messages),
    )


def obstacles(subject: Subject) -> Sequence[StrOrPromise]:
    """A booking that is under way must end first."""
    if subject.customer_id is None:
        return ()
    live = Booking.objects.filter(customer=subject.customer_id, status__in=LIVE_STATES)
    if live.exists():
        return (_("You still have open bookings. Please cancel them or wait until they are done."),)
    return ()


def erase(subject: Subject, now: datetime) -> None:
    """What was sold and when stays for the books; whom to meet and what was said goes."""
    if subject.customer_id is None:
        return
    bookings = list(Booking.objects.select_for_update().filter(customer=subject.customer_id).order_by("pk"))
    for row in bookings:
        row.contact_name = row.contact_phone = row.description = row.special_requirements = ""
        row.findings = []
    Booking.objects.bulk_update(
        bookings, ["contact_name", "contact_phone", "description", "special_requirements", "findings"], batch_size=500
    )
    with pgtrigger.ignore("booking.BookingStep:append_only"):
        for step in BookingStep.objects.filter(booking__in=bookings, data__has_any_keys=WORDS):
            step.data = {key: value for key, value in step.data.items() if key not in WORDS}
            step.save(update_fields=["data"])
    with pgtrigger.ignore("booking.BookingMessage:append_only"):
        BookingMessage.objects.filter(booking__in=bookings).exclude(text="").update(text=ERASED)
    files_erase([row.ref for row in bookings])
    plans = RecurringPlan.objects.filter(customer=subject.customer_id)
    plans.exclude(status=PlanStatus.ENDED).update(status=PlanStatus.ENDED, ended_at=now, check_at=None)
    plans.update(contact_name="", contact_phone="", description="", special_requirements="", answers={})


PART = PersonalPart(
    app="booking",
    export=export,
    obstacles=obstacles,
    erase=erase,
    covered=("booking.Booking", "booking.BookingStep", "booking.BookingMessage", "booking.RecurringPlan"),
    exempt={
        "booking.RecurringPlanEvent": "The audit of plans keeps when and for how much, no contact.",
        "booking.ReviewRuleSet": "Names the member of the house who wrote it by number only.",
        "booking.ReviewRuleSetEvent": "The audit of review rules names people by number only.",
    },
)
