"""The demo city with its past and its present."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Count, F, Sum

from paidan import demo
from paidan.accounts.access import actor_of_user_id
from paidan.accounts.constants import RoleCode
from paidan.accounts.models import User
from paidan.billing.models import Charge, LedgerEntry, LedgerTransaction
from paidan.booking.constants import BOOKING_TABLE
from paidan.booking.models import Booking, BookingStep
from paidan.config.wiring import CONSISTENCY_CHECKS
from paidan.dispatch.constants import OfferStatus
from paidan.dispatch.models import Decision, Offer, PlanDay
from paidan.dispatch.selectors import hall_for
from paidan.dispatch.standing_plan import PlanScope, book_load
from paidan.fieldwork.selectors import my_open_visits
from paidan.kernel import clock
from paidan.kernel.models import Event
from paidan.notifications.models import Delivery
from paidan.reviews.models import Review
from paidan.visits.constants import VISIT_TABLE, VisitStatus
from paidan.visits.models import Assignment, Visit, VisitStep
from paidan.workforce.models import Commitment, Technician
from paidan_engine.verify import verify_day_plan

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("test_history")]  # one city for all
DAYS = 12
_LOADED_AT: list[datetime] = []


@pytest.fixture(scope="module", autouse=True)
def _city(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """One city for the whole module; each test's own changes are rolled back by its transaction."""
    _LOADED_AT[:] = [clock.now()]
    with django_db_blocker.unblock(), transaction.atomic():
        demo.load(bookings=240, days=DAYS)
        yield
        transaction.set_rollback(True)


def _checked(path: str) -> list[str]:
    module, name = path.rsplit(".", 1)
    return list(getattr(import_module(module), name)())


@pytest.mark.parametrize("path", CONSISTENCY_CHECKS)
def test_the_consistency_checks_find_nothing(path: str) -> None:
    assert _checked(path) == []


def test_every_step_of_a_visit_is_one_the_table_declares() -> None:
    steps = VisitStep.objects.values_list("action", "source", "target", "actor_role")

    for action, source, target, role in steps:
        edge = VISIT_TABLE.edge(action, source)
        assert edge.target == target
        assert role in edge.roles


def test_every_step_of_a_booking_is_one_the_table_declares() -> None:
    steps = BookingStep.objects.exclude(action="submit").values_list("action", "source", "target", "actor_role")

    for action, source, target, role in steps:
        edge = BOOKING_TABLE.edge(action, source)
        assert edge.target == target
        assert role in edge.roles


def test_every_completed_visit_has_all_that_belongs_to_it() -> None:
    done = Visit.objects.filter(status=VisitStatus.SIGNED_OFF)
    ids, refs = set(done.values_list("pk", flat=True)), set(done.values_list("ref", flat=True))

    assert len(ids) > 150
    assert set(Assignment.objects.filter(ended_at=None, visit__in=ids).values_list("visit", flat=True)) == ids
    assert set(Decision.objects.filter(visit__in=ids, winner__isnull=False).values_list("visit", flat=True)) == ids
    assert set(Commitment.objects.filter(live=True, subject_id__in=ids).values_list("subject_id", flat=True)) == ids
    assert set(Charge.objects.filter(subject_ref__in=refs).values_list("subject_ref", flat=True)) == refs
    assert Booking.objects.filter(ref__in=done.values("booking_ref"), status="closed").count() == len(ids)
    named = Event.objects.filter(name="visit.signed_off").values_list("payload__visit_id", flat=True)
    assert set(named) == ids


def test_the_ledger_sums_to_zero_in_every_transaction_and_in_all() -> None:
    sums = LedgerTransaction.objects.annotate(total=Sum("entries__amount_minor"))

    assert not sums.exclude(total=0).exists()
    assert LedgerEntry.objects.aggregate(total=Sum("amount_minor"))["total"] == 0


def test_nobody_was_in_two_places() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM workforce_commitment a JOIN workforce_commitment b"
            " ON a.technician_id = b.technician_id AND a.id < b.id AND a.live AND b.live AND a.span && b.span"
        )
        assert cursor.fetchone() == (0,)


def test_history_is_believable() -> None:
    arrived = Visit.objects.filter(arrived_at__isnull=False)
    late = arrived.filter(arrived_at__gt=F("window_end_at")).count()
    sources = dict(Assignment.objects.values_list("source").annotate(n=Count("pk")))
    stars = Review.objects.values_list("attitude", "quality", "response", "skill")
    mean = sum(sum(row) / 4 for row in stars) / len(stars)

    assert late / arrived.count() < 0.15
    assert min(sources["grab"], sources["automatic"]) > sources["manual"] > 0
    assert 4.0 < mean < 4.9
    assert Visit.objects.filter(status=VisitStatus.NOT_DONE).exists()
    assert Booking.objects.filter(status="cancelled").exists()


def test_ratings_are_what_the_reviews_add_up_to() -> None:
    for technician in Technician.objects.filter(rating_count__gt=0):
        rows = Review.objects.filter(technician=technician).values_list("attitude", "quality", "response", "skill")
        stars = [sum(row) / 4 for row in rows]
        assert technician.rating_count == len(stars)
        assert technician.rating_mean == pytest.approx((4.5 * 5 + sum(stars)) / (5 + len(stars)))


def test_the_past_causes_no_jobs_and_no_messages() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), count(*) FILTER (WHERE e.created_at < %s) FROM procrastinate_jobs j"
            " JOIN kernel_event e ON e.id = (j.args ->> 'event_id')::bigint",
            [_LOADED_AT[0]],
        )
        jobs, of_the_past = cursor.fetchone()
    assert jobs > 0
    assert of_the_past == 0
    assert not Delivery.objects.exists()
    assert Event.objects.filter(created_at__lt=_LOADED_AT[0]).count() > 2000


def test_it_greets_with_visits_in_every_state_and_an_open_hall() -> None:
    assert set(Visit.objects.values_list("status", flat=True)) == {str(status) for status in VisitStatus}
    assert Offer.objects.filter(status=OfferStatus.OPEN, closes_at__gt=clock.now()).count() >= 5


def test_every_plan_from_yesterday_on_holds() -> None:
    for day in PlanDay.objects.filter(service_date__gte=clock.now().date() - timedelta(days=1)).select_related(
        "territory"
    ):
        scope = PlanScope(day.territory_id, day.territory.time_zone, (day.service_date,))
        book = book_load(scope, now=_LOADED_AT[0])
        assert verify_day_plan(book.plan, book.travel, book.now).violations == ()


def test_the_demo_technician_finds_something_to_do() -> None:
    user = User.objects.filter(role__code=RoleCode.TECHNICIAN).order_by("pk")[0]
    actor = actor_of_user_id(user.pk)

    mine = {row.status for row in my_open_visits(actor, now=clock.now())}

    assert {VisitStatus.ACCEPTED, VisitStatus.ASSIGNED} <= mine
    assert len(hall_for(actor, now=clock.now())) >= 2


def test_the_demo_customer_has_a_booking_to_follow() -> None:
    user = User.objects.filter(role__code=RoleCode.CUSTOMER).order_by("pk")[0]

    assert Booking.objects.filter(customer__user=user, status="confirmed").exists()
