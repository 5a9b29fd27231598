"""The hall: open offers that a technician may take."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef

from paidan.accounts.access import require
from paidan.accounts.constants import Permission
from paidan.dispatch.constants import GIVEN_BACK, OfferStatus
from paidan.dispatch.models import Offer
from paidan.dispatch.selectors.tasks import skills_by_version, task_planned
from paidan.dispatch.standing_plan import Book, own_book_load
from paidan.kernel.actors import Actor
from paidan.kernel.geo import Point, metres_between
from paidan.kernel.texts import localized
from paidan.kernel.timespan import TimeSpan
from paidan.visits.constants import Urgency
from paidan.visits.models import Assignment
from paidan.workforce.models import Technician
from paidan_engine.constraints import eligibility
from paidan_engine.problem import Task

HALL_DAYS = 21


@dataclass(frozen=True, slots=True)
class OfferCard:
    """An offer as the hall shows it: no name, no door, only what it takes to decide."""

    ref: str
    visit_ref: str
    item_name: str
    type_icon: str
    urgency: str
    urgency_label: str
    window: TimeSpan
    district: str
    distance_metres: int
    duration_minutes: int
    pay_minor: int
    closes_at: datetime


def hall_for(actor: Actor, *, now: datetime) -> tuple[OfferCard, ...]:
    """The open offers this technician may take, urgent first, then by window and distance.

    A constant number of queries, however many offers there are.

    Raises:
        Forbidden: the actor does not grab.
    """
    require(actor, Permission.GRAB_OFFERS)
    technician = Technician.objects.filter(user=actor.user_id, retired_at__isnull=True, paused_at__isnull=True).first()
    if technician is None:
        return ()
    offers = list(_open_offers(technician.pk, now))
    skills = skills_by_version([offer.visit.item_version_id for offer in offers])
    book = own_book_load(technician.pk, TimeSpan(now, now + timedelta(days=HALL_DAYS)), now=now)
    home = Point(technician.home_lat, technician.home_lng)
    cards = [
        _card(offer, home)
        for offer in offers
        if _is_takeable(task_planned(offer.visit, skills.get(offer.visit.item_version_id, ())), book)
    ]
    weight = {Urgency.EMERGENCY: 0, Urgency.URGENT: 1, Urgency.NORMAL: 2}
    return tuple(
        sorted(cards, key=lambda card: (weight[Urgency(card.urgency)], card.window.start, card.distance_metres))
    )


def _open_offers(technician_id: int, now: datetime) -> Any:
    given_back = Assignment.objects.filter(visit=OuterRef("visit"), technician=technician_id, end_reason__in=GIVEN_BACK)
    return (
        Offer.objects.select_related("visit", "visit__item_version__item__type")
        .filter(
            status=OfferStatus.OPEN,
            closes_at__gt=now,
            territory__in=Technician.objects.filter(pk=technician_id).values("memberships__territory"),
        )
        .exclude(Exists(given_back))
    )


def _is_takeable(task: Task, book: Book) -> bool:
    return any(all(v.passed for v in eligibility(task, route, book.travel, book.now)) for route in book.plan)


def _card(offer: Offer, home: Point) -> OfferCard:
    visit = offer.visit
    version = visit.item_version
    return OfferCard(
        ref=offer.ref,
        visit_ref=visit.ref,
        item_name=localized(version.name),
        type_icon=version.item.type.icon,
        urgency=visit.urgency,
        urgency_label=str(Urgency(visit.urgency).label),
        window=TimeSpan(visit.window_start_at, visit.window_end_at),
        district=visit.district,
        distance_metres=round(metres_between(home, Point(visit.lat, visit.lng))),
        duration_minutes=visit.duration_minutes,
        pay_minor=visit.pay_minor,
        closes_at=offer.closes_at,
    )
