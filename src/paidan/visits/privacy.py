"""Visits: contact, door, words and photos of a customer's visits; where technicians have been."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import pgtrigger
from django.utils.translation import gettext_lazy as _

from paidan.accounts.personal_data import PersonalPart, Section, Subject
from paidan.customers.privacy import COARSE_DECIMALS
from paidan.files.privacy import files_erase, files_exported
from paidan.visits.models import Assignment, Visit, VisitStep

WORDS = ("text",)
"""Keys of a step's data that hold what somebody typed."""


def export(subject: Subject) -> Sequence[Section]:
    """Every visit to the customer, with its photos."""
    if subject.customer_id is None:
        return ()
    visits = list(Visit.objects.filter(customer=subject.customer_id).order_by("pk"))
    records = [
        {
            "ref": row.ref,
            "booking_ref": row.booking_ref,
            "status": row.status,
            "window_start_at": row.window_start_at.isoformat(),
            "window_end_at": row.window_end_at.isoformat(),
            "contact_name": row.contact_name,
            "contact_phone": row.contact_phone,
            "address": " ".join(part for part in (row.district, row.address_text, row.door) if part),
            "description": row.description,
            "finished_at": row.finished_at.isoformat() if row.finished_at else None,
        }
        for row in visits
    ]
    return (Section("visits", _("Visits"), records, files_exported([row.ref for row in visits])),)


def erase(subject: Subject, now: datetime) -> None:
    """What was done and when stays; whom to meet, where, what was said and photographed goes."""
    if subject.customer_id is None:
        return
    visits = list(Visit.objects.select_for_update().filter(customer=subject.customer_id).order_by("pk"))
    for row in visits:
        row.contact_name = row.contact_phone = row.address_text = row.door = row.description = ""
        row.lat, row.lng = round(row.lat, COARSE_DECIMALS), round(row.lng, COARSE_DECIMALS)
    Visit.objects.bulk_update(
        visits, ["contact_name", "contact_phone", "address_text", "door", "description", "lat", "lng"], batch_size=500
    )
    with pgtrigger.ignore("visits.VisitStep:append_only"):
        for step in VisitStep.objects.filter(visit__in=visits, data__has_any_keys=WORDS):
            step.data = {key: value for key, value in step.data.items() if key not in WORDS}
            step.save(update_fields=["data"])
    Assignment.objects.filter(visit__in=visits).exclude(end_text="").update(end_text="")
    files_erase([row.ref for row in visits])


PART = PersonalPart(app="visits", export=export, erase=erase, covered=("visits.Visit", "visits.VisitStep"))
