"""Promises are brought to mind at decent hours, once each, and only while they stand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from paidan.accounts.constants import LinkPurpose, RoleCode
from paidan.booking.constants import ReminderStep
from paidan.booking.models import Booking, Reminder
from paidan.booking.reminders import FRESH, LATEST_BEFORE, Promise, ReminderTerms, prompts_of, wakes_at
from paidan.booking.services import (
    booking_call_record,
    booking_cancel,
    booking_confirm_by_customer,
    booking_hold_again,
    booking_reschedule,
    reminders_tick,
)
from paidan.kernel.actors import Actor
from paidan.kernel.errors import Forbidden, Invalid, NotFound
from paidan.kernel.models import Event
from paidan.kernel.transitions import TransitionRefused
from paidan.worklist.constants import WorkKind
from paidan.worklist.models import WorkItem
from tests import city
from tests.booking.scene import Scene, make_scene, race, winners

SHANGHAI = ZoneInfo("Asia/Shanghai")
TERMS = ReminderTerms(hour=15, again=timedelta(hours=2), soon=timedelta(hours=2), opens=8, closes=21)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
DAY = date(2026, 3, 10)
S = ReminderStep


def _at(hour: int, minute: int = 0, *, days: int = 0) -> datetime:
    return city.local(DAY + timedelta(days=days), hour, minute)


def _prompts(start: datetime, promised_at: datetime = LONG_AGO, terms: ReminderTerms = TERMS) -> dict[S, datetime]:
    return {step: prompt.at for step, prompt in prompts_of(Promise(start, promised_at, SHANGHAI), terms).items()}


def test_an_afternoon_visit_is_announced_the_day_before_and_two_hours_before() -> None:
    assert _prompts(_at(14)) == {
        S.DAY_BEFORE: _at(15, days=-1),
        S.AGAIN: _at(17, days=-1),
        S.CALL: _at(19, days=-1),
        S.SOON: _at(12),
    }


@pytest.mark.parametrize(
    ("start", "soon"),
    [((9, 0), (8, 0)), ((8, 30), None), ((8, 0), None), ((23, 30), (20, 30)), ((22, 30), (20, 30))],
)
def test_the_last_reminder_keeps_to_decent_hours(start: tuple[int, int], soon: tuple[int, int] | None) -> None:
    assert _prompts(_at(*start)).get(S.SOON) == (_at(*soon) if soon else None)


def test_a_visit_after_midnight_is_not_announced_twice_in_one_evening() -> None:
    late = ReminderTerms(hour=19, again=timedelta(minutes=30), soon=timedelta(hours=2), opens=8, closes=21)

    assert S.SOON not in _prompts(_at(1), terms=late)


@pytest.mark.parametrize(
    ("promised_at", "steps"),
    [
        (_at(12, 59, days=-1), [S.DAY_BEFORE, S.AGAIN, S.CALL, S.SOON]),
        (_at(13, 1, days=-1), [S.SOON]),
        (_at(22, days=-1), [S.SOON]),
        (_at(10), [S.SOON]),
        (_at(11), []),
    ],
)
def test_short_notice_is_not_reminded_of_at_once(promised_at: datetime, steps: list[S]) -> None:
    assert list(_prompts(_at(14), promised_at)) == steps


ZONES = st.sampled_from([SHANGHAI, ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")])


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    start=st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC)),
    notice=st.integers(0, 40_000),
    zone=ZONES,
    hour=st.integers(6, 22),
    again=st.integers(15, 720),
    soon=st.integers(30, 720),
    opens=st.integers(5, 12),
    closes=st.integers(16, 23),
)
def test_whatever_the_settings_nobody_is_told_at_night_too_late_or_too_often(
    start: datetime, notice: int, zone: ZoneInfo, hour: int, again: int, soon: int, opens: int, closes: int
) -> None:
    promise = Promise(start, start - timedelta(minutes=notice), zone)
    terms = ReminderTerms(hour, timedelta(minutes=again), timedelta(minutes=soon), opens, closes)

    prompts = prompts_of(promise, terms)

    told = [prompt for step, prompt in prompts.items() if step is not S.CALL]
    for prompt in told:
        local = prompt.at.astimezone(zone)
        assert opens <= local.hour
        assert prompt.until.astimezone(zone).hour * 60 + prompt.until.astimezone(zone).minute <= closes * 60
        assert promise.promised_at + FRESH <= prompt.at <= prompt.until < start
        assert prompt.at >= wakes_at(promise)
    times = [prompt.at for prompt in prompts.values()]
    assert times == sorted(times)
    if S.SOON in prompts:
        assert prompts[S.SOON].until <= start - LATEST_BEFORE
        assert all(prompts[S.SOON].at - at >= FRESH for at in times[:-1])
    assert (S.CALL in prompts) == (S.DAY_BEFORE in prompts)


@pytest.fixture
def scene(db: None) -> Scene:
    """A customer with phone and e-mail who booked long before."""
    return make_scene()


def _booked(scene: Scene, actor: Actor | None = None) -> Booking:
    booking, _visit = scene.booked(actor, window=scene.window(14, days=1))
    Reminder.objects.update(promised_at=LONG_AGO)
    return booking


def _day_before(scene: Scene, hour: int, minute: int = 0) -> datetime:
    return city.local(scene.day, hour, minute)


def _ticks(*times: datetime) -> None:
    for at in times:
        reminders_tick(at)


def _said() -> list[str]:
    return [event.payload["step"] for event in Event.objects.filter(name="booking.reminded").order_by("pk")]


def _to_call() -> list[str]:
    return list(WorkItem.objects.filter(kind=WorkKind.UNCONFIRMED, status="open").values_list("subject_ref", flat=True))


def test_unanswered_reminders_lead_to_the_desk_and_each_is_said_once(scene: Scene) -> None:
    booking = _booked(scene)

    _ticks(*(_day_before(scene, 0) + timedelta(minutes=30) * n for n in range(80)))

    assert _said() == ["day_before", "again", "soon"]
    assert WorkItem.objects.filter(kind=WorkKind.UNCONFIRMED, subject_ref=booking.ref).count() == 1
    assert Reminder.objects.get().due_at is None
    reminded = [step.data["reason"] for step in booking.steps.filter(action="remind").order_by("pk")]
    assert reminded == ["day_before", "again", "soon"]


def test_without_an_email_the_desk_calls_instead_of_a_second_message(scene: Scene) -> None:
    actor = scene.customer_actor()
    booking = _booked(scene, actor)
    user = booking.customer.user
    assert user is not None
    user.email = None
    user.save()
    booking.customer.email = ""
    booking.customer.save()

    _ticks(_day_before(scene, 15), _day_before(scene, 15, 1), _day_before(scene, 17))

    assert _said() == ["day_before"]
    assert _to_call() == [booking.ref]


def test_an_answer_ends_the_asking_and_takes_the_booking_off_the_call_list(scene: Scene) -> None:
    booking = _booked(scene)
    _ticks(_day_before(scene, 15), _day_before(scene, 15, 1), _day_before(scene, 17), _day_before(scene, 19))
    assert _to_call() == [booking.ref]

    booking_confirm_by_customer(ref=booking.ref, actor=scene.link(LinkPurpose.BOOKING, booking.ref), now=scene.now)

    assert _to_call() == []
    assert Event.objects.filter(name="work.closed").exists()


def test_who_answered_the_first_is_not_asked_again_but_reminded_shortly_before(scene: Scene) -> None:
    booking = _booked(scene)
    _ticks(_day_before(scene, 15), _day_before(scene, 15, 1))
    booking_confirm_by_customer(ref=booking.ref, actor=scene.link(LinkPurpose.BOOKING, booking.ref), now=scene.now)

    _ticks(_day_before(scene, 17), _day_before(scene, 19), city.local(_next(scene), 12))

    assert _said() == ["day_before", "soon"]
    assert _to_call() == []


def _next(scene: Scene) -> date:
    return scene.day + timedelta(days=1)


def test_a_cancelled_booking_is_not_reminded_of(scene: Scene) -> None:
    actor = scene.customer_actor()
    booking = _booked(scene, actor)
    booking_cancel(ref=booking.ref, reason="changed_mind", actor=actor, now=scene.now)

    _ticks(_day_before(scene, 15), _day_before(scene, 17), _day_before(scene, 19))

    assert _said() == []
    assert _to_call() == []
    assert Reminder.objects.get().due_at is None


def test_a_moved_booking_is_reminded_of_its_new_time_only(scene: Scene) -> None:
    city.make_shift(scene.worker, _next(scene) + timedelta(days=1))
    actor = scene.customer_actor()
    booking = _booked(scene, actor)
    _ticks(_day_before(scene, 15), _day_before(scene, 15, 1), _day_before(scene, 17), _day_before(scene, 19))
    hold = booking_hold_again(
        ref=booking.ref, window=scene.window(14, days=2), holder_key="k", actor=actor, now=scene.now
    )

    booking_reschedule(ref=booking.ref, hold_ref=hold.ref, holder_key="k", actor=actor, now=scene.now)

    assert _to_call() == []
    _ticks(city.local(_next(scene), 12), city.local(_next(scene), 15), city.local(_next(scene), 15, 1))
    assert _said() == ["day_before", "again", "day_before"]


def test_a_worker_that_was_dead_over_the_evening_says_nothing_at_night(scene: Scene) -> None:
    _booked(scene)

    _ticks(_day_before(scene, 23), _day_before(scene, 23, 1), city.local(_next(scene), 11))

    assert _said() == []
    _ticks(city.local(_next(scene), 12))
    assert _said() == ["soon"]


def test_a_window_that_has_begun_leaves_the_call_list(scene: Scene) -> None:
    booking = _booked(scene)
    _ticks(_day_before(scene, 15), _day_before(scene, 15, 1), _day_before(scene, 17), _day_before(scene, 19))
    assert _to_call() == [booking.ref]

    _ticks(city.local(_next(scene), 14))

    assert _to_call() == []


def test_a_technician_on_the_way_needs_no_reminder(scene: Scene) -> None:
    booking = _booked(scene)
    visit = booking.visits.get().visit
    scene.under_way(visit, "depart")

    _ticks(_day_before(scene, 15), _day_before(scene, 17))

    assert _said() == []


def test_the_technician_who_accepted_is_named(scene: Scene) -> None:
    booking = _booked(scene)
    scene.assigned(booking.visits.get().visit)

    _ticks(_day_before(scene, 15), _day_before(scene, 15, 1))

    assert Event.objects.get(name="booking.reminded").payload["technician_id"] == scene.worker.pk


def test_the_desk_notes_that_the_customer_was_not_reached(scene: Scene) -> None:
    booking = _booked(scene)
    _ticks(_day_before(scene, 15), _day_before(scene, 15, 1), _day_before(scene, 17), _day_before(scene, 19))
    desk = scene.staff(RoleCode.DISPATCHER)

    booking_call_record(ref=booking.ref, outcome="not_reached", text="关机", actor=desk, now=scene.now)

    assert _to_call() == []
    booking.refresh_from_db()
    assert (booking.status, booking.confirmed_by_customer_at) == ("confirmed", None)
    assert booking.steps.get(action="call").data == {"reason": "not_reached", "text": "关机"}


def test_the_desk_notes_that_the_time_suits(scene: Scene) -> None:
    booking = _booked(scene)
    desk = scene.staff(RoleCode.DISPATCHER)

    booking_call_record(ref=booking.ref, outcome="confirmed", actor=desk, now=scene.now)

    booking.refresh_from_db()
    assert booking.confirmed_by_customer_at == scene.now
    assert [step.action for step in booking.steps.order_by("pk")][-2:] == ["call", "acknowledge"]


@pytest.mark.parametrize("outcome", ["", "moved", "cancelled"])
def test_no_such_outcome_is_refused_and_changes_nothing(scene: Scene, outcome: str) -> None:
    booking = _booked(scene)

    with pytest.raises(Invalid):
        booking_call_record(ref=booking.ref, outcome=outcome, actor=scene.staff(RoleCode.DISPATCHER), now=scene.now)

    assert not booking.steps.filter(action="call").exists()


def test_customers_and_other_territories_do_not_record_calls(scene: Scene) -> None:
    actor = scene.customer_actor()
    booking = _booked(scene, actor)
    other = city.make_territory()

    with pytest.raises(Forbidden):
        booking_call_record(ref=booking.ref, outcome="confirmed", actor=actor, now=scene.now)
    with pytest.raises(NotFound):
        booking_call_record(ref=booking.ref, outcome="confirmed", actor=city.make_dispatcher(other), now=scene.now)

    assert not booking.steps.filter(action="call").exists()


def test_a_cancelled_booking_takes_no_call(scene: Scene) -> None:
    actor = scene.customer_actor()
    booking = _booked(scene, actor)
    booking_cancel(ref=booking.ref, reason="changed_mind", actor=actor, now=scene.now)

    with pytest.raises(TransitionRefused):
        booking_call_record(
            ref=booking.ref, outcome="not_reached", actor=scene.staff(RoleCode.DISPATCHER), now=scene.now
        )


@pytest.fixture
def committed(transactional_db: None) -> Scene:
    return make_scene()


def test_two_workers_at_once_say_it_once(committed: Scene) -> None:
    _booked(committed)
    _ticks(_day_before(committed, 0, 1))

    race([lambda: reminders_tick(_day_before(committed, 15, 1))] * 4)

    assert _said() == ["day_before"]


def test_a_worker_that_dies_after_telling_leaves_the_step_due(committed: Scene) -> None:
    _booked(committed)
    _ticks(_day_before(committed, 0, 1))

    with transaction.atomic():
        reminders_tick(_day_before(committed, 15, 1))
        assert _said() == ["day_before"]
        transaction.set_rollback(True)

    assert _said() == []
    reminders_tick(_day_before(committed, 15, 2))
    assert _said() == ["day_before"]


def test_a_cancellation_at_the_same_instant_leaves_no_call_behind(committed: Scene) -> None:
    actor = committed.customer_actor()
    booking = _booked(committed, actor)
    _ticks(_day_before(committed, 15), _day_before(committed, 15, 1), _day_before(committed, 17))
    connection.close()

    outcomes = race(
        [
            lambda: reminders_tick(_day_before(committed, 19, 1)),
            lambda: booking_cancel(ref=booking.ref, reason="changed_mind", actor=actor, now=committed.now),
        ]
    )

    assert len(winners(outcomes)) == 1
    assert _to_call() == []
