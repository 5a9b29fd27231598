"""Writes on reviews."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from paidan.kernel.actors import Actor
from paidan.kernel.errors import Invalid
from paidan.kernel.locking import is_unique_violation
from paidan.kernel.outbox import publish
from paidan.kernel.plain_text import text_fault
from paidan.reviews.access import visit_to_review
from paidan.reviews.constants import LOW_RATING, TEXT_LONGEST, Dimension, Level
from paidan.reviews.errors import AlreadyReviewed, NotYetReviewable
from paidan.reviews.events import ReviewSubmitted
from paidan.reviews.models import Review
from paidan.reviews.selectors import ReviewView, review_view
from paidan.visits.constants import VisitStatus
from paidan.visits.models import Assignment, Visit
from paidan.workforce.ratings import rating_add
from paidan.worklist.constants import WorkKind
from paidan.worklist.services import work_open

CALL_BACK_WITHIN = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    """The four answers, each from 1 to 5."""

    attitude: int
    quality: int
    response: int
    skill: int

    def by_dimension(self) -> dict[str, int]:
        return {str(one): int(getattr(self, one)) for one in Dimension}


@transaction.atomic
def review_submit(*, visit_ref: str, levels: Levels, text: str = "", actor: Actor, now: datetime) -> ReviewView:
    """Keep what a customer says of a signed-off visit; once, and final.

    Raises:
        NotFound, Forbidden: it is not theirs to review.
        Invalid: a level is not one of five, or the text cannot be kept.
        NotYetReviewable: the work is not signed off.
        AlreadyReviewed: there is a review.
    """
    visit = visit_to_review(actor, visit_ref)
    _check(levels, text)
    if visit.status != VisitStatus.SIGNED_OFF:
        raise NotYetReviewable
    technician_id = _technician_of(visit)

    review = _insert(visit, technician_id, levels, text, now)
    rating_add(technician_id=technician_id, stars=sum(levels.by_dimension().values()) / len(Dimension))
    _call_back_if_low(visit, levels, now)

    publish(_submitted(review, visit))
    return review_view(review)


def _check(levels: Levels, text: str) -> None:
    faults: dict[str, str] = {}
    for dimension, level in levels.by_dimension().items():
        if level not in Level.values:
            faults[dimension] = _("Please choose one of the five levels.")
    fault = text_fault(text, longest=TEXT_LONGEST)
    if fault:
        faults["text"] = fault
    if faults:
        raise Invalid(fields=faults)


def _technician_of(visit: Visit) -> int:
    technician_id = Assignment.objects.filter(visit=visit, ended_at__isnull=True).values_list("technician", flat=True)
    return technician_id.get()


def _insert(visit: Visit, technician_id: int, levels: Levels, text: str, now: datetime) -> Review:
    """The row; of two reviewers at once the second waits here and is refused."""
    try:
        with transaction.atomic():
            return Review.objects.create(
                visit=visit,
                technician_id=technician_id,
                text=text.strip(),
                created_at=now,
                **levels.by_dimension(),
            )
    except IntegrityError as error:
        if is_unique_violation(error):
            raise AlreadyReviewed from error
        raise


def _call_back_if_low(visit: Visit, levels: Levels, now: datetime) -> None:
    lowest = min(levels.by_dimension().values())
    if lowest <= LOW_RATING:
        work_open(
            kind=WorkKind.LOW_RATING,
            subject_ref=visit.ref,
            territory_id=visit.territory_id,
            facts={"stars": lowest},
            due_at=now + CALL_BACK_WITHIN,
            now=now,
        )


def _submitted(review: Review, visit: Visit) -> ReviewSubmitted:
    # Who rates by a link may have the booking's page open elsewhere.
    customer = (f"user:{visit.customer.user_id}",) if visit.customer.user_id is not None else ()
    return ReviewSubmitted(
        review_id=review.pk,
        visit_id=visit.pk,
        visit_ref=visit.ref,
        booking_ref=visit.booking_ref,
        technician_id=review.technician_id,
        attitude=review.attitude,
        quality=review.quality,
        response=review.response,
        skill=review.skill,
        topics=("office", f"desk:{visit.territory_id}", f"visit:{visit.pk}", *customer),
        refs=(visit.ref, visit.booking_ref),
    )
