"""The customer: who, where, and what they agreed to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from paidan.accounts.personal_data import PersonalPart, Section, Subject
from paidan.customers.models import Address, Customer, IncomingCall

COARSE_DECIMALS = 1
"""Of a degree: some ten kilometres; enough for a figure by district, no door."""


def export(subject: Subject) -> Sequence[Section]:
    """The customer's row, saved addresses, consents."""
    if subject.customer_id is None:
        return ()
    customer = Customer.objects.get(pk=subject.customer_id)
    own = {"ref": customer.ref, "name": customer.name, "phone": customer.phone, "email": customer.email}
    addresses = [
        {
            "label": row.label,
            "district": row.district,
            "address": row.text,
            "door": row.door,
            "lat": row.lat,
            "lng": row.lng,
            "saved_at": row.created_at.isoformat(),
        }
        for row in customer.addresses.order_by("pk")
    ]
    consents = [
        {"document": row.document, "version": row.version, "given_at": row.given_at.isoformat()}
        for row in customer.consents.order_by("pk")
    ]
    calls = [{"phone": row.phone, "at": row.at.isoformat()} for row in _calls(subject.customer_id)]
    return (
        Section("calls", _("Calls"), calls),
        Section("customer", _("Customer"), [own]),
        Section("addresses", _("Saved addresses"), addresses),
        Section("consents", _("Consents"), consents),
    )


def _calls(customer_id: int) -> QuerySet[IncomingCall]:
    return IncomingCall.objects.filter(customer=customer_id).order_by("pk")


def erase(subject: Subject, now: datetime) -> None:
    """Name, phone, e-mail and doors go; the number and the district stay for the books."""
    if subject.customer_id is None:
        return
    Customer.objects.filter(pk=subject.customer_id).update(name="", name_key="", phone=None, email="")
    _calls(subject.customer_id).delete()
    for row in Address.objects.select_for_update().filter(customer=subject.customer_id).order_by("pk"):
        row.label = row.text = row.door = ""
        row.lat, row.lng = round(row.lat, COARSE_DECIMALS), round(row.lng, COARSE_DECIMALS)
        row.retired_at = row.retired_at or now
        row.save()


PART = PersonalPart(
    app="customers",
    export=export,
    erase=erase,
    covered=("customers.Customer", "customers.Address", "customers.IncomingCall"),
    exempt={
        "customers.CallerLookup": "The audit of who looked at whom names both by number only.",
        "customers.CallerLookupEvent": "The audit of the same; append-only.",
        "customers.DeskLine": "Where a member of the house sits; it goes with the account of the house.",
        "customers.Unmasking": "Names the member of the house who looked by number; it is the proof of who saw what.",
        "customers.UnmaskingEvent": "The audit of the same; append-only.",
        "customers.Consent": "The law asks for proof of consent; the customer it belongs to names nobody any more.",
    },
)
