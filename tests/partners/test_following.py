"""What became of an order is written back: it follows its booking and visit."""

from __future__ import annotations

from datetime import timedelta

import pytest

from paidan.accounts.constants import RoleCode
from paidan.booking.services import booking_cancel
from paidan.config.wiring import EVENT_TABLE
from paidan.kernel import clock
from paidan.kernel.actors import Actor
from paidan.kernel.models import Event
from paidan.kernel.tasks import event_handle
from paidan.partners.models import PartnerOrder
from paidan.partners.selectors import orders_list, orders_sheet
from paidan.visits.models import Visit
from tests.booking.scene import Scene, make_scene
from tests.partners.files import bytes_of, cells, csv_file, make_partner, run, sent

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    scene = make_scene()
    make_partner()
    return scene


@pytest.fixture
def desk(scene: Scene) -> Actor:
    return scene.staff(RoleCode.MANAGER)


def heard() -> None:
    """Run the handlers of everything that happened, as the worker does."""
    for event in Event.objects.order_by("pk"):
        event_handle(event.pk)


def order(scene: Scene, desk: Actor) -> PartnerOrder:
    run(sent(csv_file(cells(scene)), desk, scene), scene)
    return PartnerOrder.objects.get()


def test_an_order_follows_its_visit_to_the_end(scene: Scene, desk: Actor) -> None:
    booked = order(scene, desk)
    assert (booked.status, booked.visit_status) == ("confirmed", "pending")

    scene.finished(Visit.objects.get())
    heard()

    booked.refresh_from_db()
    assert (booked.status, booked.visit_status) == ("in_service", "finished")
    assert booked.updated_at > booked.created_at


def test_a_cancelled_booking_is_told_once(scene: Scene, desk: Actor) -> None:
    booked = order(scene, desk)
    assert booked.booking is not None
    booking_cancel(ref=booked.booking.ref, reason="changed_mind", agreed_fee_minor=0, actor=desk, now=scene.now)
    heard()
    booked.refresh_from_db()
    first = booked.updated_at

    heard()

    booked.refresh_from_db()
    assert (booked.status, booked.updated_at) == ("cancelled", first)
    assert [row.status for row in orders_list(desk, updated_since=first).items] == ["cancelled"]
    assert orders_list(desk, updated_since=clock.now() + timedelta(hours=1)).items == ()
    assert "A-1" in bytes_of(orders_sheet(desk)).decode()


def test_orders_are_paged_in_the_order_of_their_changes(scene: Scene, desk: Actor) -> None:
    rows = [cells(scene, f"A-{n}", window=w) for n, w in enumerate(("10:00-12:00", "14:00-16:00", "12:00-14:00"))]
    run(sent(csv_file(*rows), desk, scene), scene)

    first = orders_list(desk, limit=2)
    rest = orders_list(desk, limit=2, cursor=first.next_cursor or "")

    numbers = [row.external_number for row in (*first.items, *rest.items)]
    assert (sorted(numbers), rest.next_cursor) == (["A-0", "A-1", "A-2"], None)


@pytest.mark.parametrize("event", ["booking.confirmed", "booking.completed", "booking.closed", "visit.started"])
def test_steps_of_bookings_and_visits_are_heard(event: str) -> None:
    assert "paidan.partners.handlers.booking_changed" in EVENT_TABLE[event]
