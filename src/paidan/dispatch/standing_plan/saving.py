"""The changed plan back into the database: what differs, in one statement."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import IntegrityError, connection, transaction

from paidan.dispatch.standing_plan.days import LockedDays
from paidan.dispatch.standing_plan.keys import instant
from paidan.dispatch.standing_plan.loading import Book
from paidan.kernel.locking import is_exclusion_violation
from paidan_engine.problem import Place, Shift
from paidan_engine.solution import DayPlan, Route, Stop
from paidan_engine.travel import StraightLineTravel


@dataclass(frozen=True, slots=True)
class _Row:
    """One stop as it will be written.

    Attributes:
        occupied_from: from when its work occupies the technician; ``None`` if it does not.
    """

    visit_id: int | None
    hold_id: int | None
    previous_visit_id: int | None
    shift_id: int
    plan_day_id: int
    technician_id: int
    pinned: bool
    start_at: datetime
    end_at: datetime
    occupied_from: datetime | None
    travel_seconds: int
    under_way: bool


def book_save(book: Book, plan: DayPlan, *, days: LockedDays) -> None:
    """Write what differs between the loaded and the new plan, and bump the days' versions, in one statement.

    Stops are inserted or moved, commitments of pinned visits re-timed all together, visits' planned times
    mirrored. What is no longer planned is dropped by ``stop_drop`` before; what is under way keeps the row it has.

    Raises:
        IntegrityError: a commitment would overlap another of the technician (23P01).
    """
    before = {_identity(row): row for route in book.plan for row in _rows_of(route, book, days)}
    rows = [row for route in plan for row in _rows_of(route, book, days) if before.get(_identity(row)) != row]
    _save([row for row in rows if not row.under_way], days)


def facts_save(book: Book, route: Route, *, days: LockedDays) -> None:
    """Write a route one of whose stops the technician has just made a fact.

    A fact is kept even where something else occupies the technician's time, in another shift or by leave: then
    the fact occupies none, and the rest stays where it was.
    """
    before = {_identity(row): row for loaded in book.plan for row in _rows_of(loaded, book, days)}
    written = list(_rows_of(route, book, days))
    rows = [row for row in written if row.under_way or before.get(_identity(row)) != row]
    try:
        with transaction.atomic():
            _save(rows, days)
    except IntegrityError as error:
        if not is_exclusion_violation(error):
            raise
        _save([replace(row, occupied_from=None) for row in rows if row.under_way], days)


def _save(rows: list[_Row], days: LockedDays) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_SAVE, {"rows": json.dumps([_as_json(row) for row in rows]), "days": sorted(days.ids.values())})


def _identity(row: _Row) -> tuple[int | None, int | None]:
    return row.visit_id, row.hold_id


def _rows_of(route: Route, book: Book, days: LockedDays) -> Iterator[_Row]:
    """The stops of a route as rows."""
    place, free_at = route.shift.origin, 0
    previous_visit: int | None = None
    for stop in route.stops:
        key = stop.task.key
        visit_id = int(key[1:]) if key[0] == "v" else None
        work_from = _work_from(stop, route.shift)
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
            occupied_from=instant(work_from) if stop.pinned and work_from < stop.end else None,
            travel_seconds=_travel_before(work_from, free_at, place, stop, route.shift, book.travel),
            under_way=stop.under_way,
        )
        place, free_at = stop.task.place, stop.end
        previous_visit = visit_id


def _work_from(stop: Stop, shift: Shift) -> int:
    """When the work begins to occupy the technician; a fact does not where something else does, a planned stop may."""
    if not stop.under_way:
        return stop.start
    return max([stop.start, *(end for start, end in shift.blocks if start < stop.end and end > stop.start)])


def _travel_before(
    work_from: int, free_at: int, place: Place, stop: Stop, shift: Shift, travel: StraightLineTravel
) -> int:
    """Seconds of the way to a stop; a way made before a break or during other work ends with that."""
    seconds = travel.travel(place, stop.task.place)
    blocked_until = max([free_at, *(end for _, end in shift.blocks if end <= work_from)])
    return min(seconds, max(0, work_from - blocked_until))


def _as_json(row: _Row) -> dict[str, object]:
    data: dict[str, object] = {name: getattr(row, name) for name in _Row.__slots__}
    data["start_at"] = row.start_at.isoformat()
    data["end_at"] = row.end_at.isoformat()
    data["occupied_from"] = row.occupied_from.isoformat() if row.occupied_from is not None else None
    return data


_SAVE = """
    WITH d AS (
        SELECT * FROM jsonb_to_recordset(%(rows)s::jsonb) AS d(
            visit_id bigint, hold_id bigint, previous_visit_id bigint, shift_id bigint, plan_day_id bigint,
            technician_id bigint, pinned boolean, start_at timestamptz, end_at timestamptz,
            occupied_from timestamptz, travel_seconds int, under_way boolean)
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
        SELECT d.technician_id, d.shift_id, 'visit', d.visit_id, tstzrange(d.occupied_from, d.end_at), d.travel_seconds,
               (SELECT p.id FROM workforce_commitment p WHERE p.kind = 'visit' AND p.live
                   AND p.subject_id = d.previous_visit_id AND p.technician_id = d.technician_id),
               tstzrange(d.occupied_from - d.travel_seconds * interval '1 second', d.end_at), true
          FROM d WHERE d.occupied_from IS NOT NULL AND d.visit_id IS NOT NULL
        ON CONFLICT (kind, subject_id, technician_id) WHERE live DO UPDATE SET
               shift_id = excluded.shift_id, work = excluded.work, travel_seconds = excluded.travel_seconds,
               from_commitment_id = excluded.from_commitment_id, span = excluded.span
    ), unoccupied AS (
        UPDATE workforce_commitment c SET live = false FROM d
         WHERE c.kind = 'visit' AND c.subject_id = d.visit_id AND c.live AND d.occupied_from IS NULL
    ), times AS (
        UPDATE visits_visit v SET planned_start_at = d.start_at, planned_end_at = d.end_at
          FROM d WHERE v.id = d.visit_id AND NOT d.under_way
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
