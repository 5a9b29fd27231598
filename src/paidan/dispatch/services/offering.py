"""Offers open and lapse: what is released goes to the hall first, and on to automatic assignment after (G4)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef

from paidan.catalog.constants import DispatchMode
from paidan.dispatch.constants import OfferStatus
from paidan.dispatch.models import Offer
from paidan.dispatch.services.promises import scope_of_visit
from paidan.dispatch.standing_plan import days_lock
from paidan.kernel.actors import SYSTEM
from paidan.kernel.clocks import each_due
from paidan.kernel.settings import OFFER_SECONDS
from paidan.visits.constants import Urgency, VisitStatus
from paidan.visits.models import Visit, VisitStep
from paidan.visits.services import visit_move

BATCH = 100
SHORTER = {Urgency.NORMAL: 1, Urgency.URGENT: 2, Urgency.EMERGENCY: 4}


def offered_since_promised() -> Exists:
    """Whether a visit has been in the hall since its window was last promised; for queries on visits."""
    moved = VisitStep.objects.filter(visit=OuterRef("visit"), action="reschedule", at__gte=OuterRef("opened_at"))
    return Exists(Offer.objects.filter(~Exists(moved), visit=OuterRef("pk")).exclude(status=OfferStatus.OPEN))


def offers_open(territory_id: int, now: datetime) -> None:
    """Show released visits of grab mode in the hall, once for each promise; the caller holds the territory's lock."""
    waiting = (
        Visit.objects.select_related("customer", "territory")
        .filter(
            territory_id=territory_id,
            status=VisitStatus.PENDING,
            release_at__lte=now,
            item_version__mode=DispatchMode.GRAB_FIRST,
        )
        .exclude(offered_since_promised())
        .order_by("window_start_at")
    )
    seconds = OFFER_SECONDS.value()
    each_due(waiting[:BATCH], lambda visit: _open(visit, seconds=seconds, now=now), name="offers_open")


@transaction.atomic
def _open(visit: Visit, *, seconds: int, now: datetime) -> None:
    # A cancel or a hand assignment may be first: the step refuses then, and nothing is written.
    if Visit.objects.select_for_update().filter(pk=visit.pk, status=VisitStatus.PENDING).first() is None:
        return
    open_for = timedelta(seconds=max(1, seconds // SHORTER[Urgency(visit.urgency)]))
    visit_move(visit, "offer", actor=SYSTEM, now=now)
    Offer.objects.create(visit=visit, territory_id=visit.territory_id, opened_at=now, closes_at=now + open_for)


def offers_lapse(territory_id: int, now: datetime) -> None:
    """Close the offers nobody took; their visits go on to automatic assignment."""
    due = Offer.objects.filter(territory_id=territory_id, status=OfferStatus.OPEN, closes_at__lte=now)
    rows = due.select_related("visit", "visit__customer", "visit__territory").order_by("closes_at")[:BATCH]
    each_due(rows, lambda offer: _lapse(offer, now), name="offers_lapse")


@transaction.atomic
def _lapse(offer: Offer, now: datetime) -> None:
    days_lock([scope_of_visit(offer.visit)])
    if Offer.objects.filter(pk=offer.pk, status=OfferStatus.OPEN).update(status=OfferStatus.LAPSED, closed_at=now):
        visit_move(offer.visit, "withdraw", actor=SYSTEM, now=now)
