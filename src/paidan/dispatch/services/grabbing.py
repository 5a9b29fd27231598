"""The grab: first valid claim wins, decided where it is written (G3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from paidan.accounts.access import require
from paidan.accounts.constants import Permission
from paidan.customers.models import Customer
from paidan.dispatch.constants import FIRST_VALID_CLAIM, RULE_SENTENCES, DecisionMode, DecisionOutcome, OfferStatus
from paidan.dispatch.errors import NotEligible, OfferGone, RoutePromised
from paidan.dispatch.models import Offer
from paidan.dispatch.policies import policy_in_force
from paidan.dispatch.services.promises import task_of_visit
from paidan.dispatch.services.recording import AssignmentView, decision_write
from paidan.dispatch.standing_plan import Book, book_load, book_save, days_lock, instant, scope_of, visit_key
from paidan.kernel.actors import Actor
from paidan.kernel.errors import NotFound
from paidan.kernel.locking import busy_on_lock_timeout, is_exclusion_violation, is_unique_violation
from paidan.kernel.timespan import TimeSpan
from paidan.visits.constants import AssignmentSource
from paidan.visits.models import Visit
from paidan.visits.services import Crew, assignment_create, visit_move
from paidan_engine.repair import Displaced, NotPossible, claim
from paidan_engine.solution import DayPlan

CLAIM_STEPS = 6_000


@transaction.atomic(savepoint=False)
def offer_grab(*, offer_ref: str, actor: Actor, now: datetime) -> AssignmentView:
    """Give the offered visit to the technician who asks first and may take it.

    Raises:
        OfferGone: another technician was first, or the offer lapsed.
        NotEligible: a hard rule refuses; carries the rule and its sentence.
        RoutePromised: another promise would lose its plan.
        Busy: others hold the plan of that day for too long.
    """
    require(actor, Permission.GRAB_OFFERS)
    wish = _wish_read(offer_ref, actor)
    if wish.status != OfferStatus.OPEN or wish.closes_at <= now:
        raise OfferGone
    visit, technician_id = wish.visit, wish.technician_id
    scope = scope_of(visit.territory_id, wish.zone, TimeSpan(visit.window_start_at, visit.window_end_at))
    with busy_on_lock_timeout():
        days = days_lock([scope])
    _offer_claim(wish.offer_id, now)

    book = book_load(scope, now=now)
    plan = _claimed(book, visit, technician_id)

    crew = Crew(technician_id, actor.user_id or 0)
    visit_move(visit, "grab", actor=actor, now=now, crew=crew)
    try:
        assignment = assignment_create(
            visit_id=visit.pk, technician_id=technician_id, source=AssignmentSource.GRAB, now=now
        )
        book_save(book, plan, days=days)
    except IntegrityError as error:
        if is_exclusion_violation(error) or is_unique_violation(error):
            raise OfferGone from error
        raise
    decision_write(
        visit_id=visit.pk,
        policy=policy_in_force(),
        mode=DecisionMode.GRAB,
        outcome=DecisionOutcome.ASSIGNED,
        record={"winner": technician_id, "why": FIRST_VALID_CLAIM},
        winner_id=technician_id,
        assignment_id=assignment.pk,
        actor_key=actor.key,
        now=now,
    )
    return AssignmentView(
        visit_ref=visit.ref,
        status=visit.status,
        technician_id=technician_id,
        technician_ref=wish.technician_ref,
        planned_start_at=planned_start(plan, visit.pk),
    )


def planned_start(plan: DayPlan, visit_id: int) -> datetime | None:
    """When work on a visit starts by a plan."""
    found = plan.find(visit_key(visit_id))
    return instant(found[1].start) if found is not None else None


@dataclass(frozen=True, slots=True)
class _Wish:
    """An open or ended offer, and the technician who asks for it."""

    offer_id: int
    status: str
    closes_at: datetime
    zone: str
    technician_id: int
    technician_ref: str
    visit: Visit


# Written out, because every contender of a race asks it: composing it anew took a tenth of the whole grab.
_WISH = """
    SELECT v.id, v.ref, v.status, v.booking_ref, v.customer_id, v.item_version_id, v.territory_id, v.lat, v.lng,
           v.window_start_at, v.window_end_at, v.duration_minutes, c.user_id AS customer_user_id,
           o.id AS offer_id, o.status AS offer_status, o.closes_at AS offer_closes_at, y.time_zone AS zone,
           t.id AS technician_id, t.ref AS technician_ref
      FROM dispatch_offer o
      JOIN visits_visit v ON v.id = o.visit_id
      JOIN customers_customer c ON c.id = v.customer_id
      JOIN workforce_territory y ON y.id = o.territory_id
      JOIN workforce_technician t ON t.user_id = %s AND t.retired_at IS NULL
     WHERE o.ref = %s AND EXISTS (SELECT 1 FROM workforce_territorymembership m
                                   WHERE m.technician_id = t.id AND m.territory_id = o.territory_id)
"""


def _wish_read(offer_ref: str, actor: Actor) -> _Wish:
    """The offer, unlocked, and who asks, in one query; losers leave after it.

    Raises:
        NotFound: there is no such offer in a territory of this technician.
    """
    found = list(Visit.objects.raw(_WISH, [actor.user_id, offer_ref]))
    if not found:
        raise NotFound
    visit: Any = found[0]  # with what the query adds to a visit
    visit.customer = Customer.from_db(None, ("id", "user_id"), (visit.customer_id, visit.customer_user_id))
    return _Wish(
        offer_id=visit.offer_id,
        status=visit.offer_status,
        closes_at=visit.offer_closes_at,
        zone=visit.zone,
        technician_id=visit.technician_id,
        technician_ref=visit.technician_ref,
        visit=visit,
    )


def _offer_claim(offer_id: int, now: datetime) -> None:
    claimed = Offer.objects.filter(pk=offer_id, status=OfferStatus.OPEN, closes_at__gt=now).update(
        status=OfferStatus.TAKEN, closed_at=now
    )
    if claimed != 1:
        raise OfferGone


def _claimed(book: Book, visit: Visit, technician_id: int) -> DayPlan:
    """The plan with the visit pinned to the technician and every other promise kept."""
    found = book.plan.find(visit_key(visit.pk))
    task = found[1].task if found is not None else task_of_visit(visit)
    if book.route_of(technician_id) is None:
        raise not_eligible(["on_duty"])
    result = claim(book.plan, task, technician_id, book.travel, book.now, budget=CLAIM_STEPS)
    if isinstance(result, NotPossible):
        raise not_eligible([verdict.code for verdict in result.verdicts])
    if isinstance(result, Displaced):
        raise RoutePromised(facts={"promises": len(result.keys)})
    return result


def not_eligible(rules: list[str]) -> NotEligible:
    """The refusal that names its rules; the first one's sentence is the message."""
    first = rules[0] if rules else "on_duty"
    return NotEligible(RULE_SENTENCES.get(first), facts={"rules": rules})
