"""Reads on reviews."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from paidan.accounts.constants import Permission
from paidan.booking.selectors import CrewCard
from paidan.booking.selectors.crew import crew_card
from paidan.kernel.actors import Actor
from paidan.kernel.texts import localized
from paidan.kernel.timespan import TimeSpan
from paidan.reviews.access import visit_to_review
from paidan.reviews.models import Review
from paidan.visits.access import visit_for
from paidan.visits.constants import VisitStatus
from paidan.visits.models import Assignment


@dataclass(frozen=True, slots=True)
class ReviewView:
    """A review: four levels from 1 to 5, their mean, and the text."""

    visit_ref: str
    attitude: int
    quality: int
    response: int
    skill: int
    text: str
    created_at: datetime

    @property
    def mean(self) -> float:
        return (self.attitude + self.quality + self.response + self.skill) / 4


@dataclass(frozen=True, slots=True)
class ReviewForm:
    """What the review page shows.

    Attributes:
        is_open: the visit is signed off and not reviewed yet.
        review: what was said already.
    """

    visit_ref: str
    booking_ref: str
    item_name: str
    window: TimeSpan
    time_zone: str
    technician: CrewCard | None
    signed_off_at: datetime | None
    is_open: bool
    review: ReviewView | None


def review_form(actor: Actor, visit_ref: str) -> ReviewForm:
    """The page on which a customer reviews a visit.

    Raises:
        NotFound, Forbidden: it is not theirs to review.
    """
    visit = visit_to_review(actor, visit_ref)
    assignment = Assignment.objects.select_related("technician").filter(visit=visit, ended_at__isnull=True).first()
    review = reviews_of([visit.ref]).get(visit.ref)
    return ReviewForm(
        visit_ref=visit.ref,
        booking_ref=visit.booking_ref,
        item_name=localized(visit.item_version.name),
        window=TimeSpan(visit.window_start_at, visit.window_end_at),
        time_zone=visit.territory.time_zone,
        technician=crew_card(assignment.technician, for_customer=True) if assignment is not None else None,
        signed_off_at=visit.signed_off_at,
        is_open=visit.status == VisitStatus.SIGNED_OFF and review is None,
        review=review,
    )


def review_for(actor: Actor, visit_ref: str) -> ReviewView | None:
    """The review of a visit, for whoever may see the visit.

    Raises:
        NotFound, Forbidden: it is not theirs to see.
    """
    visit = visit_for(actor, visit_ref, Permission.VIEW_VISITS)
    return reviews_of([visit.ref]).get(visit.ref)


def reviews_of(visit_refs: Collection[str]) -> dict[str, ReviewView]:
    """Reviews by visit ref, in one query; for callers already through the visits' door."""
    rows = Review.objects.select_related("visit").filter(visit__ref__in=visit_refs)
    return {row.visit.ref: review_view(row) for row in rows}


def review_view(row: Review) -> ReviewView:
    """The frozen view of a review."""
    return ReviewView(
        visit_ref=row.visit.ref,
        attitude=row.attitude,
        quality=row.quality,
        response=row.response,
        skill=row.skill,
        text=row.text,
        created_at=row.created_at,
    )


def review_findings() -> list[str]:
    """Ratings that are not the mean of their reviews; an empty list when all is well."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT t.staff_number FROM workforce_technician t
            LEFT JOIN LATERAL (
                SELECT count(*) AS n, coalesce(sum((attitude + quality + response + skill) / 4.0), 0) AS total
                FROM reviews_review r WHERE r.technician_id = t.id
            ) r ON true
            WHERE t.rating_count <> r.n OR (r.n > 0 AND abs(t.rating_mean - (r.total + 22.5) / (r.n + 5)) > 0.001)
            """
        )
        return [f"The rating of technician {row[0]} is not that of their reviews." for row in cursor.fetchall()]
