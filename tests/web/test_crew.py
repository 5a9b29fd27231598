"""The technician's pages over HTTP: the hall, the day, and a visit step by step."""

from __future__ import annotations

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from paidan.accounts.constants import RoleCode
from paidan.billing.models import Payment
from paidan.dispatch.models import Offer
from paidan.files.models import StoredFile
from paidan.visits.models import Assignment, Visit, VisitStep
from tests import city
from tests.booking.scene import Scene, make_scene, photo
from tests.web.clients import EMOJI, FRAGMENT, MEGABYTE, NUL, client_of, queries_of

pytestmark = pytest.mark.django_db
HALL = "/crew/"


@pytest.fixture(autouse=True)
def _photo_folder(settings: LazySettings, tmp_path: object) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def scene() -> Scene:
    return make_scene()


@pytest.fixture
def visit(scene: Scene) -> Visit:
    return scene.booked()[1]


@pytest.fixture
def crew(scene: Scene) -> Client:
    return client_of(scene.worker.user)


def page(visit: Visit, name: str = "visit", *more: str) -> str:
    return reverse(f"crew:{name}", args=[visit.ref, *more])


def fresh(visit: Visit) -> Visit:
    visit.refresh_from_db()
    return visit


def text_of(response: HttpResponse) -> str:
    return response.content.decode()


def offered(scene: Scene, hour: int = 10) -> Offer:
    return city.make_offer(city.make_visit(scene.territory, scene.version, scene.window(hour)))


def uploaded(content: bytes | None = None, name: str = "done.jpg") -> SimpleUploadedFile:
    if content is None:
        content = photo().read()
    return SimpleUploadedFile(name, content, content_type="image/jpeg")


def test_each_page_opens_for_its_technician(scene: Scene, visit: Visit, crew: Client) -> None:
    scene.assigned(visit)

    pages = {name: crew.get(reverse(f"crew:{name}")) for name in ("hall", "day", "me")}
    pages["visit"] = crew.get(page(visit))

    assert {name: answer.status_code for name, answer in pages.items()} == dict.fromkeys(pages, 200)
    assert "Nothing to grab right now" in text_of(pages["hall"])
    assert scene.worker.technician.name in text_of(pages["me"])
    assert "样例路 8 号" in text_of(pages["visit"])
    assert "tel:13800138000" in text_of(pages["visit"])


@pytest.mark.parametrize("name", ["visit", "decline", "hold", "finish", "fail", "cash"])
def test_a_foreign_visit_is_an_absent_one(scene: Scene, visit: Visit, name: str) -> None:
    scene.assigned(visit)
    stranger = client_of(scene.workers[1].user)

    answers = [stranger.get(reverse(f"crew:{name}", args=[ref])) for ref in (visit.ref, "V000000000000", NUL)]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert "样例路" not in text_of(answers[0])


@pytest.mark.parametrize("name", ["accept", "decline", "undo", "cash", "finish", "fail", "hold"])
def test_nobody_acts_on_a_foreign_visit(scene: Scene, visit: Visit, name: str) -> None:
    scene.assigned(visit, accept=False)
    steps = VisitStep.objects.count()

    answer = client_of(scene.workers[1].user).post(page(visit, name), {"reason": "personal"})

    assert answer.status_code == 404
    assert (fresh(visit).status, VisitStep.objects.count()) == ("assigned", steps)


@pytest.mark.parametrize("role", [RoleCode.CUSTOMER, RoleCode.MANAGER, RoleCode.DISPATCHER])
def test_the_crews_pages_are_the_crews(scene: Scene, role: RoleCode) -> None:
    other = client_of(city.make_user(role))

    assert [other.get(reverse(f"crew:{name}")).status_code for name in ("hall", "day", "me")] == [403, 403, 403]
    stranger = client_of().get(HALL)
    assert (stranger.status_code, stranger["Location"]) == (302, "/login/?next=%2Fcrew%2F")


