"""The end of the work: proof, charge, or why it could not be done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from paidan.billing.constants import LineKind
from paidan.billing.selectors import ChargeView, charge_of
from paidan.billing.services import ChargeLineDraft, charge_create
from paidan.booking.models import Booking
from paidan.booking.pricing import price_lines_of
from paidan.booking.services.costing import change_cost, cost_post
from paidan.catalog.constants import FeeOccasion
from paidan.dispatch.services import own_plan_lock
from paidan.fieldwork.constants import COMPLETION_PHOTO, NOTE_LONGEST, PHOTOS_EACH
from paidan.fieldwork.errors import AmountFixed, NoPhotosNow, ProofMissing, TooManyPhotos
from paidan.fieldwork.services.steps import StepDone, reason_faults, step_take
from paidan.files.selectors import FileView, files_of
from paidan.files.services import Upload, file_store
from paidan.kernel.actors import Actor
from paidan.kernel.errors import Invalid
from paidan.kernel.plain_text import text_fault
from paidan.visits.access import own_visit_for
from paidan.visits.constants import NotDoneReason, VisitStatus
from paidan.visits.models import Visit
from paidan.worklist.constants import WorkKind
from paidan.worklist.services import work_open

DECIDE_WITHIN = timedelta(hours=2)
_PHOTOS_FROM = frozenset({VisitStatus.ARRIVED, VisitStatus.WORKING, VisitStatus.ON_HOLD})


def photo_add(*, visit_ref: str, upload: Upload, actor: Actor, now: datetime) -> FileView:
    """Keep a photo of the finished work, before finishing.

    Raises:
        NotFound: the visit is not assigned to the actor.
        NoPhotosNow: nobody is at the door.
        TooManyPhotos: there are twelve already.
        UploadRefused: it is no photo that can be kept; the field is ``photo``.
    """
    visit = own_visit_for(actor, visit_ref)[0]
    if visit.status not in _PHOTOS_FROM:
        raise NoPhotosNow
    if len(files_of(visit.ref, kind=COMPLETION_PHOTO)) >= PHOTOS_EACH:
        raise TooManyPhotos
    return file_store(subject_ref=visit.ref, kind=COMPLETION_PHOTO, upload=upload, actor=actor, now=now)


@transaction.atomic
def visit_finish(
    *, visit_ref: str, actor: Actor, now: datetime, checklist: Sequence[int] = (), note: str = ""
) -> StepDone:
    """Finish the work: its proof is there, its price is fixed now, and the time left is free again.

    Args:
        checklist: positions of the item's checklist that were done, from 0.
        note: a word on the work; kept with the step.

    Raises:
        NotFound: the visit is not assigned to the actor.
        ProofMissing: there is no completion photo yet.
        Invalid: the note or the checklist cannot be kept.
        TransitionRefused, VisitTaken: no work is going on.
    """
    visit, assignment = own_plan_lock(actor, visit_ref)
    ticked = _ticked(visit, checklist, note)
    if not files_of(visit.ref, kind=COMPLETION_PHOTO):
        raise ProofMissing

    done = step_take(
        visit, assignment, "finish", actor=actor, now=now, data={"checklist": ticked, "text": note.strip()}
    )
    charge_for(visit, now=now)
    return done


def _ticked(visit: Visit, checklist: Sequence[int], note: str) -> list[int]:
    faults: dict[str, str] = {}
    fault = text_fault(note, longest=NOTE_LONGEST)
    if fault:
        faults["note"] = fault
    if any(not 0 <= position < len(visit.item_version.checklist) for position in checklist):
        faults["checklist"] = _("This is not on the checklist.")
    if faults:
        raise Invalid(fields=faults)
    return sorted(set(checklist))


def charge_for(visit: Visit, *, now: datetime) -> ChargeView:
    """Fix what the visit costs, from the price its booking was sold for; the same charge however often asked."""
    booking = Booking.objects.select_related("item_version").get(ref=visit.booking_ref)
    tax = booking.item_version.tax_percent
    lines = [
        ChargeLineDraft(name=line.name, unit_minor=line.amount_minor, tax_percent=tax)
        for line in price_lines_of(booking.price_lines)
    ] or [ChargeLineDraft(name=booking.item_name, unit_minor=booking.price_minor, tax_percent=tax)]
    return charge_create(subject_ref=visit.ref, kind=LineKind.SERVICE, lines=lines, now=now)


@transaction.atomic
def visit_fail(*, visit_ref: str, reason: str, actor: Actor, now: datetime, text: str = "") -> StepDone:
    """The work could not be done; the desk decides what comes next.

    Nobody at home costs the wasted trip, if the fee table the booking was sold under has a rule for it.

    Raises:
        NotFound: the visit is not assigned to the actor.
        Invalid: the reason is unknown, or “other” without a text.
        AmountFixed: it was finished before, and its charge stands.
        TransitionRefused, VisitTaken: nobody is at the door.
    """
    visit, assignment = own_plan_lock(actor, visit_ref)
    faults = reason_faults(reason, text, allowed=NotDoneReason.values, other=NotDoneReason.OTHER)
    if faults:
        raise Invalid(fields=faults)
    if charge_of(visit.ref) is not None:
        raise AmountFixed

    data = {"reason": reason, "text": text.strip()}
    done = step_take(visit, assignment, "fail", actor=actor, now=now, data=data)
    if reason == NotDoneReason.CUSTOMER_ABSENT:
        _wasted_trip(visit, now)
    work_open(
        kind=WorkKind.NOT_DONE,
        subject_ref=visit.ref,
        territory_id=visit.territory_id,
        facts={"reason": reason},
        due_at=now + DECIDE_WITHIN,
        now=now,
    )
    return done


def _wasted_trip(visit: Visit, now: datetime) -> None:
    booking = Booking.objects.select_related("item_version", "customer").get(ref=visit.booking_ref)
    reason = str(NotDoneReason.CUSTOMER_ABSENT)
    cost = change_cost(booking, visit, occasion=FeeOccasion.WASTED_TRIP, reason=reason, now=now)
    cost_post(booking, cost, occasion="", subject_ref=visit.ref, now=now)
