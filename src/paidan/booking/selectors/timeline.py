"""What happened to an order, booking and visits in one line of time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _

from paidan.accounts.constants import CREW_ROLES, RoleCode
from paidan.booking.labels import reason_label, step_shown
from paidan.booking.models import BookingStep
from paidan.booking.selectors.views import TimelineEntry
from paidan.visits.constants import UNDOABLE
from paidan.visits.models import VisitStep

_UNDONE_BY = {undo: action for action, undo in UNDOABLE.items()}
_BOOKING_TELLS = frozenset({"cancel", "reschedule"})
"""Steps that booking and visit take together: the booking's row tells both."""


def timeline_of(
    booking_steps: Iterable[BookingStep], visit_steps: Sequence[VisitStep], *, for_customer: bool
) -> tuple[TimelineEntry, ...]:
    """Every step the reader should see, oldest first; customers do not see what was taken back at once."""
    kept = _without_undone(visit_steps) if for_customer else visit_steps
    bookings = list(booking_steps)
    merged = bookings != []
    visits = [step for step in kept if not (merged and step.action in _BOOKING_TELLS)]
    steps: list[BookingStep | VisitStep] = sorted([*bookings, *visits], key=lambda step: step.at)
    entries = (_entry(step, for_customer=for_customer) for step in steps)
    return tuple(entry for entry in entries if entry is not None)


def _without_undone(steps: Sequence[VisitStep]) -> list[VisitStep]:
    kept: list[VisitStep] = []
    for step in sorted(steps, key=lambda step: (step.at, step.pk)):
        taken_back = _UNDONE_BY.get(step.action)
        if taken_back is None:
            kept.append(step)
        elif kept and kept[-1].action == taken_back:
            kept.pop()
    return kept


def _entry(step: BookingStep | VisitStep, *, for_customer: bool) -> TimelineEntry | None:
    shown = step_shown(step.action, for_customer=for_customer)
    if shown is None:
        return None
    reason = reason_label(step.action, step.data.get("reason"))
    words = "" if for_customer and _is_crew(step) else str(step.data.get("text", ""))
    far = "" if for_customer else _far(step)
    return TimelineEntry(
        at=step.at,
        action=step.action,
        label=shown.label,
        tone=shown.tone,
        who=_who(step.actor_role),
        text=" · ".join(part for part in (reason, words, far) if part),
    )


def _far(step: BookingStep | VisitStep) -> str:
    """That somebody checked in away from the door."""
    if not step.data.get("far"):
        return ""
    return _("%(metres)d m from the door") % {"metres": int(step.data.get("distance_metres", 0))}


def _is_crew(step: BookingStep | VisitStep) -> bool:
    return step.actor_role in CREW_ROLES


def _who(role: str) -> str:
    if role in {RoleCode.CUSTOMER, "link"}:
        return "customer"
    if role in CREW_ROLES:
        return "technician"
    return "system" if role == "system" else "desk"
