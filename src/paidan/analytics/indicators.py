"""What is measured: each indicator is a set of rows and one way to sum them up.

A figure is computed from exactly the rows it opens, so the two cannot disagree (S5).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import (
    Avg,
    Case,
    Count,
    Exists,
    F,
    FloatField,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Sum,
    Value,
    When,
)
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from paidan.billing.models import Charge
from paidan.booking.models import Booking
from paidan.kernel.timespan import TimeSpan
from paidan.reviews.models import Review
from paidan.visits.constants import AssignmentSource, VisitStatus
from paidan.visits.models import Assignment, Visit

Rows = QuerySet[Any, Any]


@dataclass(frozen=True, slots=True)
class Indicator:
    """One number on the dashboard.

    Attributes:
        unit: ``count``, ``percent``, ``money`` (minor units) or ``stars``.
        is_better_higher: which way is good news; ``None`` when neither is.
        rows: the rows of a span of time, each once.
        value: one aggregate expression over those rows.
        moment: the field that puts a row into the span.
        opens: what kind of rows they are: ``visits``, ``bookings``, ``charges`` or ``reviews``.
        counts: for a share: whether one row counts towards it; the same rule as in ``value``.
    """

    code: str
    label: StrOrPromise
    unit: str
    is_better_higher: bool | None
    rows: Callable[[TimeSpan], Rows]
    value: Any
    moment: str
    opens: str
    counts: Callable[[Any], bool] | None = None


def _during(field: str, span: TimeSpan) -> Q:
    return Q(**{f"{field}__gte": span.start, f"{field}__lt": span.end})


def _share(condition: Q) -> Any:
    """Percentage of the rows for which a condition holds."""
    return Avg(Case(When(condition, then=Value(100.0)), default=Value(0.0), output_field=FloatField()))


def _completed(span: TimeSpan) -> Rows:
    return Visit.objects.filter(_during("signed_off_at", span), status=VisitStatus.SIGNED_OFF)


_AUTOMATIC = Assignment.objects.filter(visit=OuterRef("pk"), ended_at__isnull=True, source=AssignmentSource.AUTOMATIC)
STARS = (F("attitude") + F("quality") + F("response") + F("skill")) / Value(4.0, output_field=FloatField())

INDICATORS: tuple[Indicator, ...] = (
    Indicator(
        code="bookings",
        label=_("Bookings received"),
        unit="count",
        is_better_higher=True,
        rows=lambda span: Booking.objects.filter(_during("created_at", span)),
        value=Count("pk"),
        moment="created_at",
        opens="bookings",
    ),
    Indicator(
        code="completed",
        label=_("Visits completed"),
        unit="count",
        is_better_higher=True,
        rows=_completed,
        value=Count("pk"),
        moment="signed_off_at",
        opens="visits",
    ),
    Indicator(
        code="completion_rate",
        label=_("Completion rate"),
        unit="percent",
        is_better_higher=True,
        rows=lambda span: Visit.objects.filter(
            _during("closed_at", span),
            status__in=(VisitStatus.SIGNED_OFF, VisitStatus.NOT_DONE, VisitStatus.CANCELLED),
        ),
        value=_share(Q(status=VisitStatus.SIGNED_OFF)),
        moment="closed_at",
        opens="visits",
        counts=lambda visit: visit.status == VisitStatus.SIGNED_OFF,
    ),
    Indicator(
        code="on_time",
        label=_("Arrived on time"),
        unit="percent",
        is_better_higher=True,
        rows=lambda span: Visit.objects.filter(_during("arrived_at", span)),
        value=_share(Q(arrived_at__lte=F("window_end_at"))),
        moment="arrived_at",
        opens="visits",
        counts=lambda visit: visit.arrived_at <= visit.window_end_at,
    ),
    Indicator(
        code="automatic",
        label=_("Assigned automatically"),
        unit="percent",
        is_better_higher=None,
        rows=lambda span: _completed(span).annotate(is_automatic=Exists(_AUTOMATIC)),
        value=_share(Q(is_automatic=True)),
        moment="signed_off_at",
        opens="visits",
        counts=lambda visit: visit.is_automatic,
    ),
    Indicator(
        code="revenue",
        label=_("Revenue"),
        unit="money",
        is_better_higher=True,
        rows=lambda span: Charge.objects.filter(_during("created_at", span)),
        value=Sum("total_minor", default=0, output_field=IntegerField()),
        moment="created_at",
        opens="charges",
    ),
    Indicator(
        code="rating",
        label=_("Customer rating"),
        unit="stars",
        is_better_higher=True,
        rows=lambda span: Review.objects.filter(_during("created_at", span)),
        value=Avg(STARS),
        moment="created_at",
        opens="reviews",
    ),
)
BY_CODE = {indicator.code: indicator for indicator in INDICATORS}
