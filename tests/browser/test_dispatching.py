"""What nobody grabs: the clock, the automatic assignment, a decline, an exception, and a dispatcher's own will."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.orders import Order, candidates, eligible, order
from tests.browser.people import PATIENCE_MS, People, live, seen, until, visit
from tests.browser.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600), pytest.mark.xdist_group("browser")]
STATUS = "SELECT status FROM visits_visit WHERE ref = %s"
HOLDER = (
    "SELECT t.ref FROM visits_assignment a JOIN workforce_technician t ON t.id = a.technician_id"
    " JOIN visits_visit v ON v.id = a.visit_id WHERE v.ref = %s AND a.ended_at IS NULL"
)


def assigned(people: People, desk: Page, order: Order, *, but: str = "") -> str:
    """Wait until dispatch has given the visit to somebody (else); returns whom."""
    stack = people.stack

    def holder() -> str:
        found = stack.rows(HOLDER, order.visit_ref)
        return found[0][0] if found and found[0][0] != but else ""

    return str(until(holder, desk, seconds=60))


def decline(people: People, order: Order, technician: str) -> Page:
    """Let the technician decline, with a reason, on the page of the visit."""
    page = people.member(people.stack.crew_account(technician))
    visit(page, f"/crew/visits/{order.visit_ref}/")
    seen(page, '[data-visit-status="assigned"]')
    page.click("[data-action=decline]")
    page.check("[name=reason][value=no_time]")
    page.click("button[form=step-form]")
    page.wait_for_url("**/crew/day/")
    return page


def test_what_nobody_grabs_is_assigned_declined_and_given_to_the_next(people: People, stack: Stack) -> None:
    with stack.settings(dispatch__offer_seconds=4):
        booked = order(stack, "tap-repair", territory="xiqiao", when=lambda found: len(eligible(found)) >= 2)
        desk = people.role("dispatcher")
        visit(desk, f"/desk/visits/{booked.visit_ref}/")
        live(desk)
        seen(desk, "[data-visit-status=assigned], [data-visit-status=offered], [data-visit-status=pending]")
        expect(desk.locator("[data-candidate]").first).to_be_visible()

        first = assigned(people, desk, booked)
        seen(desk, '[data-visit-status="assigned"]')
        seen(desk, "[data-decision]")
        offers = stack.rows(
            "SELECT o.status, extract(epoch FROM o.closes_at - o.opened_at) FROM dispatch_offer o"
            " JOIN visits_visit v ON v.id = o.visit_id WHERE v.ref = %s",
            booked.visit_ref,
        )
        assert offers == [("lapsed", 4)]
        decline(people, booked, first)

        second = assigned(people, desk, booked, but=first)
        expect(desk.locator("[data-decision]")).to_have_count(2, timeout=PATIENCE_MS)
        crew = people.member(stack.crew_account(second))
        visit(crew, "/crew/day/")
        crew.click(f'[data-visit="{booked.visit_ref}"] form[action$="/accept/"] button')
        seen(crew, '[data-visit-status="accepted"]')

    seen(desk, '[data-visit-status="accepted"]')
    expect(desk.locator("[data-decision] tbody tr.table-active")).to_have_count(2)
    declined = desk.locator("[data-decision]").first.locator("tbody tr", has_text=name_of(stack, first))
    expect(declined).to_contain_text("拒接", timeout=PATIENCE_MS)
    assert stack.value(STATUS, booked.visit_ref) == "accepted"
    assert stack.value(HOLDER, booked.visit_ref) == second != first


def name_of(stack: Stack, technician_ref: str) -> str:
    return str(stack.value("SELECT name FROM workforce_technician WHERE ref = %s", technician_ref))


def test_when_nobody_is_eligible_the_desk_hears_which_rules_refuse(people: People, stack: Stack) -> None:
    with stack.settings(dispatch__offer_seconds=2):
        booked = order(stack, "home-cleaning", territory="xiqiao", when=lambda found: len(eligible(found)) == 1)
        desk = people.role("dispatcher", language="en")
        visit(desk, "/desk/worklist/")
        live(desk)
        work = f'[data-work="nobody_eligible"][data-subject="{booked.visit_ref}"]'
        expect(desk.locator(work)).to_have_count(0)

        only = assigned(people, desk, booked)
        decline(people, booked, only)

        seen(desk, work)
    expect(desk.locator(work)).to_contain_text(re.compile("declined", re.IGNORECASE))
    expect(desk.locator(work)).to_contain_text(re.compile("skill", re.IGNORECASE))
    desk.click(f'{work} a[href$="/desk/visits/{booked.visit_ref}/"]')
    live(desk)
    seen(desk, "[data-visit-status=pending]")
    seen(desk, "[data-decision]", text="Nobody eligible")
    refused = desk.locator("[data-decision]").first
    expect(refused).to_contain_text("Has declined this visit before, or is excluded for it.")
    expect(refused).to_contain_text("Does not have a skill this visit needs.")
    assert eligible(candidates(stack, booked.visit_ref)) == []


def test_the_desk_overrides_a_rule_with_a_reason_that_is_kept(people: People, stack: Stack) -> None:
    booked = order(stack, "lock-replacement", territory="yunhu", when=lambda found: overridable(found) != "")
    technician = overridable(candidates(stack, booked.visit_ref))
    desk = people.role("dispatcher", language="en")
    visit(desk, f"/desk/visits/{booked.visit_ref}/")
    live(desk)
    if desk.locator("details:has([data-candidate]) > summary").count():
        desk.click("details:has([data-candidate]) > summary")
    row = desk.locator(f'[data-candidate="{technician}"]')
    expect(row).to_contain_text("Does not have a skill this visit needs.")
    row.get_by_role("link", name="Override").click()
    desk.wait_for_url("**/assign/?technician=*")

    desk.fill("[name=override_reason]", "   ")
    desk.get_by_role("button", name="Assign anyway").click()
    expect(desk.get_by_role("alert").first).to_be_visible()
    assert stack.rows(HOLDER, booked.visit_ref) == []

    desk.fill("[name=override_reason]", "The customer insists on a familiar face.")
    desk.get_by_role("button", name="Assign anyway").click()
    desk.wait_for_url(f"**/desk/visits/{booked.visit_ref}/")
    seen(desk, '[data-visit-status="assigned"]')
    seen(desk, "[data-decision]", text="Overridden by the desk: The customer insists on a familiar face.")
    expect(desk.locator("[data-decision]").first).to_contain_text("Does not have a skill this visit needs.")
    record, mode, actor = stack.rows(
        "SELECT d.record, d.mode, d.actor_key FROM dispatch_decision d JOIN visits_visit v ON v.id = d.visit_id"
        " WHERE v.ref = %s ORDER BY d.id DESC LIMIT 1",
        booked.visit_ref,
    )[0]
    assert record["override"] == "The customer insists on a familiar face."
    assert [waived["rule"] for waived in record["waived"]] == ["skill"]
    assert mode == "manual"
    assert actor
    assert stack.value(HOLDER, booked.visit_ref) == technician

    crew = people.member(stack.crew_account(technician))
    visit(crew, "/crew/day/")
    seen(crew, f'[data-visit="{booked.visit_ref}"]')


def overridable(found: list[dict[str, object]]) -> str:
    """Somebody against whom only the missing skill speaks."""
    for one in found:
        rules = [refusal["rule"] for refusal in one["refusals"]]  # type: ignore[attr-defined, index]  # as parsed
        if one["is_overridable"] and rules == ["skill"]:
            return str(one["technician_ref"])
    return ""
