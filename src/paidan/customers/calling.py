"""Calls come in and callers are opened: writes for the phone desk."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from paidan.accounts.access import require
from paidan.accounts.constants import Permission
from paidan.accounts.models import User
from paidan.accounts.services.limits import Limit, Window, hits_take
from paidan.customers.access import require_caller_desk
from paidan.customers.callers import CallRow, call_row
from paidan.customers.events import CallArrived, CallTaken
from paidan.customers.models import CallerLookup, Customer, DeskLine, IncomingCall
from paidan.customers.phones import phone_national, phone_normalized
from paidan.customers.selectors import AddressView
from paidan.kernel.actors import Actor
from paidan.kernel.errors import Forbidden, Invalid, NotFound
from paidan.kernel.geo import Point
from paidan.kernel.outbox import publish
from paidan.kernel.refs import read_ref
from paidan.kernel.settings import CALLERS_EACH_PER_HOUR

HOUR_SECONDS = 3600
LOOKUP_LASTS = timedelta(minutes=30)
"""For how long an opened caller stays open for whoever opened them; after that it is a new lookup."""
CALLS_KEPT = timedelta(days=30)
CALL_KEY_LONGEST = 80
EXTENSION_LONGEST = 20
_EXTENSION = re.compile(r"[0-9A-Za-z*#+-]{1,20}")


@dataclass(frozen=True, slots=True)
class Caller:
    """A customer on the line: opened by name, so nothing is masked."""

    ref: str
    name: str
    phone: str
    addresses: tuple[AddressView, ...]


@transaction.atomic
def caller_open(*, ref: str, actor: Actor, now: datetime) -> Caller:
    """Open a caller's data for a booking; kept in the audit, at most once in half an hour for the same person.

    Raises:
        Forbidden: the actor does not book for others.
        NotFound: there is no such customer.
        TooMany: the actor opened as many callers as a desk needs in an hour.
    """
    require_caller_desk(actor)
    if actor.user_id is None:
        raise Forbidden
    customer = Customer.objects.filter(ref=read_ref(ref)).first()
    if customer is None:
        raise NotFound
    lately = CallerLookup.objects.filter(user=actor.user_id, customer=customer, at__gt=now - LOOKUP_LASTS)
    if not lately.exists():
        hour = Window(CALLERS_EACH_PER_HOUR.value(), HOUR_SECONDS)
        hits_take([Limit("caller", str(actor.user_id), (hour,))], now=now)
        CallerLookup.objects.create(user_id=actor.user_id, customer=customer, at=now)
    return _caller(customer)


def _caller(customer: Customer) -> Caller:
    rows = customer.addresses.filter(retired_at__isnull=True).order_by("-pk")
    addresses = tuple(
        AddressView(row.ref, row.label, row.district, row.text, row.door, Point(row.lat, row.lng)) for row in rows
    )
    return Caller(customer.ref, customer.name, phone_national(customer.phone or ""), addresses)


@transaction.atomic
def extension_set(*, extension: str, actor: Actor, now: datetime) -> str:
    """Sit down at an extension, or with an empty one get up; whoever sat there before has left.

    Raises:
        Forbidden: the actor does not book for others.
        Invalid: it is no extension.
    """
    require_caller_desk(actor)
    if actor.user_id is None:
        raise Forbidden
    wanted = extension.strip()
    if wanted and not _EXTENSION.fullmatch(wanted):
        raise Invalid(fields={"extension": _("An extension has up to 20 letters and digits.")})
    User.objects.select_for_update(no_key=True).get(pk=actor.user_id)
    DeskLine.objects.filter(user=actor.user_id).delete()
    if wanted:
        DeskLine.objects.bulk_create(
            [DeskLine(user_id=actor.user_id, extension=wanted)],
            update_conflicts=True,
            unique_fields=["extension"],
            update_fields=["user"],
        )
    return wanted


@transaction.atomic
def call_report(*, call_key: str, phone: str, extension: str, actor: Actor, now: datetime) -> CallRow:
    """The telephone system tells of a call; told twice it is still one call.

    Args:
        call_key: the telephone system's own name for the call.
        phone: the caller's number as the network gives it; anything that is none counts as hidden.

    Raises:
        Forbidden: the actor does not book for others.
        Invalid: a field cannot be kept.
    """
    require(actor, Permission.BOOK_FOR_OTHERS)
    faults = _call_faults(call_key.strip(), extension.strip())
    if faults:
        raise Invalid(fields=faults)
    number = phone_normalized(phone)
    customer = Customer.objects.filter(phone=number).first() if number else None
    line = DeskLine.objects.filter(extension=extension.strip(), user__is_active=True).first()
    call = IncomingCall(
        call_key=call_key.strip(),
        phone=number,
        extension=extension.strip(),
        user_id=line.user_id if line is not None else None,
        customer=customer,
        at=now,
    )
    return call_row(_call_keep(call))


def _call_faults(call_key: str, extension: str) -> dict[str, str]:
    faults: dict[str, str] = {}
    if not call_key or len(call_key) > CALL_KEY_LONGEST or not call_key.isprintable():
        faults["call_key"] = _("Please name the call, with at most 80 characters.")
    if not _EXTENSION.fullmatch(extension):
        faults["extension"] = _("An extension has up to 20 letters and digits.")
    return faults


def _call_keep(call: IncomingCall) -> IncomingCall:
    """The new row with its event, or the one that the first telling wrote."""
    IncomingCall.objects.bulk_create([call], ignore_conflicts=True)
    kept = IncomingCall.objects.select_related("customer").get(call_key=call.call_key)
    if kept.ref != call.ref:
        return kept
    publish(
        CallArrived(
            call_ref=call.ref,
            user_id=call.user_id,
            customer_id=call.customer_id,
            topics=(f"user:{call.user_id}",) if call.user_id is not None else (),
            refs=(call.ref,),
        )
    )
    return kept


@transaction.atomic
def call_take(*, ref: str, actor: Actor, now: datetime) -> CallRow:
    """Look after a call at one's own extension; it leaves the screen. Twice changes nothing.

    Raises:
        NotFound: there is none, or it rings elsewhere.
    """
    mine = IncomingCall.objects.select_related("customer").filter(ref=read_ref(ref), user=actor.user_id)
    call = mine.first() if actor.user_id is not None else None
    if call is None or actor.user_id is None:
        raise NotFound
    if IncomingCall.objects.filter(pk=call.pk, taken_at__isnull=True).update(taken_at=now):
        topics = (f"user:{actor.user_id}",)
        publish(CallTaken(call_ref=call.ref, user_id=actor.user_id, topics=topics, refs=(call.ref,)))
    return call_row(call)


def calls_forget(*, now: datetime) -> int:
    """Delete calls older than thirty days; returns how many."""
    deleted, _each = IncomingCall.objects.filter(at__lt=now - CALLS_KEPT).delete()
    return deleted
