"""Messages: what was said to somebody, and for how long it is kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from paidan.accounts.personal_data import PersonalPart, Section, Subject
from paidan.kernel.settings import MESSAGES_KEPT_DAYS
from paidan.notifications.constants import DeliveryStatus
from paidan.notifications.models import Delivery

OPEN = (DeliveryStatus.PENDING, DeliveryStatus.SENDING)


def _theirs(subject: Subject) -> Q:
    mine = Q(user=subject.user_id)
    return mine if subject.customer_id is None else mine | Q(customer=subject.customer_id)


def export(subject: Subject) -> Sequence[Section]:
    """Which messages went out, when and how."""
    records = [
        {
            "template": row.template,
            "channel": row.channel,
            "about": row.subject_ref,
            "created_at": row.created_at.isoformat(),
            "sent_at": row.sent_at.isoformat() if row.sent_at else None,
        }
        for row in Delivery.objects.filter(_theirs(subject)).order_by("pk")
    ]
    return (Section("messages", _("Messages"), records),)


def erase(subject: Subject, now: datetime) -> None:
    """Delete them."""
    Delivery.objects.filter(_theirs(subject)).delete()


def forget(now: datetime) -> None:
    """Delete messages that are older than the house keeps them; what is still to be sent stays."""
    before = now - timedelta(days=MESSAGES_KEPT_DAYS.value())
    Delivery.objects.filter(created_at__lt=before).exclude(status__in=OPEN).delete()


PART = PersonalPart(app="notifications", export=export, erase=erase, forget=forget, covered=("notifications.Delivery",))
