"""Assignment by a person, and the technician's answer to it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from paidan.accounts.access import require
from paidan.accounts.constants import Permission
from paidan.dispatch.constants import RULE_SENTENCES, DecisionMode, DecisionOutcome, OfferStatus
from paidan.dispatch.errors import ConflictNeedsReason, NotAssignable
from paidan.dispatch.models import Offer
from paidan.dispatch.policies import policy_in_force
from paidan.dispatch.services.grabbing import planned_start
from paidan.dispatch.services.promises import (
    plan_lock,
    promise_at_risk,
    promise_replan,
    scope_of_visit,
    task_of_visit,
)
from paidan.dispatch.services.recording import AssignmentView, VisitState, decision_write, verdicts_as_data
from paidan.dispatch.standing_plan import Book, LockedDays, book_load, book_save, stop_drop
from paidan.kernel.actors import SYSTEM, Actor
from paidan.kernel.clocks import each_due
from paidan.kernel.errors import Invalid, NotFound
from paidan.kernel.locking import is_exclusion_violation
from paidan.kernel.plain_text import text_fault
from paidan.kernel.refs import read_ref
from paidan.kernel.settings import ACCEPT_SECONDS
from paidan.visits.access import own_visit_for, own_visit_lock, visit_for
from paidan.visits.constants import UNASSIGNED_STATES, AssignmentSource, DeclineReason, VisitStatus
from paidan.visits.models import Assignment, Visit
from paidan.visits.services import Crew, assignment_create, assignment_end, visit_move
from paidan.workforce.models import Technician
from paidan.worklist.constants import WorkKind
from paidan.worklist.services import work_open, works_close
from paidan_engine.constraints import Verdict
from paidan_engine.repair import NotPossible, Override, assign_override

DECLINES_THAT_ALARM = 2
REASON_LONGEST = 500
MAY_MOVE_FROM = (*UNASSIGNED_STATES, str(VisitStatus.ASSIGNED), str(VisitStatus.ACCEPTED), str(VisitStatus.EN_ROUTE))


@transaction.atomic
def visit_assign(
    *, visit_ref: str, technician_ref: str, actor: Actor, now: datetime, override_reason: str = ""
) -> AssignmentView:
    """Give a visit to a technician by hand; whoever had it before is released and told.

    Rules about the person, and other promises, may be overridden with a reason, which is kept. Time and
    place cannot.

    Raises:
        Invalid: the reason cannot be kept.
        NotAssignable: the technician cannot be there in time; ``facts["rules"]`` says why.
        ConflictNeedsReason: rules speak against it and no reason was given.
        VisitTaken, TransitionRefused: the visit moved on meanwhile.
    """
    visit = visit_for(actor, visit_ref, Permission.ASSIGN_VISITS)
    _text_check("override_reason", override_reason)
    technician = _technician(technician_ref)
    days = plan_lock(visit)
    visit = _reread(visit)
    _vacate(visit, actor=actor, now=now)

    book = book_load(scope_of_visit(visit), now=now)
    chosen = _override(book, visit, technician)
    if chosen.waived or chosen.at_risk:
        require(actor, Permission.OVERRIDE_CONFLICTS)
        if not override_reason.strip():
            raise ConflictNeedsReason(facts=_conflicts(chosen))

    assignment = _assign(visit, technician, book, chosen, days=days, actor=actor, now=now)
    decision_write(
        visit_id=visit.pk,
        policy=policy_in_force(),
        mode=DecisionMode.MANUAL,
        outcome=DecisionOutcome.ASSIGNED,
        record={"winner": technician.pk, "override": override_reason.strip(), **_conflicts(chosen)},
        winner_id=technician.pk,
        assignment_id=assignment.pk,
        actor_key=actor.key,
        now=now,
    )
    return AssignmentView(
        visit_ref=visit.ref,
        status=visit.status,
        technician_id=technician.pk,
        technician_ref=technician.ref,
        planned_start_at=planned_start(chosen.plan, visit.pk),
    )


def _text_check(field: str, text: str) -> None:
    fault = text_fault(text, longest=REASON_LONGEST)
    if fault:
        raise Invalid(fields={field: fault})


def _technician(ref: str) -> Technician:
    technician = Technician.objects.filter(ref=read_ref(ref), retired_at__isnull=True).first()
    if technician is None:
        raise NotFound
    return technician


def _reread(visit: Visit) -> Visit:
    """The visit as it is now and stays: the loop opens offers, and crews answer, without the plan's lock."""
    list(Assignment.objects.select_for_update().filter(visit=visit, ended_at__isnull=True))  # before the visit
    rows = Visit.objects.select_for_update(of=("self",)).select_related("territory", "customer", "item_version")
    return rows.get(pk=visit.pk)


