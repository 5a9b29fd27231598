"""A pen for the past: it takes only steps that the transition tables declare, and writes them in bulk.

The services cannot be asked to work ninety days ago two thousand times within seconds. What they would have
written is collected here instead, with their own tables, stamps and events; nothing is notified, no job runs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import pgtrigger
from django.db.models import Model

from paidan.billing.models import Charge, ChargeLine, LedgerEntry, LedgerTransaction, Payment
from paidan.booking.constants import BOOKING_TABLE
from paidan.booking.events import BookingMoved, BookingSubmitted
from paidan.booking.models import Booking, BookingStep, BookingVisit
from paidan.booking.services.moving import CLEARED as BOOKING_CLEARED
from paidan.booking.services.moving import STAMPS as BOOKING_STAMPS
from paidan.demo.history.copying import rows_copy
from paidan.dispatch.models import Decision, Offer, PlanDay, PlanStop
from paidan.kernel.actors import Actor, ActorKind
from paidan.kernel.events import DomainEvent
from paidan.kernel.models import Event
from paidan.kernel.transitions import Edge, TransitionTable
from paidan.reviews.models import Review
from paidan.visits.constants import VISIT_TABLE
from paidan.visits.events import VisitCreated, VisitMoved
from paidan.visits.models import Assignment, Visit, VisitStep
from paidan.visits.services import CLEARED as VISIT_CLEARED
from paidan.visits.services import STAMPS as VISIT_STAMPS
from paidan.visits.services import Crew
from paidan.workforce.models import Commitment
from paidan.worklist.models import WorkItem

Facts = Mapping[str, object]

# Each kind of row after the kinds it refers to.
_ORDER: tuple[type[Model], ...] = (
    Booking,
    Visit,
    BookingVisit,
    BookingStep,
    VisitStep,
    Assignment,
    Offer,
    Decision,
    PlanDay,
    PlanStop,
    Commitment,
    Charge,
    ChargeLine,
    Payment,
    LedgerTransaction,
    LedgerEntry,
    Review,
    WorkItem,
)
_REFERRED_TO_BY_NONE = frozenset({BookingStep, VisitStep, LedgerEntry})
_BATCH = 1000


class StepRefused(Exception):
    """The story wanted a step that the table, the actor's role, the data or the order of time forbids."""


def _role(actor: Actor) -> str:
    return "link" if actor.kind is ActorKind.LINK else actor.role


def edge_checked(table: TransitionTable, action: str, status: str, *, actor: Actor, data: Facts) -> Edge:
    """The step as the table declares it.

    Raises:
        TransitionRefused: there is none from this state.
        StepRefused: not for this role, or data it requires is missing.
    """
    edge = table.edge(action, status)
    if _role(actor) not in edge.roles:
        raise StepRefused(f"{table.name}: {_role(actor)} does not {action}.")
    missing = [name for name in edge.requires if not data.get(name)]
    if missing:
        raise StepRefused(f"{table.name}: {action} needs {', '.join(missing)}.")
    return edge


