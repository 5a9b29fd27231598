"""End to end against a provider that is not ours: allauth's, in a second process, over HTTP."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import urlencode

import httpx
import pytest
from django.test import Client

from paidan.accounts.constants import RoleCode
from paidan.accounts.errors import SetupWrong
from paidan.accounts.models import Identity
from paidan.accounts.services import ProviderChange, provider_check, provider_set, user_create
from paidan.kernel.clock import now
from tests.identity import idp
from tests.identity.conftest import is_in, leave, sentences

pytestmark = pytest.mark.django_db
ANSWER = "http://testserver/login/with/oidc/answer/"


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[idp.Provider]:
    with idp.provider_started(tmp_path_factory.mktemp("idp"), redirect_uri=ANSWER) as running:
        yield running


@pytest.fixture(autouse=True)
def _set_up(provider: idp.Provider) -> None:
    set_up(provider)


def set_up(provider: idp.Provider, *, secret: str = idp.SECRET) -> None:
    wanted = ProviderChange(is_on=True, name="", client_id=idp.CLIENT, secret=secret, address=provider.address)
    provider_set(code="oidc", wanted=wanted, now=now())


def over_there(address: str, query: dict[str, str], *, press: str = "grant") -> str:
    """Log in at the provider and press a button of its consent: the address to which it sends the browser back."""
    with httpx.Client(follow_redirects=True) as elsewhere:
        page = elsewhere.get(f"{address}?{urlencode(query)}")
        assert 'name="login"' in page.text, page.text
        page = elsewhere.post(page.url, data={**hidden(page), "login": idp.PERSON, "password": idp.PASSWORD})
        assert 'value="grant"' in page.text, page.text
        form = {**hidden(page), "scopes": ["openid", "profile"], "action": press}
        back = elsewhere.post(page.url.join("/identity/o/authorize"), data=form, follow_redirects=False)
    return back.headers.get("Location") or unescape(re.findall(r'url=([^"]+)"', back.text)[0])


def hidden(page: httpx.Response) -> dict[str, str]:
    """The hidden fields of a form."""
    fields = [tag for tag in re.findall(r"<input[^>]+>", page.text) if 'type="hidden"' in tag]
    values = {}
    for tag in fields:
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name is not None and value is not None:
            values[name.group(1)] = unescape(value.group(1))
    return values


def test_the_first_log_in_links_and_the_second_needs_nothing_else(browser: Client) -> None:
    user = user_create(role=RoleCode.MANAGER, name="某人", phone="+8613900000001", password="Sturdy-Lamp-42")

    back = over_there(*leave(browser, next="/account/security/"))
    assert back.startswith(f"{ANSWER}?")
    arrived = browser.get(back.removeprefix("http://testserver"))
    assert arrived["Location"] == "/login/?next=%2Faccount%2Fsecurity%2F"
    assert "You come from Single sign-on as “Fang Wang”" in sentences(browser)
    browser.post("/login/password/", {"login": "13900000001", "password": "Sturdy-Lamp-42"})
    assert is_in(browser)
    again = Client()
    entered = again.get(over_there(*leave(again, next="/account/security/")).removeprefix("http://testserver"))

    assert entered["Location"] == "/account/security/"
    assert again.session["_auth_user_id"] == str(user.pk)
    assert Identity.objects.get().user == user


def test_whoever_presses_cancel_comes_back_with_a_sentence(browser: Client) -> None:
    back = over_there(*leave(browser), press="cancel")

    browser.get(back.removeprefix("http://testserver"))

    assert "broken off on the other side" in sentences(browser)


def test_a_code_serves_once(browser: Client) -> None:
    back = over_there(*leave(browser)).removeprefix("http://testserver")
    asked = browser.session["identity_asked"]
    browser.get(back)
    session = browser.session
    session["identity_asked"] = asked
    session.save()

    browser.get(back)

    assert "could not be checked" in sentences(browser)


def test_the_connection_is_tested_for_real(provider: idp.Provider) -> None:
    provider_check(code="oidc")

    set_up(provider, secret="another")
    with pytest.raises(SetupWrong):
        provider_check(code="oidc")
