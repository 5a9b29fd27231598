"""Who hears of what, through what: the one table of event × recipient × channel."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from paidan.accounts.constants import LinkPurpose
from paidan.booking.constants import ReminderStep
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
        turn: of SMS and e-mail only the first (0) or the second (1) that reaches the person; ``None`` is all.
    """

    to: Recipient
    template: Template
    channels: tuple[ChannelKind, ...]
    sources: frozenset[str] = frozenset()
    undoable: bool = False
    turn: int | None = None

    def channels_to(self, reached: Collection[ChannelKind]) -> tuple[ChannelKind, ...]:
        """The route's channels for somebody whom those reach."""
        channels = tuple(channel for channel in self.channels if channel in reached)
        if self.turn is None:
            return channels
        direct = [channel for channel in channels if channel is not ChannelKind.INBOX]
        taken = direct[self.turn : self.turn + 1]
        return tuple(channel for channel in channels if channel is ChannelKind.INBOX or channel in taken)

    def takes(self, source: str) -> bool:
        """Whether the route applies to a step that left from a state."""
        return not self.sources or source in self.sources


def _customer(
    template: Template,
    channels: tuple[ChannelKind, ...],
    *,
    sources: frozenset[str] = frozenset(),
    undoable: bool = False,
    turn: int | None = None,
) -> Route:
    return Route(Recipient.CUSTOMER, template, channels, sources, undoable, turn)


def _technician(
    template: Template, channels: tuple[ChannelKind, ...], *, sources: frozenset[str] = frozenset()
) -> Route:
    return Route(Recipient.TECHNICIAN, template, channels, sources)


ROUTES: dict[str, tuple[Route, ...]] = {
    "booking.confirmed": (_customer(Template.BOOKING_CONFIRMED, _ALL),),
    "booking.review_needed": (_customer(Template.BOOKING_CHECKED, _INBOX),),
    "booking.info_needed": (_customer(Template.BOOKING_INFO_NEEDED, _ALL),),
    "booking.rejected": (_customer(Template.BOOKING_REJECTED, _ALL),),
    "booking.reminded": (
        _customer(Template.REMINDER_DAY_BEFORE, _ALL, sources=frozenset({ReminderStep.DAY_BEFORE}), turn=0),
        _customer(Template.REMINDER_AGAIN, _ALL, sources=frozenset({ReminderStep.AGAIN}), turn=1),
        _customer(Template.REMINDER_SOON, _ALL, sources=frozenset({ReminderStep.SOON}), turn=0),
        _technician(Template.VISIT_REMINDER, _INBOX, sources=frozenset({ReminderStep.DAY_BEFORE, ReminderStep.SOON})),
    ),
    "booking.rescheduled": (_customer(Template.BOOKING_RESCHEDULED, _ALL),),
    "booking.cancelled": (
        _customer(Template.BOOKING_CANCELLED, _ALL),
        _technician(Template.VISIT_CANCELLED, _DIRECT),
    ),
    "booking.message_answered": (_customer(Template.MESSAGE_ANSWERED, _DIRECT),),
    "plan.day_open": (_customer(Template.PLAN_DAY_OPEN, _ALL),),
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

REMINDERS = frozenset({Template.REMINDER_DAY_BEFORE, Template.REMINDER_AGAIN, Template.REMINDER_SOON})
"""Messages about a window that must still be promised, and near, when they leave."""

LINKS: dict[Template, LinkPurpose] = {
    Template.BOOKING_CONFIRMED: LinkPurpose.BOOKING,
    Template.BOOKING_INFO_NEEDED: LinkPurpose.BOOKING,
    Template.BOOKING_REJECTED: LinkPurpose.BOOKING,
    Template.REMINDER_DAY_BEFORE: LinkPurpose.BOOKING,
    Template.REMINDER_AGAIN: LinkPurpose.BOOKING,
    Template.REMINDER_SOON: LinkPurpose.BOOKING,
    Template.BOOKING_RESCHEDULED: LinkPurpose.BOOKING,
    Template.BOOKING_CANCELLED: LinkPurpose.BOOKING,
    Template.PLAN_DAY_OPEN: LinkPurpose.PLAN,
    Template.MESSAGE_ANSWERED: LinkPurpose.BOOKING,
    Template.TECHNICIAN_CONFIRMED: LinkPurpose.BOOKING,
    Template.TECHNICIAN_CHANGING: LinkPurpose.BOOKING,
    Template.ON_THE_WAY: LinkPurpose.BOOKING,
    Template.FINISHED: LinkPurpose.BOOKING,
    Template.NOT_DONE: LinkPurpose.BOOKING,
    Template.REVIEW_INVITED: LinkPurpose.REVIEW,
}
"""What the link of a message opens without log-in."""
