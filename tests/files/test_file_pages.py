"""A stored file over HTTP: only through its subject's door, and never as anything but a picture."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.http.response import HttpResponseBase
from django.test import Client, override_settings
from django.urls import reverse
from PIL import Image

from paidan.accounts.constants import LinkPurpose, RoleCode
from paidan.accounts.models import User
from paidan.accounts.services import link_create
from paidan.files import ports
from paidan.files.selectors import FileView
from paidan.files.services import file_store
from paidan.kernel import clock
from paidan.kernel.actors import SYSTEM, Actor, ActorKind
from paidan.kernel.errors import NotFound
from tests.city import make_user

pytestmark = pytest.mark.django_db
SUBJECT = "V000000000001"


@pytest.fixture
def owner() -> User:
    return make_user(RoleCode.CUSTOMER)


@pytest.fixture
def photo(owner: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FileView]:
    def door(actor: Actor, subject_ref: str) -> None:
        by_link = actor.kind is ActorKind.LINK and actor.link_subject == "B000000000001"
        if subject_ref != SUBJECT or not (by_link or actor.user_id == owner.pk):
            raise NotFound

    monkeypatch.setattr(ports, "_doors", {"V": door})
    picture = BytesIO()
    Image.new("RGB", (30, 20), "green").save(picture, "PNG")
    with override_settings(MEDIA_ROOT=tmp_path):
        yield file_store(
            subject_ref=SUBJECT,
            kind="completion",
            upload=ContentFile(picture.getvalue()),
            actor=SYSTEM,
            now=clock.now(),
        )


def _client(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="paidan.accounts.backends.PasswordBackend")
    return client


def _read(response: HttpResponseBase) -> bytes:
    """The content of an answer; reading a stream to its end also closes the file."""
    return response.getvalue()


def test_owner_sees_the_photo_privately(owner: User, photo: FileView) -> None:
    response = _client(owner).get(reverse("web:file", args=[photo.ref]))

    assert response.status_code == 200
    assert response["Content-Type"] == "image/jpeg"
    assert response["Content-Disposition"] == f'inline; filename="{photo.ref}.jpg"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == "private, max-age=300"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert Image.open(BytesIO(_read(response))).size == (30, 20)


def test_unchanged_photo_is_not_sent_again_but_its_door_is_asked(owner: User, photo: FileView) -> None:
    address = reverse("web:file", args=[photo.ref])
    first = _client(owner).get(address)
    _read(first)
    tag = first["ETag"]

    assert _client(owner).get(address, headers={"if-none-match": tag}).status_code == 304
    stranger = _client(make_user(RoleCode.CUSTOMER))
    assert stranger.get(address, headers={"if-none-match": tag}).status_code == 404


def test_foreign_photo_answers_like_an_absent_one(photo: FileView) -> None:
    stranger = _client(make_user(RoleCode.TECHNICIAN))

    foreign = stranger.get(reverse("web:file", args=[photo.ref]))
    absent = stranger.get(reverse("web:file", args=["F000000000000"]))

    assert foreign.status_code == absent.status_code == 404


def test_nobody_logged_in_is_sent_to_log_in(photo: FileView) -> None:
    assert Client().get(reverse("web:file", args=[photo.ref])).status_code == 302


def test_holder_of_a_link_to_the_subject_sees_the_photo(photo: FileView) -> None:
    right = link_create(purpose=LinkPurpose.BOOKING, subject="B000000000001", now=clock.now())
    wrong = link_create(purpose=LinkPurpose.BOOKING, subject="B000000000002", now=clock.now())

    statuses = []
    for token in (right, wrong, "nonsense"):
        response = Client().get(reverse("web:file-by-link", args=[photo.ref, token]))
        _read(response)
        statuses.append(response.status_code)

    assert statuses == [200, 404, 404]
