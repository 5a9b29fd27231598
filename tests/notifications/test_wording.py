"""Every message exists in both languages, names only known variables, and reads well with real facts."""

from __future__ import annotations

from typing import Any

import pytest

from paidan.config.wiring import EVENT_TABLE
from paidan.notifications import templates_en, templates_zh
from paidan.notifications.constants import ChannelKind, Recipient, Template
from paidan.notifications.rendering import words_of
from paidan.notifications.routes import LINKS, ROUTES, STAMPS, UNDONE
from paidan.notifications.wording import VARIABLES, variables_of

PARAMS: dict[str, Any] = {
    "item": {"zh": "空调清洗", "en": "Air conditioner cleaning"},
    "window_start": "2026-03-02T06:00:00+00:00",
    "window_end": "2026-03-02T08:00:00+00:00",
    "zone": "Asia/Shanghai",
    "district": "浦东新区",
    "technician": "张伟",
    "staff_number": "T0042",
    "fee_minor": 2050,
    "pay_minor": 9900,
    "reason": "customer_absent",
    "work_kind": "declined_twice",
    "work_facts": {"times": 3},
}
TECHNICIAN_FACTS = {"technician", "staff_number"}
VISIT_FACTS = {"item", "window", "district", "pay", "reason", "link", *TECHNICIAN_FACTS}
BOOKING_FACTS = {"item", "window", "district", "fee", "link"}
LINK = "https://example.com/l/abc"


@pytest.mark.parametrize("template", list(Template))
@pytest.mark.parametrize("texts", [templates_zh.TEXTS, templates_en.TEXTS], ids=["zh", "en"])
def test_template_names_only_known_variables(texts: dict[Template, Any], template: Template) -> None:
    text = texts[template]

    assert variables_of(text.title) | variables_of(text.body) <= VARIABLES - {"link"}
    assert variables_of(text.sms) <= VARIABLES
    assert text.title
    assert text.body


@pytest.mark.parametrize("template", list(Template))
def test_both_languages_say_the_same_facts_by_sms(template: Template) -> None:
    chinese, english = templates_zh.TEXTS[template], templates_en.TEXTS[template]

    assert variables_of(chinese.sms) == variables_of(english.sms)
    assert bool(chinese.sms) == bool(english.sms)


@pytest.mark.parametrize("event", sorted(ROUTES))
def test_a_message_uses_only_facts_its_event_carries(event: str) -> None:
    carried = {
        "booking": BOOKING_FACTS,
        "visit": VISIT_FACTS,
        "review": VISIT_FACTS,
        "plan": {"item", "window", "district", "link"},
        "work": {"work", "sentence", "about"},
    }[event.split(".", maxsplit=1)[0]]
    for route in ROUTES[event]:
        for texts in (templates_zh.TEXTS, templates_en.TEXTS):
            text = texts[route.template]
            used = variables_of(text.title) | variables_of(text.body) | variables_of(text.sms)
            assert used <= carried
            assert (ChannelKind.SMS in route.channels) <= bool(text.sms)
            if "link" in variables_of(text.sms):
                assert route.to is Recipient.CUSTOMER
                assert route.template in LINKS


def test_every_template_is_sent_by_some_event_and_every_event_is_heard() -> None:
    assert {route.template for routes in ROUTES.values() for route in routes} == set(Template)
    heard = {event for event, paths in EVENT_TABLE.items() if any("paidan.notifications" in path for path in paths)}
    assert heard == {*ROUTES, "visit.undone"}


def test_what_may_be_undone_waits_and_can_be_taken_back() -> None:
    undoable = {route.template for routes in ROUTES.values() for route in routes if route.undoable}

    assert undoable == set(UNDONE.values()) == set(STAMPS)


def test_chinese_reads_as_people_speak() -> None:
    words = words_of(Template.ON_THE_WAY, PARAMS, language="zh-hans", link=LINK)

    assert words.sms == f"张师傅（工号T0042）已出发前往您处，请保持电话畅通。实时进度：{LINK}"
    assert words_of(Template.BOOKING_CONFIRMED, PARAMS, language="zh-hans", link=LINK).body == (
        "您预约的空调清洗已确认，上门时间：3月2日周一 14:00–16:00。师傅确定后我们会再通知您。"
    )
    assert words_of(Template.BOOKING_CANCELLED, PARAMS, language="zh-hans").sms == (
        "您预约的空调清洗（3月2日周一 14:00–16:00）已取消，取消费¥20.50。"
    )
    assert "家中无人" in words_of(Template.NOT_DONE, PARAMS, language="zh-hans").body


def test_english_reads_as_people_speak() -> None:
    words = words_of(Template.TECHNICIAN_CONFIRMED, PARAMS, language="en", link=LINK)

    assert words.sms == (
        "Technician Zhang (No. T0042) will come on Mon, Mar 2 14:00–16:00 for Air conditioner cleaning. "
        f"Follow live: {LINK}"
    )
    work = words_of(Template.WORK_OPENED, PARAMS, language="en")
    assert (work.title, work.body) == (
        "To do: Declined twice",
        "Declined or not answered 3 times. Air conditioner cleaning, Mon, Mar 2 14:00–16:00, 浦东新区",
    )


def test_window_over_midnight_names_both_days() -> None:
    night = {**PARAMS, "window_start": "2026-03-02T15:00:00+00:00", "window_end": "2026-03-02T17:00:00+00:00"}

    assert "Mon, Mar 2 23:00–Tue, Mar 3 01:00" in words_of(Template.VISIT_NEW, night, language="en").body


@pytest.mark.parametrize("template", list(Template))
@pytest.mark.parametrize("language", ["zh-hans", "en", "", "fr"])
def test_no_template_breaks_on_missing_facts(template: Template, language: str) -> None:
    words = words_of(template, {}, language=language)

    assert "{" not in words.title + words.body + words.sms + words.letter
