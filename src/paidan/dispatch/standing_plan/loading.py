"""The plan as the engine sees it, in two queries."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from paidan.dispatch.standing_plan.days import PlanScope
from paidan.dispatch.standing_plan.keys import epoch, hold_key, visit_key
from paidan.kernel.geo import CITY_SPEED_METRES_PER_SECOND, DETOUR
from paidan.kernel.timespan import TimeSpan
from paidan_engine.problem import Shift, Task
from paidan_engine.solution import DayPlan, Route, Stop
from paidan_engine.travel import StraightLineTravel

UNDER_WAY = frozenset({"en_route", "arrived"})
STARTED = frozenset({"working", "on_hold", "finished", "signed_off", "not_done"})


@dataclass(frozen=True, slots=True)
class Book:
    """A loaded plan: the engine's view, and what is needed to write it back.

    Attributes:
        plan: routes of all shifts in scope, by the engine.
        dates: service date of each shift.
        now: epoch seconds the plan was loaded for.
        travel: remembers the legs of this plan only.
    """

    plan: DayPlan
    dates: Mapping[int, date]
    now: int
    travel: StraightLineTravel

    def route_of(self, technician_id: int) -> Route | None:
        return next((route for route in self.plan if route.shift.technician == technician_id), None)


# Instants come as epoch seconds: ten thousands of them are read for a page of free windows.
_SHIFTS = """
    SELECT s.id, s.technician_id, s.service_date, floor(extract(epoch FROM lower(s.span)))::bigint,
           floor(extract(epoch FROM upper(s.span)))::bigint, t.home_lat, t.home_lng, t.load_cap,
           (SELECT jsonb_object_agg(k.skill_id, k.level) FROM workforce_technicianskill k
             WHERE k.technician_id = t.id
               AND (k.valid_until_date IS NULL OR k.valid_until_date >= s.service_date)),
           (SELECT array_agg(ARRAY[extract(epoch FROM lower(c.span)), extract(epoch FROM upper(c.span))]::bigint[])
              FROM workforce_commitment c
             WHERE c.technician_id = t.id AND c.live AND c.span && s.span
               AND (c.kind <> 'visit' OR c.shift_id IS DISTINCT FROM s.id))
      FROM workforce_shift s JOIN workforce_technician t ON t.id = s.technician_id
     WHERE t.paused_at IS NULL AND t.retired_at IS NULL AND {}
     ORDER BY s.id
"""
_STOPS = """
    SELECT ps.shift_id, ps.visit_id, ps.hold_id, ps.pinned,
           floor(extract(epoch FROM ps.start_at))::bigint, floor(extract(epoch FROM ps.end_at))::bigint,
           floor(extract(epoch FROM coalesce(v.window_start_at, h.window_start_at)))::bigint,
           floor(extract(epoch FROM coalesce(v.window_end_at, h.window_end_at)))::bigint,
           coalesce(v.lat, h.lat), coalesce(v.lng, h.lng),
           coalesce(v.duration_minutes, i.duration_minutes + h.extra_minutes), v.status, n.needs,
           (SELECT array_agg(a.technician_id) FROM visits_assignment a
             WHERE a.visit_id = v.id AND a.end_reason IN ('declined', 'lapsed', 'released'))
      FROM dispatch_planstop ps
      JOIN workforce_shift s ON s.id = ps.shift_id
      LEFT JOIN visits_visit v ON v.id = ps.visit_id
      LEFT JOIN dispatch_slothold h ON h.id = ps.hold_id
      LEFT JOIN catalog_serviceitemversion i ON i.id = h.item_version_id
      LEFT JOIN (SELECT version_id, array_agg(ARRAY[skill_id, level]) AS needs FROM catalog_skillneed
                  GROUP BY version_id) n ON n.version_id = coalesce(v.item_version_id, h.item_version_id)
     WHERE (h.id IS NULL OR (h.status = 'live' AND h.expires_at > %s)) AND {}
     ORDER BY ps.shift_id, v.status IS NULL OR v.status IN ('pending', 'offered', 'assigned', 'accepted'),
              ps.start_at, ps.id
"""
_IN_SCOPE = "s.territory_id = %s AND s.service_date = ANY(%s) AND upper(s.span) > %s"
_OF_DATES = "s.territory_id = %s AND s.service_date = ANY(%s)"
_OF_TECHNICIAN = "s.technician_id = %s AND upper(s.span) > %s AND lower(s.span) < %s"


def book_load(scope: PlanScope, *, now: datetime) -> Book:
    """Read the plan of a scope as the engine sees it (two queries)."""
    return _book(_IN_SCOPE, (scope.territory_id, list(scope.dates), scope.from_at), now)


def dates_book_load(territory_id: int, dates: Collection[date], *, now: datetime) -> Book:
    """All shifts of these service dates, whichever days they reach into (two queries)."""
    return _book(_OF_DATES, (territory_id, list(dates)), now)


def own_book_load(technician_id: int, span: TimeSpan, *, now: datetime) -> Book:
    """The routes of one technician's shifts that overlap a span: what a hall or a day list needs."""
    return _book(_OF_TECHNICIAN, (technician_id, span.start, span.end), now)


def _book(condition: str, values: tuple[Any, ...], now: datetime) -> Book:
    with connection.cursor() as cursor:
        cursor.execute(_STOPS.format(condition), [now, *values])
        stop_rows = cursor.fetchall()
        cursor.execute(_SHIFTS.format(condition), list(values))
        shift_rows = cursor.fetchall()
    stops: dict[int, list[Stop]] = {}
    for row in stop_rows:
        stops.setdefault(row[0], []).append(_stop_of(row))
    routes = tuple(Route(_shift_of(row), tuple(stops.get(row[0], ()))) for row in shift_rows)
    travel = StraightLineTravel(CITY_SPEED_METRES_PER_SECOND, DETOUR)
    return Book(DayPlan(routes), {row[0]: row[2] for row in shift_rows}, epoch(now), travel)


def _shift_of(row: tuple[Any, ...]) -> Shift:
    id_, technician_id, _, start, end, lat, lng, load_cap, skills, blocks = row
    held = json.loads(skills) if isinstance(skills, str) else skills or {}
    return Shift(
        id=id_,
        technician=technician_id,
        start=start,
        end=end,
        origin=(lat, lng),
        skills={int(skill): int(level) for skill, level in held.items()},
        blocks=tuple((int(a), int(b)) for a, b in blocks or ()),
        load_cap=load_cap,
    )


def _stop_of(row: tuple[Any, ...]) -> Stop:
    """What is under way stands where ``plan_follow`` has put it: the row says from when to when."""
    _, visit_id, hold_id, pinned, start, end, opens, closes, lat, lng, minutes, status, needs, gone = row
    started, en_route = status in STARTED, status in UNDER_WAY
    task = Task(
        key=visit_key(visit_id) if visit_id is not None else hold_key(hold_id),
        place=(lat, lng),
        earliest=opens,
        latest=closes,
        duration=max(1, end - start) if started or en_route else minutes * 60,
        skills=tuple((int(skill), int(level)) for skill, level in needs or ()),
        excluded=frozenset(gone or ()),
    )
    return Stop(task, start, pinned=pinned or started or en_route, started=started, en_route=en_route)
