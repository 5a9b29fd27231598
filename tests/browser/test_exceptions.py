"""What goes wrong on the way: nobody at home, wrong input, a stream that is down, a restart."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
import pytest
from playwright.sync_api import Page, expect

from tests.browser.orders import Candidates, Order, candidates, order, photo, slots
from tests.browser.people import PATIENCE_MS, People, live, ready, seen, until, visit
from tests.browser.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600), pytest.mark.xdist_group("browser")]
POLLED_SECONDS = 10.0
CHINESE = re.compile(r"[\u4e00-\u9fff]")
COUNTS = "SELECT (SELECT count(*) FROM booking_booking), (SELECT count(*) FROM customers_customer)"


def free_all_day(found: Candidates) -> str:
    """Somebody who may take the visit and has nothing else that day."""
    return next((one["technician_ref"] for one in found if one["is_eligible"] and not one["visits_that_day"]), "")


def accepted(people: People, item: str) -> tuple[Order, Page]:
    """A visit that a technician has accepted, and that technician on the visit's page."""
    stack = people.stack
    made = order(stack, item, territory="yunhu", when=lambda found: free_all_day(found) != "")
    technician = free_all_day(candidates(stack, made.visit_ref))
    stack.call("dispatcher", "POST", f"visits/{made.visit_ref}/assign", json={"technician_ref": technician})
    crew = people.member(stack.crew_account(technician))
    visit(crew, f"/crew/visits/{made.visit_ref}/")
    crew.click("[data-action=accept]")
    seen(crew, '[data-visit-status="accepted"]')
    return made, crew


def steps_take(crew: Page, *steps: tuple[str, str]) -> None:
    """Press one button after the other, each when the step before is shown."""
    for action, status in steps:
        crew.click(f"[data-action={action}]")
        seen(crew, f'[data-visit-status="{status}"]')


def link_of(stack: Stack, page: Page, phone: str) -> str:
    """The link that the customer got by SMS."""
    text = until(lambda: stack.messages(phone, "booking_confirmed"), page, seconds=60)[-1]["text"]
    found = re.search(r"http://\S+", text)
    assert found is not None, text
    return found[0]


def test_nobody_at_home_is_told_to_everybody(people: People, stack: Stack) -> None:
    made, crew = accepted(people, "tv-mounting")
    customer, desk = people.visitor(language="en"), people.role("dispatcher")
    visit(customer, link_of(stack, customer, made.phone))
    live(customer)
    visit(desk, "/desk/worklist/")
    live(desk)
    steps_take(crew, ("depart", "en_route"), ("arrive", "arrived"))
    crew.click("[data-action=fail]")
    crew.locator("button[form=step-form]").click()
    expect(crew.locator(".field-error").first).to_be_visible()
    crew.check("[name=reason][value=customer_absent]")
    crew.fill("[name=text]", "敲门无人应答，电话不接。")
    crew.locator("button[form=step-form]").click()
    seen(crew, '[data-visit-status="not_done"]')

    expect(customer.locator("#order-title")).to_contain_text("could not be done", timeout=PATIENCE_MS)
    expect(customer.locator("main")).to_contain_text("Nobody at home")
    work = desk.locator(f'[data-subject="{made.visit_ref}"], [data-subject="{made.ref}"]')
    expect(work.first).to_be_visible(timeout=PATIENCE_MS)
    expect(work.first).to_contain_text("家中无人")
    work.first.get_by_role("link").first.click()
    seen(desk, "main", text="电视挂装")


def test_without_the_stream_every_page_is_current_again_by_polling(people: People, stack: Stack) -> None:
    made, crew = accepted(people, "range-hood-repair")
    stack.stop()
    stack.start("--split")
    try:
        customer, desk, hand = people.visitor(), people.role("dispatcher"), crew.context.new_page()
        visit(customer, link_of(stack, customer, made.phone))
        visit(desk, f"/desk/visits/{made.visit_ref}/")
        visit(crew, f"/crew/visits/{made.visit_ref}/")
        visit(hand, f"/crew/visits/{made.visit_ref}/")
        for page in (customer, desk, crew):
            live(page)
        down = Down(stack)

        hand.click("[data-action=depart]")
        began = time.monotonic()
        views = {
            "customer": customer.locator("#order-title", has_text="正在路上"),
            "desk": desk.locator('[data-visit-status="en_route"]'),
            "crew": crew.locator('[data-visit-status="en_route"]'),
        }
        current: dict[str, float] = {}
        while len(current) < len(views) and time.monotonic() - began < 40:
            down.keep()
            for name, view in views.items():
                if name not in current and view.count():
                    current[name] = time.monotonic() - began
            customer.wait_for_timeout(50)
        assert set(current) == set(views)
        assert down.kills > 0
        assert max(current.values()) <= POLLED_SECONDS, current
    finally:
        stack.stop()
        stack.start()


