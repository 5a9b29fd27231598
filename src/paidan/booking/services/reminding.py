"""Bringing promises to mind: the day before, once more where nobody answered, a call by the desk, and shortly before.

Each booking has one row that says what is next. A step is taken under the booking's lock, together with its
event: a worker that dies takes nothing with it, two workers never say the same thing, and a booking that moves
or ends meanwhile is left alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext as _

from paidan.booking.access import booking_for_desk
from paidan.booking.actions import MOVABLE_VISIT
from paidan.booking.constants import REASON_LONGEST, BookingStatus, CallOutcome, ReminderStep
from paidan.booking.events import BookingReminded
from paidan.booking.models import Booking, Reminder
from paidan.booking.reminders import LATEST_BEFORE, Prompt, ReminderTerms, prompts_of, terms_in_force
from paidan.booking.services.moving import booking_move, booking_topics, latest_visit, step_write
from paidan.booking.services.reminder_rows import promise_of
from paidan.booking.services.viewing import BookingView, booking_view
from paidan.customers.selectors import is_reached_twice
from paidan.kernel.actors import SYSTEM, Actor
from paidan.kernel.clocks import each_due
from paidan.kernel.errors import Invalid
from paidan.kernel.outbox import publish
from paidan.kernel.plain_text import text_fault
from paidan.visits.constants import VisitStatus
from paidan.visits.models import Assignment, Visit
from paidan.worklist.constants import WorkKind, WorkStatus
from paidan.worklist.models import WorkItem
from paidan.worklist.services import work_close, work_open

BATCH = 200
Prompts = Mapping[ReminderStep, Prompt]
_ASKING = (ReminderStep.AGAIN, ReminderStep.CALL)
_ORDER = tuple(ReminderStep)


def reminders_tick(now: datetime) -> None:
    """Take every step that is due, and clear the call list of windows that have begun; a clock of the worker."""
    due = list(Reminder.objects.filter(due_at__lte=now).order_by("due_at", "pk").values_list("pk", flat=True)[:BATCH])
    if due:
        terms = terms_in_force()
        each_due(due, lambda booking_id: reminder_step(booking_id, terms=terms, now=now), name="reminders")
    each_due(_overtaken(now), lambda ref: _close(ref, now), name="calls_overtaken")


@transaction.atomic
def reminder_step(booking_id: int, *, terms: ReminderTerms, now: datetime) -> ReminderStep | None:
    """Take the step of one booking that is due; says which was taken, if one was.

    Somebody who is changing the booking at this moment is let through: what is due then is due next second.
    """
    booking = (
        Booking.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
        .select_related("customer__user", "territory")
        .filter(pk=booking_id)
        .first()
    )
    row = Reminder.objects.filter(booking=booking_id, due_at__lte=now).first()
    if booking is None or row is None:
        return None
    visit = latest_visit(booking)
    if booking.status != BookingStatus.CONFIRMED or visit is None or visit.status not in MOVABLE_VISIT:
        _wait_for(row, None)
        return None
    prompts = prompts_of(promise_of(booking, row.promised_at), terms)
    return _take(row, booking, visit, prompts, now)


def _take(row: Reminder, booking: Booking, visit: Visit, prompts: Prompts, now: datetime) -> ReminderStep | None:
    """Take the row's step if it still makes sense, and set the clock to the next."""
    step, prompt = _sensible(ReminderStep(row.step), booking, prompts)
    if prompt is not None and now < prompt.at:
        _wait_for(row, step, prompt)
        return None
    is_due = prompt is not None and now <= prompt.until
    if is_due and prompt is not None:
        _tell(booking, visit, step, prompt, now)
    _wait_for(row, *_following(step, prompts, was_said=is_due))
    return step if is_due else None


def _sensible(step: ReminderStep, booking: Booking, prompts: Prompts) -> tuple[ReminderStep, Prompt | None]:
    """Nobody is asked again who answered; without a second channel the desk calls instead of the second message."""
    if step in _ASKING and booking.confirmed_by_customer_at is not None:
        step = ReminderStep.SOON
    if step is ReminderStep.AGAIN and step in prompts and not is_reached_twice(booking.customer):
        return ReminderStep.CALL, Prompt(prompts[step].at, prompts[ReminderStep.CALL].until)
    return step, prompts.get(step)


