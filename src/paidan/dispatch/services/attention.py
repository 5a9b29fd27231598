"""What time alone makes a matter for the desk: work that only a person assigns, and promises whose time has passed."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from paidan.catalog.constants import DispatchMode
from paidan.kernel.actors import SYSTEM
from paidan.kernel.clocks import each_due
from paidan.visits.constants import NOT_BEGUN, UNASSIGNED_STATES, VisitStatus
from paidan.visits.models import Visit
from paidan.worklist.constants import WorkKind, WorkStatus
from paidan.worklist.models import WorkItem
from paidan.worklist.services import work_open, works_close

BATCH = 100
ASSIGN_WITHIN = timedelta(minutes=30)


def attention_tick(now: datetime) -> None:
    """Open what the desk must see by now, and close what has settled itself; a clock of the worker."""
    each_due(_to_assign(now), lambda visit: _ask_to_assign(visit, now), name="visits_to_assign")
    each_due(_late(now), lambda visit: _tell_late(visit, now), name="visits_late")
    each_due(_settled(now), lambda work: _close(work, now), name="attention_settled")


def _to_assign(now: datetime) -> QuerySet[Visit]:
    """Visits of a service that the desk assigns itself."""
    waiting = Visit.objects.filter(
        status=VisitStatus.PENDING, release_at__lte=now, item_version__mode=DispatchMode.MANUAL
    )
    return _unasked(waiting, WorkKind.TO_ASSIGN, since="release_at")


def _late(now: datetime) -> QuerySet[Visit]:
    late = Visit.objects.filter(status__in=NOT_BEGUN, window_end_at__lt=now)
    return _unasked(late, WorkKind.LATE, since="window_end_at")


def _unasked(visits: QuerySet[Visit], kind: WorkKind, *, since: str) -> QuerySet[Visit]:
    """Those nobody was asked about since it was due: an item that a person has settled is not opened again."""
    asked = WorkItem.objects.filter(kind=kind, subject_ref=OuterRef("ref"), created_at__gte=OuterRef(since))
    return visits.exclude(Exists(asked)).order_by("window_end_at")[:BATCH]


def _ask_to_assign(visit: Visit, now: datetime) -> None:
    work_open(
        kind=WorkKind.TO_ASSIGN,
        subject_ref=visit.ref,
        territory_id=visit.territory_id,
        facts={"window_start": visit.window_start_at.isoformat()},
        due_at=min(visit.window_start_at, now + ASSIGN_WITHIN),
        now=now,
    )


def _tell_late(visit: Visit, now: datetime) -> None:
    work_open(
        kind=WorkKind.LATE,
        subject_ref=visit.ref,
        territory_id=visit.territory_id,
        facts={"window_end": visit.window_end_at.isoformat()},
        due_at=now,
        now=now,
    )


def _settled(now: datetime) -> QuerySet[WorkItem]:
    """Open items whose visit has been assigned, or begun, cancelled or promised for later."""
    visits = Visit.objects.filter(ref=OuterRef("subject_ref"))
    items = WorkItem.objects.filter(status=WorkStatus.OPEN, kind__in=(WorkKind.TO_ASSIGN, WorkKind.LATE)).annotate(
        visit_status=Subquery(visits.values("status")[:1]), promised_until=Subquery(visits.values("window_end_at")[:1])
    )
    assigned = Q(kind=WorkKind.TO_ASSIGN) & ~Q(visit_status__in=UNASSIGNED_STATES)
    begun = Q(kind=WorkKind.LATE) & (~Q(visit_status__in=NOT_BEGUN) | Q(promised_until__gte=now))
    return items.filter(assigned | begun).order_by("pk")[:BATCH]


@transaction.atomic
def _close(work: WorkItem, now: datetime) -> None:
    works_close(kinds=(WorkKind(work.kind),), subject_ref=work.subject_ref, actor=SYSTEM, now=now)
