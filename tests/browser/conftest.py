"""One demo city and one browser for all browser tests of the path; pictures of every page when one fails."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.chromium import chromium_started
from tests.browser.people import People
from tests.browser.stack import Stack
from tests.browser.states import States

HERE = Path(__file__).resolve().parent
PICTURES = HERE.parents[1] / ".pytest_cache" / "pictures"
_FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep these tests together, whatever the order: the browser's event loop must not meet database tests."""
    ours = [item for item in items if HERE in item.path.parents]
    if ours:
        first = items.index(ours[0])
        before = [item for item in items[:first] if item not in ours]
        after = [item for item in items[first:] if item not in ours]
        items[:] = [*before, *ours, *after]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    report = yield
    if call.when == "call":
        item.stash[_FAILED] = call.excinfo is not None
    return report


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with chromium_started() as started:
        yield started


@pytest.fixture(scope="package")
def states(stack: Stack) -> States:
    """A visit in each state, made by whoever asks first."""
    return States(stack)


@pytest.fixture
def people(browser: Browser, stack: Stack, request: pytest.FixtureRequest) -> Iterator[People]:
    """Browsers of this test; afterwards nobody has asked anything of the outside, and no script has failed."""
    everybody = People(browser, stack)
    yield everybody
    if request.node.stash.get(_FAILED, False):
        everybody.pictures(PICTURES / request.node.name)
    everybody.leave()
    assert everybody.outside == []
    assert everybody.faults == []