def _vacate(visit: Visit, *, actor: Actor, now: datetime) -> None:
    """Take the visit from whoever has it, or from the hall."""
    Offer.objects.filter(visit=visit, status=OfferStatus.OPEN).update(status=OfferStatus.WITHDRAWN, closed_at=now)
    if visit.status in UNASSIGNED_STATES:
        return
    ended = assignment_end(visit_id=visit.pk, reason="reassigned", now=now)
    crew = Crew(ended.technician_id, ended.technician.user_id) if ended is not None else None
    visit_move(visit, "release", actor=actor, now=now, crew=crew, data={"reason": "reassigned"})
    stop_drop(visit_id=visit.pk)


def _override(book: Book, visit: Visit, technician: Technician) -> Override:
    found = book.plan.find(f"v{visit.pk}")
    task = found[1].task if found is not None else task_of_visit(visit)
    result = assign_override(book.plan, task, technician.pk, book.travel, book.now)
    if isinstance(result, NotPossible):
        raise not_assignable(result.verdicts)
    return result


def not_assignable(verdicts: Iterable[Verdict]) -> NotAssignable:
    """The refusal that nobody lifts; without verdicts the technician has no shift there that day."""
    rules = verdicts_as_data(verdicts) or [{"rule": "on_duty", "facts": {}}]
    return NotAssignable(RULE_SENTENCES.get(str(rules[0]["rule"])), facts={"rules": rules})


def _conflicts(chosen: Override) -> dict[str, object]:
    return {
        "waived": [{"rule": rule, "sentence": str(RULE_SENTENCES.get(rule, rule))} for rule in sorted(chosen.waived)],
        "promises_at_risk": len(chosen.at_risk),
    }


def _assign(
    visit: Visit,
    technician: Technician,
    book: Book,
    chosen: Override,
    *,
    days: LockedDays,
    actor: Actor,
    now: datetime,
) -> Assignment:
    for key in chosen.at_risk:
        stop_drop(visit_id=int(key[1:])) if key[0] == "v" else stop_drop(hold_id=int(key[1:]))
    visit_move(
        visit,
        "assign",
        actor=actor,
        now=now,
        crew=Crew(technician.pk, technician.user_id),
        changes={"accept_by_at": accept_by(visit, now)},
    )
    assignment = assignment_create(
        visit_id=visit.pk, technician_id=technician.pk, source=AssignmentSource.MANUAL, now=now
    )
    try:
        book_save(book, chosen.plan, days=days)
    except IntegrityError as error:
        if is_exclusion_violation(error):
            raise not_assignable(()) from error
        raise
    for displaced in Visit.objects.filter(pk__in=[int(key[1:]) for key in chosen.at_risk if key[0] == "v"]):
        promise_at_risk(displaced, now=now)
    work_settle(visit, now=now)
    return assignment


def work_settle(visit: Visit, *, now: datetime) -> None:
    """What waited for this visit to find somebody is done."""
    waiting = (WorkKind.NOBODY_ELIGIBLE, WorkKind.PROMISE_AT_RISK, WorkKind.TO_ASSIGN, WorkKind.DECLINED_TWICE)
    works_close(kinds=waiting, subject_ref=visit.ref, actor=SYSTEM, now=now)


def accept_by(visit: Visit, now: datetime) -> datetime:
    """Until when an assigned technician must answer: a while, but not past the end of the promised window."""
    return max(
        now + timedelta(seconds=1),
        min(now + timedelta(seconds=ACCEPT_SECONDS.value()), visit.window_end_at),
    )


