"""The office over HTTP: numbers with their rows, the trend, the ranking, and who changed what."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from paidan.accounts.constants import RoleCode
from paidan.analytics.indicators import BY_CODE
from paidan.analytics.selectors import today
from paidan.kernel.models import Setting
from paidan.kernel.settings import OFFER_SECONDS
from tests import city
from tests.booking.scene import Scene, make_scene
from tests.web.clients import FRAGMENT, NUL, client_of, queries_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    return make_scene()


@pytest.fixture
def office() -> Client:
    return client_of(city.make_user(RoleCode.MANAGER))


@pytest.fixture
def auditor() -> Client:
    return client_of(city.make_user(RoleCode.ADMINISTRATOR))


def text_of(response: HttpResponse) -> str:
    return response.content.decode()


def page(code: str) -> str:
    return reverse("office:figure", args=[code])


def shown(answer: HttpResponse, code: str) -> str:
    found = re.search(rf'data-figure="{code}" data-value="([^"]*)"[^>]*>([^<]*)<', text_of(answer))
    assert found is not None
    return found[2]


def test_an_empty_installation_shows_dashes_and_no_error(office: Client) -> None:
    answer = office.get(reverse("office:dashboard"))

    assert answer.status_code == 200
    assert [shown(answer, code) for code in BY_CODE] == ["0", "0", "–", "–", "–", "¥0.00", "–"]
    assert "Nobody has completed a visit in this time yet." in text_of(answer)


@pytest.mark.parametrize("code", sorted(BY_CODE))
def test_each_number_opens_its_rows(scene: Scene, office: Client, code: str) -> None:
    scene.finished(scene.booked()[1])
    dashboard = office.get(reverse("office:dashboard"))

    answer = office.get(page(code), {"first": today().isoformat(), "last": today().isoformat()})

    assert f'href="{page(code)}?first={today()}&amp;last={today()}"' in text_of(dashboard)
    assert answer.status_code == 200
    assert shown(answer, code) == shown(dashboard, code)


def test_rows_lead_to_the_visit_or_the_booking_they_are_about(scene: Scene, office: Client) -> None:
    booking, visit = scene.booked()
    scene.finished(visit)

    bookings, revenue = text_of(office.get(page("bookings"))), text_of(office.get(page("revenue")))

    assert f'href="{reverse("desk:booking", args=[booking.ref])}"' in bookings
    assert f'href="{reverse("desk:visit", args=[visit.ref])}"' in revenue
    assert "¥200.00" in revenue


@pytest.mark.parametrize("name", ["dashboard", "audit"])
def test_the_office_is_closed_to_everybody_else(name: str) -> None:
    url = reverse(f"office:{name}")

    for role in (RoleCode.TECHNICIAN, RoleCode.CUSTOMER, RoleCode.DISPATCHER, RoleCode.CUSTOMER_SERVICE):
        assert client_of(city.make_user(role)).get(url).status_code in {403}
    assert client_of().get(url).status_code == 302


def test_a_number_of_another_name_is_absent(office: Client) -> None:
    assert office.get(page("luck")).status_code == 404


@pytest.mark.parametrize(
    ("first", "last", "sentence"),
    [
        ("2026-02-10", "2026-02-01", "The last day cannot lie before the first."),
        ("2024-01-01", "2026-02-01", "Choose at most one year."),
        ("soon", "2026-02-01", "Please enter a date as the field shows it."),
        ("", "2026-02-01", "Please fill in this field."),
        ("0001-01-01", "0001-01-02", "greater than or equal to"),
        ("9999-12-31", "9999-12-31", "less than or equal to"),
        (NUL, NUL, "Please enter a date as the field shows it."),
    ],
)
def test_days_that_make_no_sense_are_refused_at_their_field_and_today_is_shown(
    office: Client, first: str, last: str, sentence: str
) -> None:
    for url in (reverse("office:dashboard"), page("bookings")):
        answer = office.get(url, {"first": first, "last": last})
        assert answer.status_code == 200
        assert sentence in text_of(answer)
        assert shown(answer, "bookings") == "0"


@pytest.mark.parametrize("number", ["0", "-1", "2", "9" * 30, "²", "x", NUL])
def test_any_page_number_is_answered(scene: Scene, office: Client, number: str) -> None:
    scene.booked()

    assert office.get(page("bookings"), {"page": number}).status_code == 200


def test_a_fragment_is_the_figures_alone(office: Client) -> None:
    part = text_of(office.get(reverse("office:dashboard"), headers=FRAGMENT))

    assert 'data-figure="revenue"' in part
    assert "<html" not in part


def test_the_audit_says_what_was_changed_and_from_what(scene: Scene, auditor: Client) -> None:
    visit = scene.booked()[1]
    scene.assigned(visit)

    answer = text_of(auditor.get(reverse("office:audit"), {"kind": "visit"}))

    assert visit.ref in answer
    assert "→ Accepted" in answer


def test_the_audit_turns_its_pages_without_losing_a_row(auditor: Client) -> None:
    for _ in range(60):
        city.make_user(RoleCode.CUSTOMER)
    url = reverse("office:audit")

    first = text_of(auditor.get(url, {"kind": "user"}))
    following = re.search(r'href="[^"]*cursor=([^&"]+)', first)
    assert following is not None
    second = text_of(auditor.get(url, {"kind": "user", "cursor": following[1]}))
    seen = [number for part in (first, second) for number in re.findall(r'data-change="(\d+)"', part)]

    assert len(seen) == len(set(seen)) >= 61


@pytest.mark.parametrize(
    ("query", "status"),
    [({"kind": "?"}, 200), ({"kind": NUL}, 200), ({"cursor": "x"}, 409), ({"cursor": NUL}, 409)],
)
def test_an_odd_question_to_the_audit_is_answered(auditor: Client, query: dict[str, str], status: int) -> None:
    assert auditor.get(reverse("office:audit"), query).status_code == status


def test_pages_cost_the_same_however_much_happened(scene: Scene, auditor: Client, office: Client) -> None:
    urls = [(office, page("bookings")), (office, page("revenue")), (auditor, reverse("office:audit"))]
    scene.finished(scene.booked()[1])
    before = [queries_of(client, url) for client, url in urls]

    for hour in (10, 16):
        scene.finished(scene.booked(window=scene.window(hour))[1])

    assert [queries_of(client, url) for client, url in urls] == before


def test_the_trend_links_each_day_to_its_rows(office: Client) -> None:
    answer = text_of(office.get(reverse("office:dashboard")))

    first = today() - timedelta(days=29)
    assert f"{page('completed')}?first={first}" in answer.replace("\\u0026", "&").replace("\\u003D", "=")


def settings_form(answer: HttpResponse) -> dict[str, str]:
    """What the page would send, unchanged."""
    numbers = re.findall(r'<input type="number" name="([\w.]+)" value="(\d+)"', text_of(answer))
    switches = re.findall(
        r'<select name="([\w.]+)"[^>]*>(?:(?!</select>).)*<option value="(\d)" selected', text_of(answer), re.S
    )
    return dict([*numbers, *switches])


def test_a_clock_is_changed_in_the_office_and_the_audit_names_who(auditor: Client) -> None:
    address = reverse("office:settings")
    form = settings_form(auditor.get(address))
    assert form["dispatch.offer_seconds"] == str(OFFER_SECONDS.default)

    answer = auditor.post(address, {**form, "dispatch.offer_seconds": "45"})

    assert (answer.status_code, OFFER_SECONDS.value()) == (302, 45)
    assert list(Setting.objects.values_list("name", flat=True)) == ["dispatch.offer_seconds"]
    page = text_of(auditor.get(reverse("office:audit"), {"kind": "setting"}))
    assert "dispatch.offer_seconds" in page
    assert page.count("data-change=") == 1


@pytest.mark.parametrize("value", ["", "0", "86401", "ten", "1e9", NUL, "9" * 400])
def test_a_value_out_of_bounds_is_refused_at_its_field_and_nothing_is_kept(auditor: Client, value: str) -> None:
    address = reverse("office:settings")
    form = {**settings_form(auditor.get(address)), "fieldwork.undo_seconds": "5", "dispatch.offer_seconds": value}

    answer = auditor.post(address, form)

    assert answer.status_code == 422
    assert text_of(answer).count('aria-invalid="true"') == 1
    assert not Setting.objects.exists()


def test_who_does_not_edit_master_data_neither_sees_nor_opens_the_settings(office: Client) -> None:
    address = reverse("office:settings")

    assert address not in text_of(office.get(reverse("office:dashboard")))
    assert office.get(address).status_code == 403
    assert office.post(address, {"dispatch.offer_seconds": "45"}).status_code == 403
    assert not Setting.objects.exists()
