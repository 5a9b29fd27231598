"""Promises: short writers on the standing plan (DISPATCH §4)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection
from django.db.models import F

from paidan.dispatch.constants import GIVEN_BACK, HoldStatus, OfferStatus
from paidan.dispatch.errors import HoldLapsed
from paidan.dispatch.events import PromiseAtRisk
from paidan.dispatch.models import Offer, PlanDay, SlotHold
from paidan.dispatch.services.holding import FIT_STEPS, SlotLost, scope_of_hold
from paidan.dispatch.slots import Need, need_of, reserve_allows, spare_of_scope
from paidan.dispatch.standing_plan import (
    LockedDays,
    PlanScope,
    book_load,
    book_save,
    days_lock,
    scope_of,
    stop_drop,
    visit_key,
)
from paidan.kernel.geo import Point
from paidan.kernel.locking import busy_on_lock_timeout
from paidan.kernel.outbox import publish
from paidan.kernel.timespan import TimeSpan
from paidan.visits.constants import is_urgent
from paidan.visits.errors import VisitTaken
from paidan.visits.models import Visit
from paidan.visits.services import Crew, assignment_end, visit_window_move
from paidan.worklist.constants import WorkKind
from paidan.worklist.services import work_open
from paidan_engine.problem import Task
from paidan_engine.repair import Refusal, fit


def promise_make(*, visit: Visit, hold: SlotHold | None, now: datetime) -> None:
    """Back a visit's promised window by the plan; runs in the caller's transaction.

    A live hold's place passes to the visit; without one (or after it lapsed) a place is sought anew.

    Raises:
        SlotLost: no plan holds it any more; the caller's transaction goes inside ``nearest_named``.
    """
    window = TimeSpan(visit.window_start_at, visit.window_end_at)
    scope = scope_of(visit.territory_id, visit.territory.time_zone, window)
    with busy_on_lock_timeout():
        days = days_lock([scope])
    if hold is not None and _hold_pass_on(hold, visit, now):
        return
    book = book_load(scope, now=now)
    need = _need_of_visit(visit)
    if not reserve_allows(need, visit.territory, spare_of_scope(book, scope)):
        raise SlotLost(need, visit.territory, window, now)
    plan = fit(book.plan, task_of_visit(visit), book.travel, book.now, budget=FIT_STEPS)
    if isinstance(plan, Refusal):
        raise SlotLost(need, visit.territory, window, now)
    book_save(book, plan, days=days)


def _hold_pass_on(hold: SlotHold, visit: Visit, now: datetime) -> bool:
    used = SlotHold.objects.filter(pk=hold.pk, status=HoldStatus.LIVE, expires_at__gt=now).update(
        status=HoldStatus.USED
    )
    if not used:
        return False
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH stop AS (
                UPDATE dispatch_planstop SET hold_id = NULL, visit_id = %(visit)s WHERE hold_id = %(hold)s
                RETURNING plan_day_id, start_at, end_at
            ), day AS (
                UPDATE dispatch_planday d SET version = version + 1 FROM stop WHERE d.id = stop.plan_day_id
            )
            UPDATE visits_visit v SET planned_start_at = stop.start_at, planned_end_at = stop.end_at
              FROM stop WHERE v.id = %(visit)s
            """,
            {"visit": visit.pk, "hold": hold.pk},
        )
        return bool(cursor.rowcount == 1)


def _need_of_visit(visit: Visit) -> Need:
    """What was sold along with the item takes its time, too."""
    return need_of(
        visit.item_version,
        Point(visit.lat, visit.lng),
        extra_minutes=max(0, visit.duration_minutes - visit.item_version.duration_minutes),
        is_urgent=is_urgent(visit.urgency),
    )


def task_of_visit(visit: Visit) -> Task:
    """The visit as the engine sees it, when it is not in the plan yet."""
    need = need_of(visit.item_version, Point(visit.lat, visit.lng))
    gone = visit.assignments.filter(end_reason__in=GIVEN_BACK).values_list("technician_id", flat=True)
    task = need.task(TimeSpan(visit.window_start_at, visit.window_end_at), visit_key(visit.pk))
    return Task(
        key=task.key,
        place=task.place,
        earliest=task.earliest,
        latest=task.latest,
        duration=visit.duration_minutes * 60,
        skills=task.skills,
        excluded=frozenset(gone),
    )


