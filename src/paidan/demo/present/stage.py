"""Where today's scenes are set: who is on duty, who may call, and how a booking is taken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import TypeVar

from django.db import transaction

from paidan.accounts.access import actor_of_user
from paidan.booking.constants import Channel
from paidan.booking.forms import NewBooking
from paidan.booking.services.submitting import booking_submit
from paidan.booking.services.viewing import BookingView
from paidan.catalog.models import ServiceItemVersion
from paidan.customers.models import Address
from paidan.demo.history.demand import ZONE, Demand
from paidan.demo.history.duty import Duty, DutyBook, Worker
from paidan.demo.history.telling import Desk, desk_load, needs_load
from paidan.demo.identity import seeded
from paidan.dispatch.constants import OfferStatus
from paidan.dispatch.models import Offer
from paidan.dispatch.services import offer_grab
from paidan.dispatch.services.offering import offers_open
from paidan.kernel.actors import Actor
from paidan.kernel.errors import DomainError
from paidan.kernel.geo import Point, metres_between
from paidan.kernel.timespan import TimeSpan, local_date
from paidan.visits.constants import Urgency
from paidan.visits.models import Visit
from paidan.workforce.models import TerritoryMembership

T = TypeVar("T")
NEAREST = 5


@dataclass(eq=False, slots=True)
class Stage:
    """The city at an instant, and the dice."""

    now: datetime
    rng: Random
    demand: Demand
    duties: DutyBook
    desk: Desk
    needs: dict[int, tuple[tuple[int, int], ...]]
    crews: dict[int, tuple[Worker, ...]]

    def can_do(self, worker: Worker, version: ServiceItemVersion) -> bool:
        """Whether a worker holds what an item asks for."""
        return all(worker.skills.get(skill, 0) >= level for skill, level in self.needs.get(version.pk, ()))

    def doors_near(self, worker: Worker, territory_id: int) -> list[Address]:
        """Doors of a territory near a worker's home, in an order drawn."""
        doors = [address for address, territory in self.demand.doors if territory.pk == territory_id]
        doors.sort(key=lambda address: metres_between(worker.home, Point(address.lat, address.lng)))
        return self.rng.sample(doors[:NEAREST], min(NEAREST, len(doors)))

    def on_duty(self, territory_id: int, span: TimeSpan) -> list[Duty]:
        """Shifts of a territory that overlap a span, in an order drawn."""
        found = [duty for duty in self.duties.of(territory_id) if duty.span.overlaps(span)]
        self.rng.shuffle(found)
        return found


def stage_set(*, seed: int, now: datetime) -> Stage:
    """The city as it stands."""
    today = local_date(now, ZONE)
    duties = DutyBook(first=today - timedelta(days=1), last=today, rng=seeded(seed, "workers"))
    by_id = {worker.technician.pk: worker for worker in duties.workers}
    crews: dict[int, tuple[Worker, ...]] = {}
    memberships = TerritoryMembership.objects.filter(dates__contains=today).order_by("technician__staff_number")
    for territory_id, technician_id in memberships.values_list("territory", "technician"):
        crews[territory_id] = (*crews.get(territory_id, ()), by_id[technician_id])
    return Stage(
        now=now,
        rng=seeded(seed, "present"),
        demand=Demand(seeded(seed, "coming")),
        duties=duties,
        desk=desk_load(),
        needs=needs_load(),
        crews=crews,
    )


def attempted(act: Callable[[], T]) -> T | None:
    """The outcome of what a service may refuse; a refusal leaves nothing behind."""
    try:
        with transaction.atomic():
            return act()
    except DomainError:
        return None


def booking_make(
    stage: Stage, version: ServiceItemVersion, address: Address, window: TimeSpan, *, at: datetime
) -> BookingView:
    """Book as the customer would, or by phone for who has no account.

    Raises:
        SlotTaken, Invalid: nobody can come then.
    """
    user = address.customer.user
    actor = actor_of_user(user) if user is not None else stage.rng.choice(stage.desk.service)
    channel = Channel.WEB if user is not None else Channel.PHONE
    form = NewBooking(
        item_code=version.item.code,
        window=window,
        contact_name=address.customer.name,
        contact_phone=address.customer.phone or "",
        address_ref=address.ref,
        description=stage.demand.words_about(version),
        urgency=Urgency.URGENT if version.is_round_the_clock else Urgency.NORMAL,
    )
    return booking_submit(form=form, actor=actor, channel=channel, now=at)


def grabbed(stage: Stage, visit: Visit, actor: Actor, *, at: datetime) -> None:
    """Show the territory's released visits in the hall, and let somebody take this one.

    Raises:
        OfferGone, NotEligible, RoutePromised: they may not.
    """
    offers_open(visit.territory_id, at)
    offer = Offer.objects.get(visit=visit, status=OfferStatus.OPEN)
    offer_grab(offer_ref=offer.ref, actor=actor, now=at + timedelta(seconds=stage.rng.randint(5, 20)))
