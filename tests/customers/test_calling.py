"""Calls are kept once, for whoever sits at the extension, and told to their screens only."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from paidan.accounts.access import actor_of_user
from paidan.accounts.constants import RoleCode
from paidan.accounts.services import api_key_create
from paidan.customers.calling import call_report, calls_forget, extension_set
from paidan.customers.models import DeskLine, IncomingCall
from paidan.customers.services import customer_by_phone
from paidan.kernel import clock
from paidan.kernel.errors import Forbidden, Invalid
from paidan.kernel.models import Event
from tests import city
from tests.booking.scene import race

PHONE = "+8613800138000"


def topics() -> list[tuple[str, list[str]]]:
    return list(Event.objects.filter(name__startswith="call.").order_by("id").values_list("name", "topics"))


@pytest.mark.django_db
def test_a_call_told_twice_is_one_call_and_one_event() -> None:
    user = city.make_user(RoleCode.CUSTOMER_SERVICE)
    actor, now = actor_of_user(user), clock.now()
    customer = customer_by_phone(phone=PHONE, name="李女士", now=now)
    extension_set(extension="801", actor=actor, now=now)

    rows = [call_report(call_key="k", phone="138 0013 8000", extension="801", actor=actor, now=now) for _ in range(2)]

    assert rows[0] == rows[1]
    assert (rows[0].name, rows[0].phone, rows[0].customer_ref) == ("李女士", "138****8000", customer.ref)
    assert topics() == [("call.arrived", [f"user:{user.pk}"])]


@pytest.mark.django_db
def test_a_call_to_an_empty_chair_is_kept_and_shown_to_nobody() -> None:
    actor = actor_of_user(city.make_user(RoleCode.MANAGER))

    call_report(call_key="k", phone="anonymous", extension="9", actor=actor, now=clock.now())

    assert list(IncomingCall.objects.values_list("phone", "user_id", "customer_id")) == [("", None, None)]
    assert topics() == [("call.arrived", [])]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "field"),
    [({"call_key": " "}, "call_key"), ({"call_key": "x" * 81}, "call_key"), ({"extension": "a b"}, "extension")],
)
def test_what_is_no_call_is_refused(change: dict[str, str], field: str) -> None:
    actor = actor_of_user(city.make_user(RoleCode.MANAGER))

    with pytest.raises(Invalid) as refused:
        call_report(**{"call_key": "k", "phone": "", "extension": "1", **change}, actor=actor, now=clock.now())

    assert list(refused.value.fields) == [field]
    assert not IncomingCall.objects.exists()


@pytest.mark.django_db
def test_a_technician_reports_no_calls() -> None:
    actor = actor_of_user(city.make_user(RoleCode.TECHNICIAN))

    with pytest.raises(Forbidden):
        call_report(call_key="k", phone="", extension="1", actor=actor, now=clock.now())

    assert not IncomingCall.objects.exists()


@pytest.mark.django_db
def test_old_calls_go() -> None:
    actor, now = actor_of_user(city.make_user(RoleCode.MANAGER)), clock.now()
    call_report(call_key="old", phone="", extension="1", actor=actor, now=now - timedelta(days=31))
    call_report(call_key="new", phone="", extension="1", actor=actor, now=now)

    assert calls_forget(now=now) == 1
    assert [call.call_key for call in IncomingCall.objects.all()] == ["new"]


@pytest.mark.django_db
def test_the_telephone_system_reports_by_key() -> None:
    manager = city.make_user(RoleCode.MANAGER)
    headers = {"Authorization": f"Bearer {key_of(manager, 'booking.book_for_others')}"}
    narrow = {"Authorization": f"Bearer {key_of(manager, 'booking.view')}"}
    body = {"call_key": "pbx-1", "phone": "13800138000", "extension": "801"}

    made, again, denied = (
        Client().post("/api/v1/calls", body, content_type="application/json", headers=sent)
        for sent in (headers, headers, narrow)
    )

    assert (made.status_code, again.status_code, denied.status_code) == (201, 201, 403)
    assert made.json() == again.json()
    assert IncomingCall.objects.count() == 1


def key_of(user: Any, *scopes: str) -> str:
    return api_key_create(user_id=user.pk, label="test", scopes=list(scopes), expires_at=None)


@pytest.mark.django_db(transaction=True)
def test_two_tellings_at_once_are_one_call() -> None:
    actor, now = actor_of_user(city.make_user(RoleCode.MANAGER)), clock.now()

    outcomes = race([lambda: call_report(call_key="k", phone="", extension="1", actor=actor, now=now)] * 4)

    assert len({outcome.value for outcome in outcomes}) == 1
    assert IncomingCall.objects.count() == 1
    assert len(topics()) == 1


@pytest.mark.django_db(transaction=True)
def test_two_people_who_sit_down_at_once_share_no_extension() -> None:
    actors = [actor_of_user(city.make_user(RoleCode.MANAGER)) for _ in range(4)]
    now = clock.now()

    race([lambda actor=actor: extension_set(extension="801", actor=actor, now=now) for actor in actors])

    assert DeskLine.objects.filter(extension="801").count() == 1
    assert DeskLine.objects.count() == 1
