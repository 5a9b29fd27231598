"""The grab: one winner, every promise kept, every refusal named."""

from __future__ import annotations

import pytest

from paidan.accounts.access import actor_of_user
from paidan.accounts.constants import RoleCode
from paidan.dispatch.constants import OfferStatus
from paidan.dispatch.errors import NotEligible, OfferGone, RoutePromised
from paidan.dispatch.models import Decision, PlanStop
from paidan.dispatch.selectors import hall_for
from paidan.dispatch.services import assignment_decline, offer_grab, visit_assign
from paidan.kernel import clock
from paidan.kernel.errors import NotFound
from paidan.visits.constants import VisitStatus
from paidan.visits.models import Assignment
from paidan.workforce.models import Commitment
from tests import city

pytestmark = pytest.mark.django_db


@pytest.fixture
def day():
    return city.tomorrow()


def test_grab_gives_the_visit_and_occupies_the_time(day):
    territory, skill = city.make_territory(), city.make_skill()
    worker = city.make_worker(territory, (skill, 3))
    city.make_shift(worker, day)
    visit = city.make_visit(territory, city.make_item((skill, 2)), city.window(day, 10))
    offer = city.make_offer(visit)

    assignment = offer_grab(offer_ref=offer.ref, actor=worker.actor, now=clock.now())

    visit.refresh_from_db()
    offer.refresh_from_db()
    commitment = Commitment.objects.get(technician=worker.technician, live=True)
    assert (visit.status, offer.status) == (VisitStatus.ACCEPTED, OfferStatus.TAKEN)
    assert assignment.technician_id == worker.pk
    assert commitment.work.lower == visit.planned_start_at == city.local(day, 10)
    assert commitment.span.upper == commitment.work.upper
    assert PlanStop.objects.get(visit=visit).pinned
    assert Decision.objects.get(visit=visit).assignment == Assignment.objects.get(visit=visit)


def test_second_grab_is_refused_and_changes_nothing(day):
    territory, skill = city.make_territory(), city.make_skill()
    first, second = (city.make_worker(territory, (skill, 3)) for _ in range(2))
    for worker in (first, second):
        city.make_shift(worker, day)
    offer = city.make_offer(city.make_visit(territory, city.make_item((skill, 2)), city.window(day, 10)))
    offer_grab(offer_ref=offer.ref, actor=first.actor, now=clock.now())

    with city.refused(OfferGone):
        offer_grab(offer_ref=offer.ref, actor=second.actor, now=clock.now())

    assert Assignment.objects.get().technician_id == first.pk
    assert not Commitment.objects.filter(technician=second.technician).exists()


@pytest.mark.parametrize(
    ("level", "hours", "rule"),
    [(1, (8, 18), "level"), (None, (8, 18), "skill"), (3, (14, 18), "shift")],
)
def test_each_hard_rule_refuses_by_name(day, level, hours, rule):
    territory, skill = city.make_territory(), city.make_skill()
    able = city.make_worker(territory, (skill, 3))
    city.make_shift(able, day)
    worker = city.make_worker(territory, *([(skill, level)] if level else []))
    city.make_shift(worker, day, *hours)
    offer = city.make_offer(city.make_visit(territory, city.make_item((skill, 2)), city.window(day, 10)))

    with city.refused(NotEligible) as refused:
        offer_grab(offer_ref=offer.ref, actor=worker.actor, now=clock.now())

    assert refused.value.facts["rules"][0] == rule


def test_the_hall_shows_what_somebody_else_gave_back(day):
    first, second, visit = two_workers_one_visit(day)
    manager = actor_of_user(city.make_user(RoleCode.MANAGER))
    for worker in (first, second):
        visit_assign(visit_ref=visit.ref, technician_ref=worker.technician.ref, actor=manager, now=clock.now())
    assignment_decline(visit_ref=visit.ref, reason="too_far", text="", actor=second.actor, now=clock.now())
    visit.refresh_from_db()
    offer = city.make_offer(visit)

    assert [card.ref for card in hall_for(first.actor, now=clock.now())] == [offer.ref]
    assert hall_for(second.actor, now=clock.now()) == ()


def two_workers_one_visit(day):
    skill, area = city.make_skill(), city.make_territory()
    workers = [city.make_worker(area, (skill, 3)) for _ in range(2)]
    for worker in workers:
        city.make_shift(worker, day)
    return *workers, city.make_visit(area, city.make_item((skill, 2)), city.window(day, 10))


def test_offer_of_another_territory_answers_as_absent(day):
    here, there = city.make_territory(), city.make_territory()
    skill = city.make_skill()
    for territory in (here, there):
        city.make_shift(city.make_worker(territory, (skill, 3)), day)
    stranger = city.make_worker(there, (skill, 3))
    city.make_shift(stranger, day)
    offer = city.make_offer(city.make_visit(here, city.make_item((skill, 2)), city.window(day, 10)))

    with city.refused(NotFound):
        offer_grab(offer_ref=offer.ref, actor=stranger.actor, now=clock.now())


def test_grab_that_would_break_another_promise_is_refused(day):
    territory, common, rare = city.make_territory(), city.make_skill(), city.make_skill()
    expert = city.make_worker(territory, (common, 3), (rare, 3))
    other = city.make_worker(territory, (common, 3))
    for worker in (expert, other):
        city.make_shift(worker, day, 8, 13)
    long_common = city.make_item((common, 1), minutes=180)
    long_rare = city.make_item((rare, 1), minutes=180)
    city.make_visit(territory, long_rare, city.window(day, 8))
    offer = city.make_offer(city.make_visit(territory, long_common, city.window(day, 8)))

    with city.refused(RoutePromised):
        offer_grab(offer_ref=offer.ref, actor=expert.actor, now=clock.now())
    grabbed = offer_grab(offer_ref=offer.ref, actor=other.actor, now=clock.now())

    assert grabbed.technician_id == other.pk