def scope_of_visit(visit: Visit) -> PlanScope:
    window = TimeSpan(visit.window_start_at, visit.window_end_at)
    return scope_of(visit.territory_id, visit.territory.time_zone, window)


def plan_lock(visit: Visit, *further: PlanScope) -> LockedDays:
    """Lock the plan days of a visit's promise, and of further scopes; then see that the promise is still there.

    Raises:
        VisitTaken: it moved to another day meanwhile, which is not locked.
        Busy: others hold the plan of that day for too long.
    """
    scope = scope_of_visit(visit)
    with busy_on_lock_timeout():
        days = days_lock([scope, *further])
    visit.refresh_from_db(fields=("window_start_at", "window_end_at"))
    if scope_of_visit(visit) != scope:
        raise VisitTaken(facts={"visit": visit.ref})
    return days


def promise_drop(*, visit: Visit, now: datetime, reason: str = "cancelled") -> Crew | None:
    """Take a visit out of the plan: its stop, its commitment, its offer, its assignment.

    Returns:
        Who was assigned, so that they can be told.

    Raises:
        VisitTaken: the promise moved to another day meanwhile.
    """
    plan_lock(visit)
    Offer.objects.filter(visit=visit, status=OfferStatus.OPEN).update(status=OfferStatus.WITHDRAWN, closed_at=now)
    ended = assignment_end(visit_id=visit.pk, reason=reason, now=now)
    stop_drop(visit_id=visit.pk)
    _version_bump(visit)
    return Crew(ended.technician_id, ended.technician.user_id) if ended is not None else None


def _version_bump(visit: Visit) -> None:
    scope = scope_of_visit(visit)
    PlanDay.objects.filter(territory_id=scope.territory_id, service_date__in=scope.dates).update(
        version=F("version") + 1
    )


def promise_move(*, visit: Visit, hold: SlotHold, release_at: datetime, now: datetime) -> Crew | None:
    """Move a promise to the window of a hold: nothing of the old place stays.

    Returns:
        Who was assigned before, so that they can be told.

    Raises:
        HoldLapsed: the hold's time is over.
        VisitTaken: the promise moved to another day meanwhile.
    """
    plan_lock(visit, scope_of_hold(hold))
    Offer.objects.filter(visit=visit, status=OfferStatus.OPEN).update(status=OfferStatus.WITHDRAWN, closed_at=now)
    ended = assignment_end(visit_id=visit.pk, reason="rescheduled", now=now)
    crew = Crew(ended.technician_id, ended.technician.user_id) if ended is not None else None
    stop_drop(visit_id=visit.pk)
    visit_window_move(
        visit,
        window=TimeSpan(hold.window_start_at, hold.window_end_at),
        release_at=release_at,
        crew=crew,
        now=now,
    )
    if not _hold_pass_on(hold, visit, now):
        raise HoldLapsed
    return crew


def promise_replan(*, visit: Visit, now: datetime) -> bool:
    """Find a place for a promised visit that has lost its technician; the days are locked by the caller.

    Without one the promise is at risk: the desk is told, with a clock.
    """
    if promise_place(visit=visit, now=now):
        return True
    promise_at_risk(visit, now=now)
    return False


def promise_place(*, visit: Visit, now: datetime) -> bool:
    """Give a promised visit a place in the plan instead of the one it has, if there is any; the days are locked."""
    scope = scope_of_visit(visit)
    days = days_lock([scope])
    stop_drop(visit_id=visit.pk)
    book = book_load(scope, now=now)
    plan = fit(book.plan, task_of_visit(visit), book.travel, book.now, budget=FIT_STEPS)
    if isinstance(plan, Refusal):
        return False
    book_save(book, plan, days=days)
    return True


def promise_at_risk(visit: Visit, *, now: datetime) -> None:
    """Tell the desk that a promise has no plan."""
    work_open(
        kind=WorkKind.PROMISE_AT_RISK,
        subject_ref=visit.ref,
        territory_id=visit.territory_id,
        facts={"window_start": visit.window_start_at.isoformat()},
        due_at=min(visit.window_start_at, now + timedelta(minutes=30)),
        now=now,
    )
    publish(
        PromiseAtRisk(
            visit_id=visit.pk,
            visit_ref=visit.ref,
            territory_id=visit.territory_id,
            topics=(f"desk:{visit.territory_id}",),
            refs=(visit.ref,),
        )
    )
