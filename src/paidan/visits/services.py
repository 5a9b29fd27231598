"""Every write on a visit goes through ``visit_move``: one conditional update, one step, one event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from paidan.kernel.actors import Actor, ActorKind
from paidan.kernel.errors import Forbidden, Invalid
from paidan.kernel.outbox import publish
from paidan.kernel.timespan import TimeSpan
from paidan.visits.constants import VISIT_TABLE, AssignmentSource, VisitStatus
from paidan.visits.errors import VisitTaken
from paidan.visits.events import VisitCreated, VisitMoved, VisitRescheduled
from paidan.visits.models import Assignment, Visit, VisitStep

STAMPS = {
    "assign": ("assigned_at",),
    "grab": ("assigned_at", "accepted_at"),
    "accept": ("accepted_at",),
    "depart": ("departed_at",),
    "arrive": ("arrived_at",),
    "start": ("started_at",),
    "finish": ("finished_at",),
    "sign_off": ("signed_off_at", "closed_at"),
    "fail": ("closed_at",),
    "cancel": ("closed_at",),
}
CLEARED = {
    "decline": ("assigned_at", "accept_by_at"),
    "lapse": ("assigned_at", "accept_by_at"),
    "release": ("assigned_at", "accepted_at", "departed_at", "accept_by_at"),
    "accept": ("accept_by_at",),
    "resume": ("resume_at",),
    "undo_depart": ("departed_at",),
    "undo_arrive": ("arrived_at",),
    "undo_start": ("started_at",),
    "undo_hold": ("resume_at",),
    "undo_finish": ("finished_at",),
}


@dataclass(frozen=True, slots=True)
class Crew:
    """Whom a step concerns, for the event and its topics."""

    technician_id: int
    user_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NewVisit:
    """What a visit needs to exist; places in WGS-84, pay in minor units."""

    booking_ref: str
    customer_id: int
    item_version_id: int
    territory_id: int
    urgency: str
    description: str
    contact_name: str
    contact_phone: str
    district: str
    address_text: str
    door: str
    lat: float
    lng: float
    window: TimeSpan
    duration_minutes: int
    pay_minor: int
    release_at: datetime


def visit_create(new: NewVisit, *, now: datetime) -> Visit:
    """Create a pending visit; the caller has put its promise into the plan."""
    fields: dict[str, Any] = {name: getattr(new, name) for name in NewVisit.__slots__ if name != "window"}
    visit = Visit.objects.create(
        **fields, window_start_at=new.window.start, window_end_at=new.window.end, created_at=now
    )
    publish(
        VisitCreated(
            visit_id=visit.pk,
            visit_ref=visit.ref,
            booking_ref=visit.booking_ref,
            territory_id=visit.territory_id,
            topics=(f"desk:{visit.territory_id}",),
            refs=(visit.ref, visit.booking_ref),
        )
    )
    return visit


def visit_move(
    visit: Visit,
    action: str,
    *,
    actor: Actor,
    now: datetime,
    crew: Crew | None = None,
    data: Mapping[str, object] | None = None,
    changes: Mapping[str, object] | None = None,
) -> Visit:
    """Take one step of the visit's table.

    Args:
        visit: as the caller read it; its status is the state the step leaves from.
        crew: the technician the step concerns.
        data: kept with the step (reason, text, place); what the edge requires must be there.
        changes: further columns to write with the step.

    Raises:
        TransitionRefused: no such step from this state.
        Forbidden: the actor's role does not take this step.
        Invalid: data the step requires is missing.
        VisitTaken: another change was first.
    """
    edge = VISIT_TABLE.edge(action, visit.status)
    role = "link" if actor.kind is ActorKind.LINK else actor.role
    if role not in edge.roles:
        raise Forbidden(facts={"action": action})
    facts = dict(data or {})
    missing = {name: _("Please fill in this field.") for name in edge.requires if not facts.get(name)}
    if missing:
        raise Invalid(fields=missing)

    columns: dict[str, Any] = {"status": edge.target, **(changes or {})}
    columns.update(dict.fromkeys(STAMPS.get(action, ()), now))
    columns.update(dict.fromkeys(CLEARED.get(action, ())))
    if Visit.objects.filter(pk=visit.pk, status=visit.status).update(**columns) != 1:
        raise VisitTaken(facts={"visit": visit.ref})
    source = visit.status
    for name, value in columns.items():
        setattr(visit, name, value)
    VisitStep.objects.create(
        visit_id=visit.pk,
        action=action,
        source=source,
        target=edge.target,
        actor_key=actor.key,
        actor_role=role,
        data=facts,
        at=now,
    )
    publish(_moved(visit, action=action, source=source, actor=actor, role=role, crew=crew))
    return visit


HALL_ACTIONS = frozenset({"offer", "withdraw", "grab", "assign", "cancel"})


def topics_of(visit: Visit, crew: Crew | None = None, *, hall: bool = False) -> tuple[str, ...]:
    """Whose screens show this visit."""
    topics = [f"visit:{visit.pk}", f"desk:{visit.territory_id}", "office"]
    if visit.customer.user_id is not None:
        topics.append(f"user:{visit.customer.user_id}")
    if crew is not None:
        topics.append(f"user:{crew.user_id}")
    if hall:
        topics.append(f"hall:{visit.territory_id}")
    return tuple(topics)


def _moved(visit: Visit, *, action: str, source: str, actor: Actor, role: str, crew: Crew | None) -> VisitMoved:
    return VisitMoved(
        visit_id=visit.pk,
        visit_ref=visit.ref,
        booking_ref=visit.booking_ref,
        territory_id=visit.territory_id,
        action=action,
        source=source,
        target=visit.status,
        actor_key=actor.key,
        actor_role=role,
        technician_id=crew.technician_id if crew else None,
        topics=topics_of(visit, crew, hall=action in HALL_ACTIONS or source == VisitStatus.OFFERED),
        refs=(visit.ref, visit.booking_ref),
    )


def assignment_create(*, visit_id: int, technician_id: int, source: AssignmentSource, now: datetime) -> Assignment:
    """Give the visit's seat to a technician; the database allows one live assignment a seat."""
    return Assignment.objects.create(visit_id=visit_id, technician_id=technician_id, source=source, created_at=now)


