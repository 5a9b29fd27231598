"""The plan follows what technicians do: a fact is never refused, and the rest of the route moves with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from paidan.dispatch.services.promises import plan_lock, scope_of_visit
from paidan.dispatch.standing_plan import Book, book_load, days_lock, epoch, facts_save, visit_key
from paidan.kernel.actors import Actor
from paidan.visits.access import own_visit_for, own_visit_lock
from paidan.visits.constants import VisitStatus
from paidan.visits.models import Assignment, Visit
from paidan_engine.repair import follow, place_before
from paidan_engine.solution import Route, Stop
from paidan_engine.timing import leg_seconds

SHORTEST = 60  # seconds that finished work, or what is left of paused work, counts at least


def own_plan_lock(actor: Actor, ref: str) -> tuple[Visit, Assignment]:
    """The actor's visit for a step that ``plan_follow`` will follow: its plan days are locked before itself.

    Raises:
        NotFound: the visit is not, or no longer, assigned to the actor.
        VisitTaken: its promise moved to another day meanwhile.
        Busy: others hold the plan of that day for too long.
    """
    visit, _ = own_visit_for(actor, ref)
    plan_lock(visit)
    return own_visit_lock(actor, ref)


def plan_follow(*, visit: Visit, now: datetime) -> None:
    """Bring the plan in line with the step just taken; in the transaction that locked it by ``own_plan_lock``."""
    scope = scope_of_visit(visit)
    days = days_lock([scope])
    book = book_load(scope, now=now)
    found = book.plan.find(visit_key(visit.pk))
    if found is None:
        return  # the desk assigned it beside the plan
    route, stop = found
    start, end = _times_of(visit, stop, route, book)
    fact = replace(stop, start=start, task=replace(stop.task, duration=end - start))
    facts_save(book, follow(route, fact, book.travel, book.now), days=days)


def _times_of(visit: Visit, stop: Stop, route: Route, book: Book) -> tuple[int, int]:
    """From when to when the work is expected to last, or lasted; epoch seconds."""
    now, duration = book.now, visit.duration_minutes * 60
    if visit.status == VisitStatus.EN_ROUTE:
        way = leg_seconds(book.travel, place_before(route, stop.task.key, now), stop.task.place)
        start = max(stop.task.earliest, now + way)
        return start, start + duration
    if visit.status == VisitStatus.ARRIVED:
        start = max(stop.task.earliest, now)
        return start, start + duration
    if visit.status == VisitStatus.WORKING and visit.started_at is not None:
        return _working(visit, duration, book)
    if visit.status == VisitStatus.ON_HOLD:
        return stop.start, stop.end
    if visit.status in {VisitStatus.FINISHED, VisitStatus.NOT_DONE}:
        return min(stop.start, now - SHORTEST), now
    return stop.start, stop.start + duration


def _working(visit: Visit, duration: int, book: Book) -> tuple[int, int]:
    """Work that went on after a pause counts from then on: others may have had the time between."""
    started = epoch(visit.started_at or visit.window_start_at)
    paused = visit.steps.filter(action="hold").order_by("-at", "-pk").first()
    if paused is None:
        return started, started + duration
    left = max(SHORTEST, duration - (epoch(paused.at) - started))
    return book.now, book.now + left
