"""Every page of the path in the states in which people meet it, by role."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from playwright.sync_api import Page

from tests.browser.people import ready, seen
from tests.browser.stack import Account
from tests.browser.states import ITEM, States

ABSENT = "B000000000000"
PAST = "2020-01-01T10:00:00+08:00/2020-01-01T12:00:00+08:00"
RIGHT_TO_LEFT = "مرحبا 👋"


def only_look(_page: Page) -> None:
    """Nothing more to do."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A page in one of its states: its address, and what somebody does there before looking.

    Attributes:
        who: the account that looks; ``None`` for the role's demo account, or for nobody.
    """

    path: str
    state: str = ""
    do: Callable[[Page], None] = only_look
    status: int = 200
    who: Account | None = None

    def open(self, page: Page) -> None:
        answer = page.goto(self.path)
        assert answer is not None
        assert answer.status == self.status, f"{answer.status} {self.path}"
        ready(page)
        self.do(page)

    def __str__(self) -> str:
        return f"{self.path} ({self.state})" if self.state else self.path


def pages_of(role: str, states: States) -> Iterator[Shown]:
    """Everything a role meets on the path."""
    return {
        "visitor": visitor_pages,
        "customer": customer_pages,
        "technician": technician_pages,
        "dispatcher": dispatcher_pages,
        "administrator": administrator_pages,
    }[role](states)


ROLES = ("visitor", "customer", "technician", "dispatcher", "administrator")


def visitor_pages(states: States) -> Iterator[Shown]:
    yield Shown("/")
    yield Shown("/", "suggestions", typing("空调不制冷，吹出来是热风"))
    yield Shown("/", "a question", typing("qqqq zzzz"))
    yield Shown(f"/book/{ITEM}/")
    yield Shown(f"/book/{ITEM}/", "sent empty", pressing("button[form=book-form]"))
    yield Shown(f"/book/{ITEM}/", "time chosen", time_choose)
    yield Shown(f"/book/{ITEM}/", "code asked", code_ask(states))
    yield Shown("/login/")
    yield Shown("/login/", "sent empty", pressing("main form button"))
    yield Shown("/login/", "code sent", log_in_begin(states))
    yield Shown("/login/password/")
    yield Shown("/login/password/", "wrong", password_mistake)
    yield Shown("/login/passkey/")
    yield Shown("/login/forgotten/")
    yield Shown("/login/forgotten/", "sent empty", pressing("main form button"))
    yield Shown("/nothing/", status=404)
    yield Shown("/l/nothing/", "ended link", status=404)
    booking = f"/l/{states.link('booking', states.finished.ref)}/"
    yield Shown(booking)
    yield Shown(f"{booking}sign-off/")
    yield Shown(f"{booking}cancel/", "too late", status=409)
    yield Shown(f"{booking}reschedule/", "too late")
    yield Shown(f"/r/{states.link('review', states.signed_off.visit_ref)}/")
    yield Shown(f"/r/{states.link('review', states.finished.visit_ref)}/", "not yet")


def customer_pages(states: States) -> Iterator[Shown]:
    coming, done = f"/bookings/{states.accepted.ref}/", f"/visits/{states.signed_off.visit_ref}/review/"
    yield Shown("/")
    yield Shown(f"/book/{ITEM}/", "saved address")
    yield from (Shown(f"/bookings/?group={group}") for group in ("confirmed", "pending", "done", "cancelled"))
    yield Shown("/bookings/?search=zzzz", "nothing found")
    yield Shown("/bookings/totals/")
    yield Shown(coming, "accepted")
    yield Shown(f"{coming}cancel/")
    yield Shown(f"{coming}cancel/", "no reason given", pressing("main form button.btn-danger"))
    yield Shown(f"{coming}reschedule/")
    yield Shown(f"{coming}reschedule/", "time chosen", time_choose)
    yield Shown(f"{coming}reschedule/", "a time that has passed", time_mistake)
    yield Shown(f"/bookings/{states.working.ref}/", "at work")
    yield Shown(f"/bookings/{states.finished.ref}/", "finished")
    yield Shown(f"/bookings/{states.finished.ref}/sign-off/")
    yield Shown(f"/bookings/{states.signed_off.ref}/", "signed off")
    yield Shown(done)
    yield Shown(done, "sent empty", pressing("main form button"))
    repeat = f"/bookings/{states.repeatable}/repeat/"
    yield Shown(repeat)
    yield Shown(repeat, "the next visits", plan_look)
    yield Shown(repeat, "agreed", plan_agree)
    ref, customer = states.asked
    yield Shown(f"/bookings/{ref}/", "a question of the desk", who=customer)
    yield Shown(f"/bookings/{ref}/", "answered with nothing", answer_nothing, who=customer)
    yield Shown("/account/")
    yield Shown("/account/", "faults", passwords_differ)
    yield Shown("/account/data/", "open bookings")
    yield Shown("/account/security/")
    yield Shown("/account/security/app/")
    yield Shown("/account/security/passkeys/")
    yield Shown("/inbox/")
    yield Shown(f"/bookings/{ABSENT}/", status=404)
    yield Shown("/desk/", status=403)


def technician_pages(states: States) -> Iterator[Shown]:
    assert states.offered
    yield Shown("/crew/", "an open offer", lambda page: seen(page, f'[data-offer-visit="{states.offered}"]'))
    yield Shown("/crew/day/")
    yield Shown("/crew/day/?day=2026-01-01", "nothing to do")
    yield Shown("/crew/me/")
    for state in (states.assigned, states.accepted, states.working, states.finished, states.signed_off):
        yield Shown(f"/crew/visits/{state.visit_ref}/")
    asked, mine = f"/crew/visits/{states.assigned.visit_ref}/", f"/crew/visits/{states.working.visit_ref}/"
    yield Shown(f"{asked}decline/")
    for form in ("decline", "hold", "finish", "fail"):
        address = f"{asked if form == 'decline' else mine}{form}/"
        yield Shown(address)
        yield Shown(address, "sent empty", pressing("button[form=step-form]"))
    yield Shown(f"/crew/visits/{states.signed_off.visit_ref}/cash/")
    yield Shown("/account/")
    yield Shown("/inbox/")
    yield Shown("/office/", status=403)


def plan_look(page: Page) -> None:
    """The next visits with their price."""
    if page.locator("button[value=look]").count():
        page.locator("button[value=look]").click()
        seen(page, "button[value=agree]")


def plan_agree(page: Page) -> None:
    """Look at the next visits and agree; whoever agreed before sees the plan at once."""
    if page.locator("button[value=look]").count():
        page.locator("button[value=look]").click()
        page.locator("button[value=agree]").click()
        ready(page)


def rules_draft(page: Page) -> None:
    """A draft of the review rules with one rule more, so far without numbers, sent."""
    page.locator("main form button.btn-primary").first.click()
    page.locator("button[value='add:abuse']").click()
    page.locator("button[value=keep]").click()
    ready(page)


def dispatcher_pages(states: States) -> Iterator[Shown]:
    waiting = f"/desk/visits/{states.offered}/"
    yield Shown("/desk/")
    yield Shown("/desk/?group=")
    yield Shown("/desk/?search=zzzz", "nothing found")
    yield Shown("/desk/?day=yesterday", "a day that is none")
    yield Shown(waiting, "looking for somebody")
    yield Shown(f"/desk/visits/{states.accepted.visit_ref}/", "accepted")
    yield Shown(f"/desk/visits/{states.signed_off.visit_ref}/", "signed off")
    yield Shown("/desk/partners/")
    override = f"{waiting}assign/?technician={states.overridable(states.offered)}"
    yield Shown(override, "a rule speaks against it")
    yield Shown(override, "no reason given", send_unjudged)
    yield Shown(f"/desk/bookings/{states.doubtful}/", "to be decided")
    yield Shown(f"/desk/bookings/{states.doubtful}/", "asked without words", pressing("button[value=ask]"))
    yield Shown(f"/desk/bookings/{states.accepted.ref}/")
    yield Shown(f"/desk/bookings/{states.accepted.ref}/cancel/")
    yield Shown(f"/desk/bookings/{states.accepted.ref}/reschedule/")
    yield Shown(f"/desk/bookings/{states.to_call}/", "to be called")
    yield Shown("/desk/bookings/")
    yield Shown("/desk/bookings/?search=zzzz", "nothing found")
    yield Shown("/desk/bookings/?first=2026-03-02&last=2026-03-01&group=done", "days the wrong way round")
    yield Shown("/desk/bookings/totals/")
    yield Shown("/desk/worklist/")
    yield Shown("/desk/worklist/?kind=booking_review", "one kind")
    yield Shown("/desk/worklist/?kind=low_rating&snoozed=1", "nothing to do")
    yield Shown("/desk/territories/")
    yield Shown("/desk/phone/")
    yield Shown("/desk/phone/", "sent empty", pressing("#phone-parts button.btn-lg"))
    yield Shown("/desk/phone/", "a caller and their times", caller_choose)
    yield Shown("/desk/decisions/")
    yield Shown("/desk/decisions/?mode=manual&outcome=nobody", "nothing found")
    yield Shown("/account/")
    yield Shown("/inbox/")
    yield Shown(f"/desk/visits/{ABSENT}/", status=404)


def administrator_pages(_states: States) -> Iterator[Shown]:
    yield Shown("/office/")
    yield Shown("/office/?first=2026-03-02&last=2026-03-01", "days the wrong way round")
    yield from (
        Shown(f"/office/figures/{code}/")
        for code in ("bookings", "completed", "completion_rate", "on_time", "automatic", "revenue", "rating")
    )
    yield Shown("/office/figures/revenue/?first=2020-01-01&last=2020-01-01", "nothing happened")
    yield Shown("/office/audit/")
    yield Shown("/office/people/")
    yield Shown("/office/people/?search=zzzz", "nobody found")
    yield Shown("/office/people/1/")
    yield Shown("/office/log-in/")
    yield Shown("/office/log-in/oidc/")
    yield Shown("/office/log-in/oidc/", "sent ticked", provider_ask)
    yield Shown("/office/people/invite/")
    yield Shown("/office/people/invite/", "sent empty", pressing("main form button"))
    yield Shown("/office/roles/")
    yield Shown("/office/review-rules/")
    yield Shown("/office/review-rules/", "a faulty draft", rules_draft)
    yield Shown("/office/fees/")
    yield Shown("/office/fees/1/", "in force")
    yield Shown("/account/")
    yield Shown("/inbox/")


def typing(text: str) -> Callable[[Page], None]:
    """Say what is needed on the first page."""

    def do(page: Page) -> None:
        page.fill("#need-text", "")
        page.locator("#need-text").press_sequentially(text)
        seen(page, ".suggestion, .need-question")

    return do


def pressing(button: str) -> Callable[[Page], None]:
    """Send a form as it stands; the server answers with its faults."""

    def do(page: Page) -> None:
        with page.expect_navigation():
            page.click(button)
        ready(page)
        seen(page, ".field-error, .invalid-feedback, .alert[role=alert]")

    return do


def provider_ask(page: Page) -> None:
    """Let people log in by a provider of which nothing is known."""
    page.check("[name=is_on]")
    pressing("main form button")(page)


def time_choose(page: Page) -> None:
    """Keep the first free time."""
    if page.locator("[name=district]").is_visible():
        page.select_option("[name=district]", "yunhu")
    page.locator(".slot:visible").first.click()
    seen(page, ".hold-note")


def caller_choose(page: Page) -> None:
    """Find somebody by four digits, and take over their last booking."""
    page.locator("#id_contact_phone").press_sequentially("1540")
    page.locator("#callers button").first.click()
    again = page.locator("button[value^='again:']")
    seen(page, "#orders-title")
    if again.count():
        again.first.click()
        seen(page, ".slot")


def time_mistake(page: Page) -> None:
    """Ask for a time that was never offered."""
    page.eval_on_selector("[name=window]", "(field, past) => { field.value = past; field.checked = true; }", PAST)
    pressing("button[form=move-form]")(page)


def code_ask(states: States) -> Callable[[Page], None]:
    """Fill in the whole form as somebody new."""

    def do(page: Page) -> None:
        page.fill("[name=description]", RIGHT_TO_LEFT)
        time_choose(page)
        page.fill("[name=address_text]", "晴湖路 8 号晴湖苑")
        page.fill("[name=contact_name]", "陈晓")
        page.fill("[name=contact_phone]", states.stack.phone_new())
        page.check("[name=consent]")
        with page.expect_navigation():
            page.click("button[form=book-form]")
        ready(page)
        seen(page, "#code-part")

    return do


def log_in_begin(states: States) -> Callable[[Page], None]:
    """Ask for a code."""

    def do(page: Page) -> None:
        page.fill("[name=phone]", states.stack.phone_new())
        page.click("main form button")
        page.wait_for_url("**/login/code/")
        ready(page)

    return do


def password_mistake(page: Page) -> None:
    page.fill("[name=login]", "15409000000")
    page.fill("[name=password]", "no-such-password-1")
    pressing("main form button")(page)


def passwords_differ(page: Page) -> None:
    page.fill("[name=new]", "one-password-1")
    page.fill("[name=again]", "another-password-2")
    pressing("form[action$='/password/'] button")(page)


def answer_nothing(page: Page) -> None:
    page.fill("[name=description]", "")
    pressing("form[action$='/answer/'] button")(page)


def send_unjudged(page: Page) -> None:
    """Send a form without the browser's own judgement."""
    page.eval_on_selector("main form", "form => { form.noValidate = true; }")
    pressing("main form button")(page)
