"""Log-in providers in the office: set up by administrators, tested, audited; the secret is shown to nobody."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from paidan.accounts.constants import RoleCode
from paidan.accounts.login_providers import provider_setup
from paidan.accounts.models import LoginProvider
from paidan.accounts.policy import ADMINISTRATORS_NEED_SECOND_FACTOR
from paidan.accounts.services import user_create
from paidan.config.env import EnvironmentInvalid, environment_read
from tests.identity.conftest import sentences
from tests.identity.oidc import OpenIdVendor

pytestmark = pytest.mark.django_db
PASSWORD = "Sturdy-Lamp-42"
PAGE = "/office/log-in/oidc/"


@pytest.fixture
def office(browser: Client) -> Client:
    """An administrator's browser."""
    ADMINISTRATORS_NEED_SECOND_FACTOR.set(0)
    return logged_in(browser, RoleCode.ADMINISTRATOR)


def logged_in(browser: Client, role: RoleCode) -> Client:
    user_create(role=role, name="某人", phone="+8613900000001", password=PASSWORD)
    browser.post("/login/password/", {"login": "13900000001", "password": PASSWORD})
    return browser


def form(openid: OpenIdVendor, **changed: str) -> dict[str, str]:
    return {"is_on": "on", "client_id": openid.client_id, "secret": openid.secret, "address": openid.address, **changed}


def test_a_provider_is_set_up_and_its_secret_shown_to_nobody(office: Client, openid: OpenIdVendor) -> None:
    saved = office.post(PAGE, form(openid, name="Acme"))
    page = sentences(office, PAGE)

    assert saved.status_code == 303
    assert "http://testserver/login/with/oidc/answer/" in page
    assert openid.secret not in page
    assert openid.secret.encode() not in bytes(LoginProvider.objects.get().secret)
    office.post(PAGE, form(openid, name="Acme & Co", secret=""))
    assert provider_setup("oidc").secret == openid.secret
    audit = sentences(office, "/office/audit/?kind=login_provider")
    assert "Acme & Co" in audit
    assert openid.secret not in audit


def test_the_connection_is_tested_with_what_is_kept(office: Client, openid: OpenIdVendor) -> None:
    office.post(PAGE, form(openid))
    office.post(f"{PAGE}test/")
    assert "knows this ID and secret" in sentences(office, PAGE)

    office.post(PAGE, form(openid, secret="wrong"))
    office.post(f"{PAGE}test/")
    assert "does not accept this ID with this secret" in sentences(office, PAGE)

    office.post(PAGE, form(openid, address="http://127.0.0.1:9"))
    office.post(f"{PAGE}test/")
    assert "does not answer properly" in sentences(office, PAGE)


def test_nothing_can_be_tested_before_something_is_kept(office: Client) -> None:
    office.post(f"{PAGE}test/")

    assert "keep an ID and a secret first" in sentences(office, PAGE)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"address": "ftp://id.example"}, "begins with https://"),
        ({"address": "http://id.example"}, "begins with https://"),
        ({"address": "https://me@id.example"}, "begins with https://"),
        ({"address": "https://[id"}, "begins with https://"),
        ({"address": ""}, "Needed before it can be on."),
        ({"client_id": ""}, "Needed before it can be on."),
        ({"secret": ""}, "Needed before it can be on."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(
    office: Client, openid: OpenIdVendor, changed: dict[str, str], sentence: str
) -> None:
    refused = office.post(PAGE, form(openid, name="Acme", **changed))
    page = refused.content.decode()

    assert refused.status_code == 422
    assert sentence in page
    assert 'value="Acme"' in page
    assert not LoginProvider.objects.filter(is_on=True).exists()


def test_the_address_of_the_discovery_document_is_the_issuer_too(office: Client, openid: OpenIdVendor) -> None:
    office.post(PAGE, form(openid, address="https://id.example/realms/a/.well-known/openid-configuration"))

    assert LoginProvider.objects.get().address == "https://id.example/realms/a"


@pytest.mark.parametrize("role", [role for role in RoleCode if role != RoleCode.ADMINISTRATOR])
def test_nobody_else_sets_providers_up(browser: Client, openid: OpenIdVendor, role: RoleCode) -> None:
    logged_in(browser, role)

    answers = [browser.get("/office/log-in/"), browser.post(PAGE, form(openid)), browser.post(f"{PAGE}test/")]

    assert {answer.status_code for answer in answers} == {403}
    assert not LoginProvider.objects.exists()


def test_what_the_environment_says_stands_above_the_office(
    office: Client, openid: OpenIdVendor, settings: Settings
) -> None:
    office.post(PAGE, form(openid, client_id="of the office"))
    settings.LOGIN_PROVIDERS = {
        "oidc": {"client_id": "paidan", "secret": openid.secret, "address": openid.address, "name": "Env"}
    }

    refused = office.post(PAGE, form(openid))

    assert provider_setup("oidc").client_id == "paidan"
    assert refused.status_code == 422
    assert "set by the environment" in sentences(office, PAGE)
    assert "Log in with Env" in sentences(Client(HTTP_ACCEPT_LANGUAGE="en"))


def environment(**values: str) -> Any:
    return environment_read({"PAIDAN_SECRET_KEY": "k", **values}).login_providers


def test_the_environment_sets_providers_up() -> None:
    said = environment(
        PAIDAN_LOGIN_OIDC_ID="paidan", PAIDAN_LOGIN_OIDC_SECRET="s", PAIDAN_LOGIN_OIDC_URL="https://id.example/"
    )

    assert said["oidc"] == {"client_id": "paidan", "secret": "s", "address": "https://id.example"}
    assert said["wechat"] == {}


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"PAIDAN_LOGIN_FEISHU_ID": "x"}, "PAIDAN_LOGIN_FEISHU_SECRET"),
        ({"PAIDAN_LOGIN_OIDC_ID": "x", "PAIDAN_LOGIN_OIDC_SECRET": "s"}, "PAIDAN_LOGIN_OIDC_URL"),
        ({"PAIDAN_LOGIN_WECHAT_API_URL": "http://api.example"}, "PAIDAN_LOGIN_WECHAT_API_URL"),
    ],
)
def test_an_environment_that_cannot_be_used_is_named(values: dict[str, str], named: str) -> None:
    with pytest.raises(EnvironmentInvalid, match=named):
        environment(**values)
