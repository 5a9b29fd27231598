"""Visits as parts of an order, and as the desk sees them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from paidan.accounts.constants import RoleCode
from paidan.booking.labels import visit_shown
from paidan.booking.selectors.crew import crew_card
from paidan.booking.selectors.views import Arrival, VisitCard
from paidan.dispatch.models import PlanStop
from paidan.files.selectors import FileView, files_of_many
from paidan.kernel.timespan import TimeSpan
from paidan.visits.constants import VISIT_TABLE, VisitStatus
from paidan.visits.models import Assignment, Visit

_EXPECTED = frozenset({VisitStatus.ASSIGNED, VisitStatus.ACCEPTED})


@dataclass(frozen=True, slots=True)
class _Beside:
    """What visits are shown with."""

    assignments: Mapping[int, Assignment]
    photos: Mapping[str, tuple[FileView, ...]]
    way_seconds: Mapping[int, int]


def visit_cards(
    visits: Sequence[Visit], assignments: Mapping[int, Assignment], *, for_customer: bool, now: datetime
) -> tuple[VisitCard, ...]:
    """The trips behind an order; two queries."""
    beside = _Beside(assignments, files_of_many([visit.ref for visit in visits]), way_seconds_of(visits))
    return tuple(_card(visit, beside, for_customer=for_customer, now=now) for visit in visits)


def way_seconds_of(visits: Sequence[Visit]) -> dict[int, int]:
    """Planned travel to each visit from the technician's place before, by visit id; one query."""
    ids = [visit.pk for visit in visits]
    return dict(PlanStop.objects.filter(visit__in=ids).values_list("visit_id", "travel_seconds"))


def arrival_of(visit: Visit, way_seconds: int | None, *, now: datetime) -> Arrival:
    """When to expect the technician.

    On the way it is worked out from the straight line to the door (labelled an estimate); before that it is
    the planned start, once somebody is assigned.
    """
    if visit.arrived_at is not None:
        return Arrival(visit.arrived_at, is_estimate=False, arrived_at=visit.arrived_at)
    if visit.status == VisitStatus.EN_ROUTE and visit.departed_at is not None and way_seconds is not None:
        expected = max(now, visit.departed_at + timedelta(seconds=way_seconds))
        return Arrival(expected, is_estimate=True, arrived_at=None)
    if VisitStatus(visit.status) in _EXPECTED:
        return Arrival(visit.planned_start_at, is_estimate=False, arrived_at=None)
    return Arrival(None, is_estimate=False, arrived_at=None)


def _card(visit: Visit, beside: _Beside, *, for_customer: bool, now: datetime) -> VisitCard:
    shown = visit_shown(visit.status, for_customer=for_customer)
    assignment = beside.assignments.get(visit.pk)
    role = RoleCode.CUSTOMER if for_customer else RoleCode.CUSTOMER_SERVICE
    return VisitCard(
        ref=visit.ref,
        status=visit.status,
        status_label=shown.label,
        tone=shown.tone,
        technician=(crew_card(assignment.technician, for_customer=for_customer) if assignment is not None else None),
        window=TimeSpan(visit.window_start_at, visit.window_end_at),
        arrival=arrival_of(visit, beside.way_seconds.get(visit.pk), now=now),
        departed_at=visit.departed_at,
        started_at=visit.started_at,
        resume_at=visit.resume_at,
        finished_at=visit.finished_at,
        signed_off_at=visit.signed_off_at,
        photos=beside.photos.get(visit.ref, ()),
        actions=VISIT_TABLE.actions_from(visit.status, str(role)),
    )
