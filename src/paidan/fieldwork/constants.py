"""What execution at the door goes by."""

from __future__ import annotations

from paidan.visits.constants import VisitStatus

COMPLETION_PHOTO = "completion"
"""Kind of a photo that proves the work (files about the visit's ref)."""
PHOTOS_EACH = 12
FAR_METRES = 500
"""Checking in farther than this from the door is noted as such, never refused."""
NOTE_LONGEST = 1_000
CASH = "cash"

CREW_ACTIONS: dict[VisitStatus, tuple[str, ...]] = {
    VisitStatus.ASSIGNED: ("accept", "decline"),
    VisitStatus.ACCEPTED: ("depart",),
    VisitStatus.EN_ROUTE: ("arrive",),
    VisitStatus.ARRIVED: ("start", "fail"),
    VisitStatus.WORKING: ("finish", "hold", "fail"),
    VisitStatus.ON_HOLD: ("resume",),
}
"""What the assigned technician does next, the usual step first."""
PAYABLE = frozenset({VisitStatus.FINISHED, VisitStatus.SIGNED_OFF})
