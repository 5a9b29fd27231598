"""The live client in a real browser, against real web and events processes behind one port."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import chromium_started
from tests.live.log import event_insert
from tests.live.pages import Desk, desk, eventually, streams_open
from tests.live.served import House, Part, Person, door, part

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(500), pytest.mark.xdist_group("live")]
Database = psycopg.Connection[Any]
EVENTS_PER_BURST = 40


@pytest.fixture(scope="module")
def events(home: House) -> Iterator[Part]:
    with part(home, "events") as running:
        yield running


@pytest.fixture(scope="module")
def front(home: House, events: Part) -> Iterator[Part]:
    with part(home, "web") as web, door(home, web, events) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium_started() as started:
        yield started


@pytest.fixture
def database(home: House, events: Part) -> Iterator[Database]:
    """A connection to an empty event log: a new page would hear of what the test before did just now."""
    eventually(lambda: streams_open(events.port) == 0)
    with home.connect() as connection:
        connection.execute("DELETE FROM kernel_event")
        yield connection


@pytest.fixture
def person(home: House) -> Person:
    return home.people[0]


def hall(home: House) -> str:
    return f"hall:{home.territory_id}"


def is_live(page: Page) -> None:
    expect(page.locator("[data-live-status]")).to_have_attribute("data-live-state", "live")


@pytest.mark.parametrize("without_worker", [False, True], ids=["shared worker", "elected tab"])
def test_all_tabs_share_one_stream_and_hear_what_concerns_them(
    browser: Browser, home: House, front: Part, events: Part, database: Database, *, without_worker: bool
) -> None:
    with desk(browser, front, home.people[0], without_worker=without_worker) as own:
        body = own.part("near", hall(home)) + own.part("far", "hall:999999 visit:1")
        first, second = own.open(body), own.open(body)
        is_live(first)
        is_live(second)
        eventually(lambda: streams_open(events.port) == 1, page=first)
        heard = own.settled(first)  # a tab that came before the one with the stream reads everything once more
        shown = {page: page.inner_text("#near") for page in (first, second)}
        began = time.monotonic()

        event_insert(database, hall(home))

        for page in (first, second):
            expect(page.locator("#near")).not_to_have_text(shown[page])
        assert time.monotonic() - began < 2
        first.wait_for_timeout(500)
        assert own.fetched - heard == {"near": 2}
        assert streams_open(events.port) == 1


@pytest.mark.parametrize("words", ["V0000000000A1", "visit.assigned", "visit", "hall", "x hall y", "*"])
def test_a_part_may_name_a_reference_an_event_or_a_kind(
    browser: Browser, home: House, front: Part, person: Person, database: Database, words: str
) -> None:
    with desk(browser, front, person) as own:
        page = own.open(own.part("named", words) + own.part("other", "visit.assign V0000000000A hal booking"))
        is_live(page)

        event_insert(database, hall(home))

        expect(page.locator("#named")).to_have_text("fetched 1")
        page.wait_for_timeout(300)
        assert own.fetched["other"] == 0


def test_a_burst_is_fetched_again_at_most_every_400_milliseconds(
    browser: Browser, home: House, front: Part, person: Person, database: Database
) -> None:
    with desk(browser, front, person) as own:
        page = own.open(own.part("near", hall(home)))
        is_live(page)
        began = time.monotonic()

        for _ in range(EVENTS_PER_BURST):
            event_insert(database, hall(home))
            page.wait_for_timeout(40)

        page.wait_for_timeout(1000)
        most = (time.monotonic() - began) / 0.4 + 1
        assert 2 <= own.fetched["near"] <= most


def test_typed_text_is_never_lost(
    browser: Browser, home: House, front: Part, person: Person, database: Database
) -> None:
    form = '<form><label>Note <input id="note" value=""></label></form>'
    with desk(browser, front, person) as own:
        page = own.open(own.part("near", hall(home), form) + "<button id=aside type=button>aside</button>")
        is_live(page)
        page.fill("#note", "楼下门禁坏了")
        page.focus("#aside")

        event_insert(database, hall(home))

        expect(page.locator("#near")).to_have_attribute("data-live-waiting", "")
        page.wait_for_timeout(800)
        assert own.fetched["near"] == 0
        expect(page.locator("#note")).to_have_value("楼下门禁坏了")

        page.fill("#note", "")
        page.focus("#aside")

        expect(page.locator("#near")).to_have_text("fetched 1")
        assert page.locator("#near").get_attribute("data-live-waiting") is None


def test_text_typed_while_the_new_content_is_on_its_way_is_kept(
    browser: Browser, home: House, front: Part, person: Person, database: Database
) -> None:
    form = '<form><label>Note <input id="note" value=""></label></form>'
    with desk(browser, front, person) as own:
        page = own.open(own.part("near", hall(home), form))
        is_live(page)
        page.evaluate(
            "document.addEventListener("
            "'htmx:beforeRequest', () => document.getElementById('note').focus(), {once: true})"
        )

        event_insert(database, hall(home))

        eventually(lambda: own.fetched["near"] == 1, page=page)
        expect(page.locator("#near")).to_have_attribute("data-live-waiting", "")
        expect(page.locator("#note")).to_be_focused()
        page.locator("#note").blur()
        expect(page.locator("#near")).to_have_text("fetched 2")


def test_the_keyboards_place_is_kept_when_the_part_is_replaced(
    browser: Browser, home: House, front: Part, person: Person, database: Database
) -> None:
    inside = '<a href="/offers/O1">one</a> <a href="/offers/O2">two</a>'
    with desk(browser, front, person) as own:
        own.answers["near"] = {"body": '<b>new</b> <a href="/offers/O2">two</a>'}
        page = own.open(own.part("near", hall(home), inside))
        is_live(page)
        page.focus("a[href='/offers/O2']")

        event_insert(database, hall(home))

        expect(page.locator("#near b")).to_have_text("new")
        expect(page.locator("a[href='/offers/O2']")).to_be_focused()


def test_an_island_is_told_what_changed(
    browser: Browser, home: House, front: Part, person: Person, database: Database
) -> None:
    with desk(browser, front, person) as own:
        page = own.open(f'<div id="board" data-live="{hall(home)}"></div>')
        page.evaluate(
            "document.addEventListener('paidan:change', (event) =>"
            " { window.told = {id: event.target.id, ...event.detail}; })"
        )
        is_live(page)

        event_insert(database, hall(home), "desk:1", name="offer.opened", refs=("O1",))

        eventually(lambda: page.evaluate("Boolean(window.told)"), page=page)
        assert page.evaluate("window.told") == {
            "id": "board",
            "changes": [{"name": "offer.opened", "refs": ["O1"], "topics": [hall(home)]}],
            "reset": False,
        }


def test_what_is_out_of_sight_waits_until_it_is_seen(
    browser: Browser, home: House, front: Part, person: Person, database: Database
) -> None:
    with desk(browser, front, person) as own:
        page = own.open(f"<div id=drawer hidden>{own.part('near', hall(home))}</div>")
        is_live(page)

        event_insert(database, hall(home))
        page.wait_for_timeout(1500)
        assert own.fetched["near"] == 0
        page.evaluate("document.getElementById('drawer').hidden = false")

        expect(page.locator("#near")).to_have_text("fetched 1")


def test_a_page_is_current_by_polling_when_the_events_process_is_killed_and_live_when_it_is_back(
    browser: Browser, home: House, front: Part, events: Part, person: Person, database: Database
) -> None:
    with desk(browser, front, person) as own:
        page = own.open(own.part("near", hall(home)))
        status = page.locator("[data-live-status]")
        is_live(page)
        expect(status).to_have_text("")
        events.kill()
        try:
            began = time.monotonic()

            event_insert(database, hall(home))

            expect(page.locator("#near")).to_have_text("fetched 1")
            assert time.monotonic() - began < 10
            expect(status).to_have_text("a little later")
            event_insert(database, hall(home))
            expect(page.locator("#near")).to_have_text("fetched 2")
        finally:
            events.start()
        expect(status).to_have_text("up to date", timeout=40_000)
        event_insert(database, hall(home))
        expect(page.locator("#near")).to_have_text("fetched 3", timeout=2_000)


def test_what_happens_while_everything_is_down_is_shown_afterwards(
    browser: Browser, home: House, person: Person, database: Database
) -> None:
    with part(home, "whole") as whole, desk(browser, whole, person) as own:
        page = own.open(own.part("near", hall(home)))
        status = page.locator("[data-live-status]")
        is_live(page)

        whole.kill()
        expect(status).to_have_text("out of date", timeout=20_000)
        event_insert(database, hall(home))
        whole.start()

        expect(page.locator("#near")).to_have_text("fetched 1", timeout=20_000)
        expect(status).to_have_text("up to date", timeout=40_000)


def test_a_part_that_cannot_be_fetched_is_tried_again(
    browser: Browser, home: House, front: Part, person: Person, database: Database
) -> None:
    with desk(browser, front, person) as own:
        own.answers["near"] = {"status": 503, "body": "away"}
        page = own.open(own.part("near", hall(home)))
        is_live(page)

        event_insert(database, hall(home))
        eventually(lambda: own.fetched["near"] == 1, page=page)
        own.answers.clear()

        expect(page.locator("#near")).to_have_text("fetched 2", timeout=10_000)


def test_when_the_session_ends_the_page_says_so_and_stays_where_it_is(
    browser: Browser, home: House, front: Part, database: Database
) -> None:
    leaving = home.people[2]
    with desk(browser, front, leaving) as own:
        own.answers["near"] = {"status": 204, "headers": {"HX-Redirect": "/login/"}}
        page = own.open(own.part("near", hall(home)) + '<input id="note" aria-label="note">')
        is_live(page)
        page.fill("#note", "half a sentence")
        here = page.url

        database.execute("DELETE FROM django_session WHERE session_key = %s", [leaving.session])
        event_insert(database, hall(home))

        eventually(lambda: own.fetched["near"] >= 1, page=page)
        expect(page.locator("[data-live-status]")).to_have_text("logged out", timeout=60_000)
        assert page.url == here
        expect(page.locator("#note")).to_have_value("half a sentence")


def test_another_tab_takes_over_when_the_leading_one_is_closed(
    browser: Browser, home: House, front: Part, events: Part, person: Person, database: Database
) -> None:
    with desk(browser, front, person, without_worker=True) as own:
        first = own.open(own.part("near", hall(home)))
        is_live(first)
        second = own.open(own.part("near", hall(home)))
        is_live(second)

        first.close(run_before_unload=False)
        event_insert(database, hall(home))

        expect(second.locator("#near")).to_contain_text("fetched")
        eventually(lambda: streams_open(events.port) == 1, page=second)


@pytest.mark.parametrize("without_worker", [False, True], ids=["shared worker", "elected tab"])
def test_the_stream_is_closed_while_nobody_looks_and_replayed_on_return(
    browser: Browser, home: House, front: Part, events: Part, database: Database, *, without_worker: bool
) -> None:
    with desk(browser, front, home.people[1], without_worker=without_worker) as own:
        page = own.open(own.part("near", hall(home)))
        is_live(page)
        look_away(page, hidden=True)
        page.wait_for_timeout(5_000)
        assert streams_open(events.port) == 1
        eventually(lambda: streams_open(events.port) == 0, seconds=40, page=page)

        event_insert(database, hall(home))
        page.wait_for_timeout(1_000)
        assert own.fetched["near"] == 0
        look_away(page, hidden=False)

        expect(page.locator("#near")).to_have_text("fetched 1", timeout=4_000)
        assert streams_open(events.port) == 1


def look_away(page: Page, *, hidden: bool) -> None:
    page.evaluate(
        "(state) => { Object.defineProperty(document, 'visibilityState', {value: state, configurable: true});"
        " document.dispatchEvent(new Event('visibilitychange')); }",
        "hidden" if hidden else "visible",
    )


def test_a_page_hears_what_happened_while_it_was_loading(
    browser: Browser, home: House, front: Part, person: Person, database: Database
) -> None:
    with desk(browser, front, person) as own:
        slow = SlowStart(own, database, hall(home))

        page = own.open(own.part("near", hall(home)))

        expect(page.locator("#near")).to_have_text("fetched 1")
        assert slow.happened


def test_our_own_pages_are_live_under_their_own_policy(
    browser: Browser, home: House, front: Part, database: Database, person: Person
) -> None:
    complaints: list[str] = []
    with desk(browser, front, person) as own:
        page = own.context.new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)

        page.goto(f"{front.address}/crew/")

        is_live(page)
        expect(page.locator("[data-live-status]")).to_have_text("")
        assert complaints == []


class SlowStart:
    """Lets something happen after the page was asked for and before its script runs."""

    def __init__(self, own: Desk, database: Database, topic: str) -> None:
        self.happened = False
        self._database = database
        self._topic = topic
        own.context.route("**/static/dist/assets/base-*.js", self._script)

    def _script(self, route: Any) -> None:
        if not self.happened:
            self.happened = True
            event_insert(self._database, self._topic)
        route.continue_()
