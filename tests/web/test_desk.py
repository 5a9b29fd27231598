"""The desk's pages over HTTP: the list, why a visit went where it went, assignment by hand, doubtful bookings."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from paidan.accounts.constants import RoleCode
from paidan.booking.constants import BookingStatus
from paidan.booking.models import Booking
from paidan.booking.services import booking_hold
from paidan.dispatch.models import Decision
from paidan.dispatch.services import offer_grab
from paidan.kernel.models import Event
from paidan.visits.models import Assignment, Visit, VisitStep
from paidan.workforce.models import TerritoryScope
from paidan.worklist.constants import WorkKind
from paidan.worklist.models import WorkItem
from paidan.worklist.services import work_open
from tests import city
from tests.booking.scene import PLACE, Scene, make_scene
from tests.web.clients import EMOJI, FRAGMENT, MEGABYTE, NUL, client_of, queries_of

pytestmark = pytest.mark.django_db
LISTS = ("visits", "bookings", "worklist", "decisions")


@pytest.fixture
def scene() -> Scene:
    return make_scene()


@pytest.fixture
def visit(scene: Scene) -> Visit:
    return scene.booked()[1]


@pytest.fixture
def desk(scene: Scene) -> Client:
    """A dispatcher of the scene's territory."""
    user = city.make_user(RoleCode.DISPATCHER)
    TerritoryScope.objects.create(user=user, territory=scene.territory)
    return client_of(user)


@pytest.fixture
def service() -> Client:
    return client_of(city.make_user(RoleCode.CUSTOMER_SERVICE))


def page(ref: str, name: str = "visit") -> str:
    return reverse(f"desk:{name}", args=[ref])


def text_of(response: HttpResponse) -> str:
    return response.content.decode()


def fresh(visit: Visit) -> Visit:
    visit.refresh_from_db()
    return visit


def doubtful(scene: Scene) -> Booking:
    """A booking that waits for the desk, its window held."""
    actor = scene.customer_actor()
    scene.book(actor)
    hold = booking_hold(item_code=scene.item_code, place=PLACE, window=scene.window(), holder_key="b", now=scene.now)
    return Booking.objects.get(ref=scene.book(actor, hold_ref=hold.ref, holder_key="b").ref)


def work(scene: Scene, visit: Visit, kind: WorkKind = WorkKind.NOBODY_ELIGIBLE) -> WorkItem:
    due_at = scene.now + timedelta(minutes=15)
    work_open(kind=kind, subject_ref=visit.ref, territory_id=scene.territory.pk, facts={}, due_at=due_at, now=scene.now)
    return WorkItem.objects.get(subject_ref=visit.ref, kind=kind)


@pytest.mark.parametrize("role", [RoleCode.MANAGER, RoleCode.CUSTOMER_SERVICE, RoleCode.ADMINISTRATOR])
def test_each_page_opens_for_the_people_of_the_desk(scene: Scene, visit: Visit, role: RoleCode) -> None:
    client = client_of(city.make_user(role))

    answers = [client.get(page(visit.ref)), client.get(page(visit.booking_ref, "booking"))]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert visit.booking_ref in text_of(answers[0])
    assert visit.ref in text_of(answers[1])


@pytest.mark.parametrize("name", LISTS)
def test_the_lists_open_for_a_dispatcher_and_for_nobody_outside(scene: Scene, desk: Client, name: str) -> None:
    url = reverse(f"desk:{name}")

    assert desk.get(url).status_code == 200
    assert desk.get(url, headers=FRAGMENT).status_code == 200
    for role in (RoleCode.TECHNICIAN, RoleCode.CUSTOMER):
        assert client_of(city.make_user(role)).get(url).status_code == 403
    assert client_of().get(url).status_code == 302


@pytest.mark.parametrize(
    ("name", "of_booking"),
    [("visit", False), ("visit-assign", False), ("booking", True), ("booking-cancel", True)],
)
def test_what_lies_in_another_territory_is_absent(scene: Scene, visit: Visit, name: str, of_booking: bool) -> None:
    stranger = city.make_user(RoleCode.DISPATCHER)
    TerritoryScope.objects.create(user=stranger, territory=city.make_territory())
    refs = (visit.booking_ref, "B000000000000", NUL) if of_booking else (visit.ref, "V000000000000", NUL)

    answers = [client_of(stranger).get(page(ref, name)) for ref in refs]

    assert [answer.status_code for answer in answers] == [404, 404, 404]