def test_the_hall_shows_what_it_takes_to_decide_and_no_name_or_door(scene: Scene, crew: Client) -> None:
    offer = offered(scene)

    answer = text_of(crew.get(HALL))

    assert f'data-offer="{offer.ref}"' in answer
    assert "¥100.00" in answer
    assert "样例区" in answer
    assert "样例路" not in answer
    assert offer.visit.contact_name not in answer


def test_the_winner_of_a_grab_stands_before_the_visit(scene: Scene, crew: Client) -> None:
    offer = offered(scene)

    answer = crew.post(reverse("crew:grab", args=[offer.ref]), follow=True)

    assert answer.redirect_chain == [(page(offer.visit), 303)]
    assert "It is yours." in text_of(answer)
    assert fresh(offer.visit).status == "accepted"


@pytest.mark.django_db(transaction=True)
def test_the_loser_of_a_grab_stands_in_the_hall_with_the_reason(scene: Scene, crew: Client) -> None:
    offer = offered(scene)
    client_of(scene.workers[1].user).post(reverse("crew:grab", args=[offer.ref]))

    answer = crew.post(reverse("crew:grab", args=[offer.ref]), follow=True)

    assert answer.redirect_chain == [(HALL, 303)]
    assert "Somebody was faster, or the offer has ended." in text_of(answer)
    assert Assignment.objects.get().technician_id == scene.workers[1].pk


@pytest.mark.django_db(transaction=True)
def test_grabbing_what_does_not_exist_is_told_in_the_hall(scene: Scene, crew: Client) -> None:
    answers = [crew.post(reverse("crew:grab", args=[ref])) for ref in ("O000000000000", "nonsense")]

    assert [(answer.status_code, answer["Location"]) for answer in answers] == [(303, HALL)] * 2


@pytest.mark.parametrize(
    "day", ["", "nonsense", "2026-02-30", "0001-01-01", "9999-12-31", NUL, "2026-11-22T00:00", "20261122"]
)
def test_any_day_that_is_asked_for_is_shown(scene: Scene, crew: Client, day: str) -> None:
    assert crew.get(reverse("crew:day"), {"day": day}).status_code == 200


def test_the_day_asks_for_an_answer_first(scene: Scene, visit: Visit, crew: Client) -> None:
    scene.assigned(visit, accept=False)

    answer = text_of(crew.get(reverse("crew:day")))

    assert "Please answer" in answer
    assert page(visit, "accept") in answer


def test_accepted_on_the_page(scene: Scene, visit: Visit, crew: Client) -> None:
    scene.assigned(visit, accept=False)

    answer = crew.post(page(visit, "accept"))

    assert (answer.status_code, answer["Location"], fresh(visit).status) == (303, page(visit), "accepted")


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"text": "鞋坏了"}, "Please choose a reason."),
        ({"reason": "nap", "text": "鞋坏了"}, "Please choose one of the list."),
        ({"reason": "other", "text": ""}, "Please say in a few words why."),
        ({"reason": "other", "text": NUL}, "control characters"),
        ({"reason": "other", "text": "a\x07b"}, "control characters"),
        ({"reason": "other", "text": MEGABYTE}, "to 500 characters"),
    ],
)
def test_a_decline_that_cannot_be_kept_says_so_at_its_field_and_keeps_what_was_typed(
    scene: Scene, visit: Visit, crew: Client, form: dict[str, str], sentence: str
) -> None:
    scene.assigned(visit, accept=False)

    answer = crew.post(page(visit, "decline"), form)

    assert answer.status_code == 422
    assert sentence in text_of(answer)
    assert 'aria-invalid="true"' in text_of(answer)
    assert form["text"][:40].replace("\0", "") in text_of(answer).replace("\0", "")
    assert fresh(visit).status == "assigned"


def test_declined_with_a_reason_it_goes_to_somebody_else(scene: Scene, visit: Visit, crew: Client) -> None:
    scene.assigned(visit, accept=False)

    answer = crew.post(page(visit, "decline"), {"reason": "other", "text": EMOJI})

    assert (answer.status_code, answer["Location"]) == (303, reverse("crew:day"))
    assert fresh(visit).status == "pending"
    assert VisitStep.objects.get(action="decline").data == {"reason": "other", "text": EMOJI}


