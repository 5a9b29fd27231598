"""After the work: signing off and paying."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from paidan.accounts.constants import LinkPurpose, Permission
from paidan.billing.selectors import PaymentView, charge_of
from paidan.billing.services import credit_spend, payment_take
from paidan.fieldwork.constants import CASH, PAYABLE
from paidan.fieldwork.errors import NotYetPayable
from paidan.fieldwork.events import ReviewInvited
from paidan.fieldwork.services.steps import StepDone, crew_of
from paidan.kernel.actors import SYSTEM, Actor, ActorKind
from paidan.kernel.clocks import each_due
from paidan.kernel.errors import NotFound
from paidan.kernel.outbox import publish
from paidan.kernel.settings import SIGN_OFF_SECONDS
from paidan.visits.access import own_visit_lock, visit_for
from paidan.visits.constants import VisitStatus
from paidan.visits.models import Assignment, Visit
from paidan.visits.services import topics_of, visit_move

BATCH = 100


@transaction.atomic
def visit_sign_off(*, visit_ref: str, actor: Actor, now: datetime) -> StepDone:
    """Accept the finished work: by the customer, their booking link, or the desk; then the review is invited.

    Raises:
        NotFound: it is not the actor's.
        Forbidden: a technician cannot sign off their own work.
        TransitionRefused, VisitTaken: it is not finished, or signed off already.
    """
    if actor.kind is ActorKind.LINK and actor.link_purpose != LinkPurpose.BOOKING:
        raise NotFound
    visit = visit_for(actor, visit_ref, Permission.CHANGE_BOOKINGS)
    return _sign_off(visit, actor=actor, now=now)


def _sign_off(visit: Visit, *, actor: Actor, now: datetime) -> StepDone:
    assignment = Assignment.objects.select_related("technician").filter(visit=visit, ended_at__isnull=True).first()
    crew = crew_of(assignment) if assignment is not None else None
    visit_move(visit, "sign_off", actor=actor, now=now, crew=crew)
    charge = charge_of(visit.ref)
    if charge is not None and not charge.is_settled:
        credit_spend(charge_ref=charge.ref, holder_ref=visit.customer.ref, now=now)
    publish(
        ReviewInvited(
            visit_id=visit.pk,
            visit_ref=visit.ref,
            booking_ref=visit.booking_ref,
            customer_id=visit.customer_id,
            technician_id=crew.technician_id if crew is not None else None,
            topics=topics_of(visit),
            refs=(visit.ref, visit.booking_ref),
        )
    )
    return StepDone(visit.ref, visit.status, now, undo_until=None)


def sign_offs_due(now: datetime) -> None:
    """Sign off what nobody objected to in time; a clock of the worker, safe to run anywhere and twice."""
    finished_before = now - timedelta(seconds=SIGN_OFF_SECONDS.value())
    due = Visit.objects.filter(status=VisitStatus.FINISHED, finished_at__lte=finished_before)
    ids = due.order_by("finished_at").values_list("pk", flat=True)[:BATCH]
    each_due(ids, lambda pk: _sign_off_unanswered(pk, now), name="sign_offs_due")


@transaction.atomic
def _sign_off_unanswered(visit_id: int, now: datetime) -> None:
    visit = (
        Visit.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("customer", "territory")
        .filter(pk=visit_id, status=VisitStatus.FINISHED)
        .first()
    )
    if visit is not None:
        _sign_off(visit, actor=SYSTEM, now=now)


@transaction.atomic
def cash_take(*, visit_ref: str, actor: Actor, now: datetime) -> PaymentView:
    """The technician takes the whole amount in cash.

    Raises:
        NotFound: the visit is not assigned to the actor.
        NotYetPayable: the work is not finished.
        AlreadyPaid: the money was taken before.
    """
    visit, assignment = own_visit_lock(actor, visit_ref)
    Visit.objects.select_for_update(of=("self",)).get(pk=visit.pk)
    visit.refresh_from_db(fields=("status",))
    charge = charge_of(visit.ref)
    if visit.status not in PAYABLE or charge is None:
        raise NotYetPayable
    return payment_take(
        charge_ref=charge.ref, provider=CASH, actor=actor, now=now, topics=topics_of(visit, crew_of(assignment))
    )
