"""What happened at the door: the way, the work, the money, the sign-off and the review."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from psycopg.types.range import TimestamptzRange

from paidan.billing.constants import LineKind
from paidan.billing.services import ChargeLineDraft
from paidan.demo.history.dispatching import Taken
from paidan.demo.history.money import cash_write, charge_write
from paidan.demo.history.opinions import review_write
from paidan.demo.history.telling import Telling, Thread
from paidan.dispatch.models import PlanStop
from paidan.fieldwork.events import ReviewInvited
from paidan.kernel.actors import SYSTEM, Actor
from paidan.kernel.geo import Point
from paidan.visits.constants import HoldReason, NotDoneReason
from paidan.workforce.constants import CommitmentKind
from paidan.workforce.models import Commitment
from paidan.worklist.constants import WorkKind

ONE_IN_NOT_DONE = 38
"""Of so many visits one cannot be done: counted, not drawn, so that a small city has one too."""
HOLDS = 0.03
HELD_UP = 0.16
"""Share of the ways that take much longer than planned; half of those miss the promised window."""
STAYS_UNPAID = 0.03
REVIEWED = 0.78
LONGEST_SHARE = 2.2
"""No visit takes longer than so many times its planned time."""


@dataclass(frozen=True, slots=True)
class Served:
    """When it happened."""

    departed_at: datetime
    arrived_at: datetime
    started_at: datetime
    ended_at: datetime


def latest_end(thread_minutes: int, start: datetime) -> datetime:
    """By when a visit that should start then is surely over."""
    return start + timedelta(minutes=thread_minutes * LONGEST_SHARE + 75)


def serve_tell(telling: Telling, thread: Thread, taken: Taken) -> None:
    """Tell the visit from departure to review, as far as the present."""
    departed_at, arrived_at = _travel(telling, thread, taken)
    writer, worker = telling.writer, taken.way.duty.worker
    writer.visit_move(thread.visit, "depart", actor=worker.actor, at=departed_at, crew=worker.crew)
    far = telling.rng.randint(5, 160)
    data = {"distance_metres": far, "far": False}
    writer.visit_move(thread.visit, "arrive", actor=worker.actor, at=arrived_at, crew=worker.crew, data=data)
    writer.booking_move(thread.booking, "begin", actor=SYSTEM, at=telling.later(arrived_at, 1, 2))
    telling.served += 1
    if telling.served % ONE_IN_NOT_DONE == ONE_IN_NOT_DONE // 2:
        _fail(telling, thread, taken, departed_at, arrived_at)
        return
    served = _work(telling, thread, taken, departed_at, arrived_at)
    _occupy(telling, thread, taken, served)
    _pay(telling, thread, taken, served.ended_at)
    _sign_off(telling, thread, taken, served)


def _travel(telling: Telling, thread: Thread, taken: Taken) -> tuple[datetime, datetime]:
    """Set out so as to be there about the planned time, but not before one is free and has accepted."""
    rng, way = telling.rng, taken.way
    way_seconds = way.travel * rng.uniform(0.9, 1.3) + 90
    delay = rng.uniform(-12, 8)
    held_up = rng.uniform(40, 180)
    over_by = latest_end(thread.visit.duration_minutes, way.start + timedelta(minutes=held_up))
    if telling.chance(HELD_UP) and telling.writer.reaches(over_by) and over_by < way.duty.span.end:
        delay = held_up
    wanted = way.start + timedelta(minutes=delay, seconds=-way_seconds)
    departed_at = max(wanted, way.duty.free_at, way.duty.span.start, taken.at + timedelta(seconds=40))
    departed_at = departed_at.replace(microsecond=0)
    return departed_at, departed_at + timedelta(seconds=round(way_seconds))


def _work(telling: Telling, thread: Thread, taken: Taken, departed_at: datetime, arrived_at: datetime) -> Served:
    writer, rng, worker = telling.writer, telling.rng, taken.way.duty.worker
    started_at = telling.later(arrived_at, 90, 420)
    writer.visit_move(thread.visit, "start", actor=worker.actor, at=started_at, crew=worker.crew)
    share = min(1.8, worker.pace * rng.lognormvariate(0, 0.18))
    worked = timedelta(minutes=round(thread.visit.duration_minutes * share))
    ended_at = started_at + worked
    if telling.chance(HOLDS):
        ended_at += _hold(telling, thread, taken, started_at + worked / 3)
    checklist = list(range(len(thread.asked.version.checklist)))
    data = {"checklist": checklist, "text": ""}
    writer.visit_move(thread.visit, "finish", actor=worker.actor, at=ended_at, crew=worker.crew, data=data)
    return Served(departed_at, arrived_at, started_at, ended_at)


def _hold(telling: Telling, thread: Thread, taken: Taken, at: datetime) -> timedelta:
    worker = taken.way.duty.worker
    at = at.replace(microsecond=0)
    pause = timedelta(minutes=telling.rng.randint(8, 20))
    reason = telling.rng.choice((HoldReason.WAITING_FOR_PART, HoldReason.WAITING_FOR_CUSTOMER))
    data = {"reason": str(reason), "text": "", "resume_at": (at + pause).isoformat()}
    changes = {"resume_at": at + pause}
    writer, visit = telling.writer, thread.visit
    writer.visit_move(visit, "hold", actor=worker.actor, at=at, crew=worker.crew, data=data, changes=changes)
    writer.visit_move(visit, "resume", actor=worker.actor, at=at + pause, crew=worker.crew)
    return pause


def _fail(telling: Telling, thread: Thread, taken: Taken, departed_at: datetime, arrived_at: datetime) -> None:
    """The work could not be done; the desk looked at it and closed the booking."""
    writer, worker, visit = telling.writer, taken.way.duty.worker, thread.visit
    reasons = (NotDoneReason.CUSTOMER_ABSENT, NotDoneReason.NO_ACCESS, NotDoneReason.CUSTOMER_REFUSED)
    reason = str(telling.rng.choice(reasons))
    failed_at = telling.later(arrived_at, 420, 1500)
    writer.visit_move(
        visit, "fail", actor=worker.actor, at=failed_at, crew=worker.crew, data={"reason": reason, "text": ""}
    )
    _occupy(telling, thread, taken, Served(departed_at, arrived_at, arrived_at, failed_at))
    writer.booking_move(thread.booking, "complete", actor=SYSTEM, at=telling.later(failed_at, 1, 2))
    dispatcher = telling.desk.dispatchers[visit.territory_id]
    done_at = telling.work_done(
        WorkKind.NOT_DONE,
        visit.ref,
        territory_id=visit.territory_id,
        facts={"reason": reason},
        at=failed_at,
        by=dispatcher,
    )
    if writer.reaches(done_at):
        writer.booking_move(thread.booking, "close", actor=dispatcher, at=done_at)


def _occupy(telling: Telling, thread: Thread, taken: Taken, served: Served) -> None:
    """The technician's time and the plan as they turned out."""
    duty, visit = taken.way.duty, thread.visit
    travel = round((served.arrived_at - served.departed_at).total_seconds())
    duty.fill(until=served.ended_at, place=Point(visit.lat, visit.lng))
    telling.writer.keep_later(
        lambda: Commitment(
            technician=duty.worker.technician,
            shift=duty.shift,
            kind=CommitmentKind.VISIT,
            subject_id=visit.pk,
            work=TimestamptzRange(served.started_at, served.ended_at, "[)"),
            travel_seconds=travel,
            span=TimestamptzRange(served.departed_at, served.ended_at, "[)"),
        )
    )
    telling.writer.keep(
        PlanStop(
            plan_day=telling.plan_day(duty.shift),
            shift=duty.shift,
            visit=visit,
            pinned=True,
            start_at=served.started_at,
            end_at=served.ended_at,
            travel_seconds=travel,
        ),
    )


