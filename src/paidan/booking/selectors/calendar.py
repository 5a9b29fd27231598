"""A booking as a calendar entry (RFC 5545): the same entry moves and vanishes with the booking (B6)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from paidan.booking.constants import BookingGroup, BookingStatus
from paidan.booking.selectors.bookings import booking_detail
from paidan.booking.selectors.views import BookingDetail
from paidan.kernel.actors import Actor

LINE_OCTETS = 75
ALARM = timedelta(hours=2)
_CHANGES = frozenset({"reschedule", "cancel", "reject"})
_ESCAPED = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n", "\r": None})


def booking_calendar(actor: Actor, ref: str, *, now: datetime) -> str:
    """The entry of a booking, with the lines as the standard wants them.

    Its ``UID`` stays; ``SEQUENCE`` grows with every change, so that a calendar that has it takes the newest.
    Times are said in UTC, which every calendar shows in its own zone.

    Raises:
        NotFound, Forbidden: it is not the actor's to see.
    """
    detail = booking_detail(actor, ref, now=now)
    return "".join(f"{folded(line)}\r\n" for line in _lines(detail, now))


def folded(line: str) -> str:
    """A content line of at most 75 octets, continued after a space; no letter is cut in two."""
    parts: list[str] = []
    part, room = "", LINE_OCTETS
    for letter in line:
        width = len(letter.encode())
        if width > room:
            parts.append(part)
            part, room = "", LINE_OCTETS - 1
        part += letter
        room -= width
    return "\r\n ".join([*parts, part])


def _lines(detail: BookingDetail, now: datetime) -> Iterator[str]:
    row = detail.row
    is_off = row.group == BookingGroup.CANCELLED
    yield from ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Paidan//Bookings//EN", "CALSCALE:GREGORIAN")
    yield f"METHOD:{'CANCEL' if is_off else 'PUBLISH'}"
    yield "BEGIN:VEVENT"
    yield f"UID:{detail.ref}@paidan"
    yield f"SEQUENCE:{sum(entry.action in _CHANGES for entry in detail.timeline)}"
    yield f"DTSTAMP:{_instant(now)}"
    yield f"DTSTART:{_instant(row.window.start)}"
    yield f"DTEND:{_instant(row.window.end)}"
    yield f"SUMMARY:{_text(row.item_name)}"
    yield f"LOCATION:{_text(row.contact.address_line)}"
    if detail.notes:
        yield f"DESCRIPTION:{_text(detail.notes)}"
    yield f"STATUS:{_status(detail)}"
    if not is_off:
        yield from ("BEGIN:VALARM", "ACTION:DISPLAY", f"DESCRIPTION:{_text(row.item_name)}")
        yield from (f"TRIGGER:-PT{ALARM // timedelta(hours=1)}H", "END:VALARM")
    yield from ("END:VEVENT", "END:VCALENDAR")


def _status(detail: BookingDetail) -> str:
    if detail.row.group == BookingGroup.CANCELLED:
        return "CANCELLED"
    waiting = {BookingStatus.SUBMITTED, BookingStatus.NEEDS_INFO, BookingStatus.IN_REVIEW}
    return "TENTATIVE" if BookingStatus(detail.row.status) in waiting else "CONFIRMED"


def _instant(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(text: str) -> str:
    return text.translate(_ESCAPED)
