"""Today and the days to come, in the order of time: scenes, bookings, the hall, and what demo accounts find."""

from __future__ import annotations

from datetime import datetime, timedelta

from paidan.demo.marker import Size
from paidan.demo.present.accounts import accounts_greet
from paidan.demo.present.coming import coming_book, coming_dispatch, doubts_leave
from paidan.demo.present.scenes import scenes_set
from paidan.demo.present.stage import Stage, stage_set
from paidan.dispatch.constants import OfferStatus
from paidan.dispatch.models import Offer
from paidan.visits.constants import VisitStatus
from paidan.visits.models import Visit
from paidan.workforce.models import Territory

SHARE_TO_COME = 25
"""One booking of the next days for so many of the past."""
LEAST_TO_COME, MOST_TO_COME = 48, 100


def present_make(size: Size, *, now: datetime) -> None:
    """Set today's scenes and promise the days to come, through the real services."""
    stage = stage_set(seed=size.seed, now=now)
    territory_ids = tuple(Territory.objects.order_by("code").values_list("pk", flat=True))
    scenes_set(stage, territory_ids)
    coming_book(stage, bookings=max(LEAST_TO_COME, min(MOST_TO_COME, size.bookings // SHARE_TO_COME)))
    doubts_leave(stage)
    coming_dispatch(stage, territory_ids)
    accounts_greet(stage)
    _clocks_wait(stage)


def _clocks_wait(stage: Stage) -> None:
    """What greets the first visitor waits for them an hour or more, not for minutes."""
    for offer in Offer.objects.filter(status=OfferStatus.OPEN).order_by("pk"):
        offer.closes_at = stage.now + timedelta(minutes=stage.rng.randint(45, 240))
        offer.save(update_fields=("closes_at",))
    for visit in Visit.objects.filter(status=VisitStatus.ASSIGNED).order_by("pk"):
        patient = stage.now + timedelta(minutes=stage.rng.randint(45, 120))
        visit.accept_by_at = min(patient, visit.window_start_at)
        visit.save(update_fields=("accept_by_at",))