def test_nobody_acts_in_another_territory(scene: Scene, visit: Visit) -> None:
    user = city.make_user(RoleCode.DISPATCHER)
    TerritoryScope.objects.create(user=user, territory=city.make_territory())
    stranger = client_of(user)
    item = work(scene, visit)

    posts = [
        (page(visit.ref, "visit-assign"), {"technician": scene.worker.technician.ref}),
        (page(visit.ref, "visit-release"), {"reason": "x"}),
        (page(visit.booking_ref, "booking-cancel"), {"reason": "company", "agreed": "0"}),
        (page(item.ref, "work-claim"), {}),
        (page(item.ref, "work-snooze"), {}),
        (page(item.ref, "work-finish"), {}),
    ]

    assert [stranger.post(url, data).status_code for url, data in posts] == [404] * 6
    item.refresh_from_db()
    assert (fresh(visit).status, item.status, item.owner_id) == ("pending", "open", None)
    assert not Assignment.objects.exists()


def test_the_list_filters_by_state_territory_day_and_words(scene: Scene, visit: Visit, desk: Client) -> None:
    taken = scene.booked(window=scene.window(10, days=1))[1]
    scene.assigned(taken)
    url = reverse("desk:visits")

    def found(**query: str) -> tuple[bool, bool]:
        answer = text_of(desk.get(url, query))
        return f'data-visit="{visit.ref}"' in answer, f'data-visit="{taken.ref}"' in answer

    assert found() == (True, False)
    assert found(group="") == (True, True)
    assert found(group="assigned") == (False, True)
    assert found(group="", territory=scene.territory.code) == (True, True)
    assert found(group="", day=scene.day.isoformat()) == (True, False)
    assert found(group="", search=taken.ref) == (False, True)
    assert found(group="", search=scene.worker.technician.staff_number) == (False, True)
    assert found(group="done") == (False, False)


@pytest.mark.parametrize(
    "query",
    [
        {"day": "9999-12-31"},
        {"day": "0001-01-01"},
        {"day": "soon"},
        {"search": NUL},
        {"search": EMOJI},
        {"search": MEGABYTE},
        {"search": "%_\\"},
        {"territory": "nowhere"},
        {"group": "nothing"},
    ],
)
def test_a_filter_that_makes_no_sense_never_breaks_the_list(
    scene: Scene, visit: Visit, desk: Client, query: dict[str, str]
) -> None:
    assert desk.get(reverse("desk:visits"), query).status_code == 200


def test_a_filter_in_error_says_so_at_its_field(scene: Scene, desk: Client) -> None:
    answer = text_of(desk.get(reverse("desk:visits"), {"day": "soon"}))

    assert "Please enter a date as the field shows it." in answer


def test_candidates_stand_with_what_speaks_against_them(scene: Scene, visit: Visit, desk: Client) -> None:
    novice = city.make_worker(scene.territory)
    city.make_shift(novice, scene.day)

    answer = text_of(desk.get(page(visit.ref)))

    assert f'data-candidate="{scene.worker.technician.ref}"' in answer
    assert "Does not have a skill this visit needs." in answer
    assert f"?technician={novice.technician.ref}" in answer
    assert "Nothing has been decided yet" in answer


def test_assigned_with_one_gesture(scene: Scene, visit: Visit, desk: Client) -> None:
    answer = desk.post(page(visit.ref, "visit-assign"), {"technician": scene.worker.technician.ref}, follow=True)

    assert answer.redirect_chain == [(page(visit.ref), 303)]
    assert "Assigned. The technician has been told." in text_of(answer)
    assert fresh(visit).status == "assigned"
    assert Assignment.objects.get(ended_at__isnull=True).technician_id == scene.worker.pk


def novice_of(scene: Scene) -> city.Worker:
    worker = city.make_worker(scene.territory)
    city.make_shift(worker, scene.day)
    return worker


@pytest.mark.django_db(transaction=True)
def test_an_override_shows_its_rules_first_and_keeps_its_reason(scene: Scene, visit: Visit, desk: Client) -> None:
    novice = novice_of(scene)
    url = page(visit.ref, "visit-assign")
    form = {"technician": novice.technician.ref}

    asked = desk.get(url, form)
    refused = desk.post(url, form)
    assert (fresh(visit).status, Decision.objects.count()) == ("pending", 0)
    done = desk.post(url, {**form, "override_reason": f"客户指定 {EMOJI}"}, follow=True)

    assert (asked.status_code, refused.status_code) == (200, 409)
    assert "Does not have a skill this visit needs." in text_of(asked)
    assert "Give a reason to override them." in text_of(refused)
    assert fresh(visit).status == "assigned"
    record = Decision.objects.get().record
    assert record["override"] == f"客户指定 {EMOJI}"
    assert {entry["rule"] for entry in record["waived"]} >= {"skill"}
    assert f"Overridden by the desk: 客户指定 {EMOJI}" in text_of(done)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("reason", "sentence"), [(NUL, "control characters"), (MEGABYTE, "to 500 characters")])
