"""Reviews: the customer's words; the levels stay with the technician's rating."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from paidan.accounts.personal_data import PersonalPart, Section, Subject
from paidan.reviews.models import Review


def export(subject: Subject) -> Sequence[Section]:
    """What the customer said of each visit."""
    if subject.customer_id is None:
        return ()
    rows = Review.objects.filter(visit__customer=subject.customer_id).select_related("visit").order_by("pk")
    records = [
        {
            "visit_ref": row.visit.ref,
            "attitude": row.attitude,
            "quality": row.quality,
            "response": row.response,
            "skill": row.skill,
            "text": row.text,
            "created_at": row.created_at.isoformat(),
        }
        for row in rows
    ]
    return (Section("reviews", _("Reviews"), records),)


def erase(subject: Subject, now: datetime) -> None:
    """Take the words away."""
    if subject.customer_id is not None:
        Review.objects.filter(visit__customer=subject.customer_id).update(text="")


PART = PersonalPart(app="reviews", export=export, erase=erase, covered=("reviews.Review",))
