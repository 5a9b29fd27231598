"""What must be true of bookings and their visits, asked of the whole database by ``paidan check``."""

from __future__ import annotations

from django.db import connection

_FINDINGS: tuple[tuple[str, str], ...] = (
    (
        "Booking {} is confirmed but has no visit.",
        """
        SELECT b.ref FROM booking_booking b
        WHERE b.status IN ('confirmed', 'in_service', 'completed', 'closed')
          AND NOT EXISTS (SELECT 1 FROM booking_bookingvisit v WHERE v.booking_id = b.id)
        """,
    ),
    (
        "Booking {} is cancelled or rejected but one of its visits is still open.",
        """
        SELECT DISTINCT b.ref FROM booking_booking b
        JOIN booking_bookingvisit l ON l.booking_id = b.id JOIN visits_visit v ON v.id = l.visit_id
        WHERE b.status IN ('cancelled', 'rejected') AND v.status NOT IN ('cancelled', 'not_done', 'signed_off')
        """,
    ),
    (
        "Booking {} is closed but one of its visits is not over.",
        """
        SELECT DISTINCT b.ref FROM booking_booking b
        JOIN booking_bookingvisit l ON l.booking_id = b.id JOIN visits_visit v ON v.id = l.visit_id
        WHERE b.status IN ('completed', 'closed') AND v.status NOT IN ('cancelled', 'not_done', 'signed_off')
        """,
    ),
    (
        "Booking {} and its open visit promise different times.",
        """
        SELECT DISTINCT b.ref FROM booking_booking b
        JOIN booking_bookingvisit l ON l.booking_id = b.id JOIN visits_visit v ON v.id = l.visit_id
        WHERE b.status = 'confirmed' AND (v.window_start_at, v.window_end_at) <> (b.window_start_at, b.window_end_at)
        """,
    ),
    (
        "Visit {} and the booking it serves do not name each other.",
        """
        SELECT v.ref FROM visits_visit v
        LEFT JOIN booking_bookingvisit l ON l.visit_id = v.id LEFT JOIN booking_booking b ON b.id = l.booking_id
        WHERE b.ref IS DISTINCT FROM v.booking_ref
        """,
    ),
    (
        "The state of booking {} is not where its last step led.",
        """
        SELECT b.ref FROM booking_booking b
        JOIN LATERAL (
            SELECT target FROM booking_bookingstep s WHERE s.booking_id = b.id ORDER BY s.at DESC, s.id DESC LIMIT 1
        ) last ON true
        WHERE last.target <> b.status
        """,
    ),
    (
        "The cancellation fee of booking {} is not what was charged.",
        """
        SELECT b.ref FROM booking_booking b
        LEFT JOIN billing_charge c ON c.subject_ref = b.ref AND c.kind = 'fee' AND c.occasion = ''
        WHERE b.cancel_fee_minor <> coalesce(c.total_minor, 0)
        """,
    ),
)


def booking_findings() -> list[str]:
    """What does not hold: each finding names the row; an empty list when all is well."""
    findings: list[str] = []
    with connection.cursor() as cursor:
        for sentence, statement in _FINDINGS:
            cursor.execute(statement)
            findings.extend(sentence.format(row[0]) for row in cursor.fetchall())
    return findings
