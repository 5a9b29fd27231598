"""What technicians see of their work: the day, and one visit with its next steps (G6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from paidan.accounts.access import require
from paidan.accounts.constants import Permission
from paidan.billing.constants import LineKind
from paidan.billing.selectors import ChargeView, charges_of
from paidan.booking.answers import AnswerView, answer_views
from paidan.booking.labels import visit_shown
from paidan.booking.models import Booking
from paidan.booking.pricing import add_on_names
from paidan.booking.selectors import Arrival, Contact, TimelineEntry
from paidan.booking.selectors.rows import contact_of_visit
from paidan.booking.selectors.timeline import timeline_of
from paidan.booking.selectors.visits import arrival_of, way_seconds_of
from paidan.fieldwork.constants import COMPLETION_PHOTO, CREW_ACTIONS, PAYABLE
from paidan.files.selectors import FileView, files_of
from paidan.kernel.actors import Actor
from paidan.kernel.constants import Tone
from paidan.kernel.settings import UNDO_SECONDS
from paidan.kernel.texts import localized
from paidan.kernel.timespan import TimeSpan, local_date
from paidan.visits.access import visit_for
from paidan.visits.constants import OPEN_STATES, UNDOABLE, Urgency, VisitStatus
from paidan.visits.models import Assignment, Visit, VisitStep

_NOT_LATE = frozenset({VisitStatus.ARRIVED, VisitStatus.WORKING, VisitStatus.ON_HOLD, VisitStatus.FINISHED})


@dataclass(frozen=True, slots=True)
class CrewVisitRow:
    """A visit in a technician's list.

    Attributes:
        contact: unmasked while the visit is theirs.
        actions: what they do next, the usual step first.
        due_minor: what is still to be collected once the work is finished, else 0.
        pay_minor: what they earn by it.
    """

    ref: str
    item_name: str
    type_icon: str
    status: str
    status_label: str
    tone: Tone
    urgency: str
    urgency_label: str
    window: TimeSpan
    time_zone: str
    planned_start_at: datetime | None
    accept_by_at: datetime | None
    duration_minutes: int
    pay_minor: int
    contact: Contact
    actions: tuple[str, ...]
    due_minor: int
    is_late: bool


@dataclass(frozen=True, slots=True)
class CheckItem:
    """A line of the item's checklist."""

    position: int
    text: str
    is_done: bool


@dataclass(frozen=True, slots=True)
class CrewVisitDetail:
    """A visit's page for its technician.

    Attributes:
        add_ons: names of what was sold along with the item.
        is_mine: the visit is assigned to the reader now (a team lead also sees the team's).
        amount_minor: what the customer pays: the price until finishing, then the fixed charge.
        undo_until: until when the reader's last step may be taken back.
    """

    row: CrewVisitRow
    booking_ref: str
    description: str
    add_ons: tuple[str, ...]
    answers: tuple[AnswerView, ...]
    notes: str
    checklist: tuple[CheckItem, ...]
    photos: tuple[FileView, ...]
    photos_before: tuple[FileView, ...]
    arrival: Arrival
    resume_at: datetime | None
    timeline: tuple[TimelineEntry, ...]
    charge: ChargeView | None
    amount_minor: int
    is_paid: bool
    is_mine: bool
    undo_until: datetime | None

    @property
    def ref(self) -> str:
        return self.row.ref

    @property
    def actions(self) -> tuple[str, ...]:
        return self.row.actions


def my_day(actor: Actor, day: date, *, now: datetime) -> tuple[CrewVisitRow, ...]:
    """The visits a technician has on a local date, in the order of the plan, the done ones included.

    Raises:
        Forbidden: the actor carries out no visits.
    """
    noon = datetime.combine(day, datetime.min.time(), tzinfo=ZoneInfo("UTC")) + timedelta(hours=12)
    near = _mine(actor).filter(
        window_start_at__gte=noon - timedelta(days=2), window_start_at__lt=noon + timedelta(days=2)
    )
    return _rows([visit for visit in near if _day_of(visit) == day], now)


def my_open_visits(actor: Actor, *, now: datetime) -> tuple[CrewVisitRow, ...]:
    """Every visit a technician still has to accept or to do, whatever the day.

    Raises:
        Forbidden: the actor carries out no visits.
    """
    return _rows(list(_mine(actor).filter(status__in=OPEN_STATES)), now)


