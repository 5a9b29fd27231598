"""The desk's list of bookings over HTTP: filters, saved views, files, totals."""

from __future__ import annotations

import io
import zipfile

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from paidan.accounts.access import actor_of_user
from paidan.accounts.constants import RoleCode
from paidan.accounts.models import SavedView
from tests import city
from tests.booking.scene import Scene, make_scene
from tests.web.clients import EMOJI, FRAGMENT, NUL, client_of, queries_of

pytestmark = pytest.mark.django_db
LIST = reverse("desk:bookings")


@pytest.fixture
def scene() -> Scene:
    return make_scene(workers=4)


@pytest.fixture
def desk() -> Client:
    return client_of(city.make_user(RoleCode.MANAGER))


def whole(response: HttpResponse) -> bytes:
    return b"".join(response.streaming_content)  # type: ignore[attr-defined]  # a streaming response


def test_filters_choose_and_what_is_none_is_said(scene: Scene, desk: Client) -> None:
    booking, _ = scene.booked(contact_name="欧阳娜")

    for query in ("", "group=confirmed", "search=欧阳", f"item={scene.item_code}", "first=2020-01-01&last=2030-01-01"):
        assert booking.ref in desk.get(f"{LIST}?{query}").content.decode(), query
    for query in ("group=cancelled", "search=zzzz", "channel=phone", f"search={EMOJI}", "last=2020-01-01"):
        assert booking.ref not in desk.get(f"{LIST}?{query}").content.decode(), query
    for query in ("group=nothing", "territory=nothing", "first=tomorrow", "first=2026-02-02&last=2026-02-01"):
        assert "invalid-feedback" in desk.get(f"{LIST}?{query}").content.decode(), query
    assert desk.get(f"{LIST}?search={NUL}&cursor=nonsense", headers=FRAGMENT).status_code == 409


def test_the_list_costs_the_same_however_long(scene: Scene, desk: Client) -> None:
    scene.booked(window=scene.window(8))
    few = queries_of(desk, LIST)
    for hour in (10, 12, 14):
        scene.booked(window=scene.window(hour))

    assert queries_of(desk, LIST) == few


def test_a_view_is_saved_shown_and_deleted(scene: Scene, desk: Client) -> None:
    saved = desk.post(reverse("desk:bookings-view-save"), {"name": "已取消", "query": "group=cancelled&evil=1"})

    assert saved.headers["Location"] == f"{LIST}?group=cancelled"
    assert "已取消" in desk.get(LIST).content.decode()
    view = SavedView.objects.get()
    assert view.query == "group=cancelled"
    other = client_of(city.make_user(RoleCode.MANAGER))
    assert other.post(reverse("desk:bookings-view-delete", args=[view.pk])).status_code == 404
    assert desk.post(reverse("desk:bookings-view-delete", args=[view.pk])).status_code == 303
    assert not SavedView.objects.exists()


def test_a_view_without_a_name_keeps_its_filters(scene: Scene, desk: Client) -> None:
    answer = desk.post(reverse("desk:bookings-view-save"), {"name": "x" * 41, "query": "group=cancelled"})

    assert answer.status_code == 422
    assert "group=cancelled" in answer.content.decode()
    assert "x" * 41 in answer.content.decode()
    assert not SavedView.objects.exists()


def test_files_hold_what_the_filters_choose(scene: Scene, desk: Client) -> None:
    booking, _ = scene.booked()
    table = desk.get(reverse("desk:bookings-export", args=["csv"]))
    none = desk.get(reverse("desk:bookings-export", args=["csv"]) + "?group=cancelled")
    book = desk.get(reverse("desk:bookings-export", args=["xlsx"]))

    assert booking.ref in whole(table).decode()
    assert "attachment" in table.headers["Content-Disposition"]
    assert booking.ref not in whole(none).decode()
    assert booking.ref in zipfile.ZipFile(io.BytesIO(whole(book))).read("xl/worksheets/sheet1.xml").decode()
    assert desk.get(reverse("desk:bookings-export", args=["pdf"])).status_code == 404


def test_a_customer_exports_and_adds_up_only_their_own(scene: Scene) -> None:
    user = city.make_user(RoleCode.CUSTOMER)
    own, _ = scene.booked(actor_of_user(user), window=scene.window(8))
    other, _ = scene.booked(window=scene.window(10))
    client = client_of(user)

    table = whole(client.get(reverse("portal:bookings-export", args=["csv"]))).decode()

    assert own.ref in table
    assert other.ref not in table
    assert client.get(reverse("portal:totals")).status_code == 200
    assert client.get(reverse("desk:bookings-export", args=["csv"])).status_code == 403


def test_totals_open_for_the_desk(scene: Scene, desk: Client) -> None:
    assert desk.get(reverse("desk:bookings-totals")).status_code == 200
    scene.booked()
    assert "¥" in desk.get(reverse("desk:bookings-totals")).content.decode()
