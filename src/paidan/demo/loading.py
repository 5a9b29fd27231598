"""Filling an empty database with the demo city, in one transaction: all of it or nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from paidan.accounts.models import User
from paidan.catalog.models import ServiceItem
from paidan.demo.crew import crew_hire
from paidan.demo.geography import TIME_ZONE, areas
from paidan.demo.history.past import past_write
from paidan.demo.identity import seeded
from paidan.demo.marker import Size, size_loaded, size_mark
from paidan.demo.offering import catalog_offer
from paidan.demo.present.today import present_make
from paidan.demo.residents import residents_settle
from paidan.demo.staff import staff_hire
from paidan.kernel.clock import now
from paidan.kernel.errors import Refused
from paidan.kernel.timespan import local_date
from paidan.workforce.models import Territory

Report = Callable[[str], None]


class NotEmpty(Refused):
    """The demo city is never mixed with real data."""

    code = "not_empty"
    message = gettext_lazy("This database already holds other data; the demo city needs an empty one.")


@transaction.atomic
def city_load(size: Size, *, report: Report) -> None:
    """Load the demo city; changes nothing if it is already there.

    Raises:
        NotEmpty: people or a catalog that are not the demo's are already there.
    """
    if size_loaded() is not None:
        return
    if User.objects.exists() or ServiceItem.objects.exists() or Territory.objects.exists():
        raise NotEmpty
    with connection.cursor() as cursor:
        # Telling a long history keeps the connection waiting, which is no fault here.
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
    size_mark(size)
    present = now()
    master_data_load(size, at=present, report=report)
    if size.bookings:
        report(_("Writing %(days)d days of history …") % {"days": size.days})
        past_write(size, until=present)
        report(_("Filling today and the days to come …"))
        present_make(size, now=present)


def master_data_load(size: Size, *, at: datetime, report: Report) -> None:
    """Everything that stands before the first booking: map, catalog, office, crew, customers."""
    report(_("Drawing the map and the catalog …"))
    Territory.objects.bulk_create(
        Territory(code=area.code, name=area.name, ring=[list(corner) for corner in area.ring], time_zone=TIME_ZONE)
        for area in areas()
    )
    catalog_offer(effective_at=at - timedelta(days=size.days + 30))
    report(_("Hiring the office and the technicians …"))
    staff_hire(seeded(size.seed, "staff"))
    crew_hire(
        technicians=size.technicians,
        today=local_date(at, ZoneInfo(TIME_ZONE)),
        days=size.days,
        rng=seeded(size.seed, "crew"),
    )
    report(_("Settling the customers …"))
    residents_settle(customers=max(60, size.bookings // 3), rng=seeded(size.seed, "residents"))
