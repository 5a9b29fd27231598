"""How busy each territory is: of one's own to act on, of the neighbours' as totals only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count, Q

from paidan.accounts.access import require
from paidan.accounts.constants import Permission, RoleCode
from paidan.kernel.actors import Actor
from paidan.kernel.timespan import local_date
from paidan.visits.constants import VisitStatus
from paidan.visits.models import Visit
from paidan.workforce.models import Shift
from paidan.workforce.selectors import territories, territories_of_user

_WITHOUT_SOMEBODY = (VisitStatus.PENDING, VisitStatus.OFFERED)
_OVER = (VisitStatus.CANCELLED, VisitStatus.NOT_DONE)


@dataclass(frozen=True, slots=True)
class TerritoryLoad:
    """Totals of a territory's present day: nothing about any one visit or technician.

    ``is_own``: the reader may open its visits.
    """

    code: str
    name: str
    is_own: bool
    on_duty: int
    visits_today: int
    unassigned_today: int


def territory_loads(actor: Actor, *, now: datetime) -> tuple[TerritoryLoad, ...]:
    """Every territory, the reader's own first; a constant number of queries.

    Raises:
        Forbidden: the role does not see technicians.
    """
    require(actor, Permission.VIEW_TECHNICIANS)
    on_duty = dict(
        Shift.objects.filter(
            span__contains=now, technician__retired_at__isnull=True, technician__paused_at__isnull=True
        )
        .values_list("territory")
        .annotate(people=Count("technician", distinct=True))
    )
    visits = {
        territory: (of_day, open_)
        for territory, of_day, open_ in Visit.objects.filter(_today(now))
        .exclude(status__in=_OVER)
        .values_list("territory")
        .annotate(of_day=Count("pk"), open_ones=Count("pk", filter=Q(status__in=_WITHOUT_SOMEBODY)))
    }
    own = _own(actor, now=now)
    rows = [
        TerritoryLoad(
            code=row.code,
            name=row.name,
            is_own=own is None or row.id in own,
            on_duty=on_duty.get(row.id, 0),
            visits_today=visits.get(row.id, (0, 0))[0],
            unassigned_today=visits.get(row.id, (0, 0))[1],
        )
        for row in territories()
    ]
    return tuple(sorted(rows, key=lambda row: (not row.is_own, row.code)))


def _own(actor: Actor, *, now: datetime) -> frozenset[int] | None:
    if actor.role not in {RoleCode.DISPATCHER, RoleCode.TEAM_LEAD, RoleCode.TECHNICIAN} or actor.user_id is None:
        return None
    return territories_of_user(actor.user_id, now=now)


def _today(now: datetime) -> Q:
    zone = ZoneInfo(settings.TIME_ZONE)
    start = datetime.combine(local_date(now, zone), time(), tzinfo=zone)
    return Q(window_start_at__gte=start, window_start_at__lt=start + timedelta(days=1))
