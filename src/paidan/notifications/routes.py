"""Who hears of what, through what: the one table of event × recipient × channel."""

from __future__ import annotations

from dataclasses import dataclass

from paidan.accounts.constants import LinkPurpose
from paidan.notifications.constants import ChannelKind, Recipient, Template
from paidan.visits.constants import VisitStatus

_INBOX = (ChannelKind.INBOX,)
_DIRECT = (ChannelKind.INBOX, ChannelKind.SMS)
_ALL = (ChannelKind.INBOX, ChannelKind.SMS, ChannelKind.EMAIL)
_TOLD = frozenset({str(VisitStatus.ACCEPTED), str(VisitStatus.EN_ROUTE)})


@dataclass(frozen=True, slots=True)
class Route:
    """One message that an event causes.

    Attributes:
        sources: only when the step left from one of these states; empty means any.
        undoable: the step may be taken back for some seconds; SMS and e-mail wait for that.
    """

    to: Recipient
    template: Template
    channels: tuple[ChannelKind, ...]
    sources: frozenset[str] = frozenset()
    undoable: bool = False

    def takes(self, source: str) -> bool:
        """Whether the route applies to a step that left from a state."""
        return not self.sources or source in self.sources


def _customer(
    template: Template,
    channels: tuple[ChannelKind, ...],
    *,
    sources: frozenset[str] = frozenset(),
    undoable: bool = False,
) -> Route:
    return Route(Recipient.CUSTOMER, template, channels, sources, undoable)


def _technician(
    template: Template, channels: tuple[ChannelKind, ...], *, sources: frozenset[str] = frozenset()
) -> Route:
    return Route(Recipient.TECHNICIAN, template, channels, sources)


ROUTES: dict[str, tuple[Route, ...]] = {
    "booking.confirmed": (_customer(Template.BOOKING_CONFIRMED, _ALL),),
    "booking.review_needed": (_customer(Template.BOOKING_CHECKED, _INBOX),),
    "booking.info_needed": (_customer(Template.BOOKING_INFO_NEEDED, _ALL),),
    "booking.rejected": (_customer(Template.BOOKING_REJECTED, _ALL),),
    "booking.rescheduled": (_customer(Template.BOOKING_RESCHEDULED, _ALL),),
    "booking.cancelled": (
        _customer(Template.BOOKING_CANCELLED, _ALL),
        _technician(Template.VISIT_CANCELLED, _DIRECT),
    ),
    "booking.message_answered": (_customer(Template.MESSAGE_ANSWERED, _DIRECT),),
    "review.invited": (_customer(Template.REVIEW_INVITED, _ALL),),
    "visit.offered": (Route(Recipient.NEARBY, Template.OFFER_OPENED, _INBOX),),
    "visit.grabbed": (_customer(Template.TECHNICIAN_CONFIRMED, _DIRECT),),
    "visit.assigned": (
        _technician(Template.VISIT_NEW, _DIRECT),
        _customer(Template.TECHNICIAN_ASSIGNED, _INBOX),
    ),
    "visit.accepted": (_customer(Template.TECHNICIAN_CONFIRMED, _DIRECT),),
    "visit.declined": (_customer(Template.TECHNICIAN_CHANGING, _INBOX),),
    "visit.lapsed": (
        _technician(Template.VISIT_LAPSED, _INBOX),
        _customer(Template.TECHNICIAN_CHANGING, _INBOX),
    ),
    "visit.released": (
        _technician(Template.VISIT_TAKEN_BACK, _DIRECT),
        _customer(Template.TECHNICIAN_CHANGING, _DIRECT, sources=_TOLD),
    ),
    "visit.departed": (_customer(Template.ON_THE_WAY, _DIRECT, undoable=True),),
    "visit.arrived": (_customer(Template.ARRIVED, _DIRECT, undoable=True),),
    "visit.finished": (_customer(Template.FINISHED, _ALL, undoable=True),),
    "visit.failed": (_customer(Template.NOT_DONE, _DIRECT),),
    "visit.signed_off": (_technician(Template.VISIT_SIGNED_OFF, _INBOX),),
    "visit.rescheduled": (_technician(Template.VISIT_RESCHEDULED, _DIRECT),),
    "work.opened": (Route(Recipient.DESK, Template.WORK_OPENED, _INBOX),),
}

UNDONE: dict[str, Template] = {
    "undo_depart": Template.ON_THE_WAY,
    "undo_arrive": Template.ARRIVED,
    "undo_finish": Template.FINISHED,
}
"""Which message a reverse step takes back."""

STAMPS: dict[Template, str] = {
    Template.ON_THE_WAY: "departed_at",
    Template.ARRIVED: "arrived_at",
    Template.FINISHED: "finished_at",
}
"""The visit's own time that must still stand when the message leaves."""

LINKS: dict[Template, LinkPurpose] = {
    Template.BOOKING_CONFIRMED: LinkPurpose.BOOKING,
    Template.BOOKING_INFO_NEEDED: LinkPurpose.BOOKING,
    Template.BOOKING_REJECTED: LinkPurpose.BOOKING,
    Template.BOOKING_RESCHEDULED: LinkPurpose.BOOKING,
    Template.BOOKING_CANCELLED: LinkPurpose.BOOKING,
    Template.MESSAGE_ANSWERED: LinkPurpose.BOOKING,
    Template.TECHNICIAN_CONFIRMED: LinkPurpose.BOOKING,
    Template.TECHNICIAN_CHANGING: LinkPurpose.BOOKING,
    Template.ON_THE_WAY: LinkPurpose.BOOKING,
    Template.FINISHED: LinkPurpose.BOOKING,
    Template.NOT_DONE: LinkPurpose.BOOKING,
    Template.REVIEW_INVITED: LinkPurpose.REVIEW,
}
"""What the link of a message opens without log-in."""
