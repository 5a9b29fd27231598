"""The dispatch loop: what nobody grabbed is matched as a batch, claimed one by one, and every choice recorded.

One advisory lock per territory: any worker may take any territory, two never work on the same one. The
lock lives on the worker's connection, so a killed worker frees it at once.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q

from paidan.catalog.constants import DispatchMode
from paidan.dispatch.constants import DecisionMode, DecisionOutcome, OfferStatus
from paidan.dispatch.events import NobodyEligible
from paidan.dispatch.models import Offer
from paidan.dispatch.policies import PolicyInForce, policy_in_force
from paidan.dispatch.services.assigning import accept_by, work_settle
from paidan.dispatch.services.considering import Considered, batch_match, consider, first_refusal, people_of, record_of
from paidan.dispatch.services.offering import offered_since_promised, offers_lapse, offers_open
from paidan.dispatch.services.promises import scope_of_visit
from paidan.dispatch.services.recording import decision_repeats, decision_write
from paidan.dispatch.standing_plan import Book, LockedDays, PlanScope, book_load, book_save, days_lock
from paidan.kernel.actors import SYSTEM
from paidan.kernel.clocks import each_due
from paidan.kernel.errors import Busy
from paidan.kernel.locking import advisory_lock_release, advisory_lock_try, busy_on_lock_timeout
from paidan.kernel.outbox import publish
from paidan.visits.constants import AssignmentSource, VisitStatus
from paidan.visits.models import Visit
from paidan.visits.services import Crew, assignment_create, visit_move
from paidan.workforce.models import Technician, Territory
from paidan.worklist.constants import WorkKind
from paidan.worklist.services import work_open
from paidan_engine.repair import claim
from paidan_engine.solution import DayPlan

LOCK_SPACE = 7_301_000_000
BATCH = 200
RETRY_SECONDS = 20.0
CLAIM_STEPS = 6_000

_next_try: dict[int, float] = {}


def dispatch_tick(now: datetime) -> None:
    """Advance every territory that has something to do and is free: lapse, open, match; a clock of the worker."""
    for territory in _territories_due(now):
        key = LOCK_SPACE + territory.pk
        if not advisory_lock_try(key):
            continue
        try:
            _round(territory, now)
        finally:
            advisory_lock_release(key)


def _territories_due(now: datetime) -> Iterable[Territory]:
    """Those with a visit that waits or an offer that ends: most have neither, second after second."""
    waiting = Visit.objects.filter(territory=OuterRef("pk"), status=VisitStatus.PENDING, release_at__lte=now)
    ending = Offer.objects.filter(territory=OuterRef("pk"), status=OfferStatus.OPEN, closes_at__lte=now)
    return Territory.objects.filter(Exists(waiting) | Exists(ending), retired_at__isnull=True).order_by("pk")


def _round(territory: Territory, now: datetime) -> None:
    steps = (offers_lapse, offers_open, territory_match)
    each_due(steps, lambda step: step(territory.pk, now), name=f"territory {territory.code}")


def territory_match(territory_id: int, now: datetime) -> None:
    """Match the territory's due visits, scope by scope."""
    by_scope: dict[PlanScope, list[int]] = {}
    for visit in _due(territory_id, now):
        by_scope.setdefault(scope_of_visit(visit), []).append(visit.pk)
    each_due(by_scope.items(), lambda due: _scope_match(*due, now), name="territory_match")


def _due(territory_id: int, now: datetime) -> Iterable[Visit]:
    """Pending visits to be assigned by the loop: those sold so, and those the hall or a technician gave back."""
    return (
        Visit.objects.select_related("territory")
        .filter(territory_id=territory_id, status=VisitStatus.PENDING, release_at__lte=now)
        .exclude(item_version__mode=DispatchMode.MANUAL)
        .exclude(pk__in=_resting())
        .filter(Q(item_version__mode=DispatchMode.ASSIGN_AT_ONCE) | Q(offered_since_promised()))
        .order_by("window_start_at")[:BATCH]
    )


def _resting() -> list[int]:
    """Visits nobody could take a moment ago: they do not fill the batch, so that the others have their turn."""
    present = time.monotonic()
    for visit_id in [visit_id for visit_id, until in _next_try.items() if until <= present]:
        del _next_try[visit_id]
    return list(_next_try)


