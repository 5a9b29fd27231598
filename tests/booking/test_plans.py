"""Recurring plans book each visit ahead, once, and never more than there is room for."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest
from django.db import transaction

from paidan.accounts.constants import LinkPurpose, RoleCode
from paidan.booking.errors import NotRecurring, PlanChanged, PriceChanged
from paidan.booking.models import Booking, PlanVisit, RecurringPlan
from paidan.booking.recurrence import Frequency, HolidayRule, rule_of
from paidan.booking.selectors import plan_view, plans_list
from paidan.booking.services import (
    PlanAsked,
    plan_change_from,
    plan_create,
    plan_day_place,
    plan_day_skip,
    plan_end,
    plan_offer,
    plan_pause,
    plan_price_agree,
    plan_resume,
    plans_tick,
)
from paidan.catalog.models import ServiceItemVersion
from paidan.dispatch.errors import SlotTaken
from paidan.kernel.actors import Actor
from paidan.kernel.errors import Forbidden, Invalid, NotFound
from paidan.kernel.models import Event
from paidan.kernel.settings import PLAN_HORIZON_DAYS
from paidan.notifications.models import Delivery
from paidan.visits.models import Visit
from paidan.worklist.models import WorkItem
from tests import city
from tests.booking.scene import Scene, make_scene, race
from tests.notifications.scene import handle_events

WEEK = timedelta(days=7)


def _scene(workers: int = 2, weeks: int = 5, minutes: int = 60) -> Scene:
    scene = make_scene(workers=workers, minutes=minutes)
    ServiceItemVersion.objects.update(is_recurring=True)
    for worker in scene.workers:
        for week in range(1, weeks):
            city.make_shift(worker, scene.day + WEEK * week)
    return scene


@pytest.fixture
def scene(db: None) -> Scene:
    return _scene()


def _weekly(scene: Scene, times: int | None = None) -> PlanAsked:
    return PlanAsked(rule_of(Frequency.WEEKLY, 1, scene.day, times=times), HolidayRule.KEEP)


def _plan(scene: Scene, actor: Actor, times: int | None = None, **changes: object) -> RecurringPlan:
    booking, _visit = scene.booked(actor, **changes)
    ref = plan_create(
        ref=booking.ref, asked=_weekly(scene, times), agreed_price_minor=20_000, actor=actor, now=scene.now
    )
    return RecurringPlan.objects.get(ref=ref)


def _tick(scene: Scene, times: int = 6, days: int = 0) -> None:
    for _ in range(times):
        plans_tick(scene.now + timedelta(days=days))


def _booked_days(scene: Scene) -> list[int]:
    """How many days after the first each booked day is."""
    found = PlanVisit.objects.filter(status="booked").order_by("original_date").values_list("original_date", flat=True)
    return [(day - scene.day).days for day in found]


def test_the_next_visits_are_shown_with_their_price_before_anything_is_written(scene: Scene) -> None:
    actor = scene.customer_actor()
    booking, _visit = scene.booked(actor)

    offer = plan_offer(ref=booking.ref, asked=_weekly(scene), actor=actor, now=scene.now)

    assert [one.original for one in offer.days] == [scene.day + WEEK * n for n in range(1, 7)]
    assert offer.days[0].window is not None
    assert offer.days[0].window.start == city.local(scene.day + WEEK, 14)
    assert offer.price_minor == 20_000
    assert not RecurringPlan.objects.exists()


def test_visits_within_the_horizon_are_booked_and_the_rest_later(scene: Scene) -> None:
    actor = scene.customer_actor()
    _plan(scene, actor)

    _tick(scene)
    assert _booked_days(scene) == [0, 7]

    _tick(scene)
    assert _booked_days(scene) == [0, 7]
    _tick(scene, days=7)
    assert _booked_days(scene) == [0, 7, 14]
    booked = Booking.objects.order_by("pk").last()
    assert booked is not None
    assert (booked.status, booked.channel, booked.customer.user_id) == ("confirmed", "plan", actor.user_id)
    assert (booked.description, booked.price_minor) == ("空调不制冷", 20_000)


def test_a_counted_plan_ends_by_itself(scene: Scene) -> None:
    plan = _plan(scene, scene.customer_actor(), times=2)

    _tick(scene)

    plan.refresh_from_db()
    assert _booked_days(scene) == [0, 7]
    assert (plan.status, plan.check_at) == ("ended", None)


def test_a_service_that_is_not_sold_again_and_again_is_not_repeated(scene: Scene) -> None:
    ServiceItemVersion.objects.update(is_recurring=False)
    actor = scene.customer_actor()
    booking, _visit = scene.booked(actor)

    with pytest.raises(NotRecurring):
        plan_offer(ref=booking.ref, asked=_weekly(scene), actor=actor, now=scene.now)


def test_another_price_than_was_agreed_makes_no_plan(scene: Scene) -> None:
    actor = scene.customer_actor()
    booking, _visit = scene.booked(actor)

    with pytest.raises(PriceChanged):
        plan_create(ref=booking.ref, asked=_weekly(scene), agreed_price_minor=1, actor=actor, now=scene.now)

    assert not RecurringPlan.objects.exists()


def test_a_second_click_makes_no_second_plan(scene: Scene) -> None:
    actor = scene.customer_actor()
    plan = _plan(scene, actor)
    booking = Booking.objects.get()

    with pytest.raises(PlanChanged) as refusal:
        plan_create(ref=booking.ref, asked=_weekly(scene), agreed_price_minor=20_000, actor=actor, now=scene.now)

    assert refusal.value.facts == {"plan": plan.ref}
    assert RecurringPlan.objects.count() == 1


def test_a_paused_plan_books_nothing_and_goes_on_where_it_may(scene: Scene) -> None:
    actor = scene.customer_actor()
    plan = _plan(scene, actor)
    plan_pause(ref=plan.ref, actor=actor, now=scene.now)
    _tick(scene)
    assert _booked_days(scene) == [0]
    with pytest.raises(PlanChanged):
        plan_pause(ref=plan.ref, actor=actor, now=scene.now)

    later = scene.now + timedelta(days=9)
    plan_resume(ref=plan.ref, actor=actor, now=later)
    _tick(scene, days=9)

    assert _booked_days(scene) == [0, 14, 21]


def test_an_ended_plan_books_nothing_and_cannot_be_resumed(scene: Scene) -> None:
    actor = scene.customer_actor()
    plan = _plan(scene, actor)

    plan_end(ref=plan.ref, actor=actor, now=scene.now)
    _tick(scene)

    assert _booked_days(scene) == [0]
    assert Booking.objects.get().status == "confirmed"
    with pytest.raises(PlanChanged):
        plan_resume(ref=plan.ref, actor=actor, now=scene.now)


def test_a_day_left_out_is_not_booked(scene: Scene) -> None:
    actor = scene.customer_actor()
    plan = _plan(scene, actor)

    plan_day_skip(ref=plan.ref, day=scene.day + WEEK, actor=actor, now=scene.now)
    _tick(scene, days=7)

    assert _booked_days(scene) == [0, 14]
    with pytest.raises(PlanChanged):
        plan_day_skip(ref=plan.ref, day=scene.day + WEEK * 2, actor=actor, now=scene.now)


@pytest.mark.parametrize("days", [1, -7, 8])
def test_a_day_the_plan_does_not_have_is_refused(scene: Scene, days: int) -> None:
    actor = scene.customer_actor()
    plan = _plan(scene, actor)

    with pytest.raises(Invalid) as refusal:
        plan_day_skip(ref=plan.ref, day=scene.day + timedelta(days=days), actor=actor, now=scene.now)

    assert set(refusal.value.fields) == {"day"}


def _full(db_scene: Scene) -> tuple[Scene, Actor, RecurringPlan]:
    """A plan whose next day is fully booked by somebody else."""
    actor = db_scene.customer_actor()
    plan = _plan(db_scene, actor)
    db_scene.booked(window=city.window(db_scene.day + WEEK, 14))
    Event.objects.all().delete()
    _tick(db_scene)
    return db_scene, actor, plan


def test_a_day_without_room_is_proposed_to_the_customer_and_the_desk(db: None) -> None:
    scene, actor, plan = _full(_scene(workers=1, minutes=240))

    row = PlanVisit.objects.get(status="open")
    assert row.original_date == scene.day + WEEK
    assert row.nearest
    assert WorkItem.objects.get(kind="plan_day").subject_ref == plan.ref
    handle_events()
    assert set(Delivery.objects.filter(template="plan_day_open").values_list("channel", flat=True)) == {
        "inbox",
        "sms",
        "email",
    }
    link = scene.link(LinkPurpose.PLAN, plan.ref)
    days = [one for one in plan_view(link, plan.ref, now=scene.now).days if one.state == "open"]
    ref = plan_day_place(ref=plan.ref, day=row.original_date, window=days[0].nearest[0], actor=link, now=scene.now)
    row.refresh_from_db()
    assert (row.status, row.booking is not None and row.booking.ref) == ("booked", ref)
    assert WorkItem.objects.get(kind="plan_day").status == "done"
    assert actor.user_id == Booking.objects.get(ref=ref).customer.user_id


def test_a_proposed_time_that_was_taken_meanwhile_changes_nothing(db: None) -> None:
    scene, actor, plan = _full(_scene(workers=1, minutes=240))
    day = scene.day + WEEK

    with city.refused(SlotTaken):
        plan_day_place(ref=plan.ref, day=day, window=city.window(day, 14), actor=actor, now=scene.now)

    assert PlanVisit.objects.get(original_date=day).status == "open"
    assert WorkItem.objects.get(kind="plan_day").status == "open"


def test_a_price_that_rose_is_not_booked_without_asking(scene: Scene) -> None:
    actor = scene.customer_actor()
    plan = _plan(scene, actor)
    old = scene.version
    ServiceItemVersion.objects.create(
        item=old.item,
        version=2,
        effective_at=scene.now - timedelta(minutes=1),
        name=old.name,
        duration_minutes=60,
        price_minor=30_000,
        fee_table=old.fee_table,
        is_recurring=True,
    )

    _tick(scene)

    assert PlanVisit.objects.get(original_date=scene.day + WEEK).problem == "price_changed"
    assert Booking.objects.count() == 1
    asked = next(one for one in plan_view(actor, plan.ref, now=scene.now).days if one.state == "open")
    assert (asked.new_price_minor, asked.nearest) == (30_000, ())
    with pytest.raises(PriceChanged):
        plan_price_agree(ref=plan.ref, agreed_price_minor=20_000, actor=actor, now=scene.now)
    plan_price_agree(ref=plan.ref, agreed_price_minor=30_000, actor=actor, now=scene.now)
    _tick(scene)
    assert _booked_days(scene) == [0, 7]
    assert Booking.objects.order_by("-pk")[0].price_minor == 30_000
    assert WorkItem.objects.get(kind="plan_day").status == "done"


def test_from_a_day_on_everything_moves(scene: Scene) -> None:
    actor = scene.customer_actor()
    plan = _plan(scene, actor)
    first = scene.day + WEEK
    asked = PlanAsked(rule_of(Frequency.WEEKLY, 2, first), HolidayRule.KEEP)

    plan_change_from(ref=plan.ref, day=first, asked=asked, start=time(10), first=first, actor=actor, now=scene.now)
    _tick(scene, days=14)

    windows = list(PlanVisit.objects.order_by("original_date").values_list("window_start_at", flat=True))
    assert windows == [city.local(scene.day, 14), city.local(scene.day + WEEK * 3, 10)]
    with pytest.raises(Invalid):
        plan_change_from(
            ref=plan.ref, day=first, asked=asked, start=time(10), first=date(2020, 1, 1), actor=actor, now=scene.now
        )


def test_strangers_see_no_plan_and_other_links_open_none(scene: Scene) -> None:
    actor = scene.customer_actor()
    plan = _plan(scene, actor)
    booking = Booking.objects.get()

    for stranger in (scene.customer_actor(), scene.link(LinkPurpose.BOOKING, booking.ref)):
        with pytest.raises(NotFound):
            plan_pause(ref=plan.ref, actor=stranger, now=scene.now)
    with pytest.raises((NotFound, Forbidden)):
        plan_end(ref=plan.ref, actor=scene.worker.actor, now=scene.now)

    plan.refresh_from_db()
    assert plan.status == "active"
    assert [one.ref for one in plans_list(scene.staff(RoleCode.DISPATCHER))] == [plan.ref]
    assert [one.ref for one in plans_list(actor)] == [plan.ref]


def test_many_workers_at_once_book_each_day_once(transactional_db: None) -> None:
    scene = _scene()
    PLAN_HORIZON_DAYS.set(20)
    _plan(scene, scene.customer_actor())

    for _ in range(4):
        race([lambda: plans_tick(scene.now)] * 4)

    assert _booked_days(scene) == [0, 7, 14]
    assert Visit.objects.count() == 3


def test_a_worker_that_dies_after_booking_leaves_nothing_half_done(scene: Scene) -> None:
    _plan(scene, scene.customer_actor())

    with transaction.atomic():
        plans_tick(scene.now)
        assert _booked_days(scene) == [0, 7]
        transaction.set_rollback(True)

    assert Booking.objects.count() == 1
    _tick(scene)
    assert _booked_days(scene) == [0, 7]
