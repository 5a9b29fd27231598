"""Numbers, the rows behind them, trends and rankings (S1, S5)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Avg, Count, Q
from django.db.models.functions import TruncDate

from paidan.accounts.access import require
from paidan.accounts.constants import Permission
from paidan.analytics.indicators import BY_CODE, INDICATORS, STARS, Indicator
from paidan.kernel import clock
from paidan.kernel.actors import Actor
from paidan.kernel.timespan import TimeSpan, local_date, span_of_day
from paidan.reviews.models import Review
from paidan.visits.constants import UNASSIGNED_STATES, VisitStatus
from paidan.visits.models import Visit
from paidan.workforce.constants import Grade
from paidan.workforce.models import Technician

PRIOR_STARS = 4.5
PRIOR_COUNT = 5


@dataclass(frozen=True, slots=True)
class Figure:
    """One number, the same number a period before, and where its rows are."""

    code: str
    label: str
    unit: str
    value: float | None
    before: float | None
    is_better_higher: bool | None
    opens: str

    @property
    def change(self) -> float | None:
        """Difference to the period before."""
        return None if self.value is None or self.before is None else self.value - self.before


@dataclass(frozen=True, slots=True)
class TrendDay:
    day: date
    completed: int
    revenue_minor: int


@dataclass(frozen=True, slots=True)
class RankRow:
    """A technician's place; ``score`` is the rating shrunk to the mean by its number of votes."""

    place: int
    technician_ref: str
    name: str
    staff_number: str
    grade_label: str
    completed: int
    reviews: int
    score: float


@dataclass(frozen=True, slots=True)
class OpenWork:
    """What stands open right now."""

    unassigned: int
    assigned: int
    under_way: int
    to_sign_off: int


def zone() -> ZoneInfo:
    """The installation's time zone, in which its days are counted."""
    return ZoneInfo(settings.TIME_ZONE)


def days_span(first: date, last: date) -> TimeSpan:
    """From the first local day to the end of the last."""
    return TimeSpan(span_of_day(first, zone()).start, span_of_day(last, zone()).end)


def figures(actor: Actor, *, first: date, last: date) -> tuple[Figure, ...]:
    """Every indicator over a range of local days, beside the same number of days before it.

    Raises:
        Forbidden: the actor may not see reports.
    """
    require(actor, Permission.VIEW_REPORTS)
    return tuple(figure_of(indicator, first=first, last=last) for indicator in INDICATORS)


def figure_of(indicator: Indicator, *, first: date, last: date) -> Figure:
    """One indicator over a range of local days, beside the same number of days before it."""
    length = last - first + timedelta(days=1)
    return Figure(
        code=indicator.code,
        label=str(indicator.label),
        unit=indicator.unit,
        value=_value(indicator, days_span(first, last)),
        before=_value(indicator, days_span(first - length, last - length)),
        is_better_higher=indicator.is_better_higher,
        opens=indicator.opens,
    )


def _value(indicator: Indicator, span: TimeSpan) -> float | None:
    value = indicator.rows(span).aggregate(value=indicator.value)["value"]
    return None if value is None else float(value)


def trend(actor: Actor, *, first: date, last: date) -> tuple[TrendDay, ...]:
    """Completed visits and revenue of each local day."""
    require(actor, Permission.VIEW_REPORTS)
    span = days_span(first, last)
    completed = _by_day(BY_CODE["completed"], span)
    revenue = _by_day(BY_CODE["revenue"], span)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return tuple(TrendDay(day, completed.get(day, 0), revenue.get(day, 0)) for day in days)


def _by_day(indicator: Indicator, span: TimeSpan) -> dict[date, int]:
    days = indicator.rows(span).annotate(day=TruncDate(indicator.moment, tzinfo=zone())).values("day")
    return {row["day"]: int(row["value"]) for row in days.annotate(value=indicator.value).order_by("day")}


def ranking(actor: Actor, *, first: date, last: date, count: int = 10) -> tuple[RankRow, ...]:
    """Technicians by shrunk rating, then by completed visits; those without a completed visit are not ranked."""
    require(actor, Permission.VIEW_REPORTS)
    span = days_span(first, last)
    during = Q(signed_off_at__gte=span.start, signed_off_at__lt=span.end, status=VisitStatus.SIGNED_OFF)
    done = dict(
        Visit.objects.filter(during, assignments__ended_at__isnull=True)
        .values_list("assignments__technician")
        .annotate(number=Count("pk"))
        .values_list("assignments__technician", "number")
    )
    stars = {
        row["technician"]: (row["number"], row["mean"])
        for row in Review.objects.filter(created_at__gte=span.start, created_at__lt=span.end)
        .values("technician")
        .annotate(number=Count("pk"), mean=Avg(STARS))
        .order_by()
    }
    people = Technician.objects.in_bulk(list(done))
    rows = [_rank_row(people[pk], completed, *stars.get(pk, (0, 0.0))) for pk, completed in done.items()]
    rows.sort(key=lambda row: (-row.score, -row.completed, row.staff_number))
    return tuple(replace(row, place=place) for place, row in enumerate(rows[:count], start=1))


def _rank_row(person: Technician, completed: int, votes: int, mean: float) -> RankRow:
    score = (votes * mean + PRIOR_COUNT * PRIOR_STARS) / (votes + PRIOR_COUNT)
    return RankRow(
        place=0,
        technician_ref=person.ref,
        name=person.name,
        staff_number=person.staff_number,
        grade_label=str(Grade(person.grade).label),
        completed=completed,
        reviews=votes,
        score=round(score, 2),
    )


def open_work() -> OpenWork:
    """How many visits stand open now, by what they wait for."""
    states = dict(Visit.objects.values_list("status").annotate(number=Count("pk")).values_list("status", "number"))
    return OpenWork(
        unassigned=sum(states.get(state, 0) for state in UNASSIGNED_STATES),
        assigned=sum(states.get(str(s), 0) for s in (VisitStatus.ASSIGNED, VisitStatus.ACCEPTED)),
        under_way=sum(
            states.get(str(s), 0)
            for s in (VisitStatus.EN_ROUTE, VisitStatus.ARRIVED, VisitStatus.WORKING, VisitStatus.ON_HOLD)
        ),
        to_sign_off=states.get(str(VisitStatus.FINISHED), 0),
    )


def today() -> date:
    """The installation's local day."""
    return local_date(clock.now(), zone())