@transaction.atomic
def _scope_match(scope: PlanScope, visit_ids: Sequence[int], now: datetime) -> None:
    with busy_on_lock_timeout():
        days = days_lock([scope])
    rows = Visit.objects.select_related("customer", "territory", "item_version").filter(
        pk__in=visit_ids, status=VisitStatus.PENDING
    )
    # What moved to another day while the lock was waited for comes with that day's round.
    visits = [visit for visit in rows.order_by("window_start_at", "pk") if scope_of_visit(visit) == scope]
    if not visits:
        return
    policy = policy_in_force()
    book = book_load(scope, now=now)
    people = people_of(book)
    batch = [consider(visit, book, people, policy) for visit in visits]
    wanted = batch_match(batch, policy)

    plan = book.plan
    for considered in batch:
        if not considered.parts:
            _nobody(considered, policy, now)
            continue
        found = _first_that_fits(considered, plan, book, wanted.get(considered.visit.pk))
        if found is None:
            _waited(considered, policy, now)
            continue
        plan, technician_id = found
        _assign(considered, technician_id, people_users(book, technician_id), policy, now)
    if plan is not book.plan:
        _save(book, plan, days)


def _save(book: Book, plan: DayPlan, days: LockedDays) -> None:
    try:
        book_save(book, plan, days=days)
    except IntegrityError as error:
        raise Busy from error


def people_users(book: Book, technician_id: int) -> int:
    """The user behind a technician."""
    return Technician.objects.values_list("user_id", flat=True).get(pk=technician_id)


def _first_that_fits(
    considered: Considered, plan: DayPlan, book: Book, wanted: int | None
) -> tuple[DayPlan, int] | None:
    """The optimum's technician if every promise stays kept, else the next best that is cheaper than waiting."""
    worth = [t for t in considered.ranked if considered.cost(t) <= considered.price]
    order = [wanted] if wanted is not None else []
    order += [t for t in worth if t != wanted]
    for technician_id in order:
        result = claim(plan, considered.task, technician_id, book.travel, book.now, budget=CLAIM_STEPS)
        if isinstance(result, DayPlan):
            return result, technician_id
    return None


def _assign(considered: Considered, technician_id: int, user_id: int, policy: PolicyInForce, now: datetime) -> None:
    visit = considered.visit
    visit_move(
        visit,
        "assign",
        actor=SYSTEM,
        now=now,
        crew=Crew(technician_id, user_id),
        changes={"accept_by_at": accept_by(visit, now)},
    )
    assignment = assignment_create(
        visit_id=visit.pk, technician_id=technician_id, source=AssignmentSource.AUTOMATIC, now=now
    )
    decision_write(
        visit_id=visit.pk,
        policy=policy,
        mode=DecisionMode.BATCH,
        outcome=DecisionOutcome.ASSIGNED,
        record=record_of(considered, winner=technician_id),
        winner_id=technician_id,
        assignment_id=assignment.pk,
        now=now,
    )
    work_settle(visit, now=now)


def _nobody(considered: Considered, policy: PolicyInForce, now: datetime) -> None:
    """Every technician is refused: say so once, by name of the rules, and ask a person."""
    visit = considered.visit
    _next_try[visit.pk] = time.monotonic() + RETRY_SECONDS
    first = first_refusal(considered) or "on_duty"
    record = {**record_of(considered, winner=None), "first_refusal": first}
    if decision_repeats(visit_id=visit.pk, outcome=DecisionOutcome.NOBODY, record=record):
        return
    decision_write(
        visit_id=visit.pk,
        policy=policy,
        mode=DecisionMode.BATCH,
        outcome=DecisionOutcome.NOBODY,
        record=record,
        now=now,
    )
    counts: dict[str, int] = {}
    for verdicts in considered.refused.values():
        for verdict in verdicts[:1]:
            counts[verdict.code] = counts.get(verdict.code, 0) + 1
    work_open(
        kind=WorkKind.NOBODY_ELIGIBLE,
        subject_ref=visit.ref,
        territory_id=visit.territory_id,
        facts={"rules": counts or {"on_duty": 1}},
        due_at=now + timedelta(minutes=10),
        now=now,
    )
    publish(
        NobodyEligible(
            visit_id=visit.pk,
            visit_ref=visit.ref,
            territory_id=visit.territory_id,
            topics=(f"desk:{visit.territory_id}",),
            refs=(visit.ref,),
        )
    )


def _waited(considered: Considered, policy: PolicyInForce, now: datetime) -> None:
    visit = considered.visit
    _next_try[visit.pk] = time.monotonic() + RETRY_SECONDS
    is_dear = considered.cost(considered.ranked[0]) > considered.price
    refusal = "waiting_cheaper" if is_dear else "route_promised"
    record = {**record_of(considered, winner=None), "first_refusal": refusal}
    if decision_repeats(visit_id=visit.pk, outcome=DecisionOutcome.WAITED, record=record):
        return
    decision_write(
        visit_id=visit.pk,
        policy=policy,
        mode=DecisionMode.BATCH,
        outcome=DecisionOutcome.WAITED,
        record=record,
        now=now,
    )
