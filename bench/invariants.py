"""What must be true of dispatch whatever was killed or raced, asked of the database alone."""

from __future__ import annotations

from typing import Any

import psycopg

_HELD = "('assigned', 'accepted', 'en_route', 'arrived', 'working', 'on_hold', 'finished', 'signed_off', 'not_done')"
_LIVE_VISIT = "c.kind = 'visit' AND c.live"

INVARIANTS: dict[str, str] = {
    "a visit's seat has two live assignments": """
        SELECT visit_id FROM visits_assignment WHERE ended_at IS NULL GROUP BY visit_id, seat HAVING count(*) > 1
    """,
    "two live commitments of a technician overlap": """
        SELECT a.id FROM workforce_commitment a JOIN workforce_commitment b
            ON b.technician_id = a.technician_id AND b.id > a.id AND b.span && a.span
         WHERE a.live AND b.live
    """,
    "a visit is held by nobody": f"""
        SELECT v.ref FROM visits_visit v WHERE v.status IN {_HELD}
           AND NOT EXISTS (SELECT 1 FROM visits_assignment a WHERE a.visit_id = v.id AND a.ended_at IS NULL)
    """,
    "a visit nobody holds has a live assignment": """
        SELECT v.ref FROM visits_visit v WHERE v.status IN ('pending', 'offered', 'cancelled')
           AND EXISTS (SELECT 1 FROM visits_assignment a WHERE a.visit_id = v.id AND a.ended_at IS NULL)
    """,
    "an assigned visit has no commitment of its technician": f"""
        SELECT v.ref FROM visits_visit v JOIN visits_assignment a ON a.visit_id = v.id AND a.ended_at IS NULL
         WHERE v.status IN ('assigned', 'accepted')
           AND NOT EXISTS (SELECT 1 FROM workforce_commitment c
                            WHERE {_LIVE_VISIT} AND c.subject_id = v.id AND c.technician_id = a.technician_id)
    """,
    "a commitment has no assignment behind it": f"""
        SELECT c.id FROM workforce_commitment c WHERE {_LIVE_VISIT}
           AND NOT EXISTS (SELECT 1 FROM visits_assignment a WHERE a.visit_id = c.subject_id
                              AND a.technician_id = c.technician_id AND a.ended_at IS NULL)
    """,
    "an assignment has no decision": """
        SELECT a.id FROM visits_assignment a
         WHERE NOT EXISTS (SELECT 1 FROM dispatch_decision d WHERE d.assignment_id = a.id
                              AND d.outcome = 'assigned' AND d.winner_id = a.technician_id)
    """,
    "an offer is open for a visit that is not in the hall": """
        SELECT o.ref FROM dispatch_offer o JOIN visits_visit v ON v.id = o.visit_id
         WHERE o.status = 'open' AND v.status <> 'offered'
    """,
    "a visit in the hall has no open offer": """
        SELECT v.ref FROM visits_visit v WHERE v.status = 'offered'
           AND NOT EXISTS (SELECT 1 FROM dispatch_offer o WHERE o.visit_id = v.id AND o.status = 'open')
    """,
    "offers taken and visits grabbed differ in number": """
        SELECT visit_id FROM (
            SELECT visit_id, 1 AS n FROM dispatch_offer WHERE status = 'taken'
            UNION ALL SELECT visit_id, -1 FROM visits_assignment WHERE source = 'grab'
        ) both_sides GROUP BY visit_id HAVING sum(n) <> 0
    """,
    "a plan stop is pinned to somebody else than the visit's technician": """
        SELECT ps.id FROM dispatch_planstop ps JOIN workforce_shift s ON s.id = ps.shift_id
         WHERE ps.pinned AND NOT EXISTS (SELECT 1 FROM visits_assignment a WHERE a.visit_id = ps.visit_id
                                            AND a.technician_id = s.technician_id AND a.ended_at IS NULL)
    """,
    "a plan stop and the commitment for it name different times": f"""
        SELECT ps.id FROM dispatch_planstop ps JOIN workforce_commitment c ON c.subject_id = ps.visit_id
         WHERE ps.pinned AND {_LIVE_VISIT} AND (ps.start_at, ps.end_at) <> (lower(c.work), upper(c.work))
    """,
    "an open promise has lost its plan": """
        SELECT v.ref FROM visits_visit v WHERE v.status IN ('pending', 'offered', 'assigned', 'accepted')
           AND NOT EXISTS (SELECT 1 FROM dispatch_planstop ps WHERE ps.visit_id = v.id)
    """,
    "a planned start lies outside the promised window": """
        SELECT v.ref FROM visits_visit v JOIN dispatch_planstop ps ON ps.visit_id = v.id
         WHERE v.status IN ('pending', 'offered', 'assigned', 'accepted')
           AND ps.start_at NOT BETWEEN v.window_start_at AND v.window_end_at
    """,
    "a visit is not where its last step led": """
        SELECT v.ref FROM visits_visit v JOIN LATERAL (
            SELECT target FROM visits_visitstep s WHERE s.visit_id = v.id ORDER BY s.id DESC LIMIT 1) last ON true
         WHERE last.target <> v.status
    """,
    "a step and its event differ in number": """
        SELECT visit_id, action FROM (
            SELECT visit_id, action, 1 AS n FROM visits_visitstep WHERE action <> 'reschedule'
            UNION ALL
            SELECT (payload ->> 'visit_id')::bigint, payload ->> 'action', -1 FROM kernel_event
             WHERE payload ? 'action' AND payload ? 'visit_id'
        ) both_sides GROUP BY visit_id, action HAVING sum(n) <> 0
    """,
    "an event's job has no event": """
        SELECT j.id FROM procrastinate_jobs j WHERE j.args ? 'event_id'
           AND NOT EXISTS (SELECT 1 FROM kernel_event e WHERE e.id = (j.args ->> 'event_id')::bigint)
    """,
    "a grab was heard of by nobody": """
        SELECT e.id FROM kernel_event e WHERE e.name = 'visit.grabbed'
           AND NOT EXISTS (SELECT 1 FROM procrastinate_jobs j WHERE (j.args ->> 'event_id')::bigint = e.id)
           AND NOT EXISTS (SELECT 1 FROM kernel_eventhandled h WHERE h.event_id = e.id)
    """,
    "an answer was kept for a grab that is not there": """
        SELECT k.key FROM kernel_idempotencykey k
         WHERE k.status = 200 AND k.path LIKE '%/grab'
           AND NOT EXISTS (SELECT 1 FROM visits_visit v JOIN visits_assignment a ON a.visit_id = v.id
                            WHERE v.ref = convert_from(k.response, 'UTF8')::jsonb ->> 'visit_ref'
                              AND a.source = 'grab')
    """,
    "a ledger transaction does not sum to zero": """
        SELECT transaction_id FROM billing_ledgerentry GROUP BY transaction_id HAVING sum(amount_minor) <> 0
    """,
}
"""What must not be found → the query that would find it."""


def invariants(connection: psycopg.Connection[Any]) -> dict[str, list[Any]]:
    """What does not hold, with the rows; empty when all is well."""
    found: dict[str, list[Any]] = {}
    for name, statement in INVARIANTS.items():
        rows = connection.execute(statement).fetchall()
        if rows:
            found[name] = [row[0] for row in rows[:20]]
    return found
