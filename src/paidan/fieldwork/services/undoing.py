"""Taking the last step back, as a recorded reverse step."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from paidan.billing.selectors import charge_of, payments_of
from paidan.dispatch.services import own_plan_lock
from paidan.fieldwork.services.steps import StepDone, step_take
from paidan.kernel.actors import Actor
from paidan.kernel.settings import UNDO_SECONDS
from paidan.visits.constants import UNDOABLE
from paidan.visits.errors import UndoTooLate
from paidan.visits.models import Visit, VisitStep


@transaction.atomic
def visit_undo(*, visit_ref: str, actor: Actor, now: datetime) -> StepDone:
    """Take back the actor's own last step, within some seconds.

    Raises:
        NotFound: the visit is not assigned to the actor.
        UndoTooLate: the time is over, somebody else's step came after, the step has no way back, or money was
            taken.
        VisitTaken: another change was first.
    """
    visit, assignment = own_plan_lock(actor, visit_ref)
    Visit.objects.select_for_update(of=("self",)).get(pk=visit.pk)
    visit.refresh_from_db(fields=("status",))
    last = visit.steps.order_by("-at", "-pk").first()

    if last is None or not step_is_undoable(last, actor, now=now):
        raise UndoTooLate
    if last.action == "finish" and _is_money_taken(visit):
        raise UndoTooLate

    changes = _resume_time(visit) if last.action == "resume" else None
    return step_take(visit, assignment, UNDOABLE[last.action], actor=actor, now=now, changes=changes)


def step_is_undoable(step: VisitStep, actor: Actor, *, now: datetime) -> bool:
    """Whether the actor may still take this last step back, money aside."""
    limit = step.at + timedelta(seconds=UNDO_SECONDS.value())
    return step.action in UNDOABLE and step.actor_key == actor.key and now <= limit


def _is_money_taken(visit: Visit) -> bool:
    charge = charge_of(visit.ref)
    return charge is not None and bool(payments_of(charge.ref))


def _resume_time(visit: Visit) -> dict[str, object]:
    """The time the work was to go on, as the hold that comes back had it."""
    hold = visit.steps.filter(action="hold").order_by("-at", "-pk").first()
    text = str(hold.data.get("resume_at", "")) if hold is not None else ""
    return {"resume_at": datetime.fromisoformat(text)} if text else {}
