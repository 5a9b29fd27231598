"""Lists of bookings, and a booking's own page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, QuerySet

from paidan.accounts.access import require
from paidan.accounts.constants import Permission
from paidan.billing.selectors import compensations_of
from paidan.booking.access import booking_for, bookings_visible_to, is_own_face
from paidan.booking.actions import booking_actions
from paidan.booking.answers import answer_views
from paidan.booking.constants import GROUP_STATES, BookingGroup, BookingStatus, CancelReason
from paidan.booking.finding_words import finding_view
from paidan.booking.models import Booking, BookingStep, PlanVisit
from paidan.booking.pricing import price_lines_of
from paidan.booking.review import AskedField, fields_asked
from paidan.booking.selectors.debts import debts_of_customer
from paidan.booking.selectors.rows import AROUND_A_ROW, around, booking_row, booking_rows, charges_about
from paidan.booking.selectors.searching import words_found
from paidan.booking.selectors.timeline import timeline_of
from paidan.booking.selectors.views import AskedFieldView, BookingDetail, BookingRow, Debt
from paidan.booking.selectors.visits import visit_cards
from paidan.customers.access import has_unmasked
from paidan.files.selectors import files_of
from paidan.kernel.actors import Actor, ActorKind
from paidan.kernel.paging import PAGE_SIZE, Slice, cursor_values, sliced
from paidan.kernel.texts import localized
from paidan.kernel.timespan import TimeSpan
from paidan.visits.models import VisitStep
from paidan.worklist.constants import WorkKind
from paidan.worklist.selectors import is_waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingFilter:
    """What a list shows; an empty part filters nothing.

    Attributes:
        group: one of ``BookingGroup``.
        search: words that all have to be found: see ``searching.words_found``.
        window: promised windows that start inside it.
    """

    group: str = ""
    search: str = ""
    window: TimeSpan | None = None
    territory_code: str = ""
    channel: str = ""
    item_code: str = ""


def bookings_list(
    actor: Actor, *, which: BookingFilter | None = None, cursor: str = "", limit: int = PAGE_SIZE
) -> Slice[BookingRow]:
    """A page of the bookings the reader may know of, the latest first; constant number of queries.

    Raises:
        Forbidden: the role does not see bookings.
        Invalid: the cursor belongs to another list.
    """
    if actor.kind is not ActorKind.LINK:
        require(actor, Permission.VIEW_BOOKINGS)
    wanted = bookings_filtered(actor, which or BookingFilter())
    after = cursor_values(cursor, datetime, int)
    if after is not None:
        created_at, pk = after
        wanted = wanted.filter(Q(created_at__lt=created_at) | Q(created_at=created_at, pk__lt=pk))
    found = list(wanted.select_related(*AROUND_A_ROW).order_by("-created_at", "-pk")[: limit + 1])
    page = sliced(found, limit=limit, key=lambda booking: (booking.created_at, booking.pk))
    return Slice(booking_rows(actor, page.items), page.next_cursor)


def bookings_count(actor: Actor) -> dict[str, int]:
    """How many bookings the reader has in each group, for the tabs; one query."""
    if actor.kind is not ActorKind.LINK:
        require(actor, Permission.VIEW_BOOKINGS)
    counts = {str(group): 0 for group in BookingGroup}
    group_of = {str(state): str(group) for group, states in GROUP_STATES.items() for state in states}
    for status, count in bookings_visible_to(actor).order_by().values_list("status").annotate(Count("pk")):
        counts[group_of[status]] += count
    return counts


def bookings_filtered(actor: Actor, which: BookingFilter) -> QuerySet[Booking]:
    """What the reader may know of and asked for."""
    bookings = bookings_visible_to(actor)
    if which.group in BookingGroup.values:
        bookings = bookings.filter(status__in=GROUP_STATES[BookingGroup(which.group)])
    if which.window is not None:
        bookings = bookings.filter(window_start_at__gte=which.window.start, window_start_at__lt=which.window.end)
    if which.territory_code:
        bookings = bookings.filter(territory__code=which.territory_code)
    if which.channel:
        bookings = bookings.filter(channel=which.channel)
    if which.item_code:
        bookings = bookings.filter(item_version__item__code=which.item_code)
    return words_found(actor, bookings, which.search)


def booking_detail(actor: Actor, ref: str, *, now: datetime) -> BookingDetail:
    """A booking's page as its reader may see it; constant number of queries.

    Raises:
        NotFound, Forbidden: it is not theirs to see.
    """
    booking = booking_for(actor, ref, Permission.VIEW_BOOKINGS)
    own = is_own_face(actor)
    found = around([booking])
    visits = found.visits.get(booking.pk, ())
    booking_steps = list(booking.steps.order_by("at", "pk"))
    visit_steps = list(VisitStep.objects.filter(visit__in=visits).order_by("at", "pk"))
    visit = visits[-1] if visits else None
    return BookingDetail(
        row=booking_row(actor, booking, found, unmasked=not own and has_unmasked(actor, booking.ref, now=now)),
        item_code=booking.item_version.item.code,
        description=booking.description,
        special_requirements=booking.special_requirements,
        price_lines=price_lines_of(booking.price_lines),
        answers=answer_views(booking.answers),
        photos=files_of(booking.ref),
        notes=localized(booking.item_version.notes),
        is_own=own,
        confirmed_at=booking.confirmed_at,
        confirmed_by_customer_at=booking.confirmed_by_customer_at,
        completed_at=booking.completed_at,
        cancelled_at=booking.cancelled_at,
        cancel_reason_label=_cancel_label(booking),
        cancel_fee_minor=booking.cancel_fee_minor,
        message=_message(booking, booking_steps),
        findings=() if own else tuple(finding_view(one) for one in booking.findings),
        asked_fields=asked_fields(booking, booking_steps[-1] if booking_steps else None),
        visits=visit_cards(visits, found.assignments, for_customer=own, now=now),
        timeline=timeline_of(booking_steps, visit_steps, for_customer=own),
        charges=charges_about(booking, found),
        compensations=compensations_of(booking.ref),
        debts=() if own else _other_debts(booking),
        is_to_call=not own and is_waiting(WorkKind.UNCONFIRMED, booking.ref),
        plan_ref=plan_ref_of(booking),
        can_repeat=booking.item_version.is_recurring and booking.status in REPEATABLE,
        actions=booking_actions(booking, visit, for_customer=own),
    )


REPEATABLE = frozenset(
    {BookingStatus.CONFIRMED, BookingStatus.IN_SERVICE, BookingStatus.COMPLETED, BookingStatus.CLOSED}
)


def plan_ref_of(booking: Booking) -> str:
    """The recurring plan a booking belongs to, if any."""
    return PlanVisit.objects.filter(booking=booking).values_list("plan__ref", flat=True).first() or ""


def _other_debts(booking: Booking) -> tuple[Debt, ...]:
    return tuple(debt for debt in debts_of_customer(booking.customer_id) if debt.booking_ref != booking.ref)


def _message(booking: Booking, steps: Sequence[BookingStep]) -> str:
    """What the desk wrote to the customer, while it is what they should read first."""
    last = steps[-1] if steps else None
    if last is None or last.action not in {"ask", "reject"} or last.target != booking.status:
        return ""
    return str(last.data.get("text", ""))


def asked_fields(booking: Booking, last: BookingStep | None) -> tuple[AskedFieldView, ...]:
    """What the customer is asked to complete, with what stands there now; nothing unless they are asked."""
    if last is None or last.action != "ask" or last.target != booking.status:
        return ()
    hints = {view.field: f"{view.sentence} {view.suggestion}" for view in map(finding_view, booking.findings)}
    names = fields_asked(last.data)
    return tuple(
        AskedFieldView(name, str(AskedField(name).label), getattr(booking, name), hints.get(name, "")) for name in names
    )


def _cancel_label(booking: Booking) -> str:
    reason = booking.cancel_reason
    return str(CancelReason(reason).label) if reason in CancelReason.values else ""