class Down:
    """The events process, killed as often as the supervisor brings it back."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.kills = 0
        self.keep()

    def keep(self) -> None:
        events = self.stack.part("events")
        if events is not None and events.status() != psutil.STATUS_ZOMBIE:
            for member in (*events.children(recursive=True), events):
                member.kill()
            self.kills += 1


def test_a_photo_survives_a_restart_and_a_back_up(people: People, stack: Stack, tmp_path: Path) -> None:
    made, crew = accepted(people, "network-setup")
    steps_take(crew, ("depart", "en_route"), ("arrive", "arrived"), ("start", "working"))
    crew.click("[data-action=finish]")
    crew.wait_for_url("**/finish/")
    ready(crew)
    crew.set_input_files("[name=photos]", {"name": "done.jpg", "mimeType": "image/jpeg", "buffer": photo()})
    for line in crew.locator("[name=checklist]").all():
        line.check()
    crew.locator("button[form=step-form]").click()
    seen(crew, '[data-visit-status="finished"]')
    key = stack.value("SELECT content FROM files_storedfile WHERE subject_ref = %s", made.visit_ref)
    address = crew.locator("main img").first.get_attribute("src")
    assert address is not None
    first = crew.request.get(address).body()

    stack.stop()
    stack.start()
    visit(crew, f"/crew/visits/{made.visit_ref}/")
    image = crew.locator("main img").first
    until(lambda: image.evaluate("image => image.complete && image.naturalWidth > 0"), crew)
    assert crew.request.get(address).body() == first

    archive = tmp_path / "saved.tar"
    stack.command("backup", str(archive))
    other = Stack(tmp_path / "other")
    other.folder.mkdir()
    other.command("restore", str(archive))
    assert (other.folder / "files" / key).read_bytes() == first
    other.start()
    try:
        shown = httpx.get(f"{other.address}{address}", cookies={c["name"]: c["value"] for c in crew.context.cookies()})
        assert shown.content == first
    finally:
        other.stop()


@dataclass(frozen=True, slots=True)
class Wrong:
    """Something typed that cannot be kept, and the fields that say so."""

    typed: dict[str, str]
    fields: tuple[str, ...]


WRONG = {
    "empty": Wrong({}, ("district", "address_text", "contact_name", "contact_phone", "consent", "window")),
    "nul": Wrong({"description": "a\0b", "contact_name": "陈\0晓"}, ("description", "contact_name")),
    "emoji and right to left": Wrong(
        {"description": "🧯🧑‍🔧 مرحبا \u202eabc", "contact_name": "🙂", "contact_phone": "🙂 مرحبا"}, ("contact_phone",)
    ),
    "a megabyte": Wrong({"description": "x" * 1_000_000}, ("description",)),
    "past window": Wrong({"window": "2020-01-01T10:00:00+08:00/2020-01-01T12:00:00+08:00"}, ("window",)),
    "outside": Wrong({"lat": "39.9", "lng": "116.4", "district": ""}, ("district",)),
}
RIGHT = {
    "address_ref": "new",
    "description": "空调不制冷",
    "district": "yunhu",
    "address_text": "晴湖路 8 号",
    "contact_name": "陈晓",
    "contact_phone": "15409123456",
    "consent": "on",
}


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("wrong", list(WRONG), ids=list(WRONG))
def test_wrong_input_is_answered_at_its_field_and_nothing_is_written(
    people: People, stack: Stack, wrong: str, language: str
) -> None:
    page = people.visitor(language=language)
    visit(page, "/book/ac-repair/")
    before = stack.rows(COUNTS)
    case = WRONG[wrong]
    window = {} if "window" in case.fields else {"window": free_window(stack)}
    typed = {**RIGHT, **window, **case.typed} if case.typed else dict.fromkeys(RIGHT, "")

    with page.expect_navigation():
        page.evaluate(FILL_AND_SEND, typed)
    ready(page)

    for field in case.fields:
        sentence = page.locator(f"#id_{field}_error")
        expect(sentence).to_be_visible()
        assert bool(CHINESE.search(sentence.inner_text())) == (language == "zh-hans"), sentence.inner_text()
    expect(page.locator(".field-error")).to_have_count(len(case.fields))
    for field in ("description", "address_text", "contact_name", "contact_phone"):
        kept = page.locator(f"[name={field}]").input_value()
        assert kept.replace("\ufffd", "") == typed[field].replace("\0", "")
    assert stack.rows(COUNTS) == before


def free_window(stack: Stack) -> str:
    """A time that could be booked."""
    first = slots(stack, "ac-repair", "yunhu")[0]
    return f"{first['start']}/{first['end']}"


FILL_AND_SEND = """typed => {
  const form = document.getElementById("book-form");
  for (const [name, value] of Object.entries(typed)) {
    let field = form.querySelector(`[name=${name}]:not([type=radio])`);
    if (!field) {
      field = document.createElement("input");
      field.type = "hidden";
      field.name = name;
      form.append(field);
    }
    if (field.type === "checkbox") field.checked = value === "on";
    else field.value = value;
  }
  HTMLFormElement.prototype.submit.call(form);
}"""
