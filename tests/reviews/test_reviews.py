"""One review a visit, by whom it concerns, after the sign-off; and what it does to a rating (F1, F4)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from paidan.accounts.constants import LinkPurpose, RoleCode
from paidan.fieldwork.services import visit_sign_off
from paidan.kernel.actors import Actor
from paidan.kernel.errors import Forbidden, Invalid, NotFound
from paidan.kernel.models import Event
from paidan.reviews.errors import AlreadyReviewed, NotYetReviewable
from paidan.reviews.models import Review
from paidan.reviews.selectors import review_findings, review_for, review_form
from paidan.reviews.services import Levels, review_submit
from paidan.visits.models import Visit
from paidan.workforce.models import Technician
from paidan.worklist.models import WorkItem
from tests import city
from tests.booking.scene import Scene, make_scene, race, refusal_codes, winners

pytestmark = pytest.mark.django_db
FIVE = Levels(attitude=5, quality=5, response=5, skill=5)


def signed_off(scene: Scene, customer: Actor, hour: int = 14) -> Visit:
    visit = scene.booked(customer, window=scene.window(hour))[1]
    scene.finished(visit)
    visit_sign_off(visit_ref=visit.ref, actor=customer, now=scene.now)
    visit.refresh_from_db()
    return visit


def rating(scene: Scene) -> tuple[float, int]:
    technician = Technician.objects.get(pk=scene.worker.pk)
    return round(technician.rating_mean, 6), technician.rating_count


@pytest.mark.parametrize("who", ["customer", "review link", "booking link"])
def test_the_customer_and_their_links_review_once(who: str) -> None:
    scene = make_scene()
    customer = scene.customer_actor()
    visit = signed_off(scene, customer)
    actor = {
        "customer": customer,
        "review link": scene.link(LinkPurpose.REVIEW, visit.ref),
        "booking link": scene.link(LinkPurpose.BOOKING, visit.booking_ref),
    }[who]

    view = review_submit(
        visit_ref=visit.ref,
        levels=Levels(attitude=5, quality=4, response=3, skill=4),
        text=" 师傅很准时 ",
        actor=actor,
        now=scene.now,
    )
    with city.refused(AlreadyReviewed):
        review_submit(visit_ref=visit.ref, levels=FIVE, actor=actor, now=scene.now)

    review = Review.objects.get()
    assert (view.mean, review.text, review.technician_id) == (4.0, "师傅很准时", scene.worker.pk)
    assert rating(scene) == (round((4.5 * 5 + 4.0) / 6, 6), 1)
    told = Event.objects.get(name="review.submitted").payload
    assert (told["visit_ref"], told["attitude"], told["response"]) == (visit.ref, 5, 3)
    assert "text" not in told
    assert review_findings() == []


def test_nobody_else_reviews() -> None:
    scene = make_scene()
    customer = scene.customer_actor()
    visit = signed_off(scene, customer)
    other = signed_off(scene, customer, hour=10)

    for actor in (scene.customer_actor(), scene.workers[1].actor, scene.link(LinkPurpose.REVIEW, other.ref)):
        with pytest.raises(NotFound):
            review_submit(visit_ref=visit.ref, levels=FIVE, actor=actor, now=scene.now)
    for actor in (scene.worker.actor, scene.staff(RoleCode.MANAGER)):
        with pytest.raises(Forbidden):
            review_submit(visit_ref=visit.ref, levels=FIVE, actor=actor, now=scene.now)

    assert not Review.objects.exists()
    assert rating(scene) == (0, 0)


def test_a_review_waits_for_the_sign_off() -> None:
    scene = make_scene()
    customer = scene.customer_actor()
    visit = scene.booked(customer)[1]
    scene.finished(visit)

    with pytest.raises(NotYetReviewable):
        review_submit(visit_ref=visit.ref, levels=FIVE, actor=customer, now=scene.now)

    assert not review_form(customer, visit.ref).is_open


@pytest.mark.parametrize("level", [0, 6, -1, 10**9])
def test_a_level_is_one_of_five(level: int) -> None:
    scene = make_scene()
    customer = scene.customer_actor()
    visit = signed_off(scene, customer)

    with pytest.raises(Invalid) as refusal:
        review_submit(
            visit_ref=visit.ref,
            levels=Levels(attitude=level, quality=5, response=5, skill=level),
            text="字" * 1_001,
            actor=customer,
            now=scene.now,
        )

    assert set(refusal.value.fields) == {"attitude", "skill", "text"}
    assert not Review.objects.exists()


@pytest.mark.parametrize(("lowest", "alarm"), [(1, True), (2, True), (3, False)])
def test_a_low_answer_calls_for_a_call_back(lowest: int, alarm: bool) -> None:
    scene = make_scene()
    customer = scene.customer_actor()
    visit = signed_off(scene, customer)

    review_submit(
        visit_ref=visit.ref,
        levels=Levels(attitude=5, quality=5, response=lowest, skill=5),
        actor=customer,
        now=scene.now,
    )

    work = list(WorkItem.objects.filter(kind="low_rating").values_list("subject_ref", "facts", "due_at"))
    assert work == ([(visit.ref, {"stars": lowest}, scene.now + timedelta(days=1))] if alarm else [])


def test_the_form_shows_what_was_done_by_whom() -> None:
    scene = make_scene()
    customer = scene.customer_actor()
    visit = signed_off(scene, customer)
    link = scene.link(LinkPurpose.REVIEW, visit.ref)

    before = review_form(link, visit.ref)
    review_submit(visit_ref=visit.ref, levels=FIVE, actor=link, now=scene.now)
    after = review_form(link, visit.ref)

    assert before.technician is not None
    assert (before.is_open, before.review, before.technician.ref) == (True, None, scene.worker.technician.ref)
    assert before.item_name == scene.version.name["zh"]
    assert after.review is not None
    assert (after.is_open, after.review.mean) == (False, 5.0)
    seen = review_for(scene.staff(RoleCode.DISPATCHER), visit.ref)
    assert seen == after.review


def test_ratings_are_shrunk_and_the_check_agrees() -> None:
    scene = make_scene()
    customer = scene.customer_actor()
    stars = [1, 5, 2]
    for hour, level in zip((10, 12, 14), stars, strict=True):
        visit = signed_off(scene, customer, hour)
        review_submit(
            visit_ref=visit.ref,
            levels=Levels(attitude=level, quality=level, response=level, skill=level),
            actor=customer,
            now=scene.now,
        )

    assert rating(scene) == (round((22.5 + sum(stars)) / 8, 6), 3)
    assert review_findings() == []
    Technician.objects.filter(pk=scene.worker.pk).update(rating_mean=5)
    assert review_findings() == [
        f"The rating of technician {scene.worker.technician.staff_number} is not that of their reviews."
    ]


@pytest.mark.django_db(transaction=True)
def test_reviewing_twice_at_once_counts_once() -> None:
    scene = make_scene()
    customer = scene.customer_actor()
    visit = signed_off(scene, customer)

    outcomes = race([lambda: review_submit(visit_ref=visit.ref, levels=FIVE, actor=customer, now=scene.now)] * 4)

    assert len(winners(outcomes)) == 1
    assert refusal_codes(outcomes) == ["already_reviewed"] * 3
    assert (Review.objects.count(), rating(scene)[1]) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_reviews_of_two_visits_at_once_both_count() -> None:
    scene = make_scene()
    customer = scene.customer_actor()
    visits = [signed_off(scene, customer, hour) for hour in (10, 12)]

    outcomes = race(
        [
            lambda ref=visit.ref: review_submit(visit_ref=ref, levels=FIVE, actor=customer, now=scene.now)
            for visit in visits
        ]
    )

    assert len(winners(outcomes)) == 2
    assert rating(scene) == (round((22.5 + 10) / 7, 6), 2)
    assert review_findings() == []
