"""What became of each booking: judged, promised, called off, or served."""

from __future__ import annotations

from datetime import datetime, timedelta

from paidan.billing.constants import LineKind
from paidan.billing.services import ChargeLineDraft
from paidan.booking.constants import CancelReason, Channel
from paidan.booking.models import Booking
from paidan.booking.services.costing import FEE_NAMES
from paidan.catalog.constants import FeeOccasion
from paidan.catalog.selectors import cancellation_fee
from paidan.demo.history.demand import ZONE, Asked
from paidan.demo.history.dispatching import Taken, dispatch_tell
from paidan.demo.history.duty import DutyBook, choose
from paidan.demo.history.money import charge_write
from paidan.demo.history.serving import latest_end, serve_tell
from paidan.demo.history.telling import Telling, Thread
from paidan.demo.identity import reference
from paidan.kernel.actors import SYSTEM
from paidan.kernel.texts import texts_of
from paidan.visits.models import Visit
from paidan.worklist.constants import WorkKind

REJECTED = 0.012
DOUBTED = 0.03
CANCELLED = 0.075
CANCELLED_LATE = 0.3
CONFIRMED_BY_CUSTOMER = 0.5


def story_tell(telling: Telling, duties: DutyBook, asked: Asked) -> bool:
    """Tell one booking; ``False`` when nobody could have come then, or when it would reach into the present."""
    day = asked.window.start.astimezone(ZONE).date()
    choice = choose(telling.errand(asked), duties.around(asked.territory.pk, day), telling.weights)
    if not choice.ways:
        return False
    latest_start = max(way.start for way in choice.ways)
    if not telling.writer.reaches(latest_end(asked.version.duration_minutes, latest_start)):
        return False
    booking = _booking(telling, asked)
    thread = Thread(asked, booking, _visit(telling, asked, booking), choice)
    taker = thread.customer if asked.channel == Channel.WEB else telling.rng.choice(telling.desk.service)
    booking.created_by_id = taker.user_id
    telling.writer.booking_take(booking, actor=taker)

    confirmed_at = _judge(telling, thread)
    if confirmed_at is None:
        return True
    telling.writer.visit_create(thread.visit, booking)
    taken = dispatch_tell(telling, thread, at=confirmed_at)
    thread.visit.planned_start_at = taken.way.start
    thread.visit.planned_end_at = taken.way.start + timedelta(minutes=thread.visit.duration_minutes)
    if telling.chance(CANCELLED) and _cancel(telling, thread, taken):
        return True
    if telling.chance(CONFIRMED_BY_CUSTOMER):
        _acknowledge(telling, thread, taken)
    serve_tell(telling, thread, taken)
    return True


def _booking(telling: Telling, asked: Asked) -> Booking:
    return Booking(
        ref=reference(telling.rng, "B"),
        channel=asked.channel,
        customer=asked.customer,
        item_version=asked.version,
        item_name=asked.version.name,
        price_minor=asked.version.price_minor,
        description=asked.description,
        special_requirements=asked.wish,
        urgency=asked.urgency,
        address=asked.address,
        contact_name=asked.customer.name,
        contact_phone=asked.customer.phone or "",
        territory=asked.territory,
        window_start_at=asked.window.start,
        window_end_at=asked.window.end,
        created_at=asked.at,
    )


def _visit(telling: Telling, asked: Asked, booking: Booking) -> Visit:
    return Visit(
        ref=reference(telling.rng, "V"),
        booking_ref=booking.ref,
        customer=asked.customer,
        item_version=asked.version,
        territory=asked.territory,
        urgency=asked.urgency,
        description="\n".join(part for part in (asked.description, asked.wish) if part),
        contact_name=asked.customer.name,
        contact_phone=asked.customer.phone or "",
        district=asked.address.district,
        address_text=asked.address.text,
        door=asked.address.door,
        lat=asked.address.lat,
        lng=asked.address.lng,
        window_start_at=asked.window.start,
        window_end_at=asked.window.end,
        duration_minutes=asked.version.duration_minutes,
        pay_minor=asked.version.pay_minor,
        release_at=asked.at,
        created_at=asked.at,
    )


