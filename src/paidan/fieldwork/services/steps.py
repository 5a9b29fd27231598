"""The technician's steps, one gesture each (G7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from paidan.customers.services import place_is_on_earth
from paidan.dispatch.services import own_plan_lock, plan_follow
from paidan.fieldwork.constants import FAR_METRES, NOTE_LONGEST
from paidan.kernel.actors import Actor
from paidan.kernel.errors import Invalid
from paidan.kernel.geo import Point, metres_between
from paidan.kernel.plain_text import text_fault
from paidan.kernel.settings import UNDO_SECONDS
from paidan.kernel.timespan import local_date, span_of_day
from paidan.visits.constants import UNDOABLE, HoldReason
from paidan.visits.models import Assignment, Visit
from paidan.visits.services import Crew, visit_move
from paidan.workforce.models import Shift


@dataclass(frozen=True, slots=True)
class StepDone:
    """What a step led to.

    Attributes:
        undo_until: until when the same technician may take it back; ``None`` when they may not.
        is_far: for an arrival with a position: whether it was far from the door.
    """

    visit_ref: str
    status: str
    at: datetime
    undo_until: datetime | None
    is_far: bool | None = None


def crew_of(assignment: Assignment) -> Crew:
    """Whom a step of this assignment concerns."""
    return Crew(assignment.technician_id, assignment.technician.user_id)


def step_take(
    visit: Visit,
    assignment: Assignment,
    action: str,
    *,
    actor: Actor,
    now: datetime,
    data: Mapping[str, object] | None = None,
    changes: Mapping[str, object] | None = None,
) -> StepDone:
    """Take a step of the visit's table as its technician; the plan, locked by ``own_plan_lock``, follows.

    Raises:
        TransitionRefused, VisitTaken: the visit is not, or no longer, where the step leaves from.
    """
    visit_move(visit, action, actor=actor, now=now, crew=crew_of(assignment), data=data, changes=changes)
    plan_follow(visit=visit, now=now)
    seconds = UNDO_SECONDS.value() if action in UNDOABLE else 0
    return StepDone(
        visit_ref=visit.ref,
        status=visit.status,
        at=now,
        undo_until=now + timedelta(seconds=seconds) if seconds else None,
    )


@transaction.atomic
def visit_depart(*, visit_ref: str, actor: Actor, now: datetime) -> StepDone:
    """Set out.

    Raises:
        NotFound: the visit is not assigned to the actor.
        TransitionRefused, VisitTaken: it is not accepted (any more).
    """
    visit, assignment = own_plan_lock(actor, visit_ref)
    return step_take(visit, assignment, "depart", actor=actor, now=now)


@transaction.atomic
def visit_arrive(*, visit_ref: str, actor: Actor, now: datetime, position: Point | None = None) -> StepDone:
    """Check in at the door. A position far from it is noted, not refused: maps and phones err.

    Raises:
        NotFound: the visit is not assigned to the actor.
        Invalid: the position is none; the field is ``position``.
        TransitionRefused, VisitTaken: nobody is on the way.
    """
    if position is not None and not place_is_on_earth(position):
        raise Invalid(fields={"position": _("This is not a place on the map.")})
    visit, assignment = own_plan_lock(actor, visit_ref)
    is_far = None
    data: dict[str, object] = {}
    if position is not None:
        distance = round(metres_between(position, Point(visit.lat, visit.lng)))
        is_far = distance > FAR_METRES
        data = {"distance_metres": distance, "far": is_far}
    done = step_take(visit, assignment, "arrive", actor=actor, now=now, data=data)
    return StepDone(done.visit_ref, done.status, done.at, done.undo_until, is_far)


@transaction.atomic
def visit_start(*, visit_ref: str, actor: Actor, now: datetime) -> StepDone:
    """Begin the work.

    Raises:
        NotFound: the visit is not assigned to the actor.
        TransitionRefused, VisitTaken: nobody has arrived.
    """
    visit, assignment = own_plan_lock(actor, visit_ref)
    return step_take(visit, assignment, "start", actor=actor, now=now)


@transaction.atomic
def visit_hold(
    *, visit_ref: str, reason: str, resume_at: datetime, actor: Actor, now: datetime, text: str = ""
) -> StepDone:
    """Pause the work, within the shift.

    Raises:
        NotFound: the visit is not assigned to the actor.
        Invalid: the reason is unknown, or the time to resume is past or after the shift.
        TransitionRefused, VisitTaken: no work is going on.
    """
    visit, assignment = own_plan_lock(actor, visit_ref)
    faults = reason_faults(reason, text, allowed=HoldReason.values, other=HoldReason.OTHER)
    latest = _shift_end(visit, assignment, now)
    if not now < resume_at <= latest:
        faults["resume_at"] = _("Please choose a time before your shift ends.")
    if faults:
        raise Invalid(fields=faults)
    data = {"reason": reason, "text": text.strip(), "resume_at": resume_at.isoformat()}
    return step_take(visit, assignment, "hold", actor=actor, now=now, data=data, changes={"resume_at": resume_at})


@transaction.atomic
def visit_resume(*, visit_ref: str, actor: Actor, now: datetime) -> StepDone:
    """Go on with the work.

    Raises:
        NotFound: the visit is not assigned to the actor.
        TransitionRefused, VisitTaken: the work is not on hold.
    """
    visit, assignment = own_plan_lock(actor, visit_ref)
    return step_take(visit, assignment, "resume", actor=actor, now=now)


def reason_faults(reason: str, text: str, *, allowed: list[str], other: str) -> dict[str, str]:
    """What is wrong with a reason from a list and the words beside it, by field."""
    faults: dict[str, str] = {}
    if reason not in allowed:
        faults["reason"] = _("Please choose a reason.")
    fault = text_fault(text, longest=NOTE_LONGEST)
    if not fault and reason == other and not text.strip():
        fault = _("Please say in a few words why.")
    if fault:
        faults["text"] = fault
    return faults


def _shift_end(visit: Visit, assignment: Assignment, now: datetime) -> datetime:
    """When the running shift ends; whoever works without one has until the end of the local day."""
    running = Shift.objects.filter(technician=assignment.technician_id, span__contains=now).first()
    if running is not None:
        shift_end: datetime = running.span.upper
        return shift_end
    zone = ZoneInfo(visit.territory.time_zone)
    return span_of_day(local_date(now, zone), zone).end