@transaction.atomic
def assignment_accept(*, visit_ref: str, actor: Actor, now: datetime) -> VisitState:
    """The assigned technician accepts.

    Raises:
        NotFound: it is not (or no longer) assigned to them.
        TransitionRefused, VisitTaken: it has moved on.
    """
    visit, assignment = own_visit_lock(actor, visit_ref)
    crew = Crew(assignment.technician_id, assignment.technician.user_id)
    visit = visit_move(visit, "accept", actor=actor, now=now, crew=crew)
    return VisitState(visit.ref, visit.status)


@transaction.atomic
def assignment_decline(*, visit_ref: str, reason: str, text: str, actor: Actor, now: datetime) -> VisitState:
    """The assigned technician declines with a reason; the visit goes back to dispatch without them.

    Raises:
        Invalid: the reason is missing or unknown, “other” without a text, or the text cannot be kept.
        NotFound: it is not, or no longer, assigned to them.
        TransitionRefused, VisitTaken: it has moved on.
    """
    if reason not in DeclineReason.values:
        raise Invalid(fields={"reason": _("Please choose a reason.")})
    if reason == DeclineReason.OTHER and not text.strip():
        raise Invalid(fields={"text": _("Please say in a few words why.")})
    _text_check("text", text)
    plan_lock(own_visit_for(actor, visit_ref)[0])
    return assignment_give_back(
        own_visit_lock(actor, visit_ref)[0],
        action="decline",
        end_reason="declined",
        actor=actor,
        now=now,
        data={"reason": reason, "text": text.strip()},
    )


def assignment_give_back(
    visit: Visit, *, action: str, end_reason: str, actor: Actor, now: datetime, data: dict[str, object]
) -> VisitState:
    """Take a visit from its technician, keep its promise in the plan, and alarm the desk when it keeps happening.

    The caller holds the plan's lock.
    """
    ended = assignment_end(visit_id=visit.pk, reason=end_reason, now=now, text=str(data.get("text", "")))
    crew = Crew(ended.technician_id, ended.technician.user_id) if ended is not None else None
    visit_move(visit, action, actor=actor, now=now, crew=crew, data=data)
    promise_replan(visit=visit, now=now)
    declines = Assignment.objects.filter(visit=visit, end_reason__in=("declined", "lapsed")).count()
    if declines >= DECLINES_THAT_ALARM:
        work_open(
            kind=WorkKind.DECLINED_TWICE,
            subject_ref=visit.ref,
            territory_id=visit.territory_id,
            facts={"times": declines},
            due_at=now + timedelta(minutes=15),
            now=now,
        )
    return VisitState(visit.ref, visit.status)


@transaction.atomic
def visit_release(*, visit_ref: str, reason: str, actor: Actor, now: datetime) -> VisitState:
    """A dispatcher takes a visit back from its technician and lets dispatch find another.

    Raises:
        Invalid: the reason cannot be kept.
        TransitionRefused, VisitTaken: nobody has it, or it has moved on.
    """
    visit = visit_for(actor, visit_ref, Permission.ASSIGN_VISITS)
    _text_check("reason", reason)
    plan_lock(visit)
    return assignment_give_back(
        _reread(visit), action="release", end_reason="released", actor=actor, now=now, data={"reason": reason.strip()}
    )


def assignments_lapse(now: datetime) -> None:
    """Take back what was not accepted in time; a clock of the worker."""
    due = Visit.objects.filter(status=VisitStatus.ASSIGNED, accept_by_at__lte=now).order_by("accept_by_at")
    each_due(due.values_list("pk", flat=True)[:100], lambda pk: _lapse(pk, now), name="assignments_lapse")


@transaction.atomic
def _lapse(visit_id: int, now: datetime) -> None:
    visit = Visit.objects.select_related("territory", "customer", "item_version").get(pk=visit_id)
    plan_lock(visit)
    visit.refresh_from_db(fields=("status", "accept_by_at"))
    if visit.status == VisitStatus.ASSIGNED and visit.accept_by_at is not None and visit.accept_by_at <= now:
        assignment_give_back(
            visit, action="lapse", end_reason="lapsed", actor=SYSTEM, now=now, data={"reason": "no_answer"}
        )