def test_the_work_goes_step_by_step_and_each_can_be_taken_back(scene: Scene, visit: Visit, crew: Client) -> None:
    scene.assigned(visit)
    seen = []

    for action in ("depart", "arrive", "start"):
        done = crew.post(page(visit, "step", action))
        seen.append((done.status_code, fresh(visit).status, "data-undo" in text_of(crew.get(page(visit)))))
    undone = crew.post(page(visit, "undo"), follow=True)

    assert seen == [(303, "en_route", True), (303, "arrived", True), (303, "working", True)]
    assert (fresh(visit).status, "Taken back." in text_of(undone)) == ("arrived", True)
    assert "data-undo" not in text_of(crew.get(page(visit)))


def test_a_step_out_of_order_is_refused_with_a_sentence_and_changes_nothing(
    scene: Scene, visit: Visit, crew: Client
) -> None:
    scene.assigned(visit)

    refused = crew.post(page(visit, "step", "start"), headers={"referer": f"http://testserver{page(visit)}"})
    unknown = crew.post(page(visit, "step", "sign-off"))

    assert (refused.status_code, refused["Location"]) == (303, page(visit))
    assert 'role="alert"' in text_of(crew.get(page(visit)))
    assert (unknown.status_code, fresh(visit).status) == (404, "accepted")


@pytest.mark.parametrize(
    ("position", "far"),
    [
        ({"lat": "31.05", "lng": "121.05"}, False),
        ({"lat": "31.20", "lng": "121.05"}, True),
        ({"lat": "nan", "lng": "121.05"}, None),
        ({"lat": "91", "lng": "0"}, None),
        ({"lat": "", "lng": ""}, None),
        ({}, None),
    ],
)
def test_an_arrival_takes_the_phones_position_when_there_is_one(
    scene: Scene, visit: Visit, crew: Client, position: dict[str, str], far: bool | None
) -> None:
    scene.under_way(visit, "depart")

    answer = crew.post(page(visit, "step", "arrive"), position, follow=True)

    assert fresh(visit).status == "arrived"
    assert VisitStep.objects.get(action="arrive").data.get("far") == far
    assert ("far from the door" in text_of(answer)) == bool(far)


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"resume_at": "2020-01-01T10:00"}, "id_resume_at_error"),
        ({"resume_at": "9999-12-31T23:59"}, "id_resume_at_error"),
        ({"resume_at": "soon"}, "id_resume_at_error"),
        ({"resume_at": ""}, "id_resume_at_error"),
        ({"reason": ""}, "reason_error"),
        ({"text": NUL}, "id_text_error"),
    ],
)
def test_a_pause_into_the_past_or_without_reason_is_refused_at_its_field(
    scene: Scene, visit: Visit, crew: Client, form: dict[str, str], field: str
) -> None:
    scene.under_way(visit, "depart", "arrive", "start")
    complete = {"reason": "safety", "resume_at": f"{scene.day}T16:00", "text": "等电工"}

    answer = crew.post(page(visit, "hold"), {**complete, **form})

    assert answer.status_code == 422
    assert f'id="{field}"' in text_of(answer)
    assert fresh(visit).status == "working"


def test_finishing_without_a_photo_says_what_is_missing_and_keeps_the_note(
    scene: Scene, visit: Visit, crew: Client
) -> None:
    scene.under_way(visit, "depart", "arrive", "start")

    answer = crew.post(page(visit, "finish"), {"note": EMOJI})

    assert answer.status_code == 422
    assert "Please take at least one photo of the finished work first." in text_of(answer)
    assert EMOJI in text_of(answer)
    assert fresh(visit).status == "working"


