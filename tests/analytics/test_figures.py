"""Numbers: each is what the rows it opens say, and one order moves each by what it is worth (S1, S5)."""

from __future__ import annotations

from datetime import date, timedelta

import pgtrigger
import pytest
from django.db import connection

from paidan.accounts.constants import RoleCode
from paidan.analytics.indicators import BY_CODE
from paidan.analytics.rows import FigureRows, figure_rows
from paidan.analytics.selectors import Figure, figures, open_work, ranking, today, trend
from paidan.billing.models import Charge, LedgerEntry
from paidan.booking.models import Booking
from paidan.fieldwork.services import cash_take, visit_fail, visit_sign_off
from paidan.kernel.actors import Actor
from paidan.kernel.errors import Forbidden, NotFound
from paidan.reviews.models import Review
from paidan.reviews.services import Levels, review_submit
from paidan.visits.models import Visit
from tests.booking.scene import Scene, make_scene

pytestmark = pytest.mark.django_db
ZONE = "Asia/Shanghai"

# What each number means, said a second time in SQL of its own.
SQL = {
    "bookings": "SELECT count(*) FROM booking_booking WHERE {created_at}",
    "completed": "SELECT count(*) FROM visits_visit WHERE status = 'signed_off' AND {signed_off_at}",
    "completion_rate": "SELECT 100.0 * count(*) FILTER (WHERE status = 'signed_off') / nullif(count(*), 0)"
    " FROM visits_visit WHERE status IN ('signed_off', 'not_done', 'cancelled') AND {closed_at}",
    "on_time": "SELECT 100.0 * count(*) FILTER (WHERE arrived_at <= window_end_at) / nullif(count(*), 0)"
    " FROM visits_visit WHERE {arrived_at}",
    "automatic": "SELECT 100.0 * count(*) FILTER (WHERE EXISTS (SELECT 1 FROM visits_assignment a WHERE"
    " a.visit_id = v.id AND a.ended_at IS NULL AND a.source = 'automatic')) / nullif(count(*), 0)"
    " FROM visits_visit v WHERE status = 'signed_off' AND {signed_off_at}",
    "revenue": "SELECT coalesce(sum(total_minor), 0) FROM billing_charge WHERE {created_at}",
    "rating": "SELECT avg((attitude + quality + response + skill) / 4.0) FROM reviews_review WHERE {created_at}",
}


def by_sql(code: str, first: date, last: date) -> float | None:
    moment = BY_CODE[code].moment
    local = f"({moment} AT TIME ZONE '{ZONE}')::date BETWEEN %s AND %s"
    with connection.cursor() as cursor:
        cursor.execute(SQL[code].format(**{moment: local}), [first, last])
        value = cursor.fetchone()[0]
    return None if value is None else float(value)


def from_rows(found: FigureRows) -> float | None:
    """The number, computed from nothing but the rows it opens."""
    rows = found.rows
    assert len(rows) == found.total
    if found.figure.unit == "count":
        return found.total
    if found.figure.unit == "money":
        return sum(row.amount_minor or 0 for row in rows)
    if not rows:
        return None
    if found.figure.unit == "stars":
        return sum(row.stars or 0.0 for row in rows) / len(rows)
    return 100.0 * sum(row.counts for row in rows) / len(rows)


@pytest.fixture
def scene() -> Scene:
    return make_scene()


@pytest.fixture
def manager(scene: Scene) -> Actor:
    return scene.staff(RoleCode.MANAGER)


def served(scene: Scene, stars: tuple[int, int, int, int] | None = (5, 4, 3, 4), hour: int = 14) -> Visit:
    """An order from booking to payment, signed off and perhaps rated."""
    customer = scene.customer_actor()
    visit = scene.booked(customer, window=scene.window(hour))[1]
    technician = scene.finished(visit)
    cash_take(visit_ref=visit.ref, actor=technician, now=scene.now)
    visit_sign_off(visit_ref=visit.ref, actor=customer, now=scene.now)
    if stars is not None:
        review_submit(
            visit_ref=visit.ref,
            levels=Levels(attitude=stars[0], quality=stars[1], response=stars[2], skill=stars[3]),
            text="",
            actor=customer,
            now=scene.now,
        )
    return visit


def now_of(actor: Actor) -> dict[str, Figure]:
    return {figure.code: figure for figure in figures(actor, first=today(), last=today())}


def test_an_empty_installation_has_dashes_and_noughts(manager: Actor) -> None:
    values = {code: figure.value for code, figure in now_of(manager).items()}

    assert values == {
        "bookings": 0,
        "completed": 0,
        "completion_rate": None,
        "on_time": None,
        "automatic": None,
        "revenue": 0,
        "rating": None,
    }
    assert ranking(manager, first=today(), last=today()) == ()
    assert [(day.completed, day.revenue_minor) for day in trend(manager, first=today(), last=today())] == [(0, 0)]
    assert open_work().unassigned == 0


def test_an_order_moves_each_number_by_what_it_is_worth(scene: Scene, manager: Actor) -> None:
    served(scene, None)
    before = now_of(manager)

    visit = served(scene, hour=10)

    after = now_of(manager)
    booking = Booking.objects.get(ref=visit.booking_ref)
    assert after["bookings"].value == (before["bookings"].value or 0) + 1
    assert after["completed"].value == (before["completed"].value or 0) + 1
    assert after["revenue"].value == (before["revenue"].value or 0) + booking.price_minor
    assert (before["rating"].value, after["rating"].value) == (None, 4.0)
    assert (after["on_time"].value, after["completion_rate"].value) == (100.0, 100.0)


