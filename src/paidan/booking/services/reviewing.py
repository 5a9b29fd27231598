"""The desk's word on doubtful bookings, and the customer's answer to a question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from django.db import transaction
from django.utils.translation import gettext as _

from paidan.accounts.constants import Permission
from paidan.booking.access import booking_for, booking_for_desk
from paidan.booking.constants import DESCRIPTION_LONGEST, REASON_LONGEST, REQUIREMENTS_LONGEST
from paidan.booking.models import Booking
from paidan.booking.review import fields_asked
from paidan.booking.services.confirming import booking_promise
from paidan.booking.services.judging import REVIEW_DUE, booking_judge_again
from paidan.booking.services.moving import booking_move
from paidan.booking.services.viewing import BookingView, booking_view
from paidan.customers.phones import phone_normalized
from paidan.dispatch.services import hold_release, nearest_named
from paidan.kernel.actors import SYSTEM, Actor
from paidan.kernel.errors import Invalid
from paidan.kernel.plain_text import text_fault
from paidan.worklist.constants import WorkKind
from paidan.worklist.services import work_close, work_open


class ReviewVerdict(StrEnum):
    """What the desk decides about a doubtful booking."""

    APPROVE = "approve"
    REJECT = "reject"
    ASK = "ask"


@nearest_named()
@transaction.atomic
def booking_review_decide(
    *,
    ref: str,
    verdict: ReviewVerdict,
    text: str = "",
    fields: Sequence[str] = (),
    actor: Actor,
    now: datetime,
) -> BookingView:
    """Confirm a doubtful booking, reject it, or ask the customer.

    Args:
        text: what the customer reads; needed to reject and to ask.
        fields: what the customer is asked to complete, of ``review.ANSWERABLE``; the description if none is named.

    Raises:
        NotFound, Forbidden: it is not the actor's to decide.
        Invalid: the text is missing or too long.
        SlotTaken: approved, but the window is lost meanwhile.
        TransitionRefused, BookingChanged: it has been decided already.
    """
    booking = booking_for_desk(actor, ref)
    words = _words(text, "text", longest=REASON_LONGEST, required=verdict is not ReviewVerdict.APPROVE)
    data = {"text": words} if words else {}

    visit_ref = ""
    if verdict is ReviewVerdict.APPROVE:
        visit_ref = booking_promise(booking, actor=actor, now=now).ref
    elif verdict is ReviewVerdict.REJECT:
        _hold_free(booking, now)
        booking_move(booking, "reject", actor=actor, now=now, data={"reason": "review", **data})
    else:
        asked = fields_asked({"fields": list(fields)})
        booking_move(booking, "ask", actor=actor, now=now, data={**data, "fields": list(asked)})

    work_close(kind=WorkKind.BOOKING_REVIEW, subject_ref=booking.ref, actor=actor, now=now)
    return booking_view(booking, visit_ref=visit_ref)


@transaction.atomic
def booking_answer(*, ref: str, answers: Mapping[str, str], actor: Actor, now: datetime) -> BookingView:
    """The customer completes what was asked for; what is not asked for stays as it is.

    A question of the desk goes back to the desk. A question of the rules is judged by the rules again.

    Raises:
        NotFound, Forbidden: it is not theirs.
        Invalid: a field that was asked for is empty, too long, or no phone number.
        TransitionRefused, BookingChanged: nothing was asked.
    """
    booking = booking_for(actor, ref, Permission.CHANGE_BOOKINGS)
    question = booking.steps.filter(action="ask").order_by("-at", "-pk").first()
    changes = _answers_read(fields_asked(question.data if question else {}), answers)

    booking_move(booking, "resubmit", actor=actor, now=now, changes=changes)
    if question is not None and question.actor_key == SYSTEM.key:
        return booking_judge_again(booking, now=now)
    booking_move(booking, "review", actor=SYSTEM, now=now)
    work_open(
        kind=WorkKind.BOOKING_REVIEW,
        subject_ref=booking.ref,
        territory_id=booking.territory_id,
        facts={"reasons": []},
        due_at=min(now + REVIEW_DUE, booking.window_start_at),
        now=now,
    )
    return booking_view(booking)


_LONGEST = {
    "description": DESCRIPTION_LONGEST,
    "special_requirements": REQUIREMENTS_LONGEST,
    "contact_name": 80,
    "contact_phone": 30,
}


def _answers_read(asked: Sequence[str], answers: Mapping[str, str]) -> dict[str, str]:
    """The fields that were asked for, judged."""
    faults: dict[str, str] = {}
    read: dict[str, str] = {}
    for name in asked:
        text = answers.get(name, "")
        fault = text_fault(text, longest=_LONGEST[name], required=True)
        if not fault and name == "contact_phone":
            text = phone_normalized(text)
            fault = "" if text else _("Please enter a phone number we can call, e.g. 138 0013 8000.")
        if fault:
            faults[name] = fault
        read[name] = text.strip()
    if faults:
        raise Invalid(fields=faults)
    return read


@transaction.atomic
def booking_close(*, ref: str, actor: Actor, now: datetime) -> BookingView:
    """The desk closes a completed booking whose visit could not be done.

    Raises:
        NotFound, Forbidden: it is not the actor's to close.
        TransitionRefused, BookingChanged: it is not completed.
    """
    booking = booking_for_desk(actor, ref)
    booking_move(booking, "close", actor=actor, now=now)
    for visit_ref in booking.visits.values_list("visit__ref", flat=True):
        work_close(kind=WorkKind.NOT_DONE, subject_ref=visit_ref, actor=actor, now=now)
    return booking_view(booking)


def _words(text: str, field: str, *, longest: int, required: bool) -> str:
    fault = text_fault(text, longest=longest, required=required)
    if fault:
        raise Invalid(fields={field: fault})
    return text.strip()


def _hold_free(booking: Booking, now: datetime) -> None:
    if booking.hold is not None:
        hold_release(ref=booking.hold.ref, holder_key=booking.hold.holder_key, now=now)
