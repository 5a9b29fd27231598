"""Writes on customers, their addresses and what they agreed to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from math import isfinite

from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from paidan.accounts.access import require
from paidan.accounts.constants import Permission
from paidan.accounts.models import User
from paidan.customers.access import own_customer
from paidan.customers.constants import PRIVACY_DOCUMENT, PRIVACY_VERSION
from paidan.customers.models import Address, Consent, Customer, Unmasking
from paidan.customers.selectors import AddressView
from paidan.kernel.actors import Actor
from paidan.kernel.errors import Forbidden, Invalid, NotFound, Unauthenticated
from paidan.kernel.geo import Point
from paidan.kernel.plain_text import text_fault
from paidan.kernel.refs import read_ref
from paidan.kernel.texts import pinyin_key

ADDRESSES_EACH = 20
REASON_LONGEST = 200
_LONGEST = {"label": 40, "district": 60, "address_text": 200, "door": 80}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAddress:
    """A door as typed and pinned on the map."""

    district: str
    text: str
    place: Point
    door: str = ""
    label: str = ""


def address_faults(address: NewAddress) -> dict[str, str]:
    """What is wrong with an address, by form field; ``address`` is the place on the map."""
    texts = {
        "label": address.label,
        "district": address.district,
        "address_text": address.text,
        "door": address.door,
    }
    required = {"district", "address_text"}
    faults = {name: text_fault(text, longest=_LONGEST[name], required=name in required) for name, text in texts.items()}
    if not place_is_on_earth(address.place):
        faults["address"] = _("Please choose the place on the map.")
    return {name: fault for name, fault in faults.items() if fault}


def place_is_on_earth(place: Point) -> bool:
    """Whether latitude and longitude are numbers within their ranges."""
    return isfinite(place.lat) and isfinite(place.lng) and abs(place.lat) <= 90 and abs(place.lng) <= 180


@transaction.atomic
def customer_for_user(*, user_id: int, name: str, now: datetime) -> Customer:
    """The customer a logged-in person is; made the first time.

    A phone customer of the same *verified* number becomes theirs, with its history.
    """
    known = Customer.objects.filter(user=user_id).first()
    if known is not None:
        return known
    user = User.objects.get(pk=user_id)
    phone = user.phone if user.phone_verified else None
    if phone is not None and Customer.objects.filter(phone=phone, user__isnull=True).update(user=user_id):
        return Customer.objects.get(user=user_id)
    if phone is not None and Customer.objects.filter(phone=phone).exists():
        phone = None
    shown = (user.name or name).strip()[:80]
    customer, _made = Customer.objects.get_or_create(
        user_id=user_id,
        defaults={
            "name": shown,
            "name_key": pinyin_key(shown),
            "phone": phone,
            "email": user.email or "",
            "language": user.language or get_language() or "zh-hans",
        },
    )
    return customer


@transaction.atomic
def customer_by_phone(*, phone: str, name: str, now: datetime) -> Customer:
    """The customer of a phone number in E.164; made the first time. A known one keeps their name."""
    shown = name.strip()[:80]
    customer, _made = Customer.objects.get_or_create(
        phone=phone, defaults={"name": shown, "name_key": pinyin_key(shown), "language": "zh-hans"}
    )
    return customer


def consent_give(*, customer: Customer, now: datetime) -> None:
    """Keep that a customer agreed to the privacy notice in force; once per version."""
    Consent.objects.get_or_create(
        customer=customer, document=PRIVACY_DOCUMENT, version=PRIVACY_VERSION, defaults={"given_at": now}
    )


def contact_unmask(*, subject_ref: str, reason: str, actor: Actor, now: datetime) -> None:
    """Note why the actor looks at the full contact of an order; from now on, for a while, they see it.

    The caller has been through the order's own door.

    Raises:
        Forbidden: the role may not see full contacts.
        Invalid: no reason was given.
    """
    require(actor, Permission.UNMASK_CUSTOMERS)
    fault = text_fault(reason, longest=REASON_LONGEST, required=True)
    if fault:
        raise Invalid(fields={"reason": fault})
    if actor.user_id is None:
        raise Forbidden
    Unmasking.objects.create(user_id=actor.user_id, subject_ref=subject_ref, reason=reason.strip(), at=now)


def address_keep(*, customer: Customer, address: NewAddress) -> Address:
    """The customer's row for this door; made if they have none that says the same."""
    same = customer.addresses.filter(
        retired_at__isnull=True,
        district=address.district.strip(),
        text=address.text.strip(),
        door=address.door.strip(),
        lat=address.place.lat,
        lng=address.place.lng,
    ).first()
    return same or Address.objects.create(
        customer=customer,
        label=address.label.strip(),
        district=address.district.strip(),
        text=address.text.strip(),
        door=address.door.strip(),
        lat=address.place.lat,
        lng=address.place.lng,
    )


@transaction.atomic
def address_save(*, address: NewAddress, actor: Actor, now: datetime) -> AddressView:
    """Save an address to the actor's own list.

    Raises:
        Invalid: a field cannot be kept, or the list is full.
    """
    if actor.user_id is None:
        raise Unauthenticated
    faults = address_faults(address)
    if faults:
        raise Invalid(fields=faults)
    customer = customer_for_user(user_id=actor.user_id, name="", now=now)
    if customer.addresses.filter(retired_at__isnull=True).count() >= ADDRESSES_EACH:
        raise Invalid(fields={"address": _("You have saved as many addresses as we can keep.")})
    row = address_keep(customer=customer, address=address)
    return AddressView(row.ref, row.label, row.district, row.text, row.door, Point(row.lat, row.lng))


@transaction.atomic
def address_retire(*, ref: str, actor: Actor, now: datetime) -> None:
    """Take an address off the actor's own list; bookings keep it.

    Raises:
        NotFound: it is not theirs, or already gone.
    """
    customer = own_customer(actor)
    if customer is None or not customer.addresses.filter(ref=read_ref(ref), retired_at__isnull=True).update(
        retired_at=now
    ):
        raise NotFound


def address_of(*, customer: Customer, ref: str) -> Address:
    """A saved address of this customer.

    Raises:
        Invalid: there is none; the field is ``address``.
    """
    row = customer.addresses.filter(ref=read_ref(ref), retired_at__isnull=True).first()
    if row is None:
        raise Invalid(fields={"address": _("This address is no longer saved. Please choose another one.")})
    return row
