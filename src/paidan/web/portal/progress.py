"""How far an order has come, in five steps that can be seen at one glance."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import pgettext

from paidan.booking.constants import BookingStatus
from paidan.booking.selectors import BookingDetail
from paidan.visits.constants import VisitStatus

_UNDER_WAY = {
    VisitStatus.PENDING: 1,
    VisitStatus.OFFERED: 1,
    VisitStatus.ASSIGNED: 1,
    VisitStatus.EN_ROUTE: 2,
    VisitStatus.ARRIVED: 3,
    VisitStatus.WORKING: 3,
    VisitStatus.ON_HOLD: 3,
    VisitStatus.FINISHED: 4,
}
"""The step that is being taken; everything before it is done."""
_BETWEEN = {VisitStatus.ACCEPTED: 2, VisitStatus.SIGNED_OFF: 5}
"""How many steps are done while none is being taken."""
_STOPPED = {BookingStatus.CANCELLED, BookingStatus.REJECTED}


@dataclass(frozen=True, slots=True)
class TrackStep:
    """One of the five; ``state`` is done, current or todo."""

    label: str
    icon: str
    state: str


def progress_of(detail: BookingDetail) -> tuple[TrackStep, ...]:
    """The five steps; none for an order that will not be carried out."""
    visit = detail.visit
    state = VisitStatus(visit.status) if visit is not None else None
    if detail.row.status in _STOPPED or state in {VisitStatus.CANCELLED, VisitStatus.NOT_DONE}:
        return ()
    current = 0 if state is None else _UNDER_WAY.get(state, -1)
    done = current if current >= 0 else _BETWEEN[state]  # type: ignore[index]  # a state that is in one of the two
    names = (
        (pgettext("order step", "Booked"), "calendar-check"),
        (pgettext("order step", "Technician"), "user-check"),
        (pgettext("order step", "On the way"), "truck"),
        (pgettext("order step", "Work"), "tool"),
        (pgettext("order step", "Sign-off"), "checks"),
    )
    return tuple(
        TrackStep(label, icon, "done" if place < done else "current" if place == current else "todo")
        for place, (label, icon) in enumerate(names)
    )
