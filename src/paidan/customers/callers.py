"""Who calls: reads for the phone desk; masked until somebody opens the caller, which is audited."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import OuterRef, Subquery

from paidan.customers.access import require_caller_desk
from paidan.customers.models import Address, Customer, DeskLine, IncomingCall
from paidan.customers.phones import phone_masked, phone_national
from paidan.kernel.actors import Actor
from paidan.kernel.errors import NotFound
from paidan.kernel.refs import read_ref

DIGITS_FEWEST = 4
DIGITS_MOST = 16
CALLERS_SHOWN = 8
RINGS_FOR = timedelta(minutes=10)
"""How long a call that nobody took stays on the screen."""
_NO_DIGIT = re.compile(r"[^0-9]+")


@dataclass(frozen=True, slots=True)
class CallerRow:
    """A customer whose number fits what was typed so far: enough to recognise, too little to call."""

    ref: str
    name: str
    phone: str
    district: str


@dataclass(frozen=True, slots=True)
class CallRow:
    """A call for somebody at the desk; ``name`` and ``customer_ref`` are empty for an unknown number."""

    ref: str
    phone: str
    name: str
    customer_ref: str
    at: datetime


def callers_like(actor: Actor, typed: str) -> tuple[CallerRow, ...]:
    """Customers whose number holds the digits typed, the latest first; none below four digits.

    Raises:
        Forbidden: the reader does not book for others.
    """
    require_caller_desk(actor)
    digits = _NO_DIGIT.sub("", typed)[: DIGITS_MOST + 1]
    if not DIGITS_FEWEST <= len(digits) <= DIGITS_MOST:
        return ()
    district = Address.objects.filter(customer=OuterRef("pk"), retired_at__isnull=True).order_by("-pk")
    found = Customer.objects.filter(phone__contains=digits).order_by("-pk")
    rows = found.annotate(district=Subquery(district.values("district")[:1]))[:CALLERS_SHOWN]
    return tuple(
        CallerRow(row.ref, row.name, phone_masked(row.phone or ""), row.district or "")  # annotated above
        for row in rows
    )


def calls_ringing(actor: Actor, *, now: datetime) -> tuple[CallRow, ...]:
    """Calls of the last minutes at the reader's own extension that are not looked after yet, the newest first."""
    if actor.user_id is None:
        return ()
    rows = IncomingCall.objects.select_related("customer").filter(
        user=actor.user_id, taken_at__isnull=True, at__gt=now - RINGS_FOR
    )
    return tuple(call_row(row) for row in rows.order_by("-at")[:3])


def call_row(call: IncomingCall) -> CallRow:
    """The row of a call, masked: opening the caller is a step of its own."""
    customer = call.customer
    return CallRow(
        ref=call.ref,
        phone=phone_masked(call.phone) if call.phone else "",
        name=customer.name if customer is not None else "",
        customer_ref=customer.ref if customer is not None else "",
        at=call.at,
    )


def call_of_mine(actor: Actor, ref: str) -> CallRow:
    """A call at the reader's own extension, with the number in full: it is what their telephone shows.

    Raises:
        NotFound: there is none, or it rings elsewhere.
    """
    mine = IncomingCall.objects.select_related("customer").filter(ref=read_ref(ref), user=actor.user_id)
    call = mine.first() if actor.user_id is not None else None
    if call is None:
        raise NotFound
    return replace(call_row(call), phone=phone_national(call.phone))


def extension_of(actor: Actor) -> str:
    """The extension at which the reader sits; empty for none."""
    return DeskLine.objects.filter(user=actor.user_id).values_list("extension", flat=True).first() or ""
