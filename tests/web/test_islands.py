"""The scripts of the design system in a real browser, on the style page."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, Route, ViewportSize, expect
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from tests.browser.axe import axe_violations, sideways_pixels
from tests.browser.chromium import chromium_started

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("islands")]

PHONE: ViewportSize = {"width": 390, "height": 844}
FACES = ("", "portal/", "crew/", "desk/", "office/")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with pytest.MonkeyPatch.context() as patch, chromium_started() as started:
        # Playwright's loop runs in this thread; Django would refuse to talk to the database beside it.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield started


@pytest.fixture
def context(browser: Browser, live_server: LiveServer, settings: Settings) -> Iterator[BrowserContext]:
    settings.STYLEGUIDE = True
    context = browser.new_context(viewport=PHONE, locale="zh-CN", base_url=live_server.url)
    yield context
    context.close()


def settle(page: Page) -> None:
    """Wait until scripts and islands are there."""
    page.wait_for_selector("html[data-scripts=ready]", state="attached")
    page.wait_for_load_state("networkidle")


@pytest.fixture
def page(context: BrowserContext) -> Page:
    page = context.new_page()
    page.goto("/styleguide/")
    settle(page)
    return page


def cookies_set(context: BrowserContext, url: str, **values: str) -> None:
    context.add_cookies([{"name": name, "value": value, "url": url} for name, value in values.items()])


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_component_is_accessible_and_fits(
    context: BrowserContext, live_server: LiveServer, theme: str, language: str
) -> None:
    cookies_set(context, live_server.url, paidan_theme=theme, django_language=language)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)

    for face in FACES:
        for width in (320, 1440):
            page.set_viewport_size({"width": width, "height": 900})
            page.goto(f"/styleguide/{face}")
            settle(page)

            assert axe_violations(page) == []
            assert sideways_pixels(page) == 0
    assert complaints == []


def test_what_was_typed_survives_until_the_server_has_it(
    page: Page, context: BrowserContext, live_server: LiveServer
) -> None:
    page.fill("#id_note", "厨房水槽漏水 💧")
    page.select_option("#id_city_district", "xh")
    page.check("#id_urgency_1")

    page.goto("/styleguide/crew/")
    page.goto("/styleguide/")
    expect(page.locator("#id_note")).to_have_value("厨房水槽漏水 💧")
    expect(page.locator("#id_city_district")).to_have_value("xh")
    expect(page.locator("#id_urgency_1")).to_be_checked()

    cookies_set(context, live_server.url, paidan_draft_done="styleguide")
    page.reload()
    settle(page)
    expect(page.locator("#id_note")).to_have_value("")
    assert page.evaluate("sessionStorage.getItem('paidan:draft:styleguide')") is None


def test_a_question_is_asked_before_the_form_leaves(page: Page) -> None:
    posted: list[str] = []

    def answer(route: Route) -> None:
        posted.append(route.request.post_data or "")
        route.fulfill(status=200, content_type="text/html", body="sent")

    page.route("**/styleguide/", lambda route: answer(route) if route.request.method == "POST" else route.continue_())

    page.click("form[data-confirm] button")
    expect(page.locator("#confirm-dialog h2")).to_have_text("取消这个预约？")
    page.keyboard.press("Escape")
    expect(page.locator("#confirm-dialog")).to_be_hidden()
    assert posted == []

    page.click("form[data-confirm] button")
    page.click("#confirm-dialog [data-part=accept]")
    page.wait_for_selector("text=sent")
    assert posted == ["confirmed=1"]


def test_a_failed_request_says_why_and_its_reference(page: Page) -> None:
    problem = {"title": "Conflict", "detail": "已被其他师傅抢先。", "reference": "RTEST00000001", "code": "offer_gone"}
    page.route(
        "**/undo/",
        lambda route: route.fulfill(status=409, content_type="application/problem+json", body=json.dumps(problem)),
    )
    toast = {"message": "已出发", "action_label": "撤销", "action_url": "/undo/"}
    page.evaluate("detail => document.body.dispatchEvent(new CustomEvent('toast', {bubbles: true, detail}))", toast)

    with page.expect_request("**/undo/") as sent:
        page.click("text=撤销")

    assert sent.value.headers["x-csrftoken"]
    failure = page.locator(".toast-tone-warning")
    expect(failure).to_contain_text("已被其他师傅抢先。")
    expect(failure).to_contain_text("RTEST00000001")


def test_a_lost_connection_is_told(page: Page) -> None:
    page.route("**/undo/", lambda route: route.abort())
    toast = {"message": "已出发", "action_label": "撤销", "action_url": "/undo/"}
    page.evaluate("detail => document.body.dispatchEvent(new CustomEvent('toast', {bubbles: true, detail}))", toast)

    page.click("text=撤销")

    expect(page.locator(".toast-tone-warning")).to_contain_text("网络不通")


def test_a_countdown_follows_the_servers_clock_and_tells_its_end(page: Page) -> None:
    # The server's clock stands an hour before the browser's: two seconds are left all the same.
    page.evaluate(
        """() => {
            const then = (seconds) => new Date(Date.now() - 3600_000 + seconds * 1000).toISOString();
            const clock = document.createElement('time');
            Object.assign(clock.dataset, {countdown: then(2), now: then(0), countdownOver: '已结束'});
            clock.id = 'trial';
            document.getElementById('main').append(clock);
            addEventListener('countdown:over', (event) => (document.title = event.target.id));
            clock.dispatchEvent(new CustomEvent('htmx:load', {bubbles: true, detail: {elt: clock}}));
        }"""
    )

    expect(page.locator("#trial")).to_have_text("0:02")
    expect(page.locator("#trial")).to_have_text("已结束", timeout=5000)
    assert page.title() == "trial"


def picture(width: int, height: int) -> bytes:
    file = io.BytesIO()
    Image.effect_noise((width, height), 90).convert("RGB").save(file, "JPEG", quality=95)
    return file.getvalue()


def test_photos_are_shrunk_and_can_be_dropped(page: Page) -> None:
    large = picture(3000, 1500)
    page.set_input_files(
        "#id_photos",
        [
            {"name": "large.jpg", "mimeType": "image/jpeg", "buffer": large},
            {"name": "small.jpg", "mimeType": "image/jpeg", "buffer": picture(80, 60)},
        ],
    )
    expect(page.locator(".photo-list li")).to_have_count(2, timeout=15_000)
    sizes = page.evaluate("[...document.getElementById('id_photos').files].map((file) => [file.name, file.size])")
    assert [name for name, _ in sizes] == ["large.jpg", "small.jpg"]
    assert sizes[0][1] < len(large)
    assert page.evaluate("document.querySelector('.photo-list img').naturalWidth") == 2048

    page.click(".photo-list li:first-child .photo-remove")

    expect(page.locator(".photo-list li")).to_have_count(1)
    assert page.evaluate("document.getElementById('id_photos').files[0].name") == "small.jpg"


def test_charts_and_maps_need_nobody_elses_server(context: BrowserContext, live_server: LiveServer) -> None:
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/styleguide/")
    settle(page)

    expect(page.locator("[data-chart] canvas")).to_have_count(2)
    expect(page.locator("[data-map] .map-pin")).to_have_count(2)
    expect(page.locator("[data-map] .map-territory")).to_have_count(2)
    assert [url for url in asked if not url.startswith((live_server.url, "data:", "blob:"))] == []


def test_the_theme_changes_at_once_and_is_remembered(page: Page, context: BrowserContext) -> None:
    page.click(".top-bar [data-bs-toggle=dropdown]")
    with page.expect_response("**/theme/"):
        page.click("button[value=dark]")

    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"
    page.reload()
    assert page.evaluate("document.documentElement.dataset.bsTheme") == "dark"


def test_the_page_follows_the_device_when_nothing_was_chosen(page: Page) -> None:
    def background() -> str:
        return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))

    page.emulate_media(color_scheme="light")
    light = background()
    page.emulate_media(color_scheme="dark")

    assert background() != light


def test_a_portal_page_stays_within_its_script_budget(context: BrowserContext) -> None:
    page = context.new_page()
    page.goto("/styleguide/portal/")
    settle(page)
    sources = page.evaluate(
        "performance.getEntriesByType('resource').map((e) => e.name).filter((n) => n.endsWith('.js'))"
    )

    packed = page.evaluate(
        """async (sources) => {
            let bytes = 0;
            for (const source of sources) {
                const body = (await fetch(source)).body.pipeThrough(new CompressionStream('gzip'));
                bytes += (await new Response(body).arrayBuffer()).byteLength;
            }
            return bytes;
        }""",
        sources,
    )

    assert len(sources) >= 3
    assert packed <= 150 * 1024