def test_a_photo_that_is_no_picture_is_named_and_the_good_one_stays(scene: Scene, visit: Visit, crew: Client) -> None:
    scene.under_way(visit, "depart", "arrive", "start")

    answer = crew.post(
        page(visit, "finish"), {"note": "换好了", "photos": [uploaded(), uploaded(b"no picture", "virus.jpg")]}
    )

    assert answer.status_code == 422
    assert 'role="alert"' in text_of(answer)
    assert "1 photo is kept already." in text_of(answer)
    assert (fresh(visit).status, StoredFile.objects.count()) == ("working", 1)


@pytest.mark.parametrize(("note", "sentence"), [(NUL, "control characters"), (MEGABYTE, "to 1000 characters")])
def test_a_note_that_cannot_be_kept_leaves_no_photo_behind(
    scene: Scene, visit: Visit, crew: Client, note: str, sentence: str
) -> None:
    scene.under_way(visit, "depart", "arrive", "start")

    answer = crew.post(page(visit, "finish"), {"note": note, "photos": [uploaded()]})

    assert answer.status_code == 422
    assert sentence in text_of(answer)
    assert (fresh(visit).status, StoredFile.objects.count()) == ("working", 0)


def test_finished_with_photo_and_checklist_and_paid_in_cash_once(scene: Scene, crew: Client) -> None:
    scene.version.checklist = [{"zh": "试机", "en": "Test run"}]
    scene.version.save()
    visit = scene.booked()[1]
    scene.under_way(visit, "depart", "arrive", "start")

    finished = crew.post(page(visit, "finish"), {"checklist": ["0"], "note": EMOJI, "photos": [uploaded()]})
    asked = text_of(crew.get(page(visit, "cash")))
    taken = [crew.post(page(visit, "cash")).status_code for _ in range(2)]

    assert (finished.status_code, fresh(visit).status) == (303, "finished")
    assert VisitStep.objects.get(action="finish").data == {"checklist": [0], "text": EMOJI}
    assert "¥200.00" in asked
    assert taken == [303, 303]
    assert list(Payment.objects.values_list("amount_minor", "status")) == [(20_000, "settled")]


def test_what_cannot_be_done_is_told_with_its_reason(scene: Scene, visit: Visit, crew: Client) -> None:
    scene.under_way(visit, "depart", "arrive")

    missing = crew.post(page(visit, "fail"), {"text": "门锁着"})
    told = crew.post(page(visit, "fail"), {"reason": "customer_absent", "text": "门锁着"})

    assert (missing.status_code, "门锁着" in text_of(missing)) == (422, True)
    assert (told.status_code, fresh(visit).status) == (303, "not_done")


@pytest.mark.parametrize("name", ["hall", "day"])
def test_a_fragment_is_the_part_that_lives(scene: Scene, crew: Client, name: str) -> None:
    part = text_of(crew.get(reverse(f"crew:{name}"), headers=FRAGMENT))

    assert "<html" not in part


def test_a_fragment_of_the_visit_brings_the_next_step_along(scene: Scene, visit: Visit, crew: Client) -> None:
    scene.assigned(visit)

    part = text_of(crew.get(page(visit), headers=FRAGMENT))

    assert "<html" not in part
    assert 'hx-swap-oob="true"' in part
    assert 'data-action="depart"' in part


def test_the_hall_and_the_day_cost_the_same_however_full_they_are(scene: Scene, crew: Client) -> None:
    offered(scene, 9)
    scene.assigned(scene.booked(window=scene.window(14))[1])
    before = queries_of(crew, HALL), queries_of(crew, reverse("crew:day"))

    for hour in (11, 12, 16):
        offered(scene, hour)
    scene.assigned(scene.booked(window=scene.window(10, days=1))[1])
    after = queries_of(crew, HALL), queries_of(crew, reverse("crew:day"))

    assert after == before


def test_both_languages_are_spoken(scene: Scene, visit: Visit) -> None:
    scene.assigned(visit)

    chinese = text_of(client_of(scene.worker.user, "zh-CN").get(page(visit)))

    assert "我出发了" in chinese
    assert "I am setting off" not in chinese
