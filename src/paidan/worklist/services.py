"""Writes on the worklist."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction

from paidan.kernel.actors import Actor
from paidan.kernel.errors import Forbidden
from paidan.kernel.outbox import publish
from paidan.kernel.refs import new_ref
from paidan.worklist.access import Territories, work_for
from paidan.worklist.constants import WorkKind, WorkStatus
from paidan.worklist.errors import SnoozeInvalid, WorkClosedAlready, WorkTaken
from paidan.worklist.events import WorkChanged, WorkClosed, WorkOpened
from paidan.worklist.models import WorkItem
from paidan.worklist.selectors import WorkRow, work_row

SNOOZE_AT_MOST = timedelta(days=7)

_UPSERT = """
    INSERT INTO worklist_workitem AS item
        (ref, kind, subject_ref, territory_id, facts, status, due_at, created_at, closed_by_key)
    VALUES (%s, %s, %s, %s, %s::jsonb, 'open', %s, %s, '')
    ON CONFLICT (kind, subject_ref) WHERE status = 'open' DO UPDATE
        SET facts = excluded.facts, due_at = least(item.due_at, excluded.due_at)
        WHERE item.facts IS DISTINCT FROM excluded.facts OR excluded.due_at < item.due_at
    RETURNING ref, xmax = 0
"""
_CLOSE = """
    UPDATE worklist_workitem SET status = 'done', closed_at = %s, closed_by_key = %s
    WHERE subject_ref = %s AND kind = ANY(%s) AND status = 'open'
    RETURNING ref, kind, subject_ref, territory_id
"""


@transaction.atomic
def work_open(
    *,
    kind: WorkKind,
    subject_ref: str,
    territory_id: int | None,
    facts: Mapping[str, object],
    due_at: datetime,
    now: datetime,
) -> bool:
    """Ask a person to look at a subject; while such an item is open, only its facts follow.

    The clock of an open item never moves later. Calling again with the same facts writes nothing.

    Returns:
        Whether a new item was opened.
    """
    data = json.dumps(dict(facts), cls=DjangoJSONEncoder)
    with connection.cursor() as cursor:
        cursor.execute(_UPSERT, [new_ref("W"), kind, subject_ref, territory_id, data, due_at, now])
        row = cursor.fetchone()
    if row is None:
        return False
    ref, is_new = str(row[0]), bool(row[1])
    event = WorkOpened if is_new else WorkChanged
    publish(
        event(
            work_ref=ref,
            kind=str(kind),
            subject_ref=subject_ref,
            territory_id=territory_id,
            topics=topics_of(territory_id),
            refs=(ref, subject_ref),
        )
    )
    return is_new


def work_close(*, kind: WorkKind, subject_ref: str, actor: Actor, now: datetime) -> bool:
    """Settle the open item of a kind about a subject; nothing if there is none.

    Returns:
        Whether there was one.
    """
    return works_close(kinds=(kind,), subject_ref=subject_ref, actor=actor, now=now) > 0


@transaction.atomic
def works_close(*, kinds: Collection[WorkKind], subject_ref: str, actor: Actor, now: datetime) -> int:
    """Settle the open items of several kinds about a subject in one statement; says how many."""
    with connection.cursor() as cursor:
        cursor.execute(_CLOSE, [now, actor.key, subject_ref, [str(kind) for kind in kinds]])
        rows = cursor.fetchall()
    for ref, kind, about, territory_id in rows:
        _publish_closed(ref=ref, kind=kind, subject_ref=about, territory_id=territory_id)
    return len(rows)


@transaction.atomic
def work_finish(*, ref: str, actor: Actor, territories: Territories, now: datetime) -> WorkRow:
    """A person settles an item by hand.

    Raises:
        NotFound: absent, or not the actor's to see.
        WorkClosedAlready: it was settled meanwhile.
    """
    work = work_for(actor, ref, territories)
    changed = WorkItem.objects.filter(pk=work.pk, status=WorkStatus.OPEN).update(
        status=WorkStatus.DONE, closed_at=now, closed_by_key=actor.key
    )
    if not changed:
        raise WorkClosedAlready
    _publish_closed(ref=work.ref, kind=work.kind, subject_ref=work.subject_ref, territory_id=work.territory_id)
    return work_row(work_for(actor, ref, territories), actor=actor, now=now)


@transaction.atomic
def work_claim(*, ref: str, actor: Actor, territories: Territories, now: datetime) -> WorkRow:
    """Make the actor the one who looks after an item.

    Raises:
        NotFound: absent, or not the actor's to see.
        Forbidden: the actor is no person.
        WorkTaken: somebody else already looks after it.
        WorkClosedAlready: it was settled meanwhile.
    """
    work = work_for(actor, ref, territories)
    if actor.user_id is None:
        raise Forbidden
    free = WorkItem.objects.filter(pk=work.pk, status=WorkStatus.OPEN, owner__isnull=True)
    if free.update(owner_id=actor.user_id):
        _publish_changed(work)
    work = work_for(actor, ref, territories)
    if work.status != WorkStatus.OPEN:
        raise WorkClosedAlready
    if work.owner_id != actor.user_id:
        raise WorkTaken
    return work_row(work, actor=actor, now=now)


@transaction.atomic
def work_release(*, ref: str, actor: Actor, territories: Territories, now: datetime) -> WorkRow:
    """Give an item back to whoever takes it next; nothing if it was not the actor's."""
    work = work_for(actor, ref, territories)
    if WorkItem.objects.filter(pk=work.pk, status=WorkStatus.OPEN, owner_id=actor.user_id).update(owner=None):
        _publish_changed(work)
    return work_row(work_for(actor, ref, territories), actor=actor, now=now)


@transaction.atomic
def work_snooze(*, ref: str, until: datetime, actor: Actor, territories: Territories, now: datetime) -> WorkRow:
    """Let an item sleep; it comes back by itself.

    Raises:
        NotFound: absent, or not the actor's to see.
        SnoozeInvalid: ``until`` is past, or more than seven days away.
        WorkClosedAlready: it was settled meanwhile.
    """
    work = work_for(actor, ref, territories)
    if not now < until <= now + SNOOZE_AT_MOST:
        raise SnoozeInvalid
    if not WorkItem.objects.filter(pk=work.pk, status=WorkStatus.OPEN).update(snoozed_until=until):
        raise WorkClosedAlready
    _publish_changed(work)
    return work_row(work_for(actor, ref, territories), actor=actor, now=now)


def topics_of(territory_id: int | None) -> tuple[str, ...]:
    """Whose screens show an item: the territory's desk, or the whole house."""
    return ("office",) if territory_id is None else (f"desk:{territory_id}",)


def _publish_changed(work: WorkItem) -> None:
    publish(
        WorkChanged(
            work_ref=work.ref,
            kind=work.kind,
            subject_ref=work.subject_ref,
            territory_id=work.territory_id,
            topics=topics_of(work.territory_id),
            refs=(work.ref, work.subject_ref),
        )
    )


def _publish_closed(*, ref: str, kind: str, subject_ref: str, territory_id: int | None) -> None:
    publish(
        WorkClosed(
            work_ref=ref,
            kind=kind,
            subject_ref=subject_ref,
            territory_id=territory_id,
            topics=topics_of(territory_id),
            refs=(ref, subject_ref),
        )
    )
