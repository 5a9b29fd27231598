"""From a network with many attempts, a browser works for a moment and then goes on by itself."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.browser.people import PATIENCE_MS, ready
from tests.browser.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]


def test_the_code_is_sent_after_the_work_without_another_click(browser: Browser, stack: Stack) -> None:
    context = browser.new_context(
        base_url=stack.address,
        locale="en-US",
        viewport={"width": 390, "height": 844},
        extra_http_headers={"X-Forwarded-For": "203.0.113.77"},
    )
    context.set_default_timeout(PATIENCE_MS)
    faults: list[str] = []
    context.on("weberror", lambda error: faults.append(str(error.error)))
    page = context.new_page()
    with stack.settings(accounts__attempts_before_challenge=1, accounts__challenge_bits=12):
        for phone in (stack.phone_new(), stack.phone_new()):
            page.goto("/login/")
            ready(page)
            page.fill("[name=phone]", phone)
            page.press("[name=phone]", "Enter")
            page.wait_for_url("**/login/code/")

            assert stack.messages(phone, "login_code")
        page.goto("/login/password/")
        ready(page)
        page.wait_for_function("document.querySelector('[name=proof]').value")
        assert not page.is_visible("[data-challenge]")
        page.fill("[name=login]", phone)
        page.fill("[name=password]", "no-such-password-1")
        page.press("[name=password]", "Enter")
        page.wait_for_selector(".field-error, .alert-danger")

        assert "do not match" in page.inner_text("main")
    context.close()
    assert faults == []
