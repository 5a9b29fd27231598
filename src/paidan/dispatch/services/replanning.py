"""What the plan does when the crew's time changes: promises without a place find another, or the desk hears of them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from paidan.dispatch.constants import HoldStatus
from paidan.dispatch.models import PlanStop, SlotHold
from paidan.dispatch.services.assigning import work_settle
from paidan.dispatch.services.promises import promise_at_risk, promise_place, scope_of_visit
from paidan.dispatch.standing_plan import PlanScope, book_load, days_lock, hold_key, stop_drop, visit_key
from paidan.kernel.locking import busy_on_lock_timeout
from paidan.kernel.timespan import TimeSpan, span_of_day
from paidan.visits.constants import VisitStatus
from paidan.visits.models import Visit
from paidan.workforce.models import Shift, Territory
from paidan_engine.verify import verify_day_plan

UNASSIGNED = (VisitStatus.PENDING, VisitStatus.OFFERED)
NIGHT = timedelta(hours=12)
ONE_DAY = timedelta(days=1)


def availability_follow(*, technician_id: int, span: TimeSpan, now: datetime) -> int:
    """A technician has more or less time: look at each day whose shifts it concerns; twice changes nothing more.

    Returns:
        How many promises have lost their place for good.
    """
    shifts = Shift.objects.filter(technician=technician_id, span__overlap=span.as_range(), span__endswith__gt=now)
    days = sorted(set(shifts.values_list("territory_id", "service_date")))
    return sum(_day_replan(territory_id, day, technician_id, now) for territory_id, day in days)


@transaction.atomic
def _day_replan(territory_id: int, day: date, technician_id: int, now: datetime) -> int:
    """Take out what the technician cannot serve any more, and place it, and whatever had no place, anew."""
    territory = Territory.objects.get(pk=territory_id)
    scope = PlanScope(territory_id, territory.time_zone, (day,))
    # Windows that a shift of this day may serve are planned over at most these three days.
    around = PlanScope(territory_id, territory.time_zone, (day - ONE_DAY, day, day + ONE_DAY))
    with busy_on_lock_timeout():
        days_lock([around])
    homeless = _without_place(scope)
    broken = _taken_out(scope, _stops_of(scope, technician_id), technician_id, now)
    lost = [visit for visit in broken if not promise_place(visit=visit, now=now)]
    for visit in lost:
        promise_at_risk(visit, now=now)
    for visit in homeless:
        if promise_place(visit=visit, now=now):
            work_settle(visit, now=now)
    return len(lost)


def _stops_of(scope: PlanScope, technician_id: int) -> list[PlanStop]:
    """What is planned on the technician's shifts of the day and assigned to nobody."""
    return list(
        PlanStop.objects.select_related("visit__territory", "visit__item_version").filter(
            plan_day__territory=scope.territory_id,
            shift__service_date=scope.dates[-1],
            shift__technician=technician_id,
            pinned=False,
        )
    )


def _without_place(scope: PlanScope) -> list[Visit]:
    """Promised visits of the day that nobody is assigned to and no plan holds."""
    day = span_of_day(scope.dates[-1], ZoneInfo(scope.zone))
    rows = Visit.objects.select_related("territory", "item_version").filter(
        territory=scope.territory_id,
        status__in=UNASSIGNED,
        planned_start_at__isnull=True,
        window_start_at__gte=day.start,
        window_start_at__lt=day.end + NIGHT,
    )
    return [visit for visit in rows.order_by("window_end_at", "pk") if scope.dates[-1] in scope_of_visit(visit).dates]


def _taken_out(scope: PlanScope, stops: list[PlanStop], technician_id: int, now: datetime) -> list[Visit]:
    """Free the places the technician cannot keep; the visits that stood there, the most pressing first.

    A hold that loses its place ends: whoever fills in the form is asked to choose once more.
    """
    book = book_load(scope, now=now)
    on_duty = {route.shift.id for route in book.plan if route.shift.technician == technician_id}
    wrong = {violation.subject for violation in verify_day_plan(book.plan, book.travel, book.now).violations}
    visits = []
    for stop in stops:
        key = visit_key(stop.visit_id) if stop.visit_id is not None else hold_key(stop.hold_id or 0)
        if key not in wrong and f"shift {stop.shift_id}" not in wrong and stop.shift_id in on_duty:
            continue
        SlotHold.objects.filter(pk=stop.hold_id or 0, status=HoldStatus.LIVE).update(status=HoldStatus.LAPSED)
        stop_drop(visit_id=stop.visit_id, hold_id=stop.hold_id)
        if stop.visit is not None and stop.visit.status in UNASSIGNED:
            visits.append(stop.visit)
    return sorted(visits, key=lambda visit: (visit.window_end_at, visit.pk))
