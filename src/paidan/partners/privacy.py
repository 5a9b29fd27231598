"""Partners: rows of files that were not booked hold what the partner wrote of a person."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q

from paidan.accounts.personal_data import PersonalPart, Subject
from paidan.customers.models import Customer
from paidan.customers.phones import phone_normalized
from paidan.partners.constants import KEPT_DAYS, Column, RowStatus
from paidan.partners.models import ImportRow


def erase(subject: Subject, now: datetime) -> None:
    """Rows that name the person's number lose everything but that there was one."""
    if subject.customer_id is None:
        return
    phone = Customer.objects.filter(pk=subject.customer_id).values_list("phone", flat=True).first()
    if not phone:
        return
    rows = ImportRow.objects.select_for_update().exclude(Q(values={}) | Q(status=RowStatus.WAITING))
    named = [row.pk for row in rows if phone_normalized(row.values.get(Column.CONTACT_PHONE, "")) == phone]
    ImportRow.objects.filter(pk__in=named).update(values={})


def forget(now: datetime) -> None:
    """Rows that were never booked keep what was written for some months."""
    old = ImportRow.objects.filter(batch__created_at__lt=now - timedelta(days=KEPT_DAYS)).exclude(values={})
    old.filter(status=RowStatus.REJECTED).update(values={})


PART = PersonalPart(
    app="partners",
    erase=erase,
    forget=forget,
    covered=("partners.ImportRow",),
    exempt={
        "partners.Partner": "Names the account of a partner's programs by number only.",
        "partners.PartnerEvent": "The audit of partners names accounts by number only.",
        "partners.PartnerImport": "Names the member of the house who sent a file by number only.",
        "partners.PartnerOrder": "Holds the partner's number of an order and its status, no contact.",
    },
)
