"""The changed plan back into the database: what differs, in one statement."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from paidan.dispatch.standing_plan.days import LockedDays
from paidan.dispatch.standing_plan.keys import instant
from paidan.dispatch.standing_plan.loading import Book
from paidan_engine.problem import Place, Shift
from paidan_engine.solution import DayPlan, Route, Stop
from paidan_engine.travel import StraightLineTravel


@dataclass(frozen=True, slots=True)
class _Row:
    """One stop as it will be written."""

    visit_id: int | None
    hold_id: int | None
    previous_visit_id: int | None
    shift_id: int
    plan_day_id: int
    technician_id: int
    pinned: bool
    start_at: datetime
    end_at: datetime
    travel_seconds: int


def book_save(book: Book, plan: DayPlan, *, days: LockedDays) -> None:
    """Write what differs between the loaded and the new plan, and bump the days' versions, in one statement.

    Stops are inserted or moved, commitments of pinned visits re-timed all together, visits' planned times
    mirrored. What is no longer planned is dropped by ``stop_drop`` before.

    Raises:
        IntegrityError: a commitment would overlap another of the technician (23P01).
    """
    before = {_identity(row): row for route in book.plan for row in _rows_of(route, book, days)}
    rows = [row for route in plan for row in _rows_of(route, book, days) if before.get(_identity(row)) != row]
    with connection.cursor() as cursor:
        cursor.execute(_SAVE, {"rows": json.dumps([_as_json(row) for row in rows]), "days": sorted(days.ids.values())})


def _identity(row: _Row) -> tuple[int | None, int | None]:
    return row.visit_id, row.hold_id


def _rows_of(route: Route, book: Book, days: LockedDays) -> Iterator[_Row]:
    """The stops of a route as rows; what is under way keeps the row it has."""
    place = route.shift.origin
    previous_visit: int | None = None
    for stop in route.stops:
        key = stop.task.key
        visit_id = int(key[1:]) if key[0] == "v" else None
        if not stop.under_way:
            yield _Row(
                visit_id=visit_id,
                hold_id=int(key[1:]) if key[0] == "h" else None,
                previous_visit_id=previous_visit,
                shift_id=route.shift.id,
                plan_day_id=days.ids[book.dates[route.shift.id]],
                technician_id=route.shift.technician,
                pinned=stop.pinned,
                start_at=instant(stop.start),
                end_at=instant(stop.end),
                travel_seconds=_travel_before(stop, place, route.shift, book.travel),
            )
        place = stop.task.place
        previous_visit = visit_id


def _travel_before(stop: Stop, place: Place, shift: Shift, travel: StraightLineTravel) -> int:
    """Seconds of the way to a stop; a way made before a break ends with that break."""
    seconds = travel.travel(place, stop.task.place)
    blocked_until = max((end for _, end in shift.blocks if end <= stop.start), default=stop.start - seconds)
    return min(seconds, max(0, stop.start - blocked_until))


def _as_json(row: _Row) -> dict[str, object]:
    data: dict[str, object] = {name: getattr(row, name) for name in _Row.__slots__}
    data["start_at"] = row.start_at.isoformat()
    data["end_at"] = row.end_at.isoformat()
    return data


_SAVE = """
    WITH d AS (
        SELECT * FROM jsonb_to_recordset(%(rows)s::jsonb) AS d(
            visit_id bigint, hold_id bigint, previous_visit_id bigint, shift_id bigint, plan_day_id bigint,
            technician_id bigint, pinned boolean, start_at timestamptz, end_at timestamptz, travel_seconds int)
    ), visit_stops AS (
        INSERT INTO dispatch_planstop AS ps
               (visit_id, shift_id, plan_day_id, pinned, start_at, end_at, travel_seconds)
        SELECT visit_id, shift_id, plan_day_id, pinned, start_at, end_at, travel_seconds FROM d
         WHERE visit_id IS NOT NULL
        ON CONFLICT (visit_id) DO UPDATE SET
               shift_id = excluded.shift_id, plan_day_id = excluded.plan_day_id, pinned = excluded.pinned,
               start_at = excluded.start_at, end_at = excluded.end_at, travel_seconds = excluded.travel_seconds
    ), hold_stops AS (
        INSERT INTO dispatch_planstop AS ps
               (hold_id, shift_id, plan_day_id, pinned, start_at, end_at, travel_seconds)
        SELECT hold_id, shift_id, plan_day_id, pinned, start_at, end_at, travel_seconds FROM d
         WHERE hold_id IS NOT NULL
        ON CONFLICT (hold_id) DO UPDATE SET
               shift_id = excluded.shift_id, plan_day_id = excluded.plan_day_id, pinned = excluded.pinned,
               start_at = excluded.start_at, end_at = excluded.end_at, travel_seconds = excluded.travel_seconds
    ), commitments AS (
        INSERT INTO workforce_commitment AS c
               (technician_id, shift_id, kind, subject_id, work, travel_seconds, from_commitment_id, span, live)
        SELECT d.technician_id, d.shift_id, 'visit', d.visit_id, tstzrange(d.start_at, d.end_at), d.travel_seconds,
               (SELECT p.id FROM workforce_commitment p WHERE p.kind = 'visit' AND p.live
                   AND p.subject_id = d.previous_visit_id AND p.technician_id = d.technician_id),
               tstzrange(d.start_at - d.travel_seconds * interval '1 second', d.end_at), true
          FROM d WHERE d.pinned AND d.visit_id IS NOT NULL
        ON CONFLICT (kind, subject_id, technician_id) WHERE live DO UPDATE SET
               shift_id = excluded.shift_id, work = excluded.work, travel_seconds = excluded.travel_seconds,
               from_commitment_id = excluded.from_commitment_id, span = excluded.span
    ), times AS (
        UPDATE visits_visit v SET planned_start_at = d.start_at, planned_end_at = d.end_at
          FROM d WHERE v.id = d.visit_id
    )
    UPDATE dispatch_planday SET version = version + 1 WHERE id = ANY(%(days)s)
"""


def stop_drop(*, visit_id: int | None = None, hold_id: int | None = None) -> None:
    """Take a visit or a hold out of the plan, and free the time it occupied."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH gone AS (
                DELETE FROM dispatch_planstop WHERE visit_id = %(visit)s OR hold_id = %(hold)s
            ), freed AS (
                UPDATE visits_visit SET planned_start_at = NULL, planned_end_at = NULL WHERE id = %(visit)s
            )
            UPDATE workforce_commitment SET live = false WHERE kind = 'visit' AND subject_id = %(visit)s AND live
            """,
            {"visit": visit_id, "hold": hold_id},
        )
