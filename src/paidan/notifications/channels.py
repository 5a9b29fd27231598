"""Handing one message to its channel, with the words and the address of this moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.urls import reverse

from paidan.accounts.constants import LinkPurpose
from paidan.accounts.services import link_create
from paidan.booking.constants import BookingStatus
from paidan.booking.models import Booking
from paidan.notifications.constants import SEND_TIMEOUT_SECONDS, ChannelKind, Template
from paidan.notifications.models import Delivery
from paidan.notifications.ports import MessageNotSent, SmsMessage, sms_sender
from paidan.notifications.rendering import Words, words_of
from paidan.notifications.routes import LINKS, REMINDERS, STAMPS
from paidan.visits.models import Visit

LINK_PAGES: dict[LinkPurpose, str] = {
    LinkPurpose.BOOKING: "portal:booking-link",
    LinkPurpose.REVIEW: "portal:review-link",
    LinkPurpose.PLAN: "portal:plan-link",
}
LINK_SUBJECTS = {
    LinkPurpose.BOOKING: "booking_ref",
    LinkPurpose.REVIEW: "visit_ref",
    LinkPurpose.PLAN: "plan_ref",
}
"""Which fact names what a link opens."""
"""The page that each purpose of a link opens, by its name in the route table."""


@dataclass(frozen=True, slots=True)
class Address:
    """How a recipient is reached now, and in which language."""

    phone: str
    email: str
    language: str


def send(row: Delivery, *, now: datetime) -> str | None:
    """Send a delivery that was claimed; returns the provider's number.

    Returns ``None`` without sending when the step it speaks of was undone meanwhile.

    Raises:
        MessageNotSent: the channel did not take it, or the recipient has no such address any more.
    """
    template = Template(row.template)
    if not _stands(template, row, now):
        return None
    address = address_of(row)
    words = words_of(template, row.params, language=address.language, link=_link(template, row, now))
    if row.channel == ChannelKind.SMS:
        return _send_sms(template, address, words)
    return _send_email(address, words)


def address_of(row: Delivery) -> Address:
    """Where the recipient of a delivery is reached today; the customer's own data before the account's."""
    customer, user = row.customer, row.user
    if customer is not None:
        user = customer.user
    return Address(
        phone=(customer.phone if customer is not None else user.phone if user is not None else "") or "",
        email=(customer.email if customer is not None else "") or (user.email if user is not None else "") or "",
        language=(user.language if user is not None else "")
        or (customer.language if customer is not None else "zh-hans"),
    )


def _stands(template: Template, row: Delivery, now: datetime) -> bool:
    if template in REMINDERS:
        return _is_still_near(template, row, now)
    stamp = STAMPS.get(template)
    return stamp is None or Visit.objects.filter(ref=row.subject_ref, **{f"{stamp}__isnull": False}).exists()


def _is_still_near(template: Template, row: Delivery, now: datetime) -> bool:
    """Whether a reminder still speaks of what is promised, in time and at a decent hour."""
    if now > datetime.fromisoformat(row.params["until"]):
        return False
    promised = Booking.objects.filter(
        ref=row.subject_ref,
        status=BookingStatus.CONFIRMED,
        window_start_at=datetime.fromisoformat(row.params["window_start"]),
    )
    if template is Template.REMINDER_AGAIN:
        promised = promised.filter(confirmed_by_customer_at__isnull=True)
    return promised.exists()


def _link(template: Template, row: Delivery, now: datetime) -> str:
    """A fresh link each time, so that no token is ever kept in plain text."""
    purpose = LINKS.get(template)
    if purpose is None or row.customer_id is None:
        return settings.PUBLIC_URL
    subject = row.params[LINK_SUBJECTS[purpose]]
    token = link_create(purpose=purpose, subject=subject, now=now)
    return f"{settings.PUBLIC_URL}{reverse(LINK_PAGES[purpose], args=[token])}"


def _send_sms(template: Template, address: Address, words: Words) -> str:
    if not address.phone:
        raise MessageNotSent("The recipient has no phone number.", is_final=True)
    return sms_sender().send(
        SmsMessage(
            phone=address.phone,
            text=words.sms,
            template=template,
            variables=words.variables,
            language=address.language,
        )
    )


def _send_email(address: Address, words: Words) -> str:
    if not address.email:
        raise MessageNotSent("The recipient has no e-mail address.", is_final=True)
    message = EmailMessage(
        subject=words.title,
        body=words.letter,
        to=[address.email],
        connection=get_connection(timeout=SEND_TIMEOUT_SECONDS),
    )
    try:
        message.send()
    except OSError as error:
        # smtplib's own errors are OSErrors as well.
        raise MessageNotSent(f"The mail server did not take it: {type(error).__name__}.") from error
    return ""
