"""Customer, technician and dispatcher, each in a browser context of their own."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, Request, expect

from tests.browser.stack import Account, Stack

PHONE = {"width": 390, "height": 844}
SCREEN = {"width": 1440, "height": 900}
LANGUAGES = {"zh-hans": "zh-CN", "en": "en-US"}
PATIENCE_MS = 20_000
LIVE_SECONDS = 2.0
_INSIDE = ("data:", "blob:", "about:", "chrome-error:")


@dataclass
class People:
    """Everybody with a browser in this test; what any of them asks of the network is noted."""

    browser: Browser
    stack: Stack
    contexts: list[BrowserContext] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def visitor(self, *, language: str = "zh-hans", size: dict[str, int] = PHONE) -> Page:
        """Somebody who is not logged in."""
        return self._context(language, size, None).new_page()

    def member(self, account: Account, *, language: str = "zh-hans", size: dict[str, int] = PHONE) -> Page:
        """Somebody who is logged in; by the form the first time, by the kept session after."""
        known = _sessions.get((self.stack.address, account.login))
        context = self._context(language, size, known)
        page = context.new_page()
        if known is None:
            log_in(page, self.stack, account)
            # The language belongs to this test, not to the session.
            context.clear_cookies(name="django_language")
            _sessions[self.stack.address, account.login] = context.storage_state()
        return page

    def role(self, role: str, *, language: str = "zh-hans") -> Page:
        """The demo account of a role, on the screen its face is made for."""
        size = PHONE if role in {"customer", "technician", "team_lead"} else SCREEN
        return self.member(self.stack.accounts[role], language=language, size=size)

    def leave(self) -> None:
        """Close every browser context."""
        for context in self.contexts:
            context.close()
        self.contexts.clear()

    def pictures(self, folder: Path) -> None:
        """What everybody sees at this moment, as files."""
        folder.mkdir(parents=True, exist_ok=True)
        pages = [page for context in self.contexts for page in context.pages]
        for number, page in enumerate(pages, start=1):
            page.screenshot(path=folder / f"{number}.png", full_page=True)
            (folder / f"{number}.txt").write_text(f"{page.url}\n\n{page.inner_text('body')}\n")

    def _context(self, language: str, size: dict[str, int], known: Any) -> BrowserContext:
        context = self.browser.new_context(
            base_url=self.stack.address,
            locale=LANGUAGES[language],
            timezone_id="Asia/Shanghai",
            viewport={"width": size["width"], "height": size["height"]},
            has_touch=size is PHONE,
            storage_state=known,
        )
        context.set_default_timeout(PATIENCE_MS)
        context.on("request", self._asked)
        context.on("weberror", lambda error: self.faults.append(str(error.error)))
        self.contexts.append(context)
        return context

    def _asked(self, request: Request) -> None:
        if not request.url.startswith(_INSIDE) and urlsplit(request.url).hostname != "127.0.0.1":
            self.outside.append(request.url)


_sessions: dict[tuple[str, str], Any] = {}


def log_in(page: Page, stack: Stack, account: Account) -> None:
    """Through the log-in page, with a password."""
    visit(page, "/login/password/")
    page.fill("[name=login]", account.login)
    page.fill("[name=password]", account.password)
    with page.expect_navigation():
        page.press("[name=password]", "Enter")
    assert "/login" not in page.url, page.inner_text("main")


def visit(page: Page, path: str) -> None:
    """Open a page of ours and wait until its scripts are ready."""
    answer = page.goto(path)
    assert answer is not None
    assert answer.ok, f"{answer.status} {path}"
    ready(page)


def ready(page: Page) -> None:
    """Wait until the page's scripts are at work."""
    page.wait_for_selector("html[data-scripts=ready]", state="attached")


def live(page: Page) -> None:
    """Wait until the page hears of changes."""
    ready(page)
    expect(page.locator("[data-live-status]")).to_have_attribute(
        "data-live-state", re.compile("live|polling"), timeout=PATIENCE_MS
    )


def seen(page: Page, selector: str, *, text: str | None = None) -> None:
    """Wait until something is shown."""
    wanted = page.locator(selector)
    expect(wanted.first).to_be_visible(timeout=PATIENCE_MS)
    if text is not None:
        expect(wanted.first).to_contain_text(text, timeout=PATIENCE_MS)


def until(check: Callable[[], Any], page: Page, *, seconds: float = 20.0) -> Any:
    """Wait until a check is true, while the page goes on; returns what it answered."""
    deadline = time.monotonic() + seconds
    while True:
        found = check()
        if found:
            return found
        assert time.monotonic() < deadline, "it did not happen in time"
        page.wait_for_timeout(100)
