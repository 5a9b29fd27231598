"""Each page of the path: accessible, in one language, and never wider than the window."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.browser.axe import axe_violations, sideways_pixels
from tests.browser.pages import ROLES, Shown, pages_of
from tests.browser.people import PHONE, SCREEN, People
from tests.browser.stack import Stack
from tests.browser.states import States
from tests.browser.wording import misspoken

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
SIZES = {"zh-hans": {"light": PHONE, "dark": SCREEN}, "en": {"light": SCREEN, "dark": PHONE}}
"""Both languages together show each theme at each size."""

LANGUAGES = [pytest.param(language, marks=pytest.mark.xdist_group(f"pages {language}")) for language in SIZES]
"""One process looks at all pages of a language, in a city of its own."""

NARROW = {"width": 320, "height": 640}
STILL = """async () => {
  const still = async () => {
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    const ending = document.getAnimations().filter((one) => one.effect.getComputedTiming().iterations !== Infinity);
    await Promise.all(ending.map((one) => one.finished.catch(() => undefined)));
  };
  // A paused animation never finishes, and a page behind another draws no frame.
  await Promise.race([still(), new Promise((done) => setTimeout(done, 1500))]);
}"""


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("role", ROLES)
def test_pages_are_accessible_in_one_language_and_fit(
    people: People, stack: Stack, states: States, role: str, language: str
) -> None:
    readers = Readers(people, role, language)
    wrong: list[str] = []

    for shown in pages_of(role, states):
        page = readers.of(shown)
        shown.open(page)
        wrong += [f"{shown} says “{text}”" for text in misspoken(page, stack, language)]
        wrong += [f"{shown}, {fault}" for fault in faults_of(page, sizes=SIZES[language])]

    assert not wrong, "\n".join(wrong)


class Readers:
    """One browser for each account that looks at pages in this test."""

    def __init__(self, people: People, role: str, language: str) -> None:
        self.people = people
        self.language = language
        self.role = role
        self.pages: dict[str, Page] = {}

    def of(self, shown: Shown) -> Page:
        """The reader of a page, with a window of the size its face is made for."""
        name = shown.who.login if shown.who is not None else ""
        if name not in self.pages:
            self.pages[name] = self._new(shown)
        page = self.pages[name]
        page.bring_to_front()
        page.set_viewport_size({"width": SCREEN["width"], "height": SCREEN["height"]})
        return page

    def _new(self, shown: Shown) -> Page:
        if shown.who is not None:
            return self.people.member(shown.who, language=self.language)
        if self.role == "visitor":
            return self.people.visitor(language=self.language)
        return self.people.role(self.role, language=self.language)


def faults_of(page: Page, *, sizes: dict[str, dict[str, int]]) -> Iterator[str]:
    """What is wrong with the page as it stands, in either theme at its size, and on a narrow phone."""
    for theme, size in sizes.items():
        page.set_viewport_size({"width": size["width"], "height": size["height"]})
        page.evaluate("theme => { document.documentElement.dataset.bsTheme = theme; }", theme)
        settle(page)
        yield from (f"{theme}, {size['width']} px: {fault}" for fault in axe_violations(page))
    page.set_viewport_size({"width": NARROW["width"], "height": NARROW["height"]})
    settle(page)
    pixels = sideways_pixels(page)
    if pixels:
        yield f"{pixels} px too wide for {NARROW['width']} px"


def settle(page: Page) -> None:
    """Wait until nothing moves or fades: half-way colours would be judged."""
    page.evaluate(STILL)
