"""Partner orders at the desk: a file is sent, its result looked at, what failed taken back."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from paidan.accounts.constants import RoleCode
from paidan.booking.models import Booking
from paidan.partners.models import PartnerImport
from paidan.partners.services import import_run
from tests import city
from tests.booking.scene import Scene, make_scene
from tests.partners.files import cells, csv_file, make_partner
from tests.web.clients import FRAGMENT, client_of, queries_of

pytestmark = pytest.mark.django_db
URL = "/desk/partners/"


@pytest.fixture
def scene() -> Scene:
    scene = make_scene()
    make_partner()
    return scene


@pytest.fixture
def desk(scene: Scene) -> Client:
    return client_of(city.make_user(RoleCode.CUSTOMER_SERVICE))


def body(answer: HttpResponse) -> str:
    parts = answer.streaming_content if answer.streaming else [answer.content]  # type: ignore[attr-defined]
    return b"".join(parts).decode()


def upload(client: Client, content: bytes, name: str = "orders.csv", partner: str = "haier") -> HttpResponse:
    return client.post(URL, {"partner": partner, "file": SimpleUploadedFile(name, content)})


def test_a_file_is_sent_booked_and_its_bad_rows_come_back(desk: Client, scene: Scene) -> None:
    assert "Template (Excel)" in body(desk.get(URL))

    answer = upload(desk, csv_file(cells(scene), cells(scene, "<b>A-2", district="Atlantis")))

    batch = PartnerImport.objects.get()
    page = reverse("desk:partner-import", args=[batch.ref])
    assert (answer.status_code, answer["Location"]) == (303, page)
    assert "every 2s" in body(desk.get(page))
    import_run(import_id=batch.pk)
    shown = body(desk.get(page, headers=FRAGMENT))
    assert "every 2s" not in shown
    assert "We do not serve this district" in shown
    assert "&lt;b&gt;A-2" in shown
    assert "13800138000" not in shown
    assert Booking.objects.count() == 1
    back = body(desk.get(reverse("desk:partner-rejected", args=[batch.ref, "csv"])))
    assert "13800138000" in back
    assert "We do not serve this district" in back
    assert "orders.csv" in body(desk.get(URL))
    orders = body(desk.get(reverse("desk:partner-orders", args=["csv"])))
    assert "A-1" in orders
    assert "Confirmed" in orders


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (b"", "a.csv", "This file is empty."),
        (b"<html></html>", "a.xlsx", "neither a CSV file nor an Excel workbook"),
        (b"x" * (6 * 2**20), "a.csv", "larger than 5 MB"),
    ],
)
def test_a_bad_file_is_named_beside_its_field(desk: Client, content: bytes, name: str, sentence: str) -> None:
    answer = upload(desk, content, name)

    assert answer.status_code == 422
    assert sentence in body(answer)
    assert not PartnerImport.objects.exists()


def test_nothing_chosen_is_said(desk: Client) -> None:
    make_partner("midea")

    answer = desk.post(URL, {})

    assert answer.status_code == 422
    assert "Please choose a file." in body(answer)
    assert "Please choose a partner." in body(answer)


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_the_template_is_a_file(desk: Client, ending: str) -> None:
    answer = desk.get(reverse("desk:partner-template", args=[ending]))

    assert answer.status_code == 200
    assert f".{ending}" in answer["Content-Disposition"]
    assert b"".join(answer.streaming_content)  # type: ignore[attr-defined]  # a streaming answer


def test_unknown_endings_and_imports_are_absent(desk: Client) -> None:
    urls = [f"{URL}template.pdf", f"{URL}imports/I000000000000/", f"{URL}imports/x/rejected.csv"]

    assert [desk.get(url).status_code for url in urls] == [404, 404, 404]


@pytest.mark.parametrize("role", [RoleCode.TECHNICIAN, RoleCode.CUSTOMER])
def test_others_stay_outside(scene: Scene, role: RoleCode) -> None:
    client = client_of(city.make_user(role))

    answers = [client.get(URL), upload(client, csv_file(cells(scene))), client.get(f"{URL}orders.csv")]

    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert not PartnerImport.objects.exists()


def test_without_partners_the_page_says_who_adds_them() -> None:
    answer = client_of(city.make_user(RoleCode.MANAGER)).get(URL)

    assert "There is no partner yet." in body(answer)


def test_the_list_costs_the_same_however_long(desk: Client, scene: Scene) -> None:
    upload(desk, csv_file(cells(scene)))
    few = queries_of(desk, URL)
    for number in range(5):
        upload(desk, csv_file(cells(scene, f"B-{number}")))

    assert queries_of(desk, URL) == few


def test_bookings_lead_to_partner_orders(desk: Client) -> None:
    assert f'href="{URL}"' in body(desk.get("/desk/bookings/"))
