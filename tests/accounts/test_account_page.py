"""One's own account, the way out, and where each role begins."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.test import Client

from paidan.accounts.constants import ROLE_PERMISSIONS, RoleCode
from paidan.accounts.models import Role, User
from paidan.accounts.services import ROLE_NAMES_ZH, user_create
from paidan.accounts.services.users import LastAdministrator, role_permissions_set, user_change
from paidan.integrations.console_sms.codes import ConsoleCodeSender
from paidan.kernel.actors import SYSTEM
from paidan.kernel.errors import Invalid

pytestmark = pytest.mark.django_db
LANDINGS = {
    RoleCode.CUSTOMER: "/",
    RoleCode.TECHNICIAN: "/crew/",
    RoleCode.TEAM_LEAD: "/crew/",
    RoleCode.DISPATCHER: "/desk/",
    RoleCode.CUSTOMER_SERVICE: "/desk/",
    RoleCode.MANAGER: "/office/",
    RoleCode.ADMINISTRATOR: "/office/",
}


def person(role: RoleCode, number: int = 1) -> User:
    return user_create(role=role, name="某人", phone=f"+861390000{number:04d}")


@pytest.mark.parametrize("role", list(RoleCode))
def test_each_role_begins_on_its_face_and_has_an_account(browser: Client, role: RoleCode) -> None:
    browser.force_login(person(role))

    assert browser.get("/start/")["Location"] == LANDINGS[role]
    page = browser.get("/account/")
    assert page.status_code == 200
    assert "139****0001" in page.content.decode()
    assert "13900000001" not in page.content.decode()


@pytest.mark.parametrize("path", ["/account/", "/start/"])
def test_strangers_are_sent_to_log_in_and_back(browser: Client, path: str) -> None:
    assert browser.get(path)["Location"] == f"/login/?next={path.replace('/', '%2F')}"


def test_whoever_is_in_need_not_log_in(browser: Client) -> None:
    browser.force_login(person(RoleCode.CUSTOMER))

    for path in ("/login/", "/login/code/", "/login/password/"):
        assert browser.get(path, {"next": "/bookings/"})["Location"] == "/bookings/"


def test_name_and_language_are_kept_and_spoken(browser: Client) -> None:
    user = person(RoleCode.CUSTOMER)
    browser.force_login(user)

    response = browser.post("/account/profile/", {"name": " 韩梅梅 ", "language": "zh-hans"})

    user.refresh_from_db()
    assert response.status_code == 302
    assert (user.name, user.language) == ("韩梅梅", "zh-hans")
    assert response.cookies[settings.LANGUAGE_COOKIE_NAME].value == "zh-hans"


def test_the_language_once_chosen_is_spoken_after_log_in() -> None:
    user_create(role=RoleCode.CUSTOMER, name="", phone="+8613900000001", password="Sturdy-Lamp-42", language="en")
    browser = Client()

    response = browser.post("/login/password/", {"login": "13900000001", "password": "Sturdy-Lamp-42"})

    assert response.cookies[settings.LANGUAGE_COOKIE_NAME].value == "en"


@pytest.mark.parametrize(
    "form", [{"name": "x" * 81, "language": "en"}, {"name": "a", "language": "xx"}, {"name": "\0"}]
)
def test_a_wrong_profile_is_said_at_the_field_and_changes_nothing(browser: Client, form: dict[str, str]) -> None:
    user = person(RoleCode.CUSTOMER)
    browser.force_login(user)

    response = browser.post("/account/profile/", form)

    user.refresh_from_db()
    assert response.status_code == 422
    assert user.name == "某人"


def test_log_out_ends_the_session(browser: Client) -> None:
    browser.force_login(person(RoleCode.CUSTOMER))

    assert browser.get("/logout/").status_code == 405
    assert browser.post("/logout/")["Location"] == "/"
    assert browser.get("/account/").status_code == 302
    assert browser.post("/logout/").status_code == 302


def test_a_disabled_user_is_out_at_once(browser: Client) -> None:
    user = person(RoleCode.DISPATCHER)
    browser.force_login(user)

    user_change(user_id=user.pk, role=RoleCode.DISPATCHER, is_active=False, actor=SYSTEM)

    assert browser.get("/account/").status_code == 302


def test_the_last_administrator_stays() -> None:
    one, two = person(RoleCode.ADMINISTRATOR, 1), person(RoleCode.ADMINISTRATOR, 2)

    user_change(user_id=one.pk, role=RoleCode.MANAGER, is_active=True, actor=SYSTEM)
    with pytest.raises(LastAdministrator):
        user_change(user_id=two.pk, role=RoleCode.MANAGER, is_active=True, actor=SYSTEM)
    with pytest.raises(LastAdministrator):
        user_change(user_id=two.pk, role=RoleCode.ADMINISTRATOR, is_active=False, actor=SYSTEM)

    two.refresh_from_db()
    assert (two.role.code, two.is_active) == (RoleCode.ADMINISTRATOR, True)


@pytest.mark.parametrize("permissions", [["booking.view"], ["user.edit", "no.such"]])
def test_the_matrix_refuses_what_would_lock_everybody_out(permissions: list[str]) -> None:
    with pytest.raises(Invalid):
        role_permissions_set(code=RoleCode.ADMINISTRATOR, permissions=permissions, actor=SYSTEM)


def test_the_console_writes_the_code_but_logs_no_number(
    tmp_path: Path, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.DATA_DIR = tmp_path

    with caplog.at_level("INFO"):
        ConsoleCodeSender().send(phone="+8613800138000", code="042137", language="en")

    line = json.loads((tmp_path / "sms" / "outbox.jsonl").read_text())
    assert (line["phone"], line["code"], line["kind"]) == ("+8613800138000", "042137", "login_code")
    assert "042137" in line["text"]
    assert (tmp_path / "sms" / "outbox.jsonl").stat().st_mode & 0o077 == 0
    assert "042137" in caplog.text
    assert "13800138000" not in caplog.text


def test_every_installation_starts_with_the_roles_of_the_product() -> None:
    Role.objects.all().delete()

    import_module("paidan.accounts.migrations.0005_roles_of_the_product").roles_make(apps, None)
    import_module("paidan.accounts.migrations.0012_partner_orders").permission_give(apps, None)

    made = {role.code: (role.name["zh"], set(role.permissions)) for role in Role.objects.all()}
    assert made == {code: (ROLE_NAMES_ZH[code], set(ROLE_PERMISSIONS[code])) for code in RoleCode}
