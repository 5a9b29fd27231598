"""Log-in by an OpenID provider: in, linked, unlinked, and everything that must not get through (U1)."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connections
from django.test import Client

from paidan.accounts import totp
from paidan.accounts.constants import RoleCode
from paidan.accounts.errors import IdentityTaken, LastWayIn
from paidan.accounts.models import Identity, User
from paidan.accounts.ports import ProvenIdentity, ProvenSubject
from paidan.accounts.services import app_confirm, identity_link, identity_unlink, user_create
from paidan.integrations import outgoing
from paidan.kernel.clock import now
from tests.accounts.conftest import KeptCodes
from tests.identity.conftest import is_in, leave, sentences, set_up
from tests.identity.oidc import KEY, OTHER_KEY, OpenIdVendor
from tests.identity.servers import Asked, Said, running

pytestmark = pytest.mark.django_db
PASSWORD = "Sturdy-Lamp-42"
ANSWER = "/login/with/oidc/answer/"


def person(role: RoleCode = RoleCode.MANAGER, number: int = 1, **more: Any) -> User:
    return user_create(role=role, name="某人", phone=f"+861390000{number:04d}", password=PASSWORD, **more)


def linked(user: User, company: OpenIdVendor, subject: str = "0001") -> User:
    proven = ProvenIdentity((ProvenSubject(company.address, subject),), "王芳")
    identity_link(user_id=user.pk, provider="oidc", proven=proven, now=now())
    return user


def come_back(browser: Client, company: OpenIdVendor, *, path: str = "/login/with/oidc/", **form: str) -> Any:
    _address, query = leave(browser, path, **form)
    return browser.get(f"{ANSWER}?{company.consent(query)}")


def log_in(browser: Client, number: int = 1) -> None:
    browser.post("/login/password/", {"login": f"1390000{number:04d}", "password": PASSWORD})


def test_the_button_is_there_only_while_the_provider_is_on(browser: Client, openid: OpenIdVendor) -> None:
    assert "/login/with/" not in browser.get("/login/").content.decode()
    assert browser.post("/login/with/oidc/")["Location"] == "/login/"

    set_up(openid)
    assert "Log in with Acme" in browser.get("/login/").content.decode()
    set_up(openid, is_on=False)

    assert "/login/with/" not in browser.get("/login/password/").content.decode()


def test_whoever_is_linked_is_in_and_goes_where_they_were_going(browser: Client, company: OpenIdVendor) -> None:
    user = linked(person(), company)

    address, query = leave(browser, next="/office/audit/")
    entered = browser.get(f"{ANSWER}?{company.consent(query)}")

    assert address == f"{company.address}/authorize"
    assert query["redirect_uri"] == f"http://testserver{ANSWER}"
    assert entered["Location"] == "/office/audit/"
    assert browser.session["_auth_user_id"] == str(user.pk)
    assert browser.session["login_proof"]["by"] == "identity"
    assert Identity.objects.get(user=user).last_used_at is not None


def test_a_page_elsewhere_is_nowhere_to_go(browser: Client, company: OpenIdVendor) -> None:
    linked(person(), company)

    entered = come_back(browser, company, next="https://evil.example/")

    assert entered["Location"] == "/start/"


def test_a_stranger_signs_up_by_phone_and_is_linked(browser: Client, company: OpenIdVendor, codes: KeptCodes) -> None:
    arrived = come_back(browser, company, next="/bookings/")

    assert arrived["Location"] == "/login/?next=%2Fbookings%2F"
    assert not is_in(browser)
    assert not Identity.objects.exists()
    assert "You come from Acme as “王芳”" in sentences(browser)
    browser.post("/login/", {"phone": "13900000009"})
    assert 'value="王芳"' in browser.get("/login/code/").content.decode()
    browser.post("/login/code/", {"code": codes.last, "name": "王芳"})

    user = User.objects.get(phone="+8613900000009")
    assert Identity.objects.get().user == user
    assert "From now on you can log in with Acme." in sentences(browser, "/account/")
    again = Client()
    come_back(again, company)
    assert again.session["_auth_user_id"] == str(user.pk)


def test_an_account_is_joined_by_its_own_password_never_by_what_the_provider_tells(
    browser: Client, company: OpenIdVendor
) -> None:
    user = person(email="boss@example.com")
    company.claims = {"email": "boss@example.com", "email_verified": True, "phone_number": "+8613900000001"}

    come_back(browser, company)
    assert not is_in(browser)
    log_in(browser)

    assert is_in(browser)
    assert Identity.objects.get().user == user


def test_whoever_came_may_say_that_it_is_not_them(browser: Client, company: OpenIdVendor) -> None:
    person()
    come_back(browser, company)

    browser.post("/login/with/nobody/")
    log_in(browser)

    assert is_in(browser)
    assert not Identity.objects.exists()


def test_an_identity_waits_ten_minutes(browser: Client, company: OpenIdVendor) -> None:
    person()
    come_back(browser, company)

    with time_machine.travel(now() + timedelta(minutes=11), tick=False):
        log_in(browser)

    assert not Identity.objects.exists()


def test_the_second_factor_is_asked_for_as_ever(browser: Client, company: OpenIdVendor) -> None:
    user = linked(person(), company)
    secret = b"12345678901234567890"
    before = now() - timedelta(minutes=2)
    app_confirm(user_id=user.pk, secret=secret, code=totp.code_of(secret, totp.counter_at(before)), now=before)

    first = come_back(browser, company, next="/account/security/")
    assert first["Location"] == "/login/second/?next=%2Faccount%2Fsecurity%2F"
    assert not is_in(browser)
    browser.post("/login/second/", {"code": totp.code_of(secret, totp.counter_at(now()))})

    assert is_in(browser)


def test_an_administrator_still_owes_a_second_factor(browser: Client, company: OpenIdVendor) -> None:
    linked(person(RoleCode.ADMINISTRATOR), company)

    come_back(browser, company)
    closed = browser.get("/office/")

    assert closed["Location"].startswith("/account/security/")


def test_a_disabled_account_stays_closed(browser: Client, company: OpenIdVendor) -> None:
    user = linked(person(), company)
    User.objects.filter(pk=user.pk).update(is_active=False)

    come_back(browser, company)

    assert not is_in(browser)
    assert "This account has been closed." in sentences(browser)


def wrong(**changed: Any) -> dict[str, Any]:
    return changed


@pytest.mark.parametrize(
    "fault",
    [
        wrong(claims={"nonce": "another"}),
        wrong(claims={"nonce": None}),
        wrong(claims={"aud": "somebody-else"}),
        wrong(claims={"iss": "https://evil.example"}),
        wrong(claims={"exp": int(time.time()) - 3600}),
        wrong(claims={"exp": None}),
        wrong(claims={"sub": None}),
        wrong(claims={"sub": ""}),
        wrong(claims={"sub": "x" * 256}),
        wrong(claims={"aud": ["paidan", "other"], "azp": "other"}),
        wrong(sign={"key": OTHER_KEY, "algorithm": "RS256", "headers": {"kid": "one"}}),
        wrong(sign={"key": KEY, "algorithm": "RS256", "headers": {"kid": "two"}}),
        wrong(sign={"key": "s3cret/+:" * 8, "algorithm": "HS256", "headers": {"kid": "one"}}),
        wrong(sign={"key": None, "algorithm": "none", "headers": {"kid": "one"}}),
    ],
    ids=[
        "another nonce",
        "no nonce",
        "another audience",
        "another issuer",
        "expired",
        "without end",
        "nobody",
        "nobody named",
        "too long",
        "another party",
        "another key",
        "unknown key",
        "shared secret",
        "unsigned",
    ],
)
def test_a_token_that_does_not_hold_opens_nothing(
    browser: Client, company: OpenIdVendor, fault: dict[str, Any]
) -> None:
    linked(person(), company)
    for name, value in fault.items():
        setattr(company, name, value)

    come_back(browser, company)

    assert not is_in(browser)
    assert "could not be checked" in sentences(browser)


def test_an_answer_serves_once_and_in_its_own_browser(browser: Client, company: OpenIdVendor) -> None:
    linked(person(), company)
    _address, query = leave(browser)
    answer = f"{ANSWER}?{company.consent(query)}"

    stranger = Client(HTTP_ACCEPT_LANGUAGE="en")
    stranger.get(answer)
    assert not is_in(stranger)
    assert "begun in another browser" in sentences(stranger)
    browser.get(answer)
    assert is_in(browser)
    browser.post("/logout/")
    browser.get(answer)

    assert not is_in(browser)


def test_an_answer_after_ten_minutes_is_too_late(browser: Client, company: OpenIdVendor) -> None:
    linked(person(), company)
    _address, query = leave(browser)

    with time_machine.travel(now() + timedelta(minutes=11), tick=False):
        browser.get(f"{ANSWER}?{company.consent(query)}")
        assert "too long ago" in sentences(browser)

    assert not is_in(browser)


def test_whoever_says_no_over_there_is_told_that_nothing_happened(browser: Client, company: OpenIdVendor) -> None:
    _address, query = leave(browser, next="/bookings/")

    back = browser.get(f"{ANSWER}?error=access_denied&state={query['state']}")

    assert back["Location"] == "/login/?next=%2Fbookings%2F"
    assert "broken off on the other side" in sentences(browser)


def test_the_answer_of_another_issuer_is_refused(browser: Client, company: OpenIdVendor) -> None:
    linked(person(), company)
    _address, query = leave(browser)
    answer = company.consent(query).replace("iss=", "iss=https%3A%2F%2Fevil.example&was=")

    browser.get(f"{ANSWER}?{answer}")

    assert not is_in(browser)


class Down:
    def answer(self, _asked: Asked) -> Said:
        return Said(b"<html>Bad gateway", 502)


class Hanging:
    def answer(self, _asked: Asked) -> Said:
        time.sleep(1.2)
        return Said({})


@pytest.mark.parametrize("vendor", [Down(), Hanging()])
def test_a_provider_that_is_down_or_hangs_is_a_sentence(
    browser: Client, openid: OpenIdVendor, vendor: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outgoing, "CALL_SECONDS", 0.3)
    with running(vendor) as server:
        set_up(openid, address=server.address)
        back = browser.post("/login/with/oidc/", {"next": "/bookings/"})

    assert back["Location"] == "/login/?next=%2Fbookings%2F"
    assert "does not answer properly" in sentences(browser)


def test_a_provider_that_names_another_issuer_is_not_believed(browser: Client, company: OpenIdVendor) -> None:
    company.said = {"issuer": "https://accounts.example"}

    browser.post("/login/with/oidc/")

    assert "does not answer properly" in sentences(browser)


def test_a_provider_may_want_the_secret_in_the_form(browser: Client, company: OpenIdVendor) -> None:
    company.said = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    linked(person(), company)

    come_back(browser, company)

    assert is_in(browser)


def test_a_name_that_the_token_lacks_is_asked_for(browser: Client, company: OpenIdVendor) -> None:
    company.claims = {"name": None}

    come_back(browser, company)

    assert "You come from Acme as “芳芳”" in sentences(browser)


def test_linking_and_unlinking_on_the_page_of_security(browser: Client, company: OpenIdVendor) -> None:
    user = person()
    log_in(browser)

    assert "Not linked" in browser.get("/account/security/").content.decode()
    back = come_back(browser, company, path="/account/security/with/oidc/")
    page = sentences(browser, "/account/security/")

    assert back["Location"] == "/account/security/"
    assert "From now on you can log in with Acme." in page
    assert Identity.objects.get().user == user
    browser.post("/account/security/with/oidc/remove/")
    assert "Acme no longer opens your account." in sentences(browser, "/account/security/")
    assert not Identity.objects.exists()


def test_linking_needs_a_fresh_log_in(browser: Client, company: OpenIdVendor) -> None:
    person()
    log_in(browser)

    with time_machine.travel(now() + timedelta(minutes=16), tick=False):
        refused = browser.post("/account/security/with/oidc/")

    assert refused.status_code == 303
    assert not browser.session.get("identity_asked")


def test_a_question_of_one_account_is_not_answered_in_another(browser: Client, company: OpenIdVendor) -> None:
    person()
    other = person(number=2)
    log_in(browser)
    _address, query = leave(browser, "/account/security/with/oidc/")
    kept = browser.session["identity_asked"]
    browser.post("/logout/")
    log_in(browser, 2)
    session = browser.session
    session["identity_asked"] = kept
    session.save()

    browser.get(f"{ANSWER}?{company.consent(query)}")

    assert not Identity.objects.filter(user=other).exists()


def test_what_opens_another_account_is_not_taken_over(browser: Client, company: OpenIdVendor) -> None:
    first = linked(person(), company)
    person(number=2)
    log_in(browser, 2)

    come_back(browser, company, path="/account/security/with/oidc/")

    assert "belongs to another account" in sentences(browser, "/account/security/")
    assert Identity.objects.get().user == first


def test_a_second_identity_of_one_provider_is_refused(company: OpenIdVendor) -> None:
    user = linked(person(), company)

    with pytest.raises(IdentityTaken):
        linked(user, company, subject="0002")

    assert Identity.objects.get().subject == "0001"


def test_the_last_way_in_stays(company: OpenIdVendor) -> None:
    user = user_create(role=RoleCode.MANAGER, name="某人", email="a@example.com")
    linked(user, company)

    with pytest.raises(LastWayIn):
        identity_unlink(user_id=user.pk, provider="oidc")
    assert Identity.objects.exists()
    user.set_password(PASSWORD)
    user.save()
    identity_unlink(user_id=user.pk, provider="oidc")

    assert not Identity.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_accounts_that_link_one_identity_at_the_same_moment_one_has_it(company: OpenIdVendor) -> None:
    users = [person(number=number) for number in range(1, 7)]

    def attempt(user: User) -> bool:
        try:
            linked(user, company)
        except IdentityTaken:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(len(users)) as pool:
        won = list(pool.map(attempt, users))

    assert won.count(True) == 1
    assert Identity.objects.get().user == users[won.index(True)]
