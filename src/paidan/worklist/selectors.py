"""Reads on the worklist, for the desk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils.functional import Promise

from paidan.kernel.actors import Actor
from paidan.worklist.access import Territories, work_for, works_visible_to
from paidan.worklist.constants import WorkKind, WorkStatus
from paidan.worklist.models import WorkItem
from paidan.worklist.sentences import work_sentence


@dataclass(frozen=True, slots=True)
class WorkRow:
    """One item of the list, with its sentence in the active language."""

    ref: str
    kind: WorkKind
    sentence: str
    subject_ref: str
    territory_id: int | None
    is_open: bool
    is_late: bool
    is_mine: bool
    owner_name: str
    due_at: datetime
    snoozed_until: datetime | None
    created_at: datetime
    closed_at: datetime | None

    @property
    def label(self) -> str | Promise:
        return self.kind.label


def work_row(work: WorkItem, *, actor: Actor, now: datetime) -> WorkRow:
    """The frozen row of an item, as an actor sees it."""
    kind = WorkKind(work.kind)
    is_open = work.status == WorkStatus.OPEN
    return WorkRow(
        ref=work.ref,
        kind=kind,
        sentence=work_sentence(kind, work.facts),
        subject_ref=work.subject_ref,
        territory_id=work.territory_id,
        is_open=is_open,
        is_late=is_open and work.due_at < now,
        is_mine=actor.user_id is not None and work.owner_id == actor.user_id,
        owner_name=work.owner.name if work.owner is not None else "",
        due_at=work.due_at,
        snoozed_until=work.snoozed_until,
        created_at=work.created_at,
        closed_at=work.closed_at,
    )


def work_items(
    actor: Actor,
    *,
    territories: Territories,
    now: datetime,
    kind: WorkKind | None = None,
    snoozed: bool = False,
    limit: int = 100,
) -> tuple[WorkRow, ...]:
    """What is open in the actor's territories, the most pressing first.

    Args:
        territories: ids the actor watches over, ``None`` for all.
        snoozed: those that sleep, instead of those that do not.

    Raises:
        Unauthenticated, Forbidden: the actor does not work with the list.
    """
    works = _open(actor, territories, now, snoozed=snoozed)
    if kind is not None:
        works = works.filter(kind=kind)
    rows = works.order_by("due_at", "pk")[:limit]
    return tuple(work_row(work, actor=actor, now=now) for work in rows)


def work_count(actor: Actor, *, territories: Territories, now: datetime) -> int:
    """How many open items do not sleep, for the number beside the menu entry."""
    return _open(actor, territories, now, snoozed=False).count()


def work_item(actor: Actor, ref: str, *, territories: Territories, now: datetime) -> WorkRow:
    """One item.

    Raises:
        NotFound: absent, or of a territory the actor does not watch over.
    """
    return work_row(work_for(actor, ref, territories), actor=actor, now=now)


def works_about(actor: Actor, subject_ref: str, *, territories: Territories, now: datetime) -> tuple[WorkRow, ...]:
    """Everything, open or settled, about one subject, newest first."""
    works = works_visible_to(actor, territories).filter(subject_ref=subject_ref).order_by("-created_at", "-pk")
    return tuple(work_row(work, actor=actor, now=now) for work in works)


def is_waiting(kind: WorkKind, subject_ref: str) -> bool:
    """Whether an item of a kind about a subject is open; for whoever may see the subject itself."""
    return WorkItem.objects.filter(kind=kind, subject_ref=subject_ref, status=WorkStatus.OPEN).exists()


def _open(actor: Actor, territories: Territories, now: datetime, *, snoozed: bool) -> QuerySet[WorkItem]:
    works = works_visible_to(actor, territories).filter(status=WorkStatus.OPEN)
    if snoozed:
        return works.filter(snoozed_until__gt=now)
    return works.filter(Q(snoozed_until__isnull=True) | Q(snoozed_until__lte=now))