def visit_for_crew(actor: Actor, ref: str, *, now: datetime) -> CrewVisitDetail:
    """A visit's page for its technician, or their lead.

    Raises:
        NotFound, Forbidden: it is not theirs to see.
    """
    require(actor, Permission.EXECUTE_VISITS)
    visit = visit_for(actor, ref, Permission.VIEW_VISITS)
    is_mine = Assignment.objects.filter(visit=visit, technician__user=actor.user_id, ended_at__isnull=True).exists()
    steps = list(visit.steps.order_by("at", "pk"))
    booking = _booking_of(visit)
    charge = _service_charge(charges_of([visit.ref]).get(visit.ref, ()))
    return CrewVisitDetail(
        row=_row(visit, charge, now, is_mine=is_mine),
        booking_ref=visit.booking_ref,
        description=visit.description,
        add_ons=add_on_names(booking.price_lines if booking is not None else ()),
        answers=answer_views(booking.answers if booking is not None else ()),
        notes=localized(visit.item_version.notes),
        checklist=_checklist(visit, steps),
        photos=files_of(visit.ref, kind=COMPLETION_PHOTO),
        photos_before=files_of(visit.booking_ref),
        arrival=arrival_of(visit, way_seconds_of([visit]).get(visit.pk), now=now),
        resume_at=visit.resume_at,
        timeline=timeline_of((), steps, for_customer=False),
        charge=charge,
        amount_minor=charge.total_minor if charge is not None else (booking.price_minor if booking is not None else 0),
        is_paid=charge is not None and charge.is_settled,
        is_mine=is_mine,
        undo_until=_undo_until(steps, charge, actor, now=now) if is_mine else None,
    )


def _mine(actor: Actor) -> QuerySet[Visit]:
    require(actor, Permission.EXECUTE_VISITS)
    return (
        Visit.objects.select_related("territory", "item_version__item__type")
        .filter(assignments__technician__user=actor.user_id, assignments__ended_at__isnull=True)
        .order_by("window_start_at", "pk")
    )


def _day_of(visit: Visit) -> date:
    return local_date(visit.planned_start_at or visit.window_start_at, ZoneInfo(visit.territory.time_zone))


def _rows(visits: Sequence[Visit], now: datetime) -> tuple[CrewVisitRow, ...]:
    charges = charges_of([visit.ref for visit in visits])
    planned = sorted(visits, key=lambda visit: (visit.planned_start_at or visit.window_start_at, visit.pk))
    return tuple(_row(visit, _service_charge(charges.get(visit.ref, ())), now, is_mine=True) for visit in planned)


def _row(visit: Visit, charge: ChargeView | None, now: datetime, *, is_mine: bool) -> CrewVisitRow:
    shown = visit_shown(visit.status, for_customer=False)
    due = charge.total_minor if charge is not None and not charge.is_settled else 0
    return CrewVisitRow(
        ref=visit.ref,
        item_name=localized(visit.item_version.name),
        type_icon=visit.item_version.item.type.icon,
        status=visit.status,
        status_label=shown.label,
        tone=shown.tone,
        urgency=visit.urgency,
        urgency_label=str(Urgency(visit.urgency).label),
        window=TimeSpan(visit.window_start_at, visit.window_end_at),
        time_zone=visit.territory.time_zone,
        planned_start_at=visit.planned_start_at,
        accept_by_at=visit.accept_by_at,
        duration_minutes=visit.duration_minutes,
        pay_minor=visit.pay_minor,
        contact=contact_of_visit(visit, unmasked=is_mine),
        actions=_actions(visit, due) if is_mine else (),
        due_minor=due if visit.status in PAYABLE else 0,
        is_late=visit.status in OPEN_STATES and visit.status not in _NOT_LATE and visit.window_end_at < now,
    )


def _actions(visit: Visit, due_minor: int) -> tuple[str, ...]:
    status = VisitStatus(visit.status)
    pay = ("take_cash",) if status in PAYABLE and due_minor else ()
    return (*CREW_ACTIONS.get(status, ()), *pay)


def _checklist(visit: Visit, steps: Sequence[VisitStep]) -> tuple[CheckItem, ...]:
    finish = next((step for step in reversed(steps) if step.action == "finish"), None)
    done = set(finish.data.get("checklist", ())) if finish is not None else set()
    lines: Sequence[Mapping[str, str]] = visit.item_version.checklist
    return tuple(CheckItem(place, localized(dict(line)), place in done) for place, line in enumerate(lines))


def _service_charge(charges: Sequence[ChargeView]) -> ChargeView | None:
    return next((charge for charge in charges if charge.kind is LineKind.SERVICE), None)


def _booking_of(visit: Visit) -> Booking | None:
    return Booking.objects.only("price_minor", "price_lines", "answers").filter(ref=visit.booking_ref).first()


def _undo_until(
    steps: Sequence[VisitStep], charge: ChargeView | None, actor: Actor, *, now: datetime
) -> datetime | None:
    last = steps[-1] if steps else None
    if last is None or last.action not in UNDOABLE or last.actor_key != actor.key:
        return None
    if last.action == "finish" and charge is not None and charge.is_settled and charge.total_minor:
        return None
    until = last.at + timedelta(seconds=UNDO_SECONDS.value())
    return until if until >= now else None
