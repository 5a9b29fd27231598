"""How a visit of the past found its technician: grabbed, matched in a batch, or given by hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from paidan.catalog.constants import DispatchMode
from paidan.demo.history.duty import Way
from paidan.demo.history.telling import Telling, Thread
from paidan.demo.identity import reference
from paidan.dispatch.constants import DecisionMode, DecisionOutcome, OfferStatus
from paidan.dispatch.models import Decision, Offer
from paidan.dispatch.services.offering import SHORTER
from paidan.kernel.actors import SYSTEM, Actor
from paidan.kernel.settings import OFFER_SECONDS
from paidan.visits.constants import AssignmentSource, DeclineReason, Urgency
from paidan.visits.models import Assignment

BY_HAND = 0.04
DECLINES = 0.07
LAPSES = 0.02
GRABBERS = 4
"""So many of the nearest look at the hall before an offer closes."""


@dataclass(frozen=True, slots=True)
class Taken:
    """Who accepted, when, and how they would do it."""

    way: Way
    at: datetime
    assignment: Assignment


def dispatch_tell(telling: Telling, thread: Thread, *, at: datetime) -> Taken:
    """Tell how the visit was dispatched from an instant on."""
    if thread.asked.version.mode == DispatchMode.GRAB_FIRST:
        opened_at = telling.later(at, 1, 2)
        offer = _offer(telling, thread, opened_at)
        grabber = _grabber(telling, thread)
        if grabber is not None:
            return _grab(telling, thread, offer, grabber)
        if telling.chance(BY_HAND):
            return _by_hand(telling, thread, offer)
        at = offer.closes_at
        offer.status, offer.closed_at = OfferStatus.LAPSED, at
        telling.writer.visit_move(thread.visit, "withdraw", actor=SYSTEM, at=at)
    return _matched(telling, thread, at=telling.later(at, 1, 3))


def _offer(telling: Telling, thread: Thread, at: datetime) -> Offer:
    seconds = OFFER_SECONDS.default // SHORTER[Urgency(thread.visit.urgency)]
    offer = Offer(
        ref=reference(telling.rng, "O"),
        visit=thread.visit,
        territory=thread.asked.territory,
        opened_at=at,
        closes_at=at + timedelta(seconds=seconds),
    )
    telling.writer.visit_move(thread.visit, "offer", actor=SYSTEM, at=at)
    telling.writer.keep(offer)
    return offer


def _grabber(telling: Telling, thread: Thread) -> Way | None:
    """The first of the nearest who is quick enough, if any is."""
    near = thread.choice.ways[:GRABBERS]
    return next((way for way in near if telling.chance(way.duty.worker.eagerness * 0.75)), None)


def _grab(telling: Telling, thread: Thread, offer: Offer, way: Way) -> Taken:
    open_seconds = (offer.closes_at - offer.opened_at).total_seconds()
    at = telling.later(offer.opened_at, 4, open_seconds - 3)
    offer.status, offer.closed_at = OfferStatus.TAKEN, at
    worker = way.duty.worker
    telling.writer.visit_move(thread.visit, "grab", actor=worker.actor, at=at, crew=worker.crew)
    assignment = _assignment(telling, thread, way, AssignmentSource.GRAB, at)
    record = {"winner": worker.technician.pk, "why": "first_valid_claim"}
    _decision(telling, assignment, DecisionMode.GRAB, record, worker.actor, at)
    return Taken(way, at, assignment)


def _by_hand(telling: Telling, thread: Thread, offer: Offer) -> Taken:
    """A dispatcher was faster than the hall and gave it to the best."""
    at = telling.later(offer.opened_at, 10, 25)
    offer.status, offer.closed_at = OfferStatus.WITHDRAWN, at
    dispatcher = telling.desk.dispatchers[thread.visit.territory_id]
    way = thread.choice.ways[0]
    assignment = _assign(telling, thread, way, AssignmentSource.MANUAL, dispatcher, at)
    record = {"winner": way.duty.worker.technician.pk, "override": "", "waived": [], "promises_at_risk": 0}
    _decision(telling, assignment, DecisionMode.MANUAL, record, dispatcher, at)
    return _accept(telling, thread, way, assignment, at)


def _matched(telling: Telling, thread: Thread, *, at: datetime) -> Taken:
    """The batch gave it to the cheapest; who declines or stays silent is passed over."""
    ways = list(thread.choice.ways)
    while True:
        way = ways.pop(0)
        assignment = _assign(telling, thread, way, AssignmentSource.AUTOMATIC, SYSTEM, at)
        price = telling.weights.waiting_price
        record = thread.choice.record(way, price_of_waiting=price)
        _decision(telling, assignment, DecisionMode.BATCH, record, SYSTEM, at)
        may_fail = len(ways) > 0 and thread.visit.urgency == Urgency.NORMAL
        if may_fail and telling.chance(DECLINES):
            at = telling.later(_decline(telling, thread, way, assignment, at), 1, 3)
        elif may_fail and telling.chance(LAPSES):
            at = telling.later(_lapse(telling, thread, way, assignment, at), 1, 3)
        else:
            return _accept(telling, thread, way, assignment, at)


def _assign(
    telling: Telling, thread: Thread, way: Way, source: AssignmentSource, actor: Actor, at: datetime
) -> Assignment:
    changes = {"accept_by_at": at + timedelta(minutes=5)}
    telling.writer.visit_move(thread.visit, "assign", actor=actor, at=at, crew=way.duty.worker.crew, changes=changes)
    return _assignment(telling, thread, way, source, at)


def _assignment(telling: Telling, thread: Thread, way: Way, source: AssignmentSource, at: datetime) -> Assignment:
    row = Assignment(visit=thread.visit, technician=way.duty.worker.technician, source=source, created_at=at)
    telling.writer.keep(row)
    return row


def _accept(telling: Telling, thread: Thread, way: Way, assignment: Assignment, at: datetime) -> Taken:
    accepted_at = telling.later(at, 15, 200)
    worker = way.duty.worker
    telling.writer.visit_move(thread.visit, "accept", actor=worker.actor, at=accepted_at, crew=worker.crew)
    return Taken(way, accepted_at, assignment)


def _decline(telling: Telling, thread: Thread, way: Way, assignment: Assignment, at: datetime) -> datetime:
    declined_at = telling.later(at, 20, 240)
    reasons = (DeclineReason.TOO_FAR, DeclineReason.NO_TIME, DeclineReason.MISSING_TOOL)
    worker = way.duty.worker
    data = {"reason": str(telling.rng.choice(reasons)), "text": ""}
    telling.writer.visit_move(thread.visit, "decline", actor=worker.actor, at=declined_at, crew=worker.crew, data=data)
    assignment.ended_at, assignment.end_reason = declined_at, "declined"
    return declined_at


def _lapse(telling: Telling, thread: Thread, way: Way, assignment: Assignment, at: datetime) -> datetime:
    lapsed_at = at + timedelta(minutes=5)
    telling.writer.visit_move(
        thread.visit, "lapse", actor=SYSTEM, at=lapsed_at, crew=way.duty.worker.crew, data={"reason": "no_answer"}
    )
    assignment.ended_at, assignment.end_reason = lapsed_at, "lapsed"
    return lapsed_at


def _decision(
    telling: Telling,
    assignment: Assignment,
    mode: DecisionMode,
    record: dict[str, object],
    actor: Actor,
    at: datetime,
) -> None:
    telling.writer.keep(
        Decision(
            ref=reference(telling.rng, "D"),
            visit=assignment.visit,
            policy=telling.policy,
            mode=mode,
            outcome=DecisionOutcome.ASSIGNED,
            winner=assignment.technician,
            assignment=assignment,
            record=record,
            actor_key=actor.key,
            decided_at=at,
        )
    )
