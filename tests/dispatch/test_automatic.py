"""Automatic assignment: what nobody grabbed is matched as a batch, and every choice leaves a record."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations
from random import Random

import pytest
from django.db import transaction

from paidan.catalog.constants import DispatchMode
from paidan.dispatch.constants import DecisionOutcome, OfferStatus
from paidan.dispatch.errors import NotEligible, OfferGone, RoutePromised
from paidan.dispatch.models import Decision, Offer, PlanStop, SlotHold
from paidan.dispatch.services import (
    assignment_accept,
    assignment_decline,
    hold_create,
    offer_grab,
    promise_move,
    visit_assign,
)
from paidan.dispatch.services.assigning import assignments_lapse
from paidan.dispatch.services.dispatching import dispatch_tick
from paidan.dispatch.slots import need_of, slots_free
from paidan.kernel import clock
from paidan.kernel.actors import SYSTEM
from paidan.kernel.geo import Point
from paidan.kernel.timespan import TimeSpan
from paidan.visits.constants import VisitStatus
from paidan.visits.models import Assignment, Visit
from paidan.visits.services import visit_move
from paidan.workforce.models import Absence, Commitment
from paidan.worklist.constants import WorkKind
from paidan.worklist.models import WorkItem
from tests import city

pytestmark = pytest.mark.django_db
AT_ONCE = DispatchMode.ASSIGN_AT_ONCE


@pytest.fixture
def day():
    return city.tomorrow()


@pytest.fixture
def skill():
    return city.make_skill()


@pytest.fixture
def area():
    return city.make_territory()


def assigned_to(visit) -> int | None:
    live = Assignment.objects.filter(visit=visit, ended_at__isnull=True).first()
    return live.technician_id if live else None


def test_offer_nobody_takes_goes_to_the_best_technician(day, skill, area):
    near = city.make_worker(area, (skill, 3), home=Point(31.05, 121.05))
    far = city.make_worker(area, (skill, 3), home=Point(31.005, 121.005))
    for worker in (far, near):
        city.make_shift(worker, day)
    visit = city.make_visit(area, city.make_item((skill, 2)), city.window(day, 10))
    now = clock.now()

    dispatch_tick(now)
    visit.refresh_from_db()
    assert visit.status == VisitStatus.OFFERED
    offer = Offer.objects.get(visit=visit)
    dispatch_tick(offer.closes_at)

    visit.refresh_from_db()
    offer.refresh_from_db()
    record = Decision.objects.get(visit=visit).record
    assert (visit.status, offer.status) == (VisitStatus.ASSIGNED, OfferStatus.LAPSED)
    assert assigned_to(visit) == near.pk == record["winner"]
    assert record["runner_up"] == far.pk
    assert [c["technician"] for c in record["candidates"]] == [near.pk, far.pk]
    assert set(record["candidates"][0]["parts"]) == {"travel", "level", "rating", "experience", "load", "response"}
    assert record["margin_seconds"] == record["candidates"][1]["cost"] - record["candidates"][0]["cost"] > 0


def test_decline_with_reason_brings_the_next_technician(day, skill, area):
    workers = [city.make_worker(area, (skill, 3)) for _ in range(2)]
    for worker in workers:
        city.make_shift(worker, day)
    visit = city.make_visit(area, city.make_item((skill, 2), mode=AT_ONCE), city.window(day, 10))
    dispatch_tick(clock.now())
    first = next(w for w in workers if w.pk == assigned_to(visit))
    other = next(w for w in workers if w is not first)

    assignment_decline(visit_ref=visit.ref, reason="too_far", text="", actor=first.actor, now=clock.now())
    assert not Commitment.objects.filter(technician=first.technician, live=True).exists()
    dispatch_tick(clock.now())
    assert assigned_to(visit) == other.pk
    assignment_accept(visit_ref=visit.ref, actor=other.actor, now=clock.now())

    visit.refresh_from_db()
    assert visit.status == VisitStatus.ACCEPTED


def test_nobody_eligible_asks_a_person_and_names_the_rules(day, skill, area):
    beginner = city.make_worker(area, (skill, 1))
    city.make_shift(beginner, day)
    stranger = city.make_worker(area)
    city.make_shift(stranger, day)
    visit = city.make_visit(area, city.make_item((skill, 4), mode=AT_ONCE), city.window(day, 10), planned=False)

    dispatch_tick(clock.now())

    decision = Decision.objects.get(visit=visit)
    work = WorkItem.objects.get(kind=WorkKind.NOBODY_ELIGIBLE, subject_ref=visit.ref)
    refused = {r["technician"]: r["rules"][0]["rule"] for r in decision.record["refused"]}
    assert decision.outcome == DecisionOutcome.NOBODY
    assert refused == {beginner.pk: "level", stranger.pk: "skill"}
    assert work.facts["rules"] == {"level": 1, "skill": 1}


@pytest.mark.parametrize("rule", ["skill", "level", "shift", "available", "load_cap", "overlap", "reachable"])
def test_for_each_hard_rule_exactly_that_rule_excludes(day, skill, area, rule):
    version = city.make_item((skill, 2), minutes=60, mode=AT_ONCE)
    held = {"skill": [], "level": [(skill, 1)]}.get(rule, [(skill, 3)])
    worker = city.make_worker(area, *held, load_cap=1 if rule == "load_cap" else 8)
    city.make_shift(worker, day, *((14, 18) if rule == "shift" else (8, 18)))
    if rule == "available":
        absence = Absence.objects.create(
            technician=worker.technician, kind="leave", span=(city.local(day, 9), city.local(day, 13))
        )
        Commitment.objects.create(
            technician=worker.technician,
            kind="absence",
            subject_id=absence.pk,
            work=(city.local(day, 9), city.local(day, 13)),
            span=(city.local(day, 9), city.local(day, 13)),
        )
    before = {
        "load_cap": (city.window(day, 14), city.CENTRE, 60),
        "overlap": (TimeSpan(city.local(day, 10), city.local(day, 10, 5)), city.CENTRE, 180),
        "reachable": (TimeSpan(city.local(day, 10), city.local(day, 10, 5)), Point(31.099, 121.099), 100),
    }.get(rule)
    if before is not None:
        window, place, minutes = before
        first = city.make_visit(area, city.make_item((skill, 1), minutes=minutes, mode=AT_ONCE), window, place=place)
        dispatch_tick(clock.now())
        assert assigned_to(first) == worker.pk
    place = Point(31.001, 121.001) if rule == "reachable" else city.CENTRE
    visit = city.make_visit(area, version, city.window(day, 10), place=place, planned=False)

    dispatch_tick(clock.now())

    (refused,) = Decision.objects.get(visit=visit).record["refused"]
    assert [entry["rule"] for entry in refused["rules"]] == [rule]


def test_optimum_beats_nearest_first(day, skill, area):
    """Greedy gives the first visit its nearest technician and sends the other one across the city."""
    city.make_policy(load_visit=100_000, idle_share=0, experience_year=0)
    homes = Point(31.05, 121.00), Point(31.05, 121.04)
    places = Point(31.05, 121.03), Point(31.05, 121.10)
    workers = [city.make_worker(area, (skill, 2), home=home) for home in homes]
    for worker in workers:
        city.make_shift(worker, day)
    version = city.make_item((skill, 2), mode=AT_ONCE)
    visits = [city.make_visit(area, version, city.window(day, 10), place=place) for place in places]

    dispatch_tick(clock.now())

    assert [assigned_to(visit) for visit in visits] == [worker.pk for worker in workers]


@pytest.mark.parametrize("seed", range(5))
def test_total_of_a_batch_equals_brute_force(day, skill, area, seed):
    random = Random(seed)
    city.make_policy(load_visit=100_000, idle_share=0, experience_year=0)

    def place() -> Point:
        return Point(31.0 + random.random() * 0.1, 121.0 + random.random() * 0.1)

    for _ in range(4):
        city.make_shift(city.make_worker(area, (skill, 2), home=place()), day)
    version = city.make_item((skill, 2), mode=AT_ONCE)
    visits = [city.make_visit(area, version, city.window(day, 10), place=place()) for _ in range(4)]

    dispatch_tick(clock.now())

    decisions = [Decision.objects.get(visit=visit).record for visit in visits]
    costs = [{c["technician"]: c["cost"] for c in record["candidates"]} for record in decisions]
    people = sorted(costs[0])
    best = min(sum(cost[t] for cost, t in zip(costs, order, strict=True)) for order in permutations(people))
    assert sum(cost[record["winner"]] for cost, record in zip(costs, decisions, strict=True)) == best


def test_unanswered_assignment_lapses_and_moves_on(day, skill, area):
    workers = [city.make_worker(area, (skill, 3)) for _ in range(2)]
    for worker in workers:
        city.make_shift(worker, day)
    visit = city.make_visit(area, city.make_item((skill, 2), mode=AT_ONCE), city.window(day, 10))
    dispatch_tick(clock.now())
    first = assigned_to(visit)
    visit.refresh_from_db()

    assignments_lapse(visit.accept_by_at + timedelta(seconds=1))
    dispatch_tick(clock.now())

    assert assigned_to(visit) not in {None, first}
    assert Assignment.objects.get(visit=visit, technician=first).end_reason == "lapsed"


def test_desk_overrides_with_a_reason_and_time_refuses_for_all(day, skill, area):
    dispatcher = city.make_dispatcher(area)
    novice = city.make_worker(area, (skill, 1))
    city.make_shift(novice, day)
    late = city.make_worker(area, (skill, 5))
    city.make_shift(late, day, 15, 18)
    visit = city.make_visit(area, city.make_item((skill, 3)), city.window(day, 10), planned=False)

    def assign(worker, reason=""):
        return visit_assign(
            visit_ref=visit.ref,
            technician_ref=worker.technician.ref,
            actor=dispatcher,
            now=clock.now(),
            override_reason=reason,
        )

    with city.refused_with("override_needed"):
        assign(novice)
    with city.refused_with("not_assignable"):
        assign(late, "please")
    view = assign(novice, "The customer asked for him")

    decision = Decision.objects.get(visit=visit)
    assert view.technician_id == novice.pk
    assert decision.record["override"] == "The customer asked for him"
    assert [w["rule"] for w in decision.record["waived"]] == ["level"]


@pytest.mark.parametrize("seed", range(6))
def test_booked_until_full_every_promise_is_kept(day, area, seed):
    """Fill every offered slot; then nobody grabs, or some grab at random: all are assigned inside their windows."""
    random = Random(seed)
    skills = [city.make_skill() for _ in range(2)]
    workers = []
    for _ in range(3):
        held = [(s, random.randint(1, 4)) for s in skills if random.random() < 0.8]
        home = Point(31.02 + random.random() * 0.06, 121.02 + random.random() * 0.06)
        worker = city.make_worker(area, *held, home=home)
        city.make_shift(worker, day, *random.choice([(8, 14), (10, 18), (8, 18)]))
        workers.append(worker)
    versions = [city.make_item((s, 1), minutes=m) for s, m in ((skills[0], 60), (skills[1], 100))]
    misses, visits = 0, []
    while misses < 4:
        version = random.choice(versions)
        place = Point(31.01 + random.random() * 0.08, 121.01 + random.random() * 0.08)
        start = city.local(day, 0)
        slots = slots_free(need_of(version, place), area, start=start, end=start + timedelta(days=1), now=clock.now())
        if not slots:
            misses += 1
            continue
        visits.append(city.make_visit(area, version, random.choice(slots).window, place=place))
    assert len(visits) >= 4

    dispatch_tick(clock.now())
    if seed % 2:
        for offer in Offer.objects.filter(status=OfferStatus.OPEN).order_by("?"):
            worker = random.choice(workers)
            try:
                with city.all_or_nothing():
                    offer_grab(offer_ref=offer.ref, actor=worker.actor, now=clock.now())
            except (NotEligible, RoutePromised, OfferGone):
                continue
    dispatch_tick(max(Offer.objects.values_list("closes_at", flat=True)))

    for visit in Visit.objects.all():
        assert assigned_to(visit) is not None
        assert visit.window_start_at <= visit.planned_start_at <= visit.window_end_at
    assert PlanStop.objects.filter(pinned=True).count() == len(visits)


def test_who_moves_a_visit_to_another_time_finds_it_in_the_hall_again(day, skill, area):
    worker = city.make_worker(area, (skill, 3))
    city.make_shift(worker, day)
    version = city.make_item((skill, 2))
    visit = city.make_visit(area, version, city.window(day, 10))
    now = clock.now()
    dispatch_tick(now)
    first = Offer.objects.get(visit=visit)
    hold = hold_create(
        item_version=version, place=city.CENTRE, window=city.window(day, 14), holder_key="customer", now=now
    )

    visit.refresh_from_db()
    moved_at = now + timedelta(seconds=5)
    with transaction.atomic():
        promise_move(visit=visit, hold=SlotHold.objects.get(ref=hold.ref), release_at=moved_at, now=moved_at)
        visit_move(visit, "withdraw", actor=SYSTEM, now=moved_at)
    for seconds in (10, 12):
        dispatch_tick(now + timedelta(seconds=seconds))

    visit.refresh_from_db()
    again = Offer.objects.exclude(pk=first.pk).get(visit=visit)
    assert (visit.status, again.status) == (VisitStatus.OFFERED, OfferStatus.OPEN)
    dispatch_tick(again.closes_at)
    visit.refresh_from_db()
    assert visit.status == VisitStatus.ASSIGNED


def test_who_costs_more_than_waiting_is_not_asked_yet_and_the_decision_says_so(day, skill, area):
    worker = city.make_worker(area, (skill, 3), home=Point(31.005, 121.005))
    city.make_shift(worker, day)
    city.make_policy(waiting_price=60)
    visit = city.make_visit(area, city.make_item((skill, 2), mode=AT_ONCE), city.window(day, 10))

    dispatch_tick(clock.now())

    visit.refresh_from_db()
    decision = Decision.objects.get(visit=visit)
    assert visit.status == VisitStatus.PENDING
    assert (decision.outcome, decision.record["first_refusal"]) == (DecisionOutcome.WAITED, "waiting_cheaper")
    assert decision.record["candidates"][0]["cost"] > decision.record["price_of_waiting"]
