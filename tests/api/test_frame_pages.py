"""What becomes of a refusal on a page: log-in and back, an error page, a message, or a toast."""

from __future__ import annotations

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from paidan.accounts.constants import LinkPurpose, RoleCode
from paidan.accounts.services import link_create
from paidan.kernel.clock import now
from tests import city

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.api.page_probe")]
FRAGMENT = {"HX-Request": "true", "HX-Current-URL": "http://testserver/desk/?day=2"}


@pytest.fixture
def browser() -> Client:
    browser = Client(HTTP_ACCEPT_LANGUAGE="en")
    browser.force_login(city.make_user(RoleCode.CUSTOMER))
    return browser


def test_a_stranger_is_sent_to_log_in_and_back() -> None:
    stranger = Client()

    asked = stranger.get("/page/own/?a=1&b=2")
    sent = stranger.post("/page/own/", headers={"Referer": "http://testserver/form/?x=1"})
    lured = stranger.post("/page/own/", headers={"Referer": "http://elsewhere.example/form/"})

    assert asked["Location"] == "/login/?next=%2Fpage%2Fown%2F%3Fa%3D1%26b%3D2"
    assert sent["Location"] == "/login/?next=%2Fform%2F%3Fx%3D1"
    assert lured["Location"] == "/login/?next=%2F"


def test_a_fragment_of_an_ended_session_moves_the_whole_page() -> None:
    response = Client().get("/page/own/", headers=FRAGMENT)

    assert response.status_code == 204
    assert response["HX-Redirect"] == "/login/?next=%2Fdesk%2F%3Fday%3D2"


def test_the_wrong_role_gets_a_page_that_says_so(browser: Client) -> None:
    response = browser.get("/page/reports/")

    assert response.status_code == 403
    assert response.headers["X-Reference-Id"] in response.content.decode()


@pytest.mark.parametrize(("kind", "status"), [("absent", 404), ("often", 429), ("taken", 409), ("busy", 409)])
def test_reading_gets_an_error_page_with_the_sentence(browser: Client, kind: str, status: int) -> None:
    response = browser.get(f"/page/refused/{kind}/")

    assert response.status_code == status
    assert "data-error-sentence" in response.content.decode()
    assert response.get("Retry-After") == ("42" if kind == "often" else None)


@pytest.mark.parametrize(("kind", "sentence"), [("taken", "Somebody was first."), ("wrong", "Too long.")])
def test_a_refused_form_leads_back_with_a_message(browser: Client, kind: str, sentence: str) -> None:
    response = browser.post(f"/page/refused/{kind}/", headers={"Referer": "http://testserver/form/?x=1"})

    assert (response.status_code, response["Location"]) == (303, "/form/?x=1")
    assert sentence in " ".join(str(message) for message in get_messages(response.wsgi_request))


def test_a_refused_fragment_answers_its_sentence(browser: Client) -> None:
    response = browser.post("/page/refused/taken/", headers=FRAGMENT)

    assert response.status_code == 409
    assert "Somebody was first." in response.content.decode()


def test_a_database_that_is_gone_is_a_page_too(browser: Client) -> None:
    response = browser.get("/page/gone/")

    assert response.status_code == 503
    assert response["Retry-After"]


def test_other_methods_are_refused(browser: Client) -> None:
    response = browser.post("/page/reports/")

    assert response.status_code == 405
    assert response["Allow"] == "HEAD, GET"


def test_a_link_opens_its_page_without_log_in() -> None:
    token = link_create(purpose=LinkPurpose.BOOKING, subject="B0000000000AB", now=now())
    other = link_create(purpose=LinkPurpose.REVIEW, subject="V0000000000AB", now=now())
    stranger = Client()

    assert stranger.get(f"/page/link/{token}/").content == b"B0000000000AB"
    assert stranger.get(f"/page/link/{other}/").status_code == 404
    assert stranger.get("/page/link/unknown/").status_code == 404
    assert stranger.get("/page/link/a%00b/").status_code == 404
