"""The desk's list of visits, and a visit with all that belongs to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from paidan.accounts.access import require
from paidan.accounts.constants import CREW_ROLES, Permission
from paidan.billing.selectors import ChargeView, charges_of
from paidan.booking.access import is_own_face
from paidan.booking.answers import AnswerView, answer_views
from paidan.booking.labels import visit_shown
from paidan.booking.models import Booking, BookingStep
from paidan.booking.pricing import add_on_names
from paidan.booking.selectors.crew import CrewCard, assignments_of, crew_card
from paidan.booking.selectors.rows import contact_of_visit
from paidan.booking.selectors.timeline import timeline_of
from paidan.booking.selectors.views import Contact, TimelineEntry, VisitCard
from paidan.booking.selectors.visits import visit_cards
from paidan.customers.access import has_unmasked
from paidan.customers.phones import phone_normalized
from paidan.kernel.actors import Actor, ActorKind
from paidan.kernel.constants import Tone
from paidan.kernel.paging import PAGE_SIZE, Slice, cursor_values, sliced
from paidan.kernel.refs import read_ref
from paidan.kernel.texts import localized
from paidan.kernel.timespan import TimeSpan
from paidan.visits.access import visit_for, visits_visible_to
from paidan.visits.constants import VISIT_TABLE, Urgency, VisitStatus
from paidan.visits.models import Assignment, Visit

VISIT_GROUPS: dict[str, tuple[VisitStatus, ...]] = {
    "waiting": (VisitStatus.PENDING, VisitStatus.OFFERED),
    "assigned": (VisitStatus.ASSIGNED, VisitStatus.ACCEPTED),
    "under_way": (VisitStatus.EN_ROUTE, VisitStatus.ARRIVED, VisitStatus.WORKING, VisitStatus.ON_HOLD),
    "done": (VisitStatus.FINISHED, VisitStatus.SIGNED_OFF),
    "failed": (VisitStatus.NOT_DONE,),
    "cancelled": (VisitStatus.CANCELLED,),
}
"""How the desk sorts visits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitFilter:
    """What a list shows; an empty part filters nothing.

    Attributes:
        group: a key of ``VISIT_GROUPS``; ``status``: one ``VisitStatus``.
        window: promised windows that start inside it.
        search: a reference, a phone number, part of a name or a technician's staff number.
    """

    group: str = ""
    status: str = ""
    window: TimeSpan | None = None
    territory_code: str = ""
    technician_ref: str = ""
    search: str = ""


@dataclass(frozen=True, slots=True)
class VisitRow:
    """A visit in a list; ``is_late`` when its window is over and nobody has come."""

    ref: str
    booking_ref: str
    item_name: str
    type_icon: str
    status: str
    status_label: str
    tone: Tone
    urgency: str
    urgency_label: str
    window: TimeSpan
    time_zone: str
    territory_code: str
    territory_name: str
    duration_minutes: int
    planned_start_at: datetime | None
    accept_by_at: datetime | None
    contact: Contact
    technician: CrewCard | None
    is_late: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class VisitDetail:
    """A visit with its card, timeline and money.

    Attributes:
        add_ons: names of what was sold along with the item.
        answers: to the item's questions.
        actions: steps of the visit's table the reader's role may take now.
        charges: of the visit, and fees of its booking.
    """

    row: VisitRow
    card: VisitCard
    description: str
    add_ons: tuple[str, ...]
    answers: tuple[AnswerView, ...]
    pay_minor: int
    price_minor: int
    timeline: tuple[TimelineEntry, ...]
    charges: tuple[ChargeView, ...]
    actions: tuple[str, ...]

    @property
    def ref(self) -> str:
        return self.row.ref


def visits_list(
    actor: Actor,
    *,
    which: VisitFilter | None = None,
    now: datetime,
    cursor: str = "",
    limit: int = PAGE_SIZE,
) -> Slice[VisitRow]:
    """A page of the visits the reader may know of, by promised window; constant number of queries.

    Raises:
        Forbidden: the role does not see visits.
        Invalid: the cursor belongs to another list.
    """
    if actor.kind is not ActorKind.LINK and not is_own_face(actor):
        require(actor, Permission.VIEW_VISITS)
    wanted = _filtered(visits_visible_to(actor), which or VisitFilter())
    after = cursor_values(cursor, datetime, int)
    if after is not None:
        start_at, pk = after
        wanted = wanted.filter(Q(window_start_at__gt=start_at) | Q(window_start_at=start_at, pk__gt=pk))
    found = list(
        wanted.select_related("territory", "item_version__item__type").order_by("window_start_at", "pk")[: limit + 1]
    )
    page = sliced(found, limit=limit, key=lambda visit: (visit.window_start_at, visit.pk))
    assignments = assignments_of([visit.pk for visit in page.items])
    return Slice(tuple(_row(actor, visit, assignments, now) for visit in page.items), page.next_cursor)


