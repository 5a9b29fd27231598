"""Screenshots of README and documentation, taken from a demo city that is started for them.

make screenshots                     every one anew
python -m tools.screenshots          those that are missing in docs/images
python -m tools.screenshots hall     those of one page anew
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from PIL import Image
from playwright.sync_api import Page

from tests.browser.chromium import chromium_started
from tests.browser.pages import time_choose
from tests.browser.people import PHONE, SCREEN, People, visit
from tests.browser.stack import started
from tests.browser.states import ITEM, States
from tools.browser import chromium_path

IMAGES = Path(__file__).resolve().parents[1] / "docs" / "images"
LANGUAGES = {"zh": "zh-hans", "en": "en"}
OWN_VISIT = (
    "SELECT v.ref FROM visits_visit v JOIN visits_assignment a ON a.visit_id = v.id AND a.ended_at IS NULL"
    " JOIN workforce_technician t ON t.id = a.technician_id JOIN accounts_user u ON u.id = t.user_id"
    " WHERE u.phone = %s AND v.status = 'accepted' ORDER BY v.id LIMIT 1"
)
OWN_BOOKING = (
    "SELECT b.ref FROM booking_booking b JOIN customers_customer c ON c.id = b.customer_id"
    " JOIN accounts_user u ON u.id = c.user_id WHERE u.phone = %s AND b.status = 'confirmed' ORDER BY b.id DESC LIMIT 1"
)
LONGEST = 1_300
"""Pixels of a page's height on a picture; what is below says nothing new."""
COLOURS = 256


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture: who looks at what."""

    name: str
    role: str
    path: Callable[[States], str]
    prepare: Callable[[Page, str], None] = lambda _page, _language: None


def _own(statement: str, role: str) -> Callable[[States], str]:
    """What a statement finds for the demo account of a role."""
    return lambda states: str(states.stack.value(statement, f"+86{states.stack.accounts[role].login}"))


def _type_need(page: Page, language: str) -> None:
    """A need in the reader's words, with what the city suggests."""
    words = {"zh": "空调不制冷，吹出来是热风", "en": "the air conditioner blows warm air"}
    page.locator("#need-text").press_sequentially(words[language])
    page.locator("button.suggestion").first.wait_for()


def _choose_time(page: Page, _language: str) -> None:
    """A saved address and a time that is kept, in the middle of the picture."""
    time_choose(page)
    page.locator("#times").scroll_into_view_if_needed()


def _visit_of(states: States) -> str:
    return f"/crew/visits/{_own(OWN_VISIT, 'technician')(states)}/"


def _hall(states: States) -> str:
    assert states.offered
    return "/crew/"


SHOTS = (
    Shot("portal-home", "", lambda _: "/", _type_need),
    Shot("portal-book", "customer", lambda _: f"/book/{ITEM}/", _choose_time),
    Shot("booking", "customer", lambda states: f"/bookings/{_own(OWN_BOOKING, 'customer')(states)}/"),
    Shot("hall", "technician", _hall),
    Shot("crew-visit", "technician", _visit_of),
    Shot("desk-visits", "dispatcher", lambda _: "/desk/"),
    Shot("desk-visit", "dispatcher", lambda states: f"/desk/visits/{states.decided}/"),
    Shot("dashboard", "manager", lambda _: f"/office/?{_yesterday()}"),
)


def _yesterday() -> str:
    """A whole day, whatever the hour."""
    day = datetime.now(ZoneInfo("Asia/Shanghai")).date() - timedelta(days=1)
    return f"first={day}&last={day}"


def main(arguments: list[str]) -> int:
    """Take what is wanted; 1 when there is no browser to take it with."""
    names = [shot.name for shot in SHOTS]
    parser = argparse.ArgumentParser(description="Screenshots of README and documentation.")
    parser.add_argument(
        "names", nargs="*", choices=[*names, []], metavar="NAME", help="take these anew; without any, what is missing"
    )
    parser.add_argument("--all", action="store_true", help="take every screenshot anew")
    options = parser.parse_args(arguments)
    wanted = [
        (shot, language)
        for shot in SHOTS
        for language in LANGUAGES
        if options.all or shot.name in options.names or not image_of(shot, language).exists()
    ]
    if not wanted:
        return 0
    if chromium_path() is None:
        print("Paidan: Chromium is missing: the screenshots cannot be taken.", file=sys.stderr)
        return 1
    IMAGES.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        started(Path(folder) / "city") as stack,
        chromium_started() as browser,
    ):
        _take_all(People(browser, stack), wanted)
    return 0


def _take_all(people: People, wanted: list[tuple[Shot, str]]) -> None:
    states = States(people.stack)
    for shot, language in wanted:
        _take(people, states, shot, language)
        people.leave()


def image_of(shot: Shot, language: str) -> Path:
    """Where a screenshot is kept."""
    return IMAGES / f"{shot.name}-{language}.png"


def _take(people: People, states: States, shot: Shot, language: str) -> None:
    code, path = LANGUAGES[language], image_of(shot, language)
    page = people.role(shot.role, language=code) if shot.role else people.visitor(language=code, size=PHONE)
    page.emulate_media(reduced_motion="reduce")
    visit(page, shot.path(states))
    shot.prepare(page, language)
    page.wait_for_load_state("load")
    page.wait_for_timeout(500)  # the chart draws itself
    if page.viewport_size == SCREEN:
        height: int = page.evaluate("document.documentElement.scrollHeight")
        page.set_viewport_size({"width": SCREEN["width"], "height": min(max(height, SCREEN["height"]), LONGEST)})
    page.screenshot(path=path, animations="disabled")
    _make_small(path)
    print(f"· {path.name}, {path.stat().st_size // 1000} kB")


def _make_small(path: Path) -> None:
    """Keep as many colours as a screen of ours has, and no more."""
    with Image.open(path) as picture:
        picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
