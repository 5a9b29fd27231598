"""Where a booking goes after its review: to the desk, back to its customer with a question, or straight on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_noop

from paidan.booking.finding_words import finding_texts, finding_view
from paidan.booking.models import Booking
from paidan.booking.review import ANSWERABLE, Finding, Verdict, findings_of, verdict_of
from paidan.booking.selectors.judging import facts_of, rules_in_force
from paidan.booking.services.confirming import booking_promise
from paidan.booking.services.moving import booking_move
from paidan.booking.services.viewing import BookingView, booking_view
from paidan.dispatch.errors import SlotTaken
from paidan.dispatch.services.holding import hold_prolong
from paidan.kernel.actors import SYSTEM
from paidan.kernel.errors import Invalid
from paidan.kernel.texts import Texts, texts_of
from paidan.worklist.constants import WorkKind
from paidan.worklist.services import work_open

REVIEW_DUE = timedelta(minutes=30)
REVIEW_HOLD = timedelta(hours=2)
WINDOW_LOST = gettext_noop("The time wanted is no longer free.")


def refusal_check(findings: Sequence[Finding]) -> None:
    """Send back what the rules refuse.

    Raises:
        Invalid: with the first sentence of each field; the code is that of the only finding, else ``invalid``.
    """
    refused = [one for one in findings if one.verdict is Verdict.REFUSE]
    if not refused:
        return
    fields: dict[str, str] = {}
    for one in refused:
        view = finding_view(one.as_data())
        fields.setdefault(one.field, f"{view.sentence} {view.suggestion}".strip())
    raise Invalid(code=refused[0].code if len(refused) == 1 else None, fields=fields)


def booking_route(booking: Booking, findings: Sequence[Finding], *, now: datetime) -> BookingView:
    """Send a submitted booking where its findings lead; nothing found is a promise.

    Raises:
        SlotTaken: nothing was found, but the window is lost.
    """
    verdict = verdict_of(findings)
    if verdict is Verdict.DOUBTFUL:
        return booking_to_desk(booking, findings, now=now)
    if verdict is Verdict.ASK:
        return _to_customer(booking, findings, now=now)
    visit = booking_promise(booking, now=now)
    return booking_view(booking, visit_ref=visit.ref)


def booking_judge_again(booking: Booking, *, now: datetime) -> BookingView:
    """A completed booking is judged as if it were new; a lost window is the desk's to mend."""
    found = findings_of(rules_in_force(now=now), facts_of(booking, at=now))
    # It was taken: what is refused to new bookings is a doubt about this one.
    doubts = [replace(one, verdict=Verdict.DOUBTFUL) if one.verdict is Verdict.REFUSE else one for one in found]
    try:
        with transaction.atomic():
            return booking_route(booking, doubts, now=now)
    except SlotTaken:
        return booking_to_desk(booking, doubts, now=now, reasons=[texts_of(WINDOW_LOST)])


def booking_to_desk(
    booking: Booking, findings: Sequence[Finding], *, now: datetime, reasons: Sequence[Texts] = ()
) -> BookingView:
    """A person looks first; the window stays kept meanwhile."""
    _keep(booking, "review", findings, now)
    work_open(
        kind=WorkKind.BOOKING_REVIEW,
        subject_ref=booking.ref,
        territory_id=booking.territory_id,
        facts={"reasons": [*reasons, *(finding_texts(one) for one in findings)]},
        due_at=min(now + REVIEW_DUE, booking.window_start_at),
        now=now,
    )
    return booking_view(booking)


def _to_customer(booking: Booking, findings: Sequence[Finding], *, now: datetime) -> BookingView:
    """The customer completes what is missing, by their link; the window stays kept meanwhile."""
    _keep(booking, "ask", findings, now)
    return booking_view(booking)


def _keep(booking: Booking, action: str, findings: Sequence[Finding], now: datetime) -> None:
    kept = [one.as_data() for one in findings]
    asked = [one.field for one in findings if one.verdict is Verdict.ASK and one.field in ANSWERABLE]
    data = {"findings": [one.code for one in findings], "fields": list(dict.fromkeys(asked))}
    booking_move(booking, action, actor=SYSTEM, now=now, data=data, changes={"findings": kept})
    if booking.hold is not None:
        hold_prolong(hold=booking.hold, until=min(now + REVIEW_HOLD, booking.window_start_at))
