"""Visits and dispatch for programs: the technician's steps, assignment by hand, and who may see what."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from paidan.accounts.constants import RoleCode
from paidan.accounts.models import User
from paidan.accounts.services import api_key_create
from paidan.billing.models import Payment
from paidan.dispatch.models import Decision
from paidan.files.models import StoredFile
from paidan.visits.models import Visit, VisitStep
from paidan.workforce.models import TerritoryScope
from tests import city
from tests.booking.scene import Scene, make_scene, photo

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _photo_folder(settings: LazySettings, tmp_path: object) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def scene() -> Scene:
    return make_scene()


@pytest.fixture
def visit(scene: Scene) -> Visit:
    return scene.booked()[1]


def program_of(user: User) -> Client:
    key = api_key_create(user_id=user.pk, label="", scopes=[], expires_at=None)
    return Client(headers={"authorization": f"Bearer {key}", "accept-language": "en"})


@pytest.fixture
def crew(scene: Scene) -> Client:
    return program_of(scene.worker.user)


@pytest.fixture
def desk(scene: Scene) -> Client:
    user = city.make_user(RoleCode.DISPATCHER)
    TerritoryScope.objects.create(user=user, territory=scene.territory)
    return program_of(user)


def call(program: Client, visit: Visit | str, action: str, body: dict[str, object] | None = None) -> Any:
    ref = visit if isinstance(visit, str) else visit.ref
    return program.post(f"/api/v1/visits/{ref}/{action}", body or {}, content_type="application/json")


def fresh(visit: Visit) -> Visit:
    visit.refresh_from_db()
    return visit


def test_the_whole_work_goes_by_calls(scene: Scene, visit: Visit, crew: Client) -> None:
    scene.assigned(visit, accept=False)
    upload = SimpleUploadedFile("done.jpg", photo().read(), content_type="image/jpeg")

    answers = [call(crew, visit, action) for action in ("accept", "depart", "arrive", "start")]
    kept = crew.post(f"/api/v1/visits/{visit.ref}/photos", {"photo": upload})
    answers += [call(crew, visit, "finish", {"note": "换好了"}), call(crew, visit, "cash")]

    assert [answer.status_code for answer in answers] == [200] * 6
    assert [answer.json()["status"] for answer in answers[:5]] == [
        "accepted",
        "en_route",
        "arrived",
        "working",
        "finished",
    ]
    assert (kept.status_code, kept.json()["content_type"]) == (201, "image/jpeg")
    assert (answers[5].json()["amount_minor"], answers[5].json()["status"]) == (20_000, "settled")


def test_a_step_is_taken_back_and_only_once(scene: Scene, visit: Visit, crew: Client) -> None:
    scene.under_way(visit, "depart")

    answers = [call(crew, visit, "undo") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 409]
    assert answers[1].json()["code"] == "undo_too_late"
    assert fresh(visit).status == "accepted"


def test_cash_is_taken_once(scene: Scene, visit: Visit, crew: Client) -> None:
    scene.finished(visit)

    answers = [call(crew, visit, "cash") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 409]
    assert Payment.objects.count() == 1


@pytest.mark.parametrize(
    ("action", "body", "field"),
    [
        ("decline", {}, "reason"),
        ("decline", {"reason": "nap"}, "reason"),
        ("decline", {"reason": "other", "text": ""}, "text"),
        ("decline", {"reason": "other", "text": "a\0b"}, "text"),
        ("decline", {"reason": "other", "text": "长" * 501}, "text"),
    ],
)
def test_a_decline_that_cannot_be_kept_names_its_field(
    scene: Scene, visit: Visit, crew: Client, action: str, body: dict[str, object], field: str
) -> None:
    scene.assigned(visit, accept=False)
    steps = VisitStep.objects.count()

    answer = call(crew, visit, action, body)

    assert answer.status_code == 422
    assert answer["Content-Type"].startswith("application/problem+json")
    assert field in str(answer.json())
    assert (fresh(visit).status, VisitStep.objects.count()) == ("assigned", steps)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"reason": "safety", "resume_at": "2020-01-01T00:00:00Z"}, "resume_at"),
        ({"reason": "safety", "resume_at": "2030-01-01T00:00:00"}, "resume_at"),
        ({"reason": "nap", "resume_at": "2030-01-01T00:00:00Z"}, "reason"),
    ],
)
def test_a_pause_that_makes_no_sense_names_its_field(
    scene: Scene, visit: Visit, crew: Client, body: dict[str, object], field: str
) -> None:
    scene.under_way(visit, "depart", "arrive", "start")

    answer = call(crew, visit, "hold", body)

    assert (answer.status_code, fresh(visit).status) == (422, "working")
    assert field in str(answer.json())


def test_what_is_no_picture_is_not_kept(scene: Scene, visit: Visit, crew: Client) -> None:
    scene.under_way(visit, "depart", "arrive")
    upload = SimpleUploadedFile("done.jpg", b"no picture", content_type="image/jpeg")

    answer = crew.post(f"/api/v1/visits/{visit.ref}/photos", {"photo": upload})

    assert answer.status_code == 422
    assert "photo" in str(answer.json())
    assert not StoredFile.objects.exists()


def test_finishing_needs_a_photo(scene: Scene, visit: Visit, crew: Client) -> None:
    scene.under_way(visit, "depart", "arrive", "start")

    answer = call(crew, visit, "finish", {})

    assert (answer.status_code, answer.json()["code"]) == (409, "photo_missing")
    assert fresh(visit).status == "working"


def test_half_a_position_is_none_and_one_off_the_earth_is_refused(scene: Scene, visit: Visit, crew: Client) -> None:
    scene.under_way(visit, "depart")

    refused = call(crew, visit, "arrive", {"lat": 91, "lng": 0})
    done = call(crew, visit, "arrive", {"lat": 31.05})

    assert (refused.status_code, done.status_code, done.json()["is_far"]) == (422, 200, None)


@pytest.mark.parametrize("action", ["accept", "depart", "arrive", "start", "resume", "undo", "cash"])
def test_a_foreign_visit_is_an_absent_one(scene: Scene, visit: Visit, action: str) -> None:
    scene.assigned(visit, accept=False)
    stranger = program_of(scene.workers[1].user)

    answers = [call(stranger, ref, action) for ref in (visit.ref, "V000000000000", "nonsense")]

    assert [answer.status_code for answer in answers] == [404] * 3
    assert answers[0].json()["code"] == answers[1].json()["code"] == "not_found"
    assert fresh(visit).status == "assigned"


def test_the_contact_is_for_whom_it_concerns(scene: Scene, visit: Visit, crew: Client, desk: Client) -> None:
    scene.assigned(visit)

    mine = crew.get(f"/api/v1/visits/{visit.ref}").json()
    theirs = program_of(scene.workers[1].user).get(f"/api/v1/visits/{visit.ref}")
    listed = desk.get("/api/v1/visits", {"group": "assigned"}).json()["items"]

    assert (mine["contact_name"], mine["is_masked"], mine["actions"][0]) == ("李女士", False, "depart")
    assert theirs.status_code == 404
    assert [row["ref"] for row in listed] == [visit.ref]


def test_an_unknown_group_names_the_groups(desk: Client) -> None:
    answer = desk.get("/api/v1/visits", {"group": "luck"})

    assert answer.status_code == 422
    assert "waiting" in str(answer.json())


def test_the_hall_is_grabbed_by_call_and_the_loser_hears_why(scene: Scene, crew: Client) -> None:
    offer = city.make_offer(city.make_visit(scene.territory, scene.version, scene.window(10)))
    shown = crew.get("/api/v1/offers").json()

    won = crew.post(f"/api/v1/offers/{offer.ref}/grab")

    assert [(card["ref"], card["pay_minor"]) for card in shown] == [(offer.ref, 10_000)]
    assert "样例路" not in str(shown)
    assert won.json()["technician_ref"] == scene.worker.technician.ref
    assert crew.get("/api/v1/offers").json() == []


def test_an_override_needs_its_reason_and_is_kept(scene: Scene, visit: Visit, desk: Client) -> None:
    novice = city.make_worker(scene.territory)
    city.make_shift(novice, scene.day)
    body: dict[str, object] = {"technician_ref": novice.technician.ref}

    candidates = desk.get(f"/api/v1/visits/{visit.ref}/candidates").json()
    refused = call(desk, visit, "assign", body)
    nothing = Decision.objects.count()
    done = call(desk, visit, "assign", {**body, "override_reason": "客户指定"})
    told = desk.get(f"/api/v1/visits/{visit.ref}/decision").json()

    mine = next(row for row in candidates if row["technician_ref"] == novice.technician.ref)
    assert (mine["is_eligible"], mine["is_overridable"]) == (False, True)
    assert {rule["rule"] for rule in mine["refusals"]} == {"skill"}
    assert (refused.status_code, refused.json()["code"], nothing) == (409, "override_needed", 0)
    assert (done.status_code, done.json()["status"]) == (200, "assigned")
    assert told[0]["record"]["override"] == "客户指定"


def test_technicians_are_listed_for_the_desk_of_their_territory(scene: Scene, desk: Client, crew: Client) -> None:
    city.make_worker(city.make_territory())

    rows = desk.get("/api/v1/technicians").json()

    assert {row["ref"] for row in rows} == {worker.technician.ref for worker in scene.workers}
    assert rows[0]["skills"][0]["level"] == 3
    assert crew.get("/api/v1/technicians").status_code == 403