class HistoryWriter:
    """Collects rows and events up to an instant, and writes them all at once."""

    def __init__(self, *, until: datetime) -> None:
        self._until = until
        self._rows: dict[type[Model], list[Model]] = defaultdict(list)
        self._late: list[Callable[[], Model]] = []
        self._events: list[tuple[datetime, Callable[[], DomainEvent]]] = []
        self._last: dict[str, datetime] = {}

    def reaches(self, at: datetime) -> bool:
        """Whether an instant lies in the past that is written."""
        return at <= self._until

    def keep(self, *rows: Model) -> None:
        """Take rows that are no steps."""
        for row in rows:
            self._rows[type(row)].append(row)

    def keep_later(self, make: Callable[[], Model]) -> None:
        """Take a row that holds the id of another one: it is made when those have theirs."""
        self._late.append(make)

    def tell(self, at: datetime, event: Callable[[], DomainEvent]) -> None:
        """Take an event; it is made when every row has its id."""
        self._events.append((at, event))

    def booking_take(self, booking: Booking, *, actor: Actor) -> None:
        """A booking comes in."""
        booking.status = BOOKING_TABLE.initial
        self.keep(booking)
        self._booking_step(booking, "submit", "", actor, booking.created_at, {"channel": str(booking.channel)})
        self.tell(
            booking.created_at,
            lambda: BookingSubmitted(
                booking_id=booking.pk,
                booking_ref=booking.ref,
                customer_id=booking.customer_id,
                territory_id=booking.territory_id or 0,
                channel=str(booking.channel),
                refs=(booking.ref,),
            ),
        )

    def booking_move(
        self,
        booking: Booking,
        action: str,
        *,
        actor: Actor,
        at: datetime,
        data: Facts | None = None,
        changes: Facts | None = None,
    ) -> None:
        """One step of a booking, as ``booking.services.moving.booking_move`` takes it.

        Raises:
            TransitionRefused, StepRefused: the table, the role, the data or the order of time forbids it.
        """
        facts = dict(data or {})
        source = booking.status
        edge = edge_checked(BOOKING_TABLE, action, source, actor=actor, data=facts)
        _columns_set(booking, edge, {**(changes or {})}, BOOKING_STAMPS, BOOKING_CLEARED, at)
        self._booking_step(booking, action, source, actor, at, facts)
        fee = booking.cancel_fee_minor if action == "cancel" else 0
        self.tell(
            at,
            lambda: BookingMoved(
                booking_id=booking.pk,
                booking_ref=booking.ref,
                customer_id=booking.customer_id,
                territory_id=booking.territory_id or 0,
                action=action,
                source=source,
                target=edge.target,
                actor_key=actor.key,
                actor_role=_role(actor),
                fee_minor=fee,
                refs=(booking.ref,),
            ),
        )

    def visit_create(self, visit: Visit, booking: Booking) -> None:
        """A visit is made to serve a booking."""
        visit.status = VISIT_TABLE.initial
        self.keep(visit, BookingVisit(booking=booking, visit=visit))
        self.tell(
            visit.created_at,
            lambda: VisitCreated(
                visit_id=visit.pk,
                visit_ref=visit.ref,
                booking_ref=visit.booking_ref,
                territory_id=visit.territory_id,
                refs=(visit.ref, visit.booking_ref),
            ),
        )

    def visit_move(
        self,
        visit: Visit,
        action: str,
        *,
        actor: Actor,
        at: datetime,
        crew: Crew | None = None,
        data: Facts | None = None,
        changes: Facts | None = None,
    ) -> None:
        """One step of a visit, as ``visits.services.visit_move`` takes it.

        Raises:
            TransitionRefused, StepRefused: the table, the role, the data or the order of time forbids it.
        """
        facts = dict(data or {})
        source = visit.status
        edge = edge_checked(VISIT_TABLE, action, source, actor=actor, data=facts)
        _columns_set(visit, edge, {**(changes or {})}, VISIT_STAMPS, VISIT_CLEARED, at)
        self._in_order(visit.ref, at)
        self.keep(
            VisitStep(
                visit=visit,
                action=action,
                source=source,
                target=edge.target,
                actor_key=actor.key,
                actor_role=_role(actor),
                data=facts,
                at=at,
            )
        )
        self.tell(
            at,
            lambda: VisitMoved(
                visit_id=visit.pk,
                visit_ref=visit.ref,
                booking_ref=visit.booking_ref,
                territory_id=visit.territory_id,
                action=action,
                source=source,
                target=edge.target,
                actor_key=actor.key,
                actor_role=_role(actor),
                technician_id=crew.technician_id if crew is not None else None,
                refs=(visit.ref, visit.booking_ref),
            ),
        )

    def flush(self) -> dict[str, int]:
        """Write everything; returns how many rows of each kind."""
        for kind in _ORDER:
            if kind is Commitment:
                self.keep(*(make() for make in self._late))
            if kind in _REFERRED_TO_BY_NONE:
                rows_copy(kind, self._rows[kind])
            else:
                kind._default_manager.bulk_create(self._rows[kind], batch_size=_BATCH)  # noqa: SLF001 -- a documented name
        events = [_event_row(at, make()) for at, make in sorted(self._events, key=lambda told: told[0])]
        # Nobody is told of the past: no live notice, and no jobs, which only ``outbox.publish`` defers.
        with pgtrigger.ignore("kernel.Event:notify"):
            rows_copy(Event, events)
        return {kind.__name__: len(self._rows[kind]) for kind in _ORDER} | {"Event": len(events)}

    def _booking_step(
        self, booking: Booking, action: str, source: str, actor: Actor, at: datetime, data: Facts
    ) -> None:
        self._in_order(booking.ref, at)
        self.keep(
            BookingStep(
                booking=booking,
                action=action,
                source=source,
                target=booking.status,
                actor_key=actor.key,
                actor_role=_role(actor),
                data=dict(data),
                at=at,
            )
        )

    def _in_order(self, ref: str, at: datetime) -> None:
        if not self.reaches(at) or at < self._last.get(ref, at):
            raise StepRefused("History goes forward, and not beyond the present.")
        self._last[ref] = at


def _columns_set(
    row: Booking | Visit,
    edge: Edge,
    changes: dict[str, Any],
    stamps: Mapping[str, tuple[str, ...]],
    cleared: Mapping[str, tuple[str, ...]],
    at: datetime,
) -> None:
    columns: dict[str, Any] = {"status": edge.target, **changes}
    columns.update(dict.fromkeys(stamps.get(edge.action, ()), at))
    columns.update(dict.fromkeys(cleared.get(edge.action, ())))
    for name, value in columns.items():
        setattr(row, name, value)


def _event_row(at: datetime, event: DomainEvent) -> Event:
    return Event(name=event.name, payload=event.payload(), refs=list(event.refs), topics=[], created_at=at)