def _pay(telling: Telling, thread: Thread, taken: Taken, ended_at: datetime) -> None:
    booking, visit = thread.booking, thread.visit
    line = ChargeLineDraft(
        name=booking.item_name, unit_minor=booking.price_minor, tax_percent=thread.asked.version.tax_percent
    )
    charge = charge_write(
        telling.writer, line, subject_ref=visit.ref, kind=LineKind.SERVICE, at=ended_at, rng=telling.rng
    )
    paid_at = telling.later(ended_at, 60, 480)
    if telling.writer.reaches(paid_at) and not telling.chance(STAYS_UNPAID):
        key = taken.way.duty.worker.actor.key
        cash_write(telling.writer, charge, taken_by_key=key, at=paid_at, rng=telling.rng)


def _sign_off(telling: Telling, thread: Thread, taken: Taken, served: Served) -> None:
    actor, at = _who_signs(telling, thread, served.ended_at)
    writer, visit, worker = telling.writer, thread.visit, taken.way.duty.worker
    if not writer.reaches(at + timedelta(seconds=5)):
        return
    writer.visit_move(visit, "sign_off", actor=actor, at=at, crew=worker.crew)
    writer.tell(
        at,
        lambda: ReviewInvited(
            visit_id=visit.pk,
            visit_ref=visit.ref,
            booking_ref=visit.booking_ref,
            customer_id=visit.customer_id,
            technician_id=worker.technician.pk,
            refs=(visit.ref, visit.booking_ref),
        ),
    )
    closed_at = telling.later(at, 1, 2)
    writer.booking_move(thread.booking, "complete", actor=SYSTEM, at=closed_at)
    writer.booking_move(thread.booking, "close", actor=SYSTEM, at=closed_at)
    reviewed_at = telling.later(at, 120, 30 * 3600)
    if telling.chance(REVIEWED) and writer.reaches(reviewed_at):
        was_late = served.arrived_at > visit.window_end_at
        review_write(writer, visit, worker, was_late=was_late, at=reviewed_at, rng=telling.rng)


def _who_signs(telling: Telling, thread: Thread, ended_at: datetime) -> tuple[Actor, datetime]:
    """Most customers sign at once, some through the desk, the rest by silence after a day."""
    drawn = telling.rng.random()
    if drawn < 0.66:
        return thread.customer, telling.later(ended_at, 60, 3 * 3600)
    if drawn < 0.70:
        return telling.rng.choice(telling.desk.service), telling.later(ended_at, 3600, 8 * 3600)
    return SYSTEM, telling.later(ended_at + timedelta(hours=24), 0, 1)
