"""Whether anything a day's plan is read from has changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection


@dataclass(frozen=True, slots=True)
class DayStamp:
    """What stands for the content of one day's plan.

    Attributes:
        content: differs as soon as a shift, its technician, skills or leave, a stop, its visit or hold differs.
        lapse_at: when the first of its holds lapses by itself; ``None`` without any.
    """

    content: int
    lapse_at: datetime | None


# Each version of a row has a place of its own and the number of the transaction that wrote it: whatever is written,
# inserted or deleted changes the sum of its day. A counter would have to be kept by every writer, and be a row they
# all wait for.
_STAMPS = """
    WITH s AS MATERIALIZED (
        SELECT id, technician_id, service_date, span, ctid, xmin FROM workforce_shift
         WHERE territory_id = %(territory)s AND service_date = ANY(%(dates)s)
    ), part AS (
        SELECT service_date, hashtidextended(ctid, xmin::text::bigint) AS mark, NULL::timestamptz AS lapse_at FROM s
        UNION ALL
        SELECT s.service_date, hashtidextended(t.ctid, t.xmin::text::bigint), NULL
          FROM s JOIN workforce_technician t ON t.id = s.technician_id
        UNION ALL
        SELECT s.service_date, hashtidextended(k.ctid, k.xmin::text::bigint), NULL
          FROM s JOIN workforce_technicianskill k ON k.technician_id = s.technician_id
        UNION ALL
        SELECT s.service_date, hashtidextended(c.ctid, c.xmin::text::bigint), NULL
          FROM s JOIN workforce_commitment c ON c.technician_id = s.technician_id AND c.live AND c.span && s.span
           AND (c.kind <> 'visit' OR c.shift_id IS DISTINCT FROM s.id)
        UNION ALL
        SELECT s.service_date,
               hashtidextended(ps.ctid, ps.xmin::text::bigint)::numeric
               + coalesce(hashtidextended(v.ctid, v.xmin::text::bigint), 0)
               + coalesce(hashtidextended(h.ctid, h.xmin::text::bigint), 0),
               h.expires_at
          FROM s JOIN dispatch_planstop ps ON ps.shift_id = s.id
          LEFT JOIN visits_visit v ON v.id = ps.visit_id
          LEFT JOIN dispatch_slothold h ON h.id = ps.hold_id AND h.status = 'live' AND h.expires_at > %(now)s
    )
    SELECT service_date, (sum(mark) %% 9223372036854775807)::bigint, min(lapse_at) FROM part GROUP BY service_date
"""


def day_stamps(territory_id: int, dates: Iterable[date], *, now: datetime) -> Mapping[date, DayStamp]:
    """The stamp of each service date, also of those without a shift (one query)."""
    dates = list(dates)
    with connection.cursor() as cursor:
        cursor.execute(_STAMPS, {"territory": territory_id, "dates": dates, "now": now})
        found = {day: DayStamp(content, lapse_at) for day, content, lapse_at in cursor.fetchall()}
    return {day: found.get(day, DayStamp(0, None)) for day in dates}