def test_a_reason_that_cannot_be_kept_is_refused_at_its_field(
    scene: Scene, visit: Visit, desk: Client, reason: str, sentence: str
) -> None:
    form = {"technician": novice_of(scene).technician.ref, "override_reason": reason}

    answer = desk.post(page(visit.ref, "visit-assign"), form)

    assert answer.status_code == 422
    assert sentence in text_of(answer)
    assert (fresh(visit).status, Decision.objects.count()) == ("pending", 0)


@pytest.mark.parametrize("technician", ["", "T000000000000", "nonsense", NUL])
def test_nobody_is_assigned_who_does_not_exist(scene: Scene, visit: Visit, desk: Client, technician: str) -> None:
    url = page(visit.ref, "visit-assign")

    answers = [desk.get(url, {"technician": technician}), desk.post(url, {"technician": technician})]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert fresh(visit).status == "pending"


def test_taken_back_from_its_technician_with_the_reason(scene: Scene, visit: Visit, desk: Client) -> None:
    scene.assigned(visit)

    answer = desk.post(page(visit.ref, "visit-release"), {"reason": "车坏了"})

    assert (answer.status_code, answer["Location"]) == (303, page(visit.ref))
    assert fresh(visit).status == "pending"
    assert VisitStep.objects.get(action="release").data["reason"] == "车坏了"


def test_a_reason_of_taking_back_that_cannot_be_kept_changes_nothing(scene: Scene, visit: Visit, desk: Client) -> None:
    scene.assigned(visit)

    answer = desk.post(
        page(visit.ref, "visit-release"), {"reason": NUL}, headers={"referer": f"http://testserver{page(visit.ref)}"}
    )

    assert (answer.status_code, answer["Location"], fresh(visit).status) == (303, page(visit.ref), "accepted")


def test_a_grab_is_told_as_the_first_valid_claim(scene: Scene, desk: Client) -> None:
    offer = city.make_offer(city.make_visit(scene.territory, scene.version, scene.window(10)))
    offer_grab(offer_ref=offer.ref, actor=scene.worker.actor, now=scene.now)

    answer = text_of(desk.get(page(offer.visit.ref)))

    assert "First valid claim" in answer
    assert scene.worker.technician.name in answer


def test_the_worklist_is_claimed_snoozed_and_settled(scene: Scene, visit: Visit, desk: Client) -> None:
    item = work(scene, visit)
    url = reverse("desk:worklist")
    shown = f'data-subject="{visit.ref}"'

    listed = shown in text_of(desk.get(url))
    claimed = desk.post(page(item.ref, "work-claim"))
    item.refresh_from_db()
    owner = item.owner_id
    desk.post(page(item.ref, "work-snooze"))
    asleep = shown in text_of(desk.get(url)), shown in text_of(desk.get(url, {"snoozed": "1"}))
    finished = desk.post(page(item.ref, "work-finish"))
    item.refresh_from_db()

    assert (listed, asleep) == (True, (False, True))
    assert (claimed.status_code, claimed["Location"], finished.status_code) == (303, url, 303)
    assert owner is not None
    assert item.status == "done"


def test_two_do_not_work_on_the_same_item(scene: Scene, visit: Visit, desk: Client) -> None:
    item = work(scene, visit)
    desk.post(page(item.ref, "work-claim"))
    item.refresh_from_db()
    owner = item.owner_id
    other = city.make_user(RoleCode.DISPATCHER)
    TerritoryScope.objects.create(user=other, territory=scene.territory)

    answer = client_of(other).post(page(item.ref, "work-claim"))

    item.refresh_from_db()
    assert (answer.status_code, item.owner_id) == (303, owner)


def test_the_worklist_can_be_narrowed_to_one_kind(scene: Scene, visit: Visit, desk: Client) -> None:
    work(scene, visit)
    url = reverse("desk:worklist")

    counts = [text_of(desk.get(url, {"kind": kind})).count("data-subject=") for kind in ("", "not_done", "?", NUL)]

    assert counts == [1, 0, 1, 1]


@pytest.mark.parametrize(
    ("verdict", "status"),
    [("approve", BookingStatus.CONFIRMED), ("reject", BookingStatus.REJECTED), ("ask", BookingStatus.NEEDS_INFO)],
)
def test_a_doubtful_booking_is_decided(scene: Scene, service: Client, verdict: str, status: BookingStatus) -> None:
    booking = doubtful(scene)
    asked = text_of(service.get(page(booking.ref, "booking")))

    answer = service.post(page(booking.ref, "booking-decide"), {"verdict": verdict, "text": "请说明楼层"})

    booking.refresh_from_db()
    assert "To be decided" in asked
    assert (answer.status_code, answer["Location"]) == (303, page(booking.ref, "booking"))
    assert booking.status == status


