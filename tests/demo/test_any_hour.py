"""Whenever the demo city is loaded, it is awake."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine

from paidan import demo
from paidan.dispatch.constants import OfferStatus
from paidan.dispatch.models import Offer
from paidan.visits.constants import VisitStatus
from paidan.visits.models import Visit

ZONE = ZoneInfo("Asia/Shanghai")


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize(
    "local",
    [
        datetime(2026, 11, 18, 3, 20, tzinfo=ZONE),
        datetime(2026, 11, 21, 8, 5, tzinfo=ZONE),  # the night has just gone home, the day is not out yet
    ],
)
def test_visits_in_every_state_and_open_offers_at_any_hour(local: datetime) -> None:
    with time_machine.travel(local):
        demo.load(bookings=90, days=6)

    assert set(Visit.objects.values_list("status", flat=True)) == {str(status) for status in VisitStatus}
    assert Offer.objects.filter(status=OfferStatus.OPEN, closes_at__gt=local).count() >= 5
