"""What the next days hold: promised visits in the standing plan, some taken, some in the hall, some waiting."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from functools import partial

from paidan.booking.services.reviewing import ReviewVerdict, booking_review_decide
from paidan.catalog.models import ServiceItemVersion
from paidan.demo.history.demand import ZONE
from paidan.demo.history.duty import Worker
from paidan.demo.present.stage import Stage, attempted, booking_make
from paidan.dispatch.constants import OfferStatus
from paidan.dispatch.models import Offer
from paidan.dispatch.services import assignment_accept, offer_grab, visit_assign
from paidan.dispatch.services.dispatching import territory_match
from paidan.dispatch.services.offering import offers_open
from paidan.dispatch.slots import DAY_HOURS, WINDOW
from paidan.kernel.timespan import TimeSpan
from paidan.visits.models import Visit

LATER_DAYS = (1, 1, 1, 2, 2, 3, 3, 4, 5, 6, 8, 11)
FAR_DAYS = (16, 17, 18, 19)
"""Beyond the time at which dispatch begins: these visits wait."""
GRABBED = 0.75
BY_HAND = 0.08
OPEN_EACH = 2
"""So many offers stay open in each territory, and one more visit there waits for its technician's answer."""
TRIES = 4
DOUBTS = 3


def coming_book(stage: Stage, *, bookings: int) -> int:
    """Book the next days; returns how many bookings were promised."""
    made = 0
    for number in range(bookings):
        days = FAR_DAYS if number % 12 == 5 else LATER_DAYS
        made += _book_one(stage, stage.rng.choice(days))
    return made


def _book_one(stage: Stage, days_ahead: int) -> bool:
    rng = stage.rng
    address, _territory = stage.demand.door_drawn()
    day = stage.now.astimezone(ZONE).date() + timedelta(days=days_ahead)
    version = stage.demand.version_drawn(day.month)
    at = stage.now - timedelta(minutes=rng.randint(3, 900))
    for _ in range(TRIES):
        window = _window(day, rng.choice(DAY_HOURS))
        if attempted(partial(booking_make, stage, version, address, window, at=at)):
            return True
    return False


def _window(day: date, hour: int) -> TimeSpan:
    opens = datetime.combine(day, time(hour), tzinfo=ZONE)
    return TimeSpan(opens, opens + WINDOW)


def doubts_leave(stage: Stage) -> None:
    """Two bookings the desk must look at, and one that its customer must complete."""
    window = _window(stage.now.astimezone(ZONE).date() + timedelta(days=2), 10)
    doubtful: list[str] = []
    for number, (address, _territory) in enumerate(stage.demand.doors[40:60]):
        version = stage.demand.versions[number % len(stage.demand.versions)]
        book = partial(booking_make, stage, version, address, window, at=stage.now - timedelta(minutes=25))
        if len(doubtful) < DOUBTS and attempted(book) is not None:
            again = attempted(book)
            doubtful += [again.ref] if again is not None and not again.is_confirmed else []
    if doubtful:
        booking_review_decide(
            ref=doubtful[-1],
            verdict=ReviewVerdict.ASK,
            text="请问是同一台设备吗？",
            actor=stage.desk.service[0],
            now=stage.now - timedelta(minutes=5),
        )


def coming_dispatch(stage: Stage, territory_ids: tuple[int, ...]) -> None:
    """Open the hall, and let most of what is offered find its technician."""
    at = stage.now - timedelta(minutes=2)
    for territory_id in territory_ids:
        offers_open(territory_id, at)
        _hall_answer(stage, territory_id)
        territory_match(territory_id, stage.now - timedelta(seconds=20))


def _hall_answer(stage: Stage, territory_id: int) -> None:
    """Technicians grab, a dispatcher gives some by hand, a few stay open for whoever looks."""
    offers = list(
        Offer.objects.select_related("visit__item_version", "territory")
        .filter(territory=territory_id, status=OfferStatus.OPEN)
        .order_by("visit__window_start_at", "pk")
    )
    for offer in offers[OPEN_EACH : OPEN_EACH + 1]:
        give_by_hand(stage, offer.visit, _able(stage, territory_id, offer.visit.item_version))
    for offer in offers[OPEN_EACH + 1 :]:
        drawn = stage.rng.random()
        if drawn < GRABBED:
            _grab(stage, offer)
        elif drawn < GRABBED + BY_HAND:
            workers = _able(stage, territory_id, offer.visit.item_version)
            _accept(stage, offer.visit.ref, give_by_hand(stage, offer.visit, workers))


def _able(stage: Stage, territory_id: int, version: ServiceItemVersion) -> list[Worker]:
    found = [worker for worker in stage.crews[territory_id] if stage.can_do(worker, version)]
    return stage.rng.sample(found, len(found))


def _grab(stage: Stage, offer: Offer) -> None:
    for worker in _able(stage, offer.territory_id, offer.visit.item_version)[:TRIES]:
        at = stage.now - timedelta(seconds=stage.rng.randint(30, 100))
        if attempted(partial(offer_grab, offer_ref=offer.ref, actor=worker.actor, now=at)):
            return


def give_by_hand(stage: Stage, visit: Visit, workers: Sequence[Worker]) -> Worker | None:
    """A dispatcher gives a visit to the first of the workers who can be there; returns who got it."""
    dispatcher = stage.desk.dispatchers[visit.territory_id]
    for worker in workers[:TRIES]:
        give = partial(visit_assign, visit_ref=visit.ref, technician_ref=worker.technician.ref)
        if attempted(partial(give, actor=dispatcher, now=stage.now)):
            return worker
    return None


def _accept(stage: Stage, visit_ref: str, worker: Worker | None) -> None:
    if worker is not None:
        assignment_accept(visit_ref=visit_ref, actor=worker.actor, now=stage.now)
