"""What needs a person is on the list once, for those who watch over its territory, until it is settled."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.utils import translation

from paidan.accounts.constants import RoleCode
from paidan.accounts.models import User
from paidan.accounts.services import user_create
from paidan.kernel.actors import ANONYMOUS, SYSTEM, Actor, ActorKind
from paidan.kernel.errors import Forbidden, NotFound, Unauthenticated
from paidan.kernel.models import Event
from paidan.worklist.constants import WorkKind
from paidan.worklist.errors import SnoozeInvalid, WorkClosedAlready, WorkTaken
from paidan.worklist.models import WorkItem
from paidan.worklist.selectors import work_count, work_item, work_items, works_about
from paidan.worklist.sentences import work_sentence
from paidan.worklist.services import (
    work_claim,
    work_close,
    work_finish,
    work_open,
    work_release,
    work_snooze,
    works_close,
)

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
VISIT = "V000000000001"
EAST, WEST = 1, 2


def _dispatcher(number: int) -> tuple[User, Actor]:
    user = user_create(role=RoleCode.DISPATCHER, name=f"调度{number}", phone=f"+861380013800{number}")
    actor = Actor(
        kind=ActorKind.USER,
        user_id=user.pk,
        role=user.role.code,
        permissions=frozenset(user.role.permissions),
    )
    return user, actor


@pytest.fixture
def dispatcher(db: None) -> Actor:
    return _dispatcher(1)[1]


def _open(
    subject_ref: str = VISIT,
    *,
    kind: WorkKind = WorkKind.NOBODY_ELIGIBLE,
    territory_id: int | None = EAST,
    minutes: int = 10,
    **facts: object,
) -> bool:
    return work_open(
        kind=kind,
        subject_ref=subject_ref,
        territory_id=territory_id,
        facts=facts,
        due_at=NOW + timedelta(minutes=minutes),
        now=NOW,
    )


def _ref() -> str:
    return WorkItem.objects.get().ref


def _events() -> list[str]:
    return list(Event.objects.order_by("pk").values_list("name", flat=True))


def test_item_is_opened_once_and_its_facts_follow(dispatcher: Actor) -> None:
    assert _open(rules={"skill": 3})
    assert not _open(rules={"skill": 3}, minutes=60)
    assert not _open(rules={"skill": 4}, minutes=60)
    assert not _open(rules={"skill": 4}, minutes=5)

    (row,) = work_items(dispatcher, territories=[EAST], now=NOW)
    assert row.due_at == NOW + timedelta(minutes=5)
    assert "4" in row.sentence
    assert _events() == ["work.opened", "work.changed", "work.changed"]
    opened = Event.objects.get(name="work.opened")
    assert opened.topics == ["desk:1"]
    assert opened.refs == [row.ref, VISIT]
    assert opened.payload == {
        "work_ref": row.ref, "kind": "nobody_eligible", "subject_ref": VISIT, "territory_id": EAST
    }  # fmt: skip


def test_settled_item_may_open_again_as_a_new_one(dispatcher: Actor) -> None:
    _open()
    assert work_close(kind=WorkKind.NOBODY_ELIGIBLE, subject_ref=VISIT, actor=SYSTEM, now=NOW)
    assert not work_close(kind=WorkKind.NOBODY_ELIGIBLE, subject_ref=VISIT, actor=SYSTEM, now=NOW)

    assert _open()

    assert [row.is_open for row in works_about(dispatcher, VISIT, territories=None, now=NOW)] == [True, False]
    assert _events() == ["work.opened", "work.closed", "work.opened"]


def test_several_kinds_are_settled_in_one_call(dispatcher: Actor) -> None:
    _open(kind=WorkKind.NOBODY_ELIGIBLE)
    _open(kind=WorkKind.PROMISE_AT_RISK)
    _open(kind=WorkKind.LATE)

    kinds = (WorkKind.NOBODY_ELIGIBLE, WorkKind.PROMISE_AT_RISK, WorkKind.DECLINED_TWICE)

    assert works_close(kinds=kinds, subject_ref=VISIT, actor=SYSTEM, now=NOW) == 2
    assert [row.kind for row in work_items(dispatcher, territories=None, now=NOW)] == [WorkKind.LATE]


def test_list_shows_ones_own_territories_most_pressing_first(dispatcher: Actor) -> None:
    _open("V000000000001", minutes=30)
    _open("V000000000002", minutes=-5)
    _open("V000000000003", territory_id=WEST)
    _open("B000000000004", territory_id=None, kind=WorkKind.BOOKING_REVIEW, minutes=20)

    rows = work_items(dispatcher, territories=[EAST], now=NOW)

    assert [row.subject_ref for row in rows] == ["V000000000002", "B000000000004", "V000000000001"]
    assert [row.is_late for row in rows] == [True, False, False]
    assert work_count(dispatcher, territories=[EAST], now=NOW) == 3
    assert work_count(dispatcher, territories=None, now=NOW) == 4
    only = work_items(dispatcher, territories=None, now=NOW, kind=WorkKind.BOOKING_REVIEW)
    assert [row.subject_ref for row in only] == ["B000000000004"]


def test_list_costs_one_query_however_long(dispatcher: Actor, django_assert_num_queries: object) -> None:
    for number in range(30):
        _open(f"V{number:012d}")
        WorkItem.objects.update(owner_id=dispatcher.user_id)

    with django_assert_num_queries(1):  # type: ignore[operator]  # pytest-django's fixture is untyped
        rows = work_items(dispatcher, territories=[EAST], now=NOW)

    assert len(rows) == 30


def test_foreign_territory_answers_like_an_absent_item(dispatcher: Actor) -> None:
    _open(territory_id=WEST)
    ref = _ref()

    changes: tuple[Callable[[], object], ...] = (
        lambda: work_item(dispatcher, ref, territories=[EAST], now=NOW),
        lambda: work_claim(ref=ref, actor=dispatcher, territories=[EAST], now=NOW),
        lambda: work_finish(ref=ref, actor=dispatcher, territories=[EAST], now=NOW),
        lambda: work_item(dispatcher, "W000000000000", territories=None, now=NOW),
    )
    for change in changes:
        with pytest.raises(NotFound):
            change()

    row = work_item(dispatcher, ref, territories=[WEST], now=NOW)
    assert (row.is_open, row.owner_name) == (True, "")


def test_only_those_with_the_permission_see_the_list(dispatcher: Actor) -> None:
    technician = Actor(kind=ActorKind.USER, user_id=dispatcher.user_id, role="technician")

    with pytest.raises(Unauthenticated):
        work_items(ANONYMOUS, territories=None, now=NOW)
    with pytest.raises(Forbidden):
        work_items(technician, territories=None, now=NOW)


def test_claimed_item_is_refused_to_others_until_given_back(dispatcher: Actor) -> None:
    _, other = _dispatcher(2)
    _open()
    ref = _ref()

    mine = work_claim(ref=ref, actor=dispatcher, territories=None, now=NOW)
    again = work_claim(ref=ref, actor=dispatcher, territories=None, now=NOW)
    with pytest.raises(WorkTaken):
        work_claim(ref=ref, actor=other, territories=None, now=NOW)
    work_release(ref=ref, actor=other, territories=None, now=NOW)

    assert mine == again
    assert (mine.is_mine, mine.owner_name) == (True, "调度1")
    assert WorkItem.objects.get().owner_id == dispatcher.user_id

    work_release(ref=ref, actor=dispatcher, territories=None, now=NOW)
    assert work_claim(ref=ref, actor=other, territories=None, now=NOW).is_mine


def test_snoozed_item_sleeps_and_comes_back_by_itself(dispatcher: Actor) -> None:
    _open()
    until = NOW + timedelta(hours=2)

    work_snooze(ref=_ref(), until=until, actor=dispatcher, territories=None, now=NOW)

    assert work_items(dispatcher, territories=None, now=NOW) == ()
    assert [row.snoozed_until for row in work_items(dispatcher, territories=None, now=NOW, snoozed=True)] == [until]
    assert len(work_items(dispatcher, territories=None, now=until)) == 1


@pytest.mark.parametrize("away", [timedelta(0), timedelta(hours=-1), timedelta(days=7, seconds=1)])
def test_snooze_outside_the_next_week_is_refused(dispatcher: Actor, away: timedelta) -> None:
    _open()

    with pytest.raises(SnoozeInvalid) as caught:
        work_snooze(ref=_ref(), until=NOW + away, actor=dispatcher, territories=None, now=NOW)

    assert list(caught.value.fields) == ["until"]
    assert WorkItem.objects.get().snoozed_until is None


def test_item_settled_by_hand_cannot_be_changed_any_more(dispatcher: Actor) -> None:
    _open()
    ref = _ref()

    done = work_finish(ref=ref, actor=dispatcher, territories=None, now=NOW)

    assert (done.is_open, done.closed_at) == (False, NOW)
    assert WorkItem.objects.get().closed_by_key == dispatcher.key
    changes: tuple[Callable[[], object], ...] = (
        lambda: work_finish(ref=ref, actor=dispatcher, territories=None, now=NOW),
        lambda: work_claim(ref=ref, actor=dispatcher, territories=None, now=NOW),
        lambda: work_snooze(ref=ref, until=NOW + timedelta(hours=1), actor=dispatcher, territories=None, now=NOW),
    )
    for change in changes:
        with pytest.raises(WorkClosedAlready):
            change()


@pytest.mark.django_db(transaction=True)
def test_simultaneous_claims_have_one_winner() -> None:
    actors = [_dispatcher(number)[1] for number in range(4)]
    _open()
    ref = _ref()
    barrier = threading.Barrier(len(actors), timeout=10)

    def claim(actor: Actor) -> str:
        try:
            barrier.wait()
            work_claim(ref=ref, actor=actor, territories=None, now=NOW)
        except WorkTaken as refusal:
            return refusal.code
        finally:
            connection.close()
        return "claimed"

    with ThreadPoolExecutor(len(actors)) as pool:
        outcomes = sorted(pool.map(claim, actors))

    assert outcomes == ["claimed", "work_taken", "work_taken", "work_taken"]


@pytest.mark.django_db(transaction=True)
def test_simultaneous_openings_are_one_item() -> None:
    barrier = threading.Barrier(4, timeout=10)

    def call(number: int) -> bool:
        try:
            barrier.wait()
            return _open(rules={"skill": number})
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        opened = sorted(pool.map(call, range(4)))

    assert opened == [False, False, False, True]
    assert WorkItem.objects.count() == 1
    assert _events().count("work.opened") == 1


FACTS: list[tuple[WorkKind, dict[str, object], str]] = [
    (WorkKind.NOBODY_ELIGIBLE, {}, "Nobody can take this visit."),
    (
        WorkKind.NOBODY_ELIGIBLE,
        {"rules": {"skill": 2, "on_duty": 9, "new_rule": 1}},
        "Nobody can take this visit: no shift (9), skill missing (2), new_rule (1).",
    ),
    (WorkKind.PROMISE_AT_RISK, {}, "A promise to a customer has no place in any plan."),
    (
        WorkKind.PROMISE_AT_RISK,
        {"window_start": "2026-03-02T06:00:00+00:00"},
        "The promise for March 2 14:00 has no place in any plan.",
    ),
    (WorkKind.PROMISE_AT_RISK, {"window_start": "soon"}, "A promise to a customer has no place in any plan."),
    (WorkKind.BOOKING_REVIEW, {}, "A booking has to be checked before it is confirmed."),
    (WorkKind.BOOKING_REVIEW, {"reasons": [{"en": "no such street"}]}, "Check this booking: no such street"),
    (
        WorkKind.PLAN_DAY,
        {},
        "A visit of a recurring plan found no free time. Agree on another one with the customer.",
    ),
    (
        WorkKind.PLAN_DAY,
        {"window_start": "2026-03-02T06:00:00+00:00"},
        "The visit of a recurring plan on March 2 14:00 found no free time. Agree on another one with the customer.",
    ),
    (
        WorkKind.UNCONFIRMED,
        {},
        "The customer has not confirmed the time in spite of reminders. Please call.",
    ),
    (
        WorkKind.UNCONFIRMED,
        {"window_start": "2026-03-02T06:00:00+00:00"},
        "The customer has not confirmed March 2 14:00 in spite of reminders. Please call.",
    ),
    (WorkKind.DECLINED_TWICE, {"times": 3}, "Declined or not answered 3 times."),
    (WorkKind.NOT_DONE, {}, "The visit could not be done. Decide what happens next."),
    (
        WorkKind.NOT_DONE,
        {"reason": "customer_absent"},
        "The visit could not be done: Nobody at home. Decide what happens next.",
    ),
    (WorkKind.LATE, {}, "The technician will not be there in time."),
    (
        WorkKind.LATE,
        {"window_end": "2026-03-02T06:00:00+00:00"},
        "Nobody has set out, and the time promised ended at March 2 14:00.",
    ),
    (WorkKind.TO_ASSIGN, {}, "The desk assigns this visit."),
    (WorkKind.URGED, {}, "The customer asks us to hurry."),
    (
        WorkKind.URGED,
        {"window_start": "2026-03-02T06:00:00+00:00"},
        "The customer asks us to hurry: promised from March 2 14:00.",
    ),
    (WorkKind.MESSAGE, {}, "A customer has written about a booking and waits for an answer."),
    (WorkKind.LOW_RATING, {"stars": 2}, "Rated 2 of 5. Please call back."),
    (WorkKind.LOW_RATING, {}, "The customer is not satisfied. Please call back."),
]


@pytest.mark.parametrize(("kind", "facts", "sentence"), FACTS)
def test_sentence_is_made_from_kind_and_facts(kind: WorkKind, facts: dict[str, object], sentence: str) -> None:
    with translation.override("en"):
        assert work_sentence(kind, facts) == sentence


def test_every_kind_has_its_sentences_tested() -> None:
    assert {kind for kind, _, _ in FACTS} == set(WorkKind)