def visit_detail(actor: Actor, ref: str, *, now: datetime) -> VisitDetail:
    """A visit as its reader may see it; constant number of queries.

    Raises:
        NotFound, Forbidden: it is not theirs to see.
    """
    visit = visit_for(actor, ref, Permission.VIEW_VISITS)
    own = is_own_face(actor)
    assignments = assignments_of([visit.pk])
    booking = Booking.objects.filter(ref=visit.booking_ref).only("price_minor", "price_lines", "answers").first()
    booking_steps = BookingStep.objects.filter(booking__ref=visit.booking_ref).order_by("at", "pk")
    charges = charges_of([visit.ref, visit.booking_ref])
    return VisitDetail(
        row=_row(actor, visit, assignments, now, unmasked=not own and has_unmasked(actor, visit.booking_ref, now=now)),
        card=visit_cards([visit], assignments, for_customer=own, now=now)[0],
        description=visit.description,
        add_ons=add_on_names(booking.price_lines if booking is not None else ()),
        answers=answer_views(booking.answers if booking is not None else ()),
        pay_minor=0 if own else visit.pay_minor,
        price_minor=booking.price_minor if booking is not None else 0,
        timeline=timeline_of(booking_steps, list(visit.steps.order_by("at", "pk")), for_customer=own),
        charges=(*charges.get(visit.ref, ()), *charges.get(visit.booking_ref, ())),
        actions=VISIT_TABLE.actions_from(visit.status, "link" if actor.kind is ActorKind.LINK else actor.role),
    )


def _filtered(visits: QuerySet[Visit], which: VisitFilter) -> QuerySet[Visit]:
    if which.group in VISIT_GROUPS:
        visits = visits.filter(status__in=VISIT_GROUPS[which.group])
    if which.status:
        visits = visits.filter(status=which.status)
    if which.window is not None:
        visits = visits.filter(window_start_at__gte=which.window.start, window_start_at__lt=which.window.end)
    if which.territory_code:
        visits = visits.filter(territory__code=which.territory_code)
    if which.technician_ref:
        visits = visits.filter(_assigned_to(technician__ref=which.technician_ref))
    return visits.filter(_search(which.search)) if which.search.strip() else visits


def _assigned_to(**conditions: str) -> Exists:
    return Exists(Assignment.objects.filter(visit=OuterRef("pk"), ended_at__isnull=True, **conditions))


def _search(text: str) -> Q:
    wanted = text.strip().replace("\0", "")[:80]
    condition = Q(contact_name__icontains=wanted) | Q(_assigned_to(technician__staff_number__iexact=wanted))
    condition |= Q(_assigned_to(technician__name__icontains=wanted))
    ref = read_ref(wanted)
    if ref:
        condition |= Q(ref=ref) | Q(booking_ref=ref)
    phone = phone_normalized(wanted)
    return condition | Q(contact_phone=phone) if phone else condition


def _row(
    actor: Actor, visit: Visit, assignments: Mapping[int, Assignment], now: datetime, *, unmasked: bool = False
) -> VisitRow:
    own = is_own_face(actor)
    shown = visit_shown(visit.status, for_customer=own)
    assignment = assignments.get(visit.pk)
    waiting = visit.status in {*VISIT_GROUPS["waiting"], *VISIT_GROUPS["assigned"], VisitStatus.EN_ROUTE}
    return VisitRow(
        ref=visit.ref,
        booking_ref=visit.booking_ref,
        item_name=localized(visit.item_version.name),
        type_icon=visit.item_version.item.type.icon,
        status=visit.status,
        status_label=shown.label,
        tone=shown.tone,
        urgency=visit.urgency,
        urgency_label=str(Urgency(visit.urgency).label),
        window=TimeSpan(visit.window_start_at, visit.window_end_at),
        time_zone=visit.territory.time_zone,
        territory_code=visit.territory.code,
        territory_name=localized(visit.territory.name),
        duration_minutes=visit.duration_minutes,
        planned_start_at=visit.planned_start_at,
        accept_by_at=visit.accept_by_at,
        contact=contact_of_visit(visit, unmasked=unmasked or _needs_it(actor, assignment)),
        technician=crew_card(assignment.technician, for_customer=own) if assignment is not None else None,
        is_late=waiting and visit.window_end_at < now,
        created_at=visit.created_at,
    )


def _needs_it(actor: Actor, assignment: Assignment | None) -> bool:
    """Customers see their own, technicians where they are to go; staff give a reason first."""
    if is_own_face(actor):
        return True
    if actor.role not in CREW_ROLES or assignment is None:
        return False
    return assignment.technician.user_id == actor.user_id