def _following(step: ReminderStep, prompts: Prompts, *, was_said: bool) -> tuple[ReminderStep | None, Prompt | None]:
    """The next step there is; who was not reminded the day before is neither asked again nor called."""
    later = _ORDER[_ORDER.index(step) + 1 :]
    if step is ReminderStep.DAY_BEFORE and not was_said:
        later = (ReminderStep.SOON,)
    return next(((one, prompts[one]) for one in later if one in prompts), (None, None))


def _wait_for(row: Reminder, step: ReminderStep | None, prompt: Prompt | None = None) -> None:
    columns = {"due_at": prompt.at if prompt is not None else None, **({"step": step} if step is not None else {})}
    Reminder.objects.filter(pk=row.pk).update(**columns)


def _tell(booking: Booking, visit: Visit, step: ReminderStep, prompt: Prompt, now: datetime) -> None:
    if step is ReminderStep.CALL:
        work_open(
            kind=WorkKind.UNCONFIRMED,
            subject_ref=booking.ref,
            territory_id=booking.territory_id,
            facts={"window_start": booking.window_start_at.isoformat()},
            due_at=booking.window_start_at - LATEST_BEFORE,
            now=now,
        )
        return
    step_write(booking, "remind", source=booking.status, actor=SYSTEM, data={"reason": str(step)}, now=now)
    publish(
        BookingReminded(
            booking_id=booking.pk,
            booking_ref=booking.ref,
            step=str(step),
            technician_id=_expected(visit),
            until=prompt.until,
            topics=booking_topics(booking),
            refs=(booking.ref,),
        )
    )


def _expected(visit: Visit) -> int | None:
    """The technician who has said that they will come."""
    if visit.status != VisitStatus.ACCEPTED:
        return None
    return Assignment.objects.filter(visit=visit, ended_at__isnull=True).values_list("technician", flat=True).first()


def _overtaken(now: datetime) -> list[str]:
    """Bookings on the call list whose window has begun: a call comes too late."""
    starts = Booking.objects.filter(ref=OuterRef("subject_ref")).values("window_start_at")
    asked = WorkItem.objects.filter(status=WorkStatus.OPEN, kind=WorkKind.UNCONFIRMED)
    begun = asked.annotate(start_at=Subquery(starts[:1])).filter(start_at__lte=now)
    return list(begun.order_by("pk").values_list("subject_ref", flat=True)[:BATCH])


def _close(ref: str, now: datetime) -> None:
    work_close(kind=WorkKind.UNCONFIRMED, subject_ref=ref, actor=SYSTEM, now=now)


@transaction.atomic
def booking_call_record(*, ref: str, outcome: str, text: str = "", actor: Actor, now: datetime) -> BookingView:
    """Keep what came of calling a customer who had not confirmed; the entry of the call list goes.

    Args:
        outcome: a ``CallOutcome``; for a customer who wants another time, or none, the booking is changed instead.
        text: what the desk noted, for the desk only.

    Raises:
        NotFound, Forbidden: it is not the actor's.
        Invalid: no such outcome, or the note is too long.
        TransitionRefused, BookingChanged: it is not (or no longer) confirmed.
    """
    booking = booking_for_desk(actor, ref)
    if outcome not in CallOutcome.values:
        raise Invalid(fields={"outcome": _("Please choose what came of the call.")})
    fault = text_fault(text, longest=REASON_LONGEST)
    if fault:
        raise Invalid(fields={"text": fault})

    note = {"text": text.strip()} if text.strip() else {}
    booking_move(booking, "call", actor=actor, now=now, data={"reason": outcome, **note})
    if outcome == CallOutcome.CONFIRMED and booking.confirmed_by_customer_at is None:
        booking_move(booking, "acknowledge", actor=actor, now=now)
    return booking_view(booking)
