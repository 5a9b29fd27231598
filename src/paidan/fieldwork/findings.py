"""What must be true of finished work, asked of the whole database by ``paidan check``."""

from __future__ import annotations

from django.db import connection

_FINDINGS: tuple[tuple[str, str], ...] = (
    (
        "Visit {} is finished but not charged what its booking was sold for.",
        """
        SELECT v.ref FROM visits_visit v JOIN booking_booking b ON b.ref = v.booking_ref
        LEFT JOIN billing_charge c ON c.subject_ref = v.ref AND c.kind = 'service'
        WHERE v.status IN ('finished', 'signed_off') AND c.total_minor IS DISTINCT FROM b.price_minor
        """,
    ),
    (
        "Visit {} was never finished but is charged.",
        """
        SELECT v.ref FROM visits_visit v JOIN billing_charge c ON c.subject_ref = v.ref AND c.kind = 'service'
        WHERE NOT EXISTS (SELECT 1 FROM visits_visitstep s WHERE s.visit_id = v.id AND s.action = 'finish')
        """,
    ),
    (
        "Visit {} was done by nobody.",
        """
        SELECT v.ref FROM visits_visit v
        WHERE v.status IN ('en_route', 'arrived', 'working', 'on_hold', 'finished', 'signed_off', 'not_done')
          AND NOT EXISTS (
              SELECT 1 FROM visits_assignment a WHERE a.visit_id = v.id AND a.ended_at IS NULL
          )
        """,
    ),
    (
        "The state of visit {} is not where its last step led.",
        """
        SELECT v.ref FROM visits_visit v
        JOIN LATERAL (
            SELECT target FROM visits_visitstep s WHERE s.visit_id = v.id ORDER BY s.at DESC, s.id DESC LIMIT 1
        ) last ON true
        WHERE last.target <> v.status
        """,
    ),
)


def fieldwork_findings() -> list[str]:
    """What does not hold: each finding names the row; an empty list when all is well."""
    findings: list[str] = []
    with connection.cursor() as cursor:
        for sentence, statement in _FINDINGS:
            cursor.execute(statement)
            findings.extend(sentence.format(row[0]) for row in cursor.fetchall())
    return findings