def _judge(telling: Telling, thread: Thread) -> datetime | None:
    """The automatic review, and the desk's where it doubted; ``None`` when the booking was turned down."""
    writer, booking, at = telling.writer, thread.booking, thread.asked.at
    is_rejected = telling.chance(REJECTED)
    if not is_rejected and not telling.chance(DOUBTED):
        writer.booking_move(booking, "confirm", actor=SYSTEM, at=at)
        return at
    findings = ["duplicate"]
    writer.booking_move(
        booking, "review", actor=SYSTEM, at=at, data={"findings": findings}, changes={"findings": findings}
    )
    judge = telling.rng.choice(telling.desk.service)
    decided_at = telling.work_done(
        WorkKind.BOOKING_REVIEW,
        booking.ref,
        territory_id=thread.asked.territory.pk,
        facts={"reasons": ["The same service is already booked for this customer at that time."]},
        at=at,
        by=judge,
    )
    if is_rejected:
        data = {"reason": "review", "text": "您在同一时段已有相同的预约。"}
        writer.booking_move(booking, "reject", actor=judge, at=decided_at, data=data)
        return None
    writer.booking_move(booking, "confirm", actor=judge, at=decided_at)
    thread.visit.created_at = thread.visit.release_at = decided_at
    return decided_at


def _acknowledge(telling: Telling, thread: Thread, taken: Taken) -> None:
    """The customer says that the time suits, before anybody sets out."""
    latest = thread.asked.window.start - timedelta(hours=2)
    at = telling.later(taken.at, 60, 3600)
    if at < latest:
        telling.writer.booking_move(thread.booking, "acknowledge", actor=thread.customer, at=at)


def _cancel(telling: Telling, thread: Thread, taken: Taken) -> bool:
    """Called off after a technician had accepted: free in good time, at a fee when late."""
    opens = thread.asked.window.start
    is_late = telling.chance(CANCELLED_LATE)
    notice = timedelta(minutes=telling.rng.randint(25, 110) if is_late else telling.rng.randint(125, 2000))
    at = opens - notice
    if at < taken.at + timedelta(minutes=1):
        return False
    party = thread.customer if telling.chance(0.8) else telling.rng.choice(telling.desk.service)
    reasons = (CancelReason.CHANGED_MIND, CancelReason.WRONG_TIME, CancelReason.FOUND_OTHER, CancelReason.OTHER)
    reason = str(telling.rng.choice(reasons))
    data = {"reason": reason, "text": ""}
    taken.assignment.ended_at, taken.assignment.end_reason = at, "cancelled"
    thread.visit.planned_start_at = thread.visit.planned_end_at = None
    telling.writer.visit_move(thread.visit, "cancel", actor=party, at=at, data=data)
    fee = _fee(telling, thread, at)
    changes = {"cancel_reason": reason, "cancel_fee_minor": fee}
    telling.writer.booking_move(thread.booking, "cancel", actor=party, at=at, data=data, changes=changes)
    return True


def _fee(telling: Telling, thread: Thread, at: datetime) -> int:
    """What cancelling then cost, charged under the table the booking was sold under."""
    notice = int((thread.asked.window.start - at).total_seconds() // 60)
    version = thread.asked.version
    fee = cancellation_fee(version.fee_table_id, thread.booking.price_minor, notice).amount_minor
    if fee:
        line = ChargeLineDraft(name=texts_of(FEE_NAMES[FeeOccasion.CANCEL]), unit_minor=fee)
        charge_write(telling.writer, line, subject_ref=thread.booking.ref, kind=LineKind.FEE, at=at, rng=telling.rng)
    return fee
