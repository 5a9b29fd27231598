"""Every step of the booking's table, taken and refused, as the table says."""

from __future__ import annotations

import pytest

from paidan.booking.constants import BOOKING_TABLE, BookingStatus
from paidan.booking.events import NAME_OF_ACTION
from paidan.booking.labels import booking_shown, order_shown, step_shown
from paidan.booking.models import Booking
from paidan.booking.services.moving import booking_move
from paidan.kernel.actors import Actor, ActorKind
from paidan.kernel.errors import Forbidden, Invalid
from paidan.kernel.models import Event
from paidan.kernel.transitions import Edge, TransitionRefused
from paidan.visits.constants import VisitStatus
from tests.booking.scene import make_scene

EDGES = [(edge, source) for edge in BOOKING_TABLE for source in sorted(edge.sources)]
ACTIONS = sorted({edge.action for edge in BOOKING_TABLE})


def named(case: object) -> str:
    return f"{case.action}" if isinstance(case, Edge) else str(case)


def an_actor(role: str) -> Actor:
    return Actor(kind=ActorKind.LINK if role == "link" else ActorKind.USER, user_id=1, role=role)


def booking_in(status: str) -> Booking:
    """A booking put into a state by hand: the table alone is under test."""
    booking = make_scene().booked()[0]
    if booking.status != status:
        Booking.objects.filter(pk=booking.pk).update(status=status)
        booking.refresh_from_db()
    return Booking.objects.select_related("customer").get(pk=booking.pk)


@pytest.mark.django_db
@pytest.mark.parametrize(("edge", "source"), EDGES, ids=named)
def test_each_step_leads_where_the_table_says(edge: Edge, source: str) -> None:
    booking = booking_in(source)
    role = sorted(edge.roles)[0]

    booking_move(booking, edge.action, actor=an_actor(role), now=booking.created_at, data={"reason": "other"})

    booking.refresh_from_db()
    step = booking.steps.order_by("-pk")[0]
    assert booking.status == edge.target
    assert (step.action, step.source, step.target) == (edge.action, source, edge.target)
    assert Event.objects.order_by("-pk")[0].name == NAME_OF_ACTION[edge.action]


@pytest.mark.django_db
@pytest.mark.parametrize(("edge", "source"), EDGES, ids=named)
def test_a_role_that_is_not_named_takes_no_step(edge: Edge, source: str) -> None:
    booking = booking_in(source)
    events = Event.objects.count()

    with pytest.raises(Forbidden):
        booking_move(booking, edge.action, actor=an_actor("technician"), now=booking.created_at, data={"reason": "x"})

    booking.refresh_from_db()
    assert (booking.status, Event.objects.count()) == (source, events)


@pytest.mark.django_db
@pytest.mark.parametrize("action", ACTIONS)
def test_no_step_leads_out_of_the_end(action: str) -> None:
    booking = booking_in(BookingStatus.CLOSED)

    with pytest.raises(TransitionRefused):
        booking_move(booking, action, actor=an_actor("system"), now=booking.created_at, data={"reason": "x"})


@pytest.mark.django_db
def test_a_step_without_its_reason_is_refused() -> None:
    booking = booking_in(BookingStatus.CONFIRMED)

    with pytest.raises(Invalid) as refusal:
        booking_move(booking, "cancel", actor=an_actor("customer"), now=booking.created_at)

    assert set(refusal.value.fields) == {"reason"}


def test_the_ends_are_closed_cancelled_and_rejected() -> None:
    assert BOOKING_TABLE.terminal == {"closed", "cancelled", "rejected"}


@pytest.mark.parametrize("for_customer", [True, False])
@pytest.mark.parametrize("status", BookingStatus.values)
def test_every_state_has_words_for_both_faces(status: str, for_customer: bool) -> None:
    assert booking_shown(status, for_customer=for_customer).label


@pytest.mark.parametrize("action", ACTIONS)
def test_every_step_has_words_for_staff(action: str) -> None:
    shown = step_shown(action, for_customer=False)

    assert shown is not None
    assert shown.label


def test_a_confirmed_order_is_told_by_its_visit() -> None:
    confirmed = order_shown("confirmed", None, for_customer=True)
    on_the_way = order_shown("confirmed", VisitStatus.EN_ROUTE, for_customer=True)
    cancelled = order_shown("cancelled", VisitStatus.CANCELLED, for_customer=True)

    assert confirmed == booking_shown("confirmed", for_customer=True)
    assert on_the_way.label != confirmed.label
    assert cancelled == booking_shown("cancelled", for_customer=True)
