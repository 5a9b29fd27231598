"""Accessibility of a page as the browser shows it, judged by axe-core, with nothing excluded."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

AXE = Path(__file__).resolve().parents[2] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# Style sheets are fetched a second time only for rules that are not among these tags.
RUN = """tags => axe.run(document, {
  runOnly: {type: "tag", values: tags},
  resultTypes: ["violations"],
  preload: {assets: ["media"]},
})"""


@lru_cache
def axe_source() -> str:
    return AXE.read_text(encoding="utf-8")


@contextmanager
def whole_page_shown(page: Page) -> Iterator[None]:
    """A window as tall as the page: what merely scrolls under a sticky bar does not count as covered."""
    size = page.viewport_size
    height: int = page.evaluate("document.documentElement.scrollHeight")
    if size is not None:
        page.set_viewport_size({"width": size["width"], "height": max(size["height"], height)})
    yield
    if size is not None:
        page.set_viewport_size(size)


def axe_violations(page: Page) -> list[str]:
    """One line for each element that fails a rule of WCAG 2.2 A or AA; empty when the page is fine.

    The script is evaluated by the debugger, not added to the page: the page's policy would rightly refuse it.
    """
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(axe_source())
    with whole_page_shown(page):
        result: dict[str, Any] = page.evaluate(RUN, TAGS)
    return [
        f"{violation['id']}: {' '.join(map(str, node['target']))}: {node['failureSummary']}"
        for violation in result["violations"]
        for node in violation["nodes"]
    ]


def sideways_pixels(page: Page) -> int:
    """How far the page can be scrolled sideways; 0 when it fits its window."""
    pixels: int = page.evaluate(
        "Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth)"
    )
    return pixels