def assignment_end(*, visit_id: int, reason: str, now: datetime, text: str = "") -> Assignment | None:
    """End the live assignment of a visit, if there is one."""
    assignment = (
        Assignment.objects.select_for_update(of=("self",))
        .select_related("technician")
        .filter(visit_id=visit_id, ended_at__isnull=True)
        .first()
    )
    if assignment is not None:
        assignment.ended_at, assignment.end_reason, assignment.end_text = now, reason, text[:500]
        assignment.save(update_fields=("ended_at", "end_reason", "end_text"))
    return assignment


def visit_window_move(
    visit: Visit, *, window: TimeSpan, release_at: datetime, crew: Crew | None, now: datetime
) -> None:
    """Change the promised window of a visit that nobody has set out for.

    Raises:
        VisitTaken: its state changed meanwhile.
    """
    before = visit.window_start_at
    changed = Visit.objects.filter(pk=visit.pk, status=visit.status).update(
        window_start_at=window.start, window_end_at=window.end, release_at=release_at
    )
    if changed != 1:
        raise VisitTaken(facts={"visit": visit.ref})
    visit.window_start_at, visit.window_end_at = window.start, window.end
    VisitStep.objects.create(
        visit_id=visit.pk,
        action="reschedule",
        source=visit.status,
        target=visit.status,
        actor_key="system",
        actor_role="system",
        data={"from": before.isoformat(), "to": window.start.isoformat()},
        at=now,
    )
    publish(
        VisitRescheduled(
            visit_id=visit.pk,
            visit_ref=visit.ref,
            booking_ref=visit.booking_ref,
            technician_id=crew.technician_id if crew else None,
            topics=topics_of(visit, crew, hall=True),
            refs=(visit.ref, visit.booking_ref),
        )
    )


def planned_times_write(times: Mapping[int, tuple[datetime, datetime]]) -> None:
    """Keep the planned start and end of visits by id, for lists and boards."""
    for visit_id, (start_at, end_at) in times.items():
        Visit.objects.filter(pk=visit_id).exclude(planned_start_at=start_at, planned_end_at=F("planned_end_at")).update(
            planned_start_at=start_at, planned_end_at=end_at
        )
