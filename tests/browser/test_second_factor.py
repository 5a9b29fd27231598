"""A passkey in Chromium's own authenticator, and an authenticator app, from set-up to log-in."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, Page

from paidan.accounts import totp
from tests.browser.people import PATIENCE_MS, ready
from tests.browser.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]
PASSWORD = "Sturdy-Lamp-42"


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Somebody's own browser; no script of ours may fail in it."""
    context = browser.new_context(locale="en-US", viewport={"width": 390, "height": 844})
    context.set_default_timeout(PATIENCE_MS)
    faults: list[str] = []
    context.on("weberror", lambda error: faults.append(str(error.error)))
    yield context.new_page()
    context.close()
    assert faults == []


def at_home(page: Page, stack: Stack, path: str) -> None:
    """Open a page at the name for which browsers keep passkeys."""
    page.goto(f"http://localhost:{stack.port}{path}")
    ready(page)


def customer_new(page: Page, stack: Stack) -> str:
    """Sign up by a code; returns the phone."""
    phone = stack.phone_new()
    at_home(page, stack, "/login/")
    page.fill("[name=phone]", phone)
    page.press("[name=phone]", "Enter")
    page.wait_for_url("**/login/code/")
    page.fill("[name=code]", stack.messages(phone, "login_code")[-1]["code"])
    with page.expect_navigation():
        page.press("[name=code]", "Enter")
    return phone


def authenticator_add(page: Page) -> None:
    """Give the browser a device that knows its owner."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def test_a_passkey_is_made_and_then_logs_in_alone(page: Page, stack: Stack) -> None:
    authenticator_add(page)
    customer_new(page, stack)

    at_home(page, stack, "/account/security/passkeys/")
    page.fill("[name=name]", "my phone")
    page.click("form[data-passkey] button")
    page.wait_for_selector("h1:has-text('Recovery codes')")
    at_home(page, stack, "/account/security/")
    assert "my phone" in page.inner_text("main")
    page.context.clear_cookies(name="sessionid")
    at_home(page, stack, "/login/passkey/?next=/account/security/")
    page.click("form[data-passkey] button")
    page.wait_for_url(f"http://localhost:{stack.port}/account/security/")
    ready(page)

    assert "my phone" in page.inner_text("main")


def test_the_digits_of_an_app_are_the_second_step(page: Page, stack: Stack) -> None:
    phone = customer_new(page, stack)
    at_home(page, stack, "/account/security/app/")
    shown = page.inner_text("main code").replace(" ", "")
    secret = base64.b32decode(shown + "=" * (-len(shown) % 8))

    page.fill("[name=code]", totp.code_of(secret, totp.counter_at(datetime.now(UTC))))
    page.press("[name=code]", "Enter")
    page.wait_for_selector("h1:has-text('Recovery codes')")
    recovery = page.inner_text("main li code")
    at_home(page, stack, "/account/")
    page.fill("[name=new]", PASSWORD)
    page.fill("[name=again]", PASSWORD)
    with page.expect_navigation():
        page.press("[name=again]", "Enter")
    page.context.clear_cookies(name="sessionid")
    at_home(page, stack, "/login/password/")
    page.fill("[name=login]", phone)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url("**/login/second/")
    page.fill("[name=code]", recovery)
    with page.expect_navigation():
        page.press("[name=code]", "Enter")
    visit_again = page.goto(f"http://localhost:{stack.port}/account/security/")

    assert visit_again is not None
    assert "9 codes are left" in page.inner_text("main")
