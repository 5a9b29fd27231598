"""Each route declares who may call it, and keeps its word for every role; what is foreign answers as absent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from paidan.accounts.access import actor_of_user
from paidan.accounts.constants import LinkPurpose, RoleCode
from paidan.accounts.models import User
from paidan.accounts.rules import AccessRule
from paidan.accounts.services import link_create
from paidan.booking.constants import BookingStatus, Channel
from paidan.booking.models import Booking, BookingVisit
from paidan.kernel import clock
from paidan.kernel.actors import ANONYMOUS, Actor, ActorKind
from paidan.kernel.models import Event
from paidan.visits.models import Visit
from paidan.worklist.constants import WorkKind
from paidan.worklist.models import WorkItem
from tests import city
from tests.api.matrix.routes import ABSENT, Route, routes_all

pytestmark = pytest.mark.django_db
NOBODY = "nobody"
LOGINS = ("/login/", "/admin/login/")
ADMIN_DETOURS = ("/admin/", "/change/")
ROLES = [*RoleCode, NOBODY]
# The way out would end the test's session.
NOT_CALLED = {"logout/", "admin/logout/", "account/security/again/"}


def caller(role: str) -> tuple[Client, Actor]:
    browser = Client(raise_request_exception=False, HTTP_ACCEPT_LANGUAGE="en")
    if role == NOBODY:
        return browser, ANONYMOUS
    user = city.make_user(RoleCode(role))
    browser.force_login(user)
    return browser, actor_of_user(user)


def ask(browser: Client, method: str, address: str) -> Any:
    """One call whose effects are undone."""
    with transaction.atomic():
        body = {} if method == "GET" else {"data": b"{}", "content_type": _content_type(address)}
        response = getattr(browser, method.lower())(address, **body)
        transaction.set_rollback(True)
    return response


def _content_type(address: str) -> str:
    return "application/json" if address.startswith("/api/") else "application/x-www-form-urlencoded"


def is_denied(response: Any) -> bool:
    """Turned away at the first door: asked to log in, or told that the role does not reach this far."""
    asked_to_log_in = response.status_code in {302, 303} and response["Location"].startswith(LOGINS)
    return response.status_code in {401, 403} or asked_to_log_in


def test_every_route_declares_its_rule() -> None:
    undeclared = sorted(route.path for route in routes_all() if not route.rules)

    assert undeclared == []


def test_every_view_below_the_api_is_declared_by_method() -> None:
    by_hand = {"api/v1/openapi.json", "api/v1/docs", "api/v1/", "api/v1/<path:unknown>"}
    loose = [r.path for r in routes_all() if r.is_api and "*" in r.rules and r.path not in by_hand]

    assert loose == []


@pytest.mark.parametrize("role", ROLES)
def test_each_role_gets_in_exactly_where_the_rule_says(role: str) -> None:
    browser, actor = caller(role)
    wrong: list[str] = []

    for route in routes_all():
        if route.path in NOT_CALLED:
            continue
        for method, rule in route.calls():
            before = Event.objects.count()
            response = ask(browser, method, route.address())
            fault = _fault(route, rule, actor, response, changed=Event.objects.count() != before)
            if fault:
                wrong.append(f"{method} {route.path} ({rule}): {fault}")

    assert not wrong, "\n".join(wrong)


def _fault(route: Route, rule: AccessRule, actor: Actor, response: Any, *, changed: bool) -> str:
    if response.status_code >= 500:
        return f"answers {response.status_code}"
    if "token" in route.parameters and rule.links:
        return "" if response.status_code == 404 else f"a token that does not exist answers {response.status_code}"
    if route.is_admin and rule.allows(actor) and not route.is_list:
        return ""  # a read-only table lets nobody add or delete, and helpers want parameters
    if rule.is_public and response.status_code == 302:
        return ""  # the second step of log-in leads to the first
    if route.is_admin and response.get("Location", "").endswith(ADMIN_DETOURS):
        return ""  # what does not exist leads to the index, an old address to the new one
    if rule.allows(actor) == is_denied(response):
        return f"should {'let in' if rule.allows(actor) else 'deny'}, answers {response.status_code}"
    if is_denied(response) and changed:
        return "denies, but something happened"
    return ""


@dataclass
class World:
    """A customer's booking and visit, and people to whom none of it belongs."""

    booking: Booking
    visit: Visit
    refs: dict[str, str]
    strangers: dict[str, User]


