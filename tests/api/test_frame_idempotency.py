"""One key, one effect: replayed byte for byte, refused for another body, judged anew after a refusal."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from paidan.accounts.constants import RoleCode
from paidan.accounts.services import api_key_create, user_create
from paidan.kernel.clock import now
from paidan.kernel.idempotency import answers_forget
from paidan.kernel.models import IdempotencyKey, Setting
from tests.api import probe

pytestmark = pytest.mark.urls("tests.api.probe")


def program_of(number: int) -> Client:
    user = user_create(role=RoleCode.MANAGER, name="", phone=f"+861390000{number:04d}")
    key = api_key_create(user_id=user.pk, label="", scopes=[], expires_at=None)
    return Client(HTTP_AUTHORIZATION=f"Bearer {key}", HTTP_ACCEPT_LANGUAGE="en")


def post(program: Client, key: str, name: str = "a", path: str = "/api/probe/notes") -> Any:
    return program.post(path, {"name": name}, content_type="application/json", headers={"Idempotency-Key": key})


@pytest.mark.django_db
def test_the_same_key_returns_the_first_answer_byte_for_byte() -> None:
    program = program_of(1)
    first = post(program, "k1")
    Setting.objects.create(pk="another", value=1)

    again = post(program, "k1")

    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again["Content-Type"] == first["Content-Type"]
    assert again["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "path"), [("b", "/api/probe/notes"), ("a", "/api/probe/notes?x=1")])
def test_another_body_or_address_is_refused(name: str, path: str) -> None:
    program = program_of(1)
    post(program, "k1")

    response = post(program, "k1", name, path)

    assert response.status_code == 422
    assert response.json()["code"] == "idempotency_key_reused"
    assert not Setting.objects.filter(pk="b").exists()


@pytest.mark.django_db
def test_keys_belong_to_their_actor() -> None:
    post(program_of(1), "k1", "a")

    response = post(program_of(2), "k1", "b")

    assert response.status_code == 201


@pytest.mark.django_db
def test_strangers_never_read_each_others_answers() -> None:
    one, other = Client(REMOTE_ADDR="192.0.2.1"), Client(REMOTE_ADDR="192.0.2.2")
    post(one, "k1", path="/api/probe/public-notes")

    assert "Idempotency-Replayed" in post(one, "k1", path="/api/probe/public-notes")
    assert "Idempotency-Replayed" not in post(other, "k1", path="/api/probe/public-notes")


@pytest.mark.django_db
def test_a_refusal_undoes_everything_and_is_judged_anew() -> None:
    program = program_of(1)

    refused = post(program, "k1", path="/api/probe/refused")
    left = Setting.objects.count(), IdempotencyKey.objects.count()
    Setting.objects.create(pk="open", value=1)
    accepted = post(program, "k1", path="/api/probe/refused")

    assert (refused.status_code, left) == (409, (0, 0))
    assert accepted.status_code == 200
    assert Setting.objects.filter(pk="a").exists()


@pytest.mark.django_db
def test_wrong_input_does_not_use_up_the_key() -> None:
    program = program_of(1)

    wrong = post(program, "k1", "")
    right = post(program, "k1", "a")

    assert (wrong.status_code, right.status_code) == (422, 201)


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["x" * 201, "ключ", "a\x01b"])
def test_a_key_is_short_plain_text(key: str) -> None:
    program = program_of(1)

    response = program.post(
        "/api/probe/notes", {"name": "a"}, content_type="application/json", HTTP_IDEMPOTENCY_KEY=key
    )

    assert response.status_code == 422
    assert "Idempotency-Key" in response.json()["fields"]


@pytest.mark.django_db
def test_a_day_later_the_key_is_free_again() -> None:
    program = program_of(1)
    post(program, "k1", "a")

    with time_machine.travel(now() + timedelta(hours=25), tick=False):
        response = post(program, "k1", "b")

    assert response.status_code == 201
    assert IdempotencyKey.objects.count() == 1


@pytest.mark.django_db
def test_old_answers_are_forgotten() -> None:
    program = program_of(1)
    post(program, "k1", "a")

    assert answers_forget(now=now()) == 0
    assert answers_forget(now=now() + timedelta(hours=25)) == 1


@pytest.mark.django_db
def test_an_upload_may_be_repeated_though_its_boundary_differs() -> None:
    program = program_of(1)

    def upload(content: bytes) -> Any:
        form = {"label": "p", "photo": SimpleUploadedFile("a.jpg", content)}
        return program.post("/api/probe/photos", form, headers={"Idempotency-Key": "k1"})

    first, again, other = upload(b"abc"), upload(b"abc"), upload(b"xyz")

    assert first.status_code == 200
    assert again["Idempotency-Replayed"] == "true"
    assert other.status_code == 422


@pytest.mark.django_db(transaction=True)
def test_statements_of_the_frame_are_few() -> None:
    program = program_of(1)

    with CaptureQueriesContext(connection) as winner:
        assert post(program, "k1", path="/api/probe/public-notes").status_code == 200
    with CaptureQueriesContext(connection) as replayed:
        post(program, "k1", path="/api/probe/public-notes")
    with CaptureQueriesContext(connection) as refused:
        assert post(program, "k2", "b", path="/api/probe/refused").status_code == 409

    frame = [s["sql"].split()[0] for s in winner if "kernel_setting" not in s["sql"] and "SAVEPOINT" not in s["sql"]]
    assert frame == ["SELECT", "BEGIN", "INSERT", "UPDATE", "COMMIT"]
    assert [s["sql"].split()[0] for s in replayed] == ["SELECT", "BEGIN", "INSERT", "SELECT", "COMMIT"]
    assert [s["sql"].split()[0] for s in refused if "kernel_setting" not in s["sql"]] == [
        "SELECT",
        "BEGIN",
        "INSERT",
        "ROLLBACK",
    ]


@pytest.mark.django_db(transaction=True)
def test_simultaneous_calls_with_one_key_have_one_effect() -> None:
    program_of(1)
    user = user_create(role=RoleCode.MANAGER, name="", phone="+8613900000009")
    key = api_key_create(user_id=user.pk, label="", scopes=[], expires_at=None)
    barrier = threading.Barrier(8)

    def race(_: int) -> tuple[int, bytes, bool]:
        program = Client(HTTP_AUTHORIZATION=f"Bearer {key}")
        barrier.wait(timeout=20)
        try:
            response = post(program, "k1", path="/api/probe/counted")
            return response.status_code, response.content, "Idempotency-Replayed" in response
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(race, range(8)))

    assert {status for status, _, _ in answers} == {200}
    assert len({content for _, content, _ in answers}) == 1
    assert [replayed for _, _, replayed in answers].count(False) == 1
    assert Setting.objects.get(pk="counter").value == 1


@pytest.mark.django_db(transaction=True)
def test_a_call_still_open_answers_in_progress() -> None:
    program = program_of(1)
    entered, leave = threading.Event(), threading.Event()
    probe.GATE.entered, probe.GATE.leave = entered, leave

    def first() -> int:
        try:
            return int(post(program, "k1", path="/api/probe/slow").status_code)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(first)
        assert entered.wait(timeout=20)
        second = post(program, "k1", path="/api/probe/slow")
        leave.set()

        assert second.status_code == 409
        assert second.json()["code"] == "in_progress"
        assert running.result(timeout=20) == 200