@pytest.mark.parametrize(
    ("verdict", "text", "sentence"),
    [
        ("reject", "", "Please fill in this field."),
        ("ask", "  ", "Please fill in this field."),
        ("reject", NUL, "control characters"),
        ("ask", MEGABYTE, "Please keep this to"),
    ],
)
def test_a_verdict_without_its_words_keeps_the_page_and_what_was_typed(
    scene: Scene, service: Client, verdict: str, text: str, sentence: str
) -> None:
    booking = doubtful(scene)

    answer = service.post(page(booking.ref, "booking-decide"), {"verdict": verdict, "text": text})

    booking.refresh_from_db()
    assert answer.status_code == 422
    assert sentence in text_of(answer)
    assert 'aria-describedby="text-error"' in text_of(answer)
    assert booking.status == BookingStatus.IN_REVIEW


def test_a_verdict_that_does_not_exist_decides_nothing_and_loses_no_words(scene: Scene, service: Client) -> None:
    booking = doubtful(scene)

    answer = service.post(page(booking.ref, "booking-decide"), {"verdict": "perhaps", "text": "请说明楼层"})

    booking.refresh_from_db()
    assert (answer.status_code, booking.status) == (422, BookingStatus.IN_REVIEW)
    assert "请说明楼层" in text_of(answer)
    assert "Please choose what to do." in text_of(answer)


def test_calling_off_shows_its_price_before_anything_happens(scene: Scene, service: Client) -> None:
    booking, visit = scene.booked()
    url = page(booking.ref, "booking-cancel")

    asked = service.get(url)
    unchanged = fresh(visit).status
    done = service.post(url, {"reason": "company", "text": EMOJI, "agreed": "0"})

    booking.refresh_from_db()
    assert (asked.status_code, unchanged) == (200, "pending")
    assert "¥0.00" in text_of(asked)
    assert (done.status_code, booking.status) == (303, BookingStatus.CANCELLED)
    assert Event.objects.filter(name="booking.cancelled").count() == 1


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"text": NUL}, "control characters"),
        ({"text": MEGABYTE}, "Please keep this to"),
        ({"reason": "boredom"}, "Please choose a reason."),
        ({"reason": ""}, "Please choose a reason."),
    ],
)
def test_calling_off_with_what_cannot_be_kept_changes_nothing(
    scene: Scene, service: Client, form: dict[str, str], sentence: str
) -> None:
    booking, visit = scene.booked()

    answer = service.post(page(booking.ref, "booking-cancel"), {"reason": "company", "text": "", "agreed": "0", **form})

    booking.refresh_from_db()
    assert answer.status_code == 422
    assert sentence in text_of(answer)
    assert (booking.status, fresh(visit).status) == (BookingStatus.CONFIRMED, "pending")


@pytest.mark.parametrize("agreed", ["", "free", "-1", "9" * 6_000])
def test_nothing_is_called_off_at_a_price_nobody_read(scene: Scene, service: Client, agreed: str) -> None:
    booking, _visit = scene.booked()

    answer = service.post(page(booking.ref, "booking-cancel"), {"reason": "company", "agreed": agreed})

    booking.refresh_from_db()
    assert (answer.status_code, booking.status) == (200, BookingStatus.CONFIRMED)


def test_decisions_are_listed_and_narrowed(scene: Scene, visit: Visit, desk: Client) -> None:
    scene.assigned(visit)
    url = reverse("desk:decisions")

    counts = [
        text_of(desk.get(url, query)).count(f'href="{page(visit.ref)}"')
        for query in ({}, {"mode": "manual"}, {"mode": "grab"}, {"outcome": "assigned"}, {"mode": NUL})
    ]

    assert counts == [1, 1, 0, 1, 1]


def test_a_cursor_from_elsewhere_never_breaks_a_list(scene: Scene, desk: Client) -> None:
    for name in ("visits", "decisions"):
        assert desk.get(reverse(f"desk:{name}"), {"cursor": "made-up"}).status_code == 409


def test_lists_cost_the_same_however_long(scene: Scene, visit: Visit, desk: Client) -> None:
    urls = [f"{reverse('desk:visits')}?group=&search=", reverse("desk:worklist"), reverse("desk:decisions")]
    scene.assigned(visit)
    work(scene, visit)
    before = [queries_of(desk, url) for url in urls]

    for hour in (10, 14):
        more = scene.booked(window=scene.window(hour, days=1))[1]
        scene.assigned(more)
        work(scene, more)
    after = [queries_of(desk, url) for url in urls]

    assert after == before


def test_a_visit_costs_the_same_however_many_could_take_it(scene: Scene, visit: Visit, desk: Client) -> None:
    before = queries_of(desk, page(visit.ref))

    for _ in range(3):
        novice_of(scene)

    assert queries_of(desk, page(visit.ref)) == before
