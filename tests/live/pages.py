"""Pages for the browser tests of the live client: our bundle and our content policy, invented parts."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route

from paidan.web.components.middleware import policy_text
from tests.live.served import Part, Person

DIST = Path(__file__).resolve().parents[2] / "src" / "paidan" / "web" / "static" / "dist"
STATUS = (
    '<p role="status" data-live-status data-live-text-live="up to date" data-live-text-polling="a little later"'
    ' data-live-text-offline="out of date" data-live-text-signed-out="logged out"></p>'
)


def bundle() -> str:
    """The address of the built base script."""
    manifest = DIST / "manifest.json"
    if not manifest.exists():
        pytest.fail("The front end is not built: run “make env”.")
    chunks: dict[str, Any] = json.loads(manifest.read_text())
    return f"/static/dist/{chunks['src/entries/base.ts']['file']}"


class Desk:
    """One browser context: serves the test page and its parts, and counts what is fetched again."""

    def __init__(self, context: BrowserContext, address: str, reader: str) -> None:
        self.context = context
        self.address = address
        self.reader = reader
        self.fetched: Counter[str] = Counter()
        self.answers: dict[str, dict[str, Any]] = {}
        context.route("**/live-test/page?*", self._page)
        context.route("**/live-test/part/*", self._part)

    def open(self, body: str) -> Page:
        """A tab with this body, when it is ready."""
        self._body = body
        page = self.context.new_page()
        page.goto(f"{self.address}/live-test/page?{time.monotonic_ns()}")
        page.wait_for_selector("html[data-scripts=ready]", state="attached")
        return page

    def settled(self, page: Page) -> Counter[str]:
        """What had been fetched when nothing more was fetched for a second."""
        before = None
        while before != self.fetched:
            before = self.fetched.copy()
            page.wait_for_timeout(1_000)
        return before

    def part(self, name: str, words: str, inside: str = "first") -> str:
        """A part of a page that is fetched again when one of the words is meant."""
        return f'<div id="{name}" data-live="{words}" hx-get="/live-test/part/{name}" hx-trigger="live">{inside}</div>'

    def _page(self, route: Route) -> None:
        content = (
            "<!doctype html><html lang=en><head><title>Live</title>"
            f'<meta name="paidan:live" content="{self.reader}">'
            f'<script type="module" src="{bundle()}"></script></head>'
            f"<body>{STATUS}{self._body}</body></html>"
        )
        headers = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": policy_text({})}
        route.fulfill(status=200, headers=headers, body=content)

    def _part(self, route: Route) -> None:
        name = route.request.url.rsplit("/", 1)[1]
        self.fetched[name] += 1
        answer = {"status": 200, "body": f"fetched {self.fetched[name]}", **self.answers.get(name, {})}
        route.fulfill(**answer)


@contextmanager
def desk(browser: Browser, part: Part, person: Person, *, without_worker: bool = False) -> Iterator[Desk]:
    """A browser of its own in which this person is logged in."""
    context = browser.new_context()
    name, value = person.headers["Cookie"].split("=", 1)
    context.add_cookies([{"name": name, "value": value, "url": part.address}])
    if without_worker:
        context.add_init_script("delete window.SharedWorker")
    context.set_default_timeout(15_000)
    try:
        yield Desk(context, part.address, f"user:{person.user_id}")
    finally:
        context.close()


def streams_open(port: int) -> int:
    """How many connections to this port stand, from the kernel's table (state 01 is established)."""
    rows = Path("/proc/net/tcp").read_text().splitlines()[1:]
    fields = [row.split() for row in rows]
    return sum(row[1].endswith(f":{port:04X}") and row[3] == "01" for row in fields)


def eventually(check: Any, *, seconds: float = 10.0, page: Page | None = None) -> None:
    """Wait until the check is true; the page keeps running meanwhile."""
    deadline = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < deadline, "it did not happen in time"
        if page is None:
            time.sleep(0.05)
        else:
            page.wait_for_timeout(50)