def test_the_price_shown_is_charged_posted_and_reported(scene: Scene, manager: Actor) -> None:
    visit = served(scene)

    price = Booking.objects.get(ref=visit.booking_ref).price_minor
    charge = Charge.objects.get(subject_ref=visit.ref)
    entries = LedgerEntry.objects.filter(transaction__subject_ref=visit.ref)
    cash = sum(entry.amount_minor for entry in entries if entry.account == "cash")
    reported = figure_rows(manager, "revenue", first=today(), last=today())
    assert (price, charge.total_minor, cash) == (20_000, 20_000, 20_000)
    assert sum(entry.amount_minor for entry in entries) == 0
    assert [(row.ref, row.amount_minor) for row in reported.rows] == [(visit.ref, 20_000)]
    assert reported.figure.value == 20_000


def spread(scene: Scene) -> None:
    """Orders of several days: served, rated low, failed, cancelled, arrived late, assigned automatically."""
    for hour, stars in ((10, (5, 5, 5, 5)), (12, (2, 1, 3, 2)), (14, None)):
        served(scene, stars, hour)
    failed = scene.booked(window=scene.window(16))[1]
    technician = scene.under_way(failed, "depart", "arrive")
    visit_fail(visit_ref=failed.ref, reason="no_access", actor=technician, now=scene.now)
    visits = list(Visit.objects.order_by("pk"))
    with pgtrigger.ignore("visits.Assignment:facts_stay"):
        visits[0].assignments.update(source="automatic")
    Visit.objects.filter(pk=visits[1].pk).update(arrived_at=visits[1].window_end_at + timedelta(minutes=1))
    # The charge of the third was fixed two days ago, and so was everything else about it.
    earlier = scene.now - timedelta(days=2)
    Visit.objects.filter(pk=visits[2].pk).update(signed_off_at=earlier, closed_at=earlier, arrived_at=earlier)
    Booking.objects.filter(ref=visits[2].booking_ref).update(created_at=earlier)


@pytest.mark.parametrize("code", sorted(SQL))
def test_each_number_is_what_its_rows_and_the_database_say(scene: Scene, manager: Actor, code: str) -> None:
    spread(scene)
    day = today()

    for first, last in ((day, day), (day - timedelta(days=6), day), (day - timedelta(days=2), day + timedelta(days=3))):
        found = figure_rows(manager, code, first=first, last=last)
        expected = by_sql(code, first, last)
        shown = {figure.code: figure for figure in figures(manager, first=first, last=last)}[code]
        assert shown == found.figure
        if expected is None:
            assert (found.figure.value, from_rows(found)) == (None, None)
        else:
            assert found.figure.value == pytest.approx(expected)
            assert from_rows(found) == pytest.approx(expected)


def test_every_number_has_its_sql() -> None:
    assert set(SQL) == set(BY_CODE)


def test_a_number_is_compared_with_as_many_days_before_it(scene: Scene, manager: Actor) -> None:
    spread(scene)
    day = today()

    shown = {f.code: f for f in figures(manager, first=day - timedelta(days=1), last=day)}

    assert shown["completed"].before == by_sql("completed", day - timedelta(days=3), day - timedelta(days=2)) == 1


def test_the_trend_is_the_numbers_day_by_day(scene: Scene, manager: Actor) -> None:
    spread(scene)
    first = today() - timedelta(days=4)

    days = trend(manager, first=first, last=today())

    assert [day.day for day in days] == [first + timedelta(days=n) for n in range(5)]
    for day in days:
        shown = {figure.code: figure.value for figure in figures(manager, first=day.day, last=day.day)}
        assert (day.completed, day.revenue_minor) == (shown["completed"], shown["revenue"])


def test_a_rating_is_drawn_to_the_middle_while_votes_are_few(scene: Scene, manager: Actor) -> None:
    served(scene, (5, 5, 5, 5))

    (row,) = ranking(manager, first=today(), last=today())

    assert (row.place, row.staff_number, row.completed, row.reviews) == (
        1,
        scene.worker.technician.staff_number,
        1,
        1,
    )
    assert row.score == round((5.0 + 5 * 4.5) / 6, 2)


def test_whoever_was_not_rated_stands_in_the_middle(scene: Scene, manager: Actor) -> None:
    served(scene, None)

    (row,) = ranking(manager, first=today(), last=today())

    assert (row.reviews, row.score) == (0, 4.5)


def test_numbers_are_for_those_who_see_reports(scene: Scene) -> None:
    for role in (RoleCode.TECHNICIAN, RoleCode.CUSTOMER):
        actor = scene.staff(role)
        with pytest.raises(Forbidden):
            figures(actor, first=today(), last=today())
        with pytest.raises(Forbidden):
            figure_rows(actor, "bookings", first=today(), last=today())


def test_there_is_no_number_of_another_name(manager: Actor) -> None:
    with pytest.raises(NotFound):
        figure_rows(manager, "luck", first=today(), last=today())


def test_rows_cost_the_same_however_many(scene: Scene, manager: Actor, django_assert_num_queries: object) -> None:
    served(scene)
    served(scene, hour=10)

    for code in BY_CODE:
        with django_assert_num_queries(4):  # type: ignore[operator]  # pytest-django's fixture is untyped
            figure_rows(manager, code, first=today(), last=today())
    assert Review.objects.count() == 2
