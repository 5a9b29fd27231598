"""Full phones and doors are shown to whom they concern, or to whoever says why; nowhere else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from paidan.accounts.constants import RoleCode
from paidan.accounts.models import User
from paidan.booking.selectors import booking_detail, visit_detail, visits_list
from paidan.booking.services import booking_unmask, visit_unmask
from paidan.customers.models import Unmasking
from paidan.kernel.errors import Forbidden, Invalid, NotFound
from paidan.kernel.settings import UNMASKED_MINUTES
from tests import city
from tests.api.matrix.routes import Route, routes_all
from tests.booking.scene import Scene, make_scene
from tests.web.clients import client_of

pytestmark = pytest.mark.django_db
PHONE, DOOR, STREET = "13800138000", "3 单元 502", "样例路 8 号"
UNMASKERS = (RoleCode.ADMINISTRATOR, RoleCode.MANAGER, RoleCode.DISPATCHER)


@pytest.fixture
def scene() -> Scene:
    return make_scene()


@pytest.mark.parametrize("role", UNMASKERS)
def test_a_reason_shows_one_contact_to_one_reader_for_a_while(scene: Scene, role: RoleCode) -> None:
    booking, visit = scene.booked()
    reader, colleague = scene.staff(role), scene.staff(role)

    visit_unmask(ref=visit.ref, reason="客户没有接电话", actor=reader, now=scene.now)

    later = scene.now + timedelta(minutes=UNMASKED_MINUTES.default)
    seen = [
        booking_detail(reader, booking.ref, now=scene.now).row.contact,
        visit_detail(reader, visit.ref, now=scene.now).row.contact,
    ]
    assert {(contact.phone, contact.door) for contact in seen} == {(PHONE, DOOR)}
    assert visits_list(reader, now=scene.now).items[0].contact.is_masked, "lists stay masked"
    assert booking_detail(colleague, booking.ref, now=scene.now).row.contact.is_masked
    assert booking_detail(reader, booking.ref, now=later).row.contact.is_masked
    row = Unmasking.objects.get()
    assert (row.user_id, row.subject_ref, row.reason) == (reader.user_id, booking.ref, "客户没有接电话")


def test_who_may_not_gets_nothing_and_nothing_is_noted(scene: Scene) -> None:
    booking, visit = scene.booked()
    elsewhere = scene.staff(RoleCode.DISPATCHER)
    stranger = make_scene().staff(RoleCode.DISPATCHER)

    with pytest.raises(Forbidden):
        booking_unmask(ref=booking.ref, reason="x", actor=scene.staff(RoleCode.CUSTOMER_SERVICE), now=scene.now)
    with pytest.raises(NotFound):
        booking_unmask(ref=booking.ref, reason="x", actor=stranger, now=scene.now)
    with pytest.raises(NotFound):
        visit_unmask(ref="V0000000000ZZ", reason="x", actor=elsewhere, now=scene.now)
    for reason in ("", "   ", "a\x07", "长" * 201):
        with pytest.raises(Invalid):
            visit_unmask(ref=visit.ref, reason=reason, actor=elsewhere, now=scene.now)

    assert Unmasking.objects.count() == 0


def test_the_record_can_be_neither_changed_nor_deleted(scene: Scene) -> None:
    booking, _visit = scene.booked()
    booking_unmask(ref=booking.ref, reason="回访", actor=scene.staff(RoleCode.MANAGER), now=scene.now)

    for attempt in (lambda: Unmasking.objects.update(reason="x"), lambda: Unmasking.objects.all().delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            attempt()

    assert Unmasking.objects.get().reason == "回访"


def test_on_the_page_the_reason_shows_the_phone_and_stands_in_the_audit(scene: Scene) -> None:
    booking, visit = scene.booked()
    user = city.make_user(RoleCode.MANAGER, name="经理甲")
    browser = client_of(user)
    page = reverse("desk:visit", args=[visit.ref])

    before = browser.get(page).content.decode()
    browser.post(reverse("desk:visit-unmask", args=[visit.ref]), {"reason": "核对门牌"})
    after = browser.get(page).content.decode()
    trail = browser.get(reverse("office:audit"), {"kind": "unmasking"}).content.decode()

    assert PHONE not in before
    assert "138****8000" in before
    assert PHONE in after
    assert DOOR in after
    assert "unmask-reason" not in after
    assert all(text in trail for text in ("经理甲", "核对门牌", booking.ref))


def test_the_api_shows_the_contact_for_a_reason(scene: Scene) -> None:
    booking, _visit = scene.booked()
    browser = client_of(city.make_user(RoleCode.MANAGER))
    path = f"/api/v1/bookings/{booking.ref}/unmask"

    refused = browser.post(path, {"reason": ""}, content_type="application/json")
    shown = browser.post(path, {"reason": "回访"}, content_type="application/json")

    assert refused.status_code == 422
    assert (shown.json()["phone"], shown.json()["door"]) == (PHONE, DOOR)
    assert browser.get(f"/api/v1/bookings/{booking.ref}").json()["contact"]["phone"] == PHONE


READERS = [role for role in RoleCode if role is not RoleCode.CUSTOMER]


@pytest.mark.parametrize("role", READERS)
def test_no_page_and_no_answer_shows_a_customers_phone_or_door_unasked(scene: Scene, role: RoleCode) -> None:
    """Every address that can be read, with the refs of a real order, as every role it does not concern."""
    booking, visit = scene.booked()
    scene.assigned(visit)
    user = User.objects.get(pk=scene.staff(role).user_id)
    customer = User.objects.get(pk=booking.customer.user_id)
    browser = client_of(user)
    secrets = (PHONE, DOOR, STREET, (customer.phone or "").removeprefix("+86"))
    leaks = []

    for route in routes_all():
        if "GET" not in route.rules or route.is_admin:
            continue
        body = text_of(read(browser, route, booking.ref, visit.ref))
        leaks += [f"{route.path}: {secret}" for secret in secrets if secret in body]

    assert leaks == []


def read(browser: Client, route: Route, booking_ref: str, visit_ref: str) -> Any:
    ref = visit_ref if "visits/" in route.path else booking_ref
    return browser.get(route.address(ref=ref))


def text_of(response: Any) -> str:
    if getattr(response, "streaming", False):
        return ""
    return response.content.decode(errors="replace")


def test_the_search_by_phone_does_not_print_the_phone_of_whom_it_found(scene: Scene) -> None:
    _booking, visit = scene.booked()
    browser = client_of(city.make_user(RoleCode.CUSTOMER_SERVICE))

    body = browser.get(reverse("desk:visits"), {"search": "138 0013 8000"}).content.decode()

    assert visit.ref in body
    assert PHONE not in body
