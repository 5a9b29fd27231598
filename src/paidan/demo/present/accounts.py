"""What the demo accounts find when they log in: work for the technician, a visit to follow for the customer."""

from __future__ import annotations

from datetime import datetime, time
from functools import partial

from paidan.accounts.constants import RoleCode
from paidan.catalog.constants import DispatchMode
from paidan.catalog.models import ServiceItemVersion
from paidan.customers.models import Address
from paidan.demo.history.demand import ZONE
from paidan.demo.history.duty import Worker
from paidan.demo.present.coming import give_by_hand
from paidan.demo.present.stage import Stage, attempted, booking_make, grabbed
from paidan.dispatch.services.offering import offers_open
from paidan.dispatch.slots import WINDOW
from paidan.kernel.timespan import TimeSpan
from paidan.visits.models import Visit
from paidan.workforce.models import Shift

_HOURS = (10, 12, 14, 16)


def accounts_greet(stage: Stage) -> None:
    """One visit accepted, one to answer and two in the hall for the demo technician.

    The accepted one is the demo customer's, so that three people can play it through.
    """
    own_door, territory = stage.demand.doors[0]
    technician = next(w for w in stage.crews[territory.pk] if w.actor.role == RoleCode.TECHNICIAN)
    versions = [
        version
        for version in stage.demand.versions
        if stage.can_do(technician, version) and version.mode == DispatchMode.GRAB_FIRST and not version.is_demanding
    ]
    doors = stage.doors_near(technician, territory.pk)
    mine = _booked(stage, technician, versions[0], own_door)
    if mine is not None:
        attempted(partial(grabbed, stage, mine, technician.actor, at=stage.now))
    to_answer = _booked(stage, technician, versions[1], doors[0])
    if to_answer is not None:
        give_by_hand(stage, to_answer, (technician,))
    for version, door in zip(versions[2:4], doors[1:3], strict=True):
        _booked(stage, technician, version, door)
    offers_open(territory.pk, stage.now)


def _booked(stage: Stage, technician: Worker, version: ServiceItemVersion, door: Address) -> Visit | None:
    """A promised visit at a time when the technician is on duty, on one of their next days."""
    shifts = Shift.objects.filter(technician=technician.technician, span__startswith__gt=stage.now)
    for shift in shifts.order_by("service_date")[:3]:
        for hour in stage.rng.sample(_HOURS, len(_HOURS)):
            opens = datetime.combine(shift.service_date, time(hour), tzinfo=ZONE)
            window = TimeSpan(opens, opens + WINDOW)
            view = attempted(partial(booking_make, stage, version, door, window, at=stage.now))
            if view is not None and view.is_confirmed:
                return Visit.objects.select_related("territory", "customer", "item_version").get(ref=view.visit_ref)
    return None