@pytest.fixture
def world() -> World:
    here, elsewhere = city.make_territory(), city.make_territory()
    version = city.make_item()
    day = city.tomorrow()
    customer = city.make_customer()
    city.make_shift(city.make_worker(here), day)
    visit = city.make_visit(here, version, city.window(day, 9), customer=customer)
    booking = _booking_of(visit)
    offer = city.make_offer(visit)
    item = WorkItem.objects.create(
        kind=WorkKind.NOBODY_ELIGIBLE,
        subject_ref=visit.ref,
        territory_id=here.pk,
        due_at=clock.now(),
        created_at=clock.now(),
    )
    foreign_worker = city.make_worker(elsewhere)
    city.make_shift(foreign_worker, day)
    lead = city.make_worker(elsewhere, role=RoleCode.TEAM_LEAD)
    dispatcher = city.make_dispatcher(elsewhere)
    return World(
        booking=booking,
        visit=visit,
        refs={"bookings": booking.ref, "visits": visit.ref, "offers": offer.ref, "worklist": item.ref},
        strangers={
            "customer": city.make_user(RoleCode.CUSTOMER),
            "technician": foreign_worker.user,
            "team lead": lead.user,
            "dispatcher": User.objects.get(pk=dispatcher.user_id),
        },
    )


def _booking_of(visit: Visit) -> Booking:
    booking = Booking.objects.create(
        ref=visit.booking_ref,
        status=BookingStatus.CONFIRMED,
        channel=Channel.WEB,
        customer=visit.customer,
        item_version=visit.item_version,
        item_name=visit.item_version.name,
        price_minor=20_000,
        address=city.make_address(visit.customer),
        contact_name=visit.contact_name,
        contact_phone=visit.contact_phone,
        territory=visit.territory,
        window_start_at=visit.window_start_at,
        window_end_at=visit.window_end_at,
        created_at=clock.now(),
        confirmed_at=clock.now(),
    )
    BookingVisit.objects.create(booking=booking, visit=visit)
    return booking


@pytest.mark.parametrize("stranger", ["customer", "technician", "team lead", "dispatcher"])
def test_what_is_foreign_answers_as_what_is_absent(world: World, stranger: str) -> None:
    user = world.strangers[stranger]
    browser = Client(raise_request_exception=False, HTTP_ACCEPT_LANGUAGE="en")
    browser.force_login(user)
    told: list[str] = []
    tried = 0

    for route, method, ref in _object_calls(world, actor_of_user(user)):
        tried += 1
        absent, foreign = (ask(browser, method, route.address(ref=each)) for each in (ABSENT["ref"], ref))
        if (absent.status_code, _code(absent)) != (foreign.status_code, _code(foreign)):
            told.append(f"{method} {route.path}: absent {absent.status_code}, foreign {foreign.status_code}")
        if method == "GET" and foreign.status_code != 404:
            told.append(f"{method} {route.path}: foreign {foreign.status_code}")

    assert not told, "\n".join(told)
    assert tried > 0


@pytest.mark.parametrize("kind", ["booking", "review"])
def test_a_link_for_something_else_answers_as_none(world: World, kind: str) -> None:
    subject = {"booking": city.new_ref("B"), "review": city.new_ref("V")}[kind]
    token = link_create(purpose=LinkPurpose(kind), subject=subject, now=clock.now())
    stranger = Actor(kind=ActorKind.LINK, link_purpose=kind, link_subject=subject)
    told = []

    for route, method, ref in _object_calls(world, stranger):
        absent, foreign = (
            ask(Client(), method, f"{route.address(ref=each, token=token)}?link={token}")
            for each in (ABSENT["ref"], ref)
        )
        if (absent.status_code, _code(absent)) != (foreign.status_code, _code(foreign)) or _is_told(foreign):
            told.append(f"{method} {route.path}: absent {absent.status_code}, foreign {foreign.status_code}")

    assert not told, "\n".join(told)


def _object_calls(world: World, actor: Actor) -> list[tuple[Route, str, str]]:
    """Calls about one object that the actor's role may make, with the ref of an object that is not theirs."""
    return [
        (route, method, ref)
        for route in routes_all()
        if "ref" in route.parameters and not route.is_admin
        for method, rule in route.calls()
        if rule.allows(actor)
        for kind, ref in world.refs.items()
        if f"{kind}/<" in route.path
    ]


def _is_told(response: Any) -> bool:
    return bool(response.status_code < 400 and not is_denied(response))


def _code(response: Any) -> str:
    if response.headers.get("Content-Type", "").startswith("application/problem+json"):
        return str(response.json()["code"])
    return "log in" if is_denied(response) else str(response.headers.get("Location", ""))
