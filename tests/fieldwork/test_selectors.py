"""What technicians see: their day in order, the door behind their own visits, and what to do next (G6)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from paidan.accounts.constants import RoleCode
from paidan.catalog.models import ServiceItemVersion
from paidan.catalog.services import item_version_copy
from paidan.dispatch.services import visit_assign
from paidan.dispatch.services.assigning import assignment_accept
from paidan.fieldwork.selectors import my_day, my_open_visits, visit_for_crew
from paidan.fieldwork.services import cash_take, visit_undo
from paidan.files.selectors import file_open
from paidan.kernel.errors import Forbidden, NotFound
from paidan.workforce.models import Team
from tests import city
from tests.booking.scene import PLACE, Scene, make_scene

pytestmark = pytest.mark.django_db


def test_my_day_is_in_the_order_of_the_plan_with_doors_open() -> None:
    scene = make_scene()
    for hour in (14, 10):
        scene.assigned(scene.booked(window=scene.window(hour))[1])
    scene.booked(window=scene.window(12))
    later = scene.booked(window=scene.window(10, days=1))[1]
    scene.assigned(later, accept=False)

    day = my_day(scene.worker.actor, scene.day, now=scene.now)
    still_open = my_open_visits(scene.worker.actor, now=scene.now)

    assert [row.window for row in day] == [scene.window(10), scene.window(14)]
    assert [row.actions for row in day] == [("depart",), ("depart",)]
    assert {(row.contact.phone, row.contact.door, row.contact.place) for row in day} == {
        ("13800138000", "3 单元 502", PLACE)
    }
    assert {row.pay_minor for row in day} == {10_000}
    assert [row.ref for row in still_open][-1] == later.ref
    assert still_open[-1].actions == ("accept", "decline")
    assert my_day(scene.workers[1].actor, scene.day, now=scene.now) == ()


def test_the_page_offers_the_next_steps_the_usual_first() -> None:
    scene = make_scene()
    visit = scene.booked()[1]
    expected = {
        (): ("depart",),
        ("depart",): ("arrive",),
        ("depart", "arrive"): ("start", "fail"),
        ("depart", "arrive", "start"): ("finish", "hold", "fail"),
        ("depart", "arrive", "start", "finish"): ("take_cash",),
    }
    actor = scene.under_way(visit)
    seen = {(): visit_for_crew(actor, visit.ref, now=scene.now).actions}
    for hour, steps in enumerate(list(expected)[1:]):
        other = scene.booked(window=scene.window(8 + 2 * hour, days=1))[1]
        scene.under_way(other, *steps)
        seen[steps] = visit_for_crew(actor, other.ref, now=scene.now).actions

    assert seen == expected


def test_amount_charge_and_undo_are_told() -> None:
    scene = make_scene()
    visit = scene.booked()[1]
    actor = scene.finished(visit)

    finished = visit_for_crew(actor, visit.ref, now=scene.now)
    cash_take(visit_ref=visit.ref, actor=actor, now=scene.now)
    paid = visit_for_crew(actor, visit.ref, now=scene.now)

    assert (finished.amount_minor, finished.row.due_minor, finished.is_paid) == (20_000, 20_000, False)
    assert finished.undo_until == scene.now + timedelta(seconds=10)
    assert len(finished.photos) == 1
    assert (paid.row.due_minor, paid.is_paid, paid.undo_until, paid.actions) == (0, True, None, ())


def test_a_step_taken_back_cannot_be_taken_back_again() -> None:
    scene = make_scene()
    visit = scene.booked()[1]
    actor = scene.under_way(visit, "depart")
    before = visit_for_crew(actor, visit.ref, now=scene.now).undo_until
    visit_undo(visit_ref=visit.ref, actor=actor, now=scene.now)

    assert before is not None
    assert visit_for_crew(actor, visit.ref, now=scene.now).undo_until is None


def test_the_amount_before_finishing_is_what_it_was_sold_for() -> None:
    scene = make_scene()
    visit = scene.booked()[1]
    dearer = item_version_copy(scene.version.pk, now=scene.now)
    ServiceItemVersion.objects.filter(pk=dearer.pk).update(price_minor=99_999, effective_at=scene.now)
    actor = scene.under_way(visit, "depart")

    detail = visit_for_crew(actor, visit.ref, now=scene.now)

    assert (detail.amount_minor, detail.charge, detail.row.due_minor) == (20_000, None, 0)


def test_a_lead_sees_the_team_masked_and_may_do_nothing() -> None:
    scene = make_scene()
    visit = scene.booked()[1]
    scene.assigned(visit)
    lead = _lead_of(scene)

    detail = visit_for_crew(lead.actor, visit.ref, now=scene.now)

    assert (detail.is_mine, detail.actions, detail.row.contact.phone) == (False, (), "138****8000")


def _lead_of(scene: Scene) -> city.Worker:
    lead = city.make_worker(scene.territory, role=RoleCode.TEAM_LEAD)
    team = Team.objects.create(code="team-a", name={"zh": "一班"}, lead=lead.technician)
    scene.worker.technician.team = team
    scene.worker.technician.save()
    return lead


def test_what_is_not_theirs_does_not_exist_for_them() -> None:
    scene = make_scene()
    visit = scene.booked()[1]
    scene.assigned(visit)

    with pytest.raises(NotFound):
        visit_for_crew(scene.workers[1].actor, visit.ref, now=scene.now)
    with pytest.raises(Forbidden):
        visit_for_crew(scene.staff(RoleCode.MANAGER), visit.ref, now=scene.now)
    with pytest.raises(Forbidden):
        my_day(scene.customer_actor(), scene.day, now=scene.now)


def test_photos_open_through_the_visits_door() -> None:
    scene = make_scene()
    customer = scene.customer_actor()
    visit = scene.booked(customer)[1]
    actor = scene.finished(visit)
    ref = visit_for_crew(actor, visit.ref, now=scene.now).photos[0].ref

    for reader in (actor, customer, scene.staff(RoleCode.DISPATCHER)):
        with file_open(reader, ref).content as content:
            assert content.read(2) == b"\xff\xd8"
    for stranger in (scene.customer_actor(), scene.workers[1].actor):
        with pytest.raises(NotFound):
            file_open(stranger, ref)


def test_a_long_day_costs_no_more_queries() -> None:
    scene = make_scene()
    actor = scene.worker.actor

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            my_day(actor, scene.day, now=scene.now)
        return len(queries)

    manager = scene.staff(RoleCode.MANAGER)
    costs = []
    for hour in (10, 12, 14):
        visit = scene.booked(window=scene.window(hour))[1]
        visit_assign(visit_ref=visit.ref, technician_ref=scene.worker.technician.ref, actor=manager, now=scene.now)
        assignment_accept(visit_ref=visit.ref, actor=actor, now=scene.now)
        costs.append(cost())

    assert costs[0] == costs[-1]
    assert costs[-1] <= 4
