"""People are invited, re-roled and shown out; the matrix is ticked; nobody raises themselves."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from paidan.accounts import ports
from paidan.accounts.access import actor_of_user
from paidan.accounts.constants import Permission, RoleCode
from paidan.accounts.directory import people
from paidan.accounts.errors import InvitationOver
from paidan.accounts.models import AuthenticatorApp, Link, RecoveryCode, Role, User
from paidan.accounts.ports import Invitation
from paidan.accounts.selectors import has_second_factor
from paidan.accounts.services import (
    MatrixMoved,
    NewPerson,
    api_key_create,
    invitation_accept,
    invitation_renew,
    matrix_set,
    person_invite,
    recovery_codes_make,
    role_of,
    role_permissions_set,
    second_factors_reset,
    sessions_end,
    user_change,
)
from paidan.kernel import clock
from paidan.kernel.actors import SYSTEM, Actor
from paidan.kernel.errors import Forbidden, Invalid, NotFound
from paidan.workforce.models import TerritoryScope
from paidan.workforce.selectors import territories_in_scope
from tests import city
from tests.web.clients import NUL, client_of, queries_of

pytestmark = pytest.mark.django_db
PASSWORD = "Sturdy-Lamp-42"


@dataclass
class KeptInvitations:
    """The invitations that would have gone out."""

    sent: list[Invitation] = field(default_factory=list)

    def send(self, invitation: Invitation) -> None:
        self.sent.append(invitation)


@pytest.fixture
def invitations() -> Iterator[KeptInvitations]:
    before = ports.invitation_sender()
    kept = KeptInvitations()
    ports.invitation_sender_register(kept)
    yield kept
    ports.invitation_sender_register(before)


@pytest.fixture
def administrator() -> Actor:
    return actor_of_user(city.make_user(RoleCode.ADMINISTRATOR))


@pytest.fixture
def office() -> Client:
    return client_of(city.make_user(RoleCode.ADMINISTRATOR, name="管理员甲"))


def editing_manager() -> Actor:
    """A manager to whom the matrix gave the permission to edit users."""
    role = role_of(RoleCode.MANAGER)
    Role.objects.filter(pk=role.pk).update(permissions=[*role.permissions, Permission.EDIT_USERS])
    return actor_of_user(User.objects.select_related("role").get(pk=city.make_user(RoleCode.MANAGER).pk))


def text_of(response: Any) -> str:
    return response.content.decode()


def test_an_invited_person_sets_their_own_password_and_logs_in(
    office: Client, invitations: KeptInvitations, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        answer = office.post(
            reverse("office:person-invite"),
            {"name": "周调度", "role": "dispatcher", "phone": "138 0013 8111", "language": "zh-hans"},
        )
    path = re.search(r"/invitation/[\w-]+/", text_of(answer))
    assert path is not None
    user = User.objects.get(phone="+8613800138111")
    browser = client_of()
    weak = browser.post(path[0], {"new": "short", "again": "short"})
    done = browser.post(path[0], {"new": PASSWORD, "again": PASSWORD})
    user.refresh_from_db()

    assert (user.role.code, user.phone_verified, user.name) == ("dispatcher", False, "周调度")
    assert [(one.phone, one.link.endswith(path[0])) for one in invitations.sent] == [("+8613800138111", True)]
    assert "138****8111" in text_of(answer)
    assert "+8613800138111" not in text_of(answer)
    assert (weak.status_code, done.status_code, done["Location"]) == (422, 303, reverse("portal:login-password"))
    assert user.check_password(PASSWORD)
    assert browser.get(path[0]).status_code == 404
    assert browser.post(path[0], {"new": "Other-Lamp-42", "again": "Other-Lamp-42"}).status_code == 404


def test_a_new_invitation_ends_the_earlier_one(administrator: Actor, invitations: KeptInvitations) -> None:
    now = clock.now()
    first = person_invite(
        person=NewPerson(role=RoleCode.MANAGER, name="经理", email="Boss@Example.com"), actor=administrator, now=now
    )
    second = invitation_renew(user_id=first.user_id, actor=administrator, now=now + timedelta(seconds=1))

    with pytest.raises(NotFound):
        invitation_accept(token=first.token, password=PASSWORD, now=now + timedelta(seconds=2))
    with pytest.raises(NotFound):
        invitation_accept(token=second.token, password=PASSWORD, now=now + timedelta(days=8))
    invitation_accept(token=second.token, password=PASSWORD, now=now + timedelta(days=6))
    with pytest.raises(InvitationOver):
        invitation_renew(user_id=first.user_id, actor=administrator, now=now + timedelta(days=6))


def test_an_invitation_of_a_disabled_person_opens_nothing(administrator: Actor, invitations: KeptInvitations) -> None:
    invited = person_invite(
        person=NewPerson(role=RoleCode.MANAGER, name="经理", phone="13800138112"), actor=administrator, now=clock.now()
    )
    user_change(user_id=invited.user_id, role=RoleCode.MANAGER, is_active=False, actor=administrator)

    answer = client_of().post(reverse("portal:invitation", args=[invited.token]), {"new": PASSWORD, "again": PASSWORD})

    assert answer.status_code == 404
    assert not User.objects.get(pk=invited.user_id).has_usable_password()


def test_a_booking_link_is_no_invitation(office: Client) -> None:
    now = clock.now()
    Link.objects.create(purpose="booking", subject="1", token_hash=b"x" * 32, expires_at=now + timedelta(days=1))

    assert client_of().get("/invitation/no-such-token/").status_code == 404


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ({"name": "", "phone": "13800138113"}, "name"),
        ({"name": "甲", "phone": "", "email": ""}, "phone"),
        ({"name": "甲", "phone": "12"}, "phone"),
        ({"name": "甲", "email": "nobody"}, "email"),
        ({"name": "甲", "phone": "13900000077"}, "phone"),
        ({"name": "甲", "email": "TAKEN@example.com"}, "email"),
        ({"name": NUL, "phone": "13800138113"}, "name"),
    ],
)
def test_a_faulty_invitation_keeps_what_was_typed(office: Client, typed: dict[str, str], name: str) -> None:
    taken = city.make_user(RoleCode.CUSTOMER)
    User.objects.filter(pk=taken.pk).update(phone="+8613900000077", email="taken@example.com")
    before = User.objects.count()

    answer = office.post(reverse("office:person-invite"), {"role": "manager", "language": "en", **typed})

    assert answer.status_code == 422
    assert name in answer.context["form"].errors
    assert User.objects.count() == before


def test_disabling_ends_every_session_at_once_and_for_good(office: Client) -> None:
    user = city.make_user(RoleCode.DISPATCHER)
    theirs = client_of(user)
    active = reverse("office:person-active", args=[user.pk])

    asked = office.post(active, {})
    office.post(active, {"confirmed": "1"})
    out = theirs.get("/account/").status_code
    office.post(active, {"active": "1"})

    assert (asked.status_code, out) == (200, 302)
    user.refresh_from_db()
    assert user.is_active
    assert theirs.get("/account/").status_code == 302, "the old session must not live again"
    assert client_of(user).get("/account/").status_code == 200


def test_logging_out_everywhere_ends_sessions_and_keys_but_not_the_account(administrator: Actor) -> None:
    user = city.make_user(RoleCode.DISPATCHER)
    browser = client_of(user)
    key = api_key_create(user_id=user.pk, label="", scopes=[], expires_at=None)

    sessions_end(user_id=user.pk, actor=administrator, now=clock.now())

    assert browser.get("/account/").status_code == 302
    assert Client().get("/api/v1/visits", headers={"authorization": f"Bearer {key}"}).status_code == 401
    assert client_of(User.objects.get(pk=user.pk)).get("/account/").status_code == 200


def test_a_lost_second_factor_is_reset_on_the_page_and_the_audit_says_so(office: Client) -> None:
    user = city.make_user(RoleCode.DISPATCHER, name="丢了手机")
    other = client_of(user)
    AuthenticatorApp.objects.create(user=user, secret=b"sealed", created_at=clock.now())
    recovery_codes_make(user_id=user.pk)
    reset = reverse("office:person-second-factor", args=[user.pk])

    asked = office.post(reset, {})
    kept = has_second_factor(user.pk)
    office.post(reset, {"confirmed": "1"})

    trail = text_of(office.get(reverse("office:audit"), {"kind": "user"}))
    assert (asked.status_code, kept) == (200, True)
    assert not has_second_factor(user.pk)
    assert not RecoveryCode.objects.filter(user=user).exists()
    assert other.get("/account/").status_code == 302, "whoever holds the lost phone is out"
    assert "second factors reset at" in trail.lower()
    assert "管理员甲" in trail


def test_nobody_resets_a_second_factor_above_them_or_their_own(administrator: Actor) -> None:
    manager, me = editing_manager(), administrator.user_id
    assert me is not None

    with city.refused(Forbidden):
        second_factors_reset(user_id=me, actor=manager, now=clock.now())
    with city.refused(Forbidden):
        second_factors_reset(user_id=me, actor=administrator, now=clock.now())
    with city.refused(NotFound):
        second_factors_reset(user_id=987_654, actor=administrator, now=clock.now())


def test_a_role_is_changed_on_the_page_and_the_audit_names_who_did_it(office: Client) -> None:
    user = city.make_user(RoleCode.CUSTOMER_SERVICE, name="客服")

    office.post(reverse("office:person-role", args=[user.pk]), {"name": "客服", "role": "dispatcher"})

    trail = text_of(office.get(reverse("office:audit"), {"kind": "user"}))
    assert User.objects.get(pk=user.pk).role.code == RoleCode.DISPATCHER
    assert "管理员甲" in trail


def test_the_last_administrator_cannot_be_lost_through_the_pages(office: Client) -> None:
    me = User.objects.get(name="管理员甲")

    refused = office.post(reverse("office:person-role", args=[me.pk]), {"name": me.name, "role": "manager"})
    office.post(reverse("office:person-active", args=[me.pk]), {"confirmed": "1"})

    me.refresh_from_db()
    assert refused.status_code == 422
    assert "last active administrator" in text_of(refused)
    assert (me.role.code, me.is_active) == (RoleCode.ADMINISTRATOR, True)


def test_nobody_raises_themselves_above_their_own_permissions(invitations: KeptInvitations) -> None:
    manager = editing_manager()
    assert manager.user_id is not None
    boss = city.make_user(RoleCode.ADMINISTRATOR)
    draft = NewPerson(role=RoleCode.ADMINISTRATOR, name="x", phone="13800138114")

    with pytest.raises(Forbidden):
        user_change(user_id=manager.user_id, role=RoleCode.ADMINISTRATOR, is_active=True, actor=manager)
    with pytest.raises(Forbidden):
        user_change(user_id=boss.pk, role=RoleCode.CUSTOMER, is_active=False, actor=manager)
    with pytest.raises(Forbidden):
        sessions_end(user_id=boss.pk, actor=manager, now=clock.now())
    with pytest.raises(Forbidden):
        person_invite(person=draft, actor=manager, now=clock.now())
    with pytest.raises(Forbidden):
        role_permissions_set(
            code=RoleCode.MANAGER, permissions=[*manager.permissions, "master_data.edit"], actor=manager
        )

    boss.refresh_from_db()
    assert (boss.role.code, boss.is_active, boss.session_round) == (RoleCode.ADMINISTRATOR, True, 0)
    assert User.objects.get(pk=manager.user_id).role.code == RoleCode.MANAGER
    assert "master_data.edit" not in role_of(RoleCode.MANAGER).permissions


def test_the_matrix_is_ticked_on_the_page(office: Client) -> None:
    page = office.get(reverse("office:roles"))
    form = matrix_form(page)
    form["customer_service"] = [*form["customer_service"], "report.view"]

    answer = office.post(reverse("office:roles"), form)

    assert answer.status_code == 303
    assert "report.view" in role_of(RoleCode.CUSTOMER_SERVICE).permissions
    trail = text_of(office.get(reverse("office:audit"), {"kind": "role"}))
    assert re.findall(r"<td[^>]*>管理员甲</td>", trail) == ['<td data-label="Who">管理员甲</td>']


def matrix_form(page: Any) -> dict[str, Any]:
    """What the browser would send of the page as it stands."""
    text = text_of(page)
    form: dict[str, Any] = dict(re.findall(r'name="(seen-\w+)" value="([^"]*)"', text))
    for role in RoleCode:
        form[role.value] = re.findall(rf'name="{role}" value="([\w.]+)" checked', text)
    return form


def test_administrators_cannot_untick_their_way_out(office: Client) -> None:
    form = matrix_form(office.get(reverse("office:roles")))
    form["administrator"] = [code for code in form["administrator"] if code != "user.edit"]
    form["customer"] = []

    answer = office.post(reverse("office:roles"), form)

    assert answer.status_code == 422
    assert "Administrators keep the permission to edit users." in text_of(answer)
    assert "user.edit" in role_of(RoleCode.ADMINISTRATOR).permissions
    assert role_of(RoleCode.CUSTOMER).permissions != [], "nothing of a refused matrix is kept"


def test_a_matrix_that_moved_meanwhile_is_not_written_over(office: Client) -> None:
    form = matrix_form(office.get(reverse("office:roles")))
    held = {code: frozenset(role_of(code).permissions) for code in RoleCode}
    role_permissions_set(code=RoleCode.TECHNICIAN, permissions=["visit.view"], actor=SYSTEM)
    form["customer"] = []

    answer = office.post(reverse("office:roles"), form)
    with pytest.raises(MatrixMoved):
        matrix_set(wanted=held, seen=held, actor=SYSTEM)

    assert answer.status_code == 409
    assert role_of(RoleCode.TECHNICIAN).permissions == ["visit.view"]
    assert role_of(RoleCode.CUSTOMER).permissions != []


def test_people_are_found_by_name_phone_and_email_and_shown_masked(office: Client) -> None:
    user = city.make_user(RoleCode.MANAGER, name="欧阳经理")
    address = reverse("office:people")
    other = city.make_user(RoleCode.CUSTOMER, name="别人")

    for search in ("欧阳", (user.phone or "")[-6:], (user.email or "").upper()):
        shown = text_of(office.get(address, {"search": search}))
        assert f'data-person="{user.pk}"' in shown, search
        assert f'data-person="{other.pk}"' not in shown, search
        assert (user.phone or "")[3:] not in shown.replace(f'value="{search}"', "")
    assert "Nobody fits this search." in text_of(office.get(address, {"search": NUL}))
    assert f'data-person="{user.pk}"' in text_of(office.get(address, {"role": "manager", "state": "invited"}))
    assert f'data-person="{user.pk}"' not in text_of(office.get(address, {"state": "disabled"}))


def test_the_list_costs_the_same_however_many_there_are(office: Client) -> None:
    few = queries_of(office, reverse("office:people"))
    for _ in range(30):
        city.make_user(RoleCode.CUSTOMER)

    assert queries_of(office, reverse("office:people")) == few


def test_pages_of_the_list_hold_everybody_once(administrator: Actor) -> None:
    made = {city.make_user(RoleCode.CUSTOMER).pk for _ in range(7)}
    seen: list[int] = []
    cursor: str | None = ""

    while cursor is not None:
        page = people(administrator, limit=3, cursor=cursor)
        seen += [row.id for row in page.items]
        cursor = page.next_cursor

    assert len(seen) == len(set(seen)) == User.objects.count()
    assert made <= set(seen)


def test_the_territories_of_a_dispatcher_are_ticked_and_bound_what_they_see(office: Client) -> None:
    ours, theirs = city.make_territory(), city.make_territory()
    user = city.make_user(RoleCode.DISPATCHER)
    address = reverse("office:person-territories", args=[user.pk])

    office.post(address, {"territories": [ours.code]})
    office.post(address, {"territories": [ours.code, "no-such"]})
    page = text_of(office.get(reverse("office:person", args=[user.pk])))

    assert territories_in_scope(user.pk) == {ours.code}
    assert re.search(rf'value="{ours.code}" checked', page)
    assert not re.search(rf'value="{theirs.code}" checked', page)
    assert TerritoryScope.objects.count() == 1


def test_a_dispatcher_sees_neighbours_as_totals_only() -> None:
    ours, theirs = city.make_territory(), city.make_territory()
    today = clock.now().astimezone(city.ZONE).date()
    item = city.make_item()
    city.make_visit(ours, item, city.window(today, 20), planned=False)
    visit = city.make_visit(theirs, item, city.window(today, 20), planned=False)
    dispatcher = city.make_user(RoleCode.DISPATCHER)
    TerritoryScope.objects.create(user=dispatcher, territory=ours)
    browser = client_of(dispatcher)

    page = text_of(browser.get(reverse("desk:territories")))
    rows = {row["code"]: row for row in browser.get("/api/v1/territories/load").json()}

    assert (rows[ours.code]["is_own"], rows[theirs.code]["is_own"]) == (True, False)
    assert (rows[theirs.code]["visits_today"], rows[theirs.code]["unassigned_today"]) == (1, 1)
    assert f"territory={ours.code}" in page
    assert f"territory={theirs.code}" not in page
    assert visit.ref not in page
    assert browser.get(reverse("desk:visit", args=[visit.ref])).status_code == 404


def test_the_loads_cost_the_same_however_many_territories_there_are() -> None:
    browser = client_of(city.make_user(RoleCode.MANAGER))
    city.make_territory()
    few = queries_of(browser, reverse("desk:territories"))
    for _ in range(5):
        city.make_territory()

    assert queries_of(browser, reverse("desk:territories")) == few


def call(browser: Client, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    content = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
    return getattr(browser, method)(f"/api/v1/{path}", **content)


def test_the_api_invites_re_roles_and_disables(office: Client, invitations: KeptInvitations) -> None:
    territory = city.make_territory()
    body = {"name": "新人", "role": "customer_service", "email": "new@example.com"}

    made = call(office, "post", "people", body)
    number = made.json()["id"]
    changed = call(
        office, "put", f"people/{number}", {"role": "dispatcher", "is_active": False, "territories": [territory.code]}
    ).json()
    refused = call(office, "post", "people", body)

    assert made.status_code == 201
    assert set(made.json()) == {"id", "expires_at"}, "the link travels by message only"
    assert (changed["role"], changed["state"], changed["territories"]) == ("dispatcher", "disabled", [territory.code])
    assert refused.status_code == 422
    assert list(refused.json()["fields"]) == ["email"]
    assert call(office, "get", "people/999999999").status_code == 404
    assert call(office, "post", f"people/{number}/invite").status_code == 409
    assert call(office, "post", f"people/{number}/end-sessions").status_code == 200
    assert [row["id"] for row in call(office, "get", "people?search=new@example").json()["items"]] == [number]


def test_the_api_reads_and_sets_the_matrix(office: Client) -> None:
    answer = call(office, "put", "roles/technician", {"permissions": ["visit.view"]})
    refused = call(office, "put", "roles/technician", {"permissions": ["no.such"]})

    held = {row["code"]: row["permissions"] for row in call(office, "get", "roles").json()}
    assert (answer.status_code, refused.status_code) == (200, 422)
    assert held["technician"] == ["visit.view"]


@pytest.mark.parametrize("role", [role for role in RoleCode if role is not RoleCode.ADMINISTRATOR])
def test_others_are_denied_and_nothing_changes(role: RoleCode) -> None:
    browser, user = client_of(city.make_user(role)), city.make_user(RoleCode.CUSTOMER)
    before = (User.objects.count(), list(Role.objects.order_by("pk").values_list("permissions", flat=True)))

    answers = [
        browser.post(reverse("office:person-active", args=[user.pk]), {"confirmed": "1"}),
        browser.post(reverse("office:person-role", args=[user.pk]), {"name": "x", "role": "administrator"}),
        browser.post(reverse("office:person-invite"), {"name": "x", "role": "manager", "phone": "13800138115"}),
        browser.post(reverse("office:roles"), {"customer": ["user.edit"]}),
        call(browser, "put", f"people/{user.pk}", {"role": "administrator"}),
    ]

    user.refresh_from_db()
    assert [answer.status_code for answer in answers] == [403] * len(answers)
    assert (user.is_active, user.role.code) == (True, RoleCode.CUSTOMER)
    assert (User.objects.count(), list(Role.objects.order_by("pk").values_list("permissions", flat=True))) == before


def test_a_rename_that_cannot_be_kept_changes_no_role(administrator: Actor, office: Client) -> None:
    user = city.make_user(RoleCode.CUSTOMER_SERVICE, name="客服")

    refused = office.post(reverse("office:person-role", args=[user.pk]), {"name": "客\x07服", "role": "dispatcher"})

    user.refresh_from_db()
    assert refused.status_code == 422
    assert (user.name, user.role.code) == ("客服", RoleCode.CUSTOMER_SERVICE)


def test_a_password_of_an_invitation_follows_the_policy(administrator: Actor, invitations: KeptInvitations) -> None:
    invited = person_invite(
        person=NewPerson(role=RoleCode.MANAGER, name="经理", phone="13800138116"), actor=administrator, now=clock.now()
    )

    with pytest.raises(Invalid):
        invitation_accept(token=invited.token, password="12345678", now=clock.now())

    invitation_accept(token=invited.token, password=PASSWORD, now=clock.now())
