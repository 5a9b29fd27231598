"""The house's rules judge bookings: what they find, where a booking goes, and versions of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from paidan.accounts.constants import LinkPurpose, RoleCode
from paidan.booking.errors import RulesInForce
from paidan.booking.models import Booking, ReviewRuleSet
from paidan.booking.review import (
    DEFAULT_RULES,
    PARAMETERS,
    Earlier,
    OrderFacts,
    ReviewRule,
    RuleKind,
    Verdict,
    findings_of,
    rule_read,
    verdict_of,
)
from paidan.booking.selectors import booking_detail, rule_sets, rules_trial
from paidan.booking.selectors.judging import rules_in_force
from paidan.booking.services import (
    ReviewVerdict,
    booking_answer,
    booking_cancel,
    booking_review_decide,
    rule_set_draft,
    rule_set_publish,
    rule_set_write,
)
from paidan.kernel.errors import Forbidden, Invalid, NotFound
from paidan.kernel.timespan import TimeSpan
from paidan.worklist.models import WorkItem
from tests.booking.scene import Scene, make_scene, race

AT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
WINDOW = TimeSpan(AT + timedelta(days=1), AT + timedelta(days=1, hours=2))


def _rule(kind: RuleKind, verdict: Verdict = Verdict.DOUBTFUL, **parameters: object) -> ReviewRule:
    return rule_read({"kind": kind, "verdict": verdict, **parameters})


def _earlier(**changes: Any) -> Earlier:
    fields: dict[str, Any] = {
        "is_same_customer": True,
        "is_same_place": False,
        "is_same_item": True,
        "window": WINDOW,
        "created_at": AT - timedelta(days=2),
        "ended_at": None,
        **changes,
    }
    return Earlier(**fields)


def _facts(*earlier: Earlier, **changes: Any) -> OrderFacts:
    fields: dict[str, Any] = {
        "at": AT,
        "window": WINDOW,
        "price_minor": 20_000,
        "territory": "east",
        "texts": {"description": "空调 不冷"},
        **changes,
    }
    return OrderFacts(**fields, earlier=earlier)


GONE = AT - timedelta(days=1)
CASES: list[tuple[ReviewRule, OrderFacts, str]] = [
    (_rule(RuleKind.COMPLETENESS, field="description", least=4), _facts(), ""),
    (_rule(RuleKind.COMPLETENESS, field="description", least=5), _facts(), "completeness"),
    (_rule(RuleKind.COMPLETENESS, field="special_requirements", least=1), _facts(), "completeness"),
    (_rule(RuleKind.TERRITORY, territory="east"), _facts(), "territory"),
    (_rule(RuleKind.TERRITORY, territory="west"), _facts(), ""),
    (_rule(RuleKind.WINDOW, notice_below_minutes=1440), _facts(), ""),
    (_rule(RuleKind.WINDOW, notice_below_minutes=1441), _facts(), "window_soon"),
    (_rule(RuleKind.WINDOW, ahead_above_days=1), _facts(), ""),
    (_rule(RuleKind.WINDOW, ahead_above_days=1), _facts(at=AT - timedelta(minutes=1)), "window_far"),
    (_rule(RuleKind.DUPLICATE, same="customer", within_hours=0), _facts(_earlier()), "duplicate_customer"),
    (_rule(RuleKind.DUPLICATE, same="customer", within_hours=0), _facts(_earlier(ended_at=GONE)), ""),
    (_rule(RuleKind.DUPLICATE, same="customer", within_hours=0), _facts(_earlier(is_same_item=False)), ""),
    (_rule(RuleKind.DUPLICATE, same="place", within_hours=0), _facts(_earlier()), ""),
    (
        _rule(RuleKind.DUPLICATE, same="place", within_hours=0),
        _facts(_earlier(is_same_customer=False, is_same_place=True)),
        "duplicate_place",
    ),
    (
        _rule(RuleKind.DUPLICATE, same="customer", within_hours=24),
        _facts(_earlier(window=TimeSpan(WINDOW.end + timedelta(hours=23), WINDOW.end + timedelta(hours=25)))),
        "duplicate_customer",
    ),
    (
        _rule(RuleKind.DUPLICATE, same="customer", within_hours=24),
        _facts(_earlier(window=TimeSpan(WINDOW.end + timedelta(hours=24), WINDOW.end + timedelta(hours=26)))),
        "",
    ),
    (
        _rule(RuleKind.ABUSE, misuse="cancelled", at_least=2, days=30),
        _facts(*[_earlier(ended_at=GONE, is_cancelled=True)] * 2),
        "abuse_cancelled",
    ),
    (
        _rule(RuleKind.ABUSE, misuse="cancelled", at_least=2, days=30),
        _facts(
            _earlier(ended_at=GONE, is_cancelled=True), _earlier(ended_at=AT - timedelta(days=31), is_cancelled=True)
        ),
        "",
    ),
    (
        _rule(RuleKind.ABUSE, misuse="absent", at_least=1, days=30),
        _facts(_earlier(ended_at=GONE, is_absent=True)),
        "abuse_absent",
    ),
    (_rule(RuleKind.ABUSE, misuse="open", at_least=2, days=1), _facts(_earlier(), _earlier()), "abuse_open"),
    (_rule(RuleKind.PRICE, above_minor=19_999), _facts(), "price_above"),
    (_rule(RuleKind.PRICE, above_minor=20_000), _facts(), ""),
    (_rule(RuleKind.PRICE, below_minor=20_001), _facts(), "price_below"),
    (_rule(RuleKind.PRICE, below_minor=20_001), _facts(price_minor=0), ""),
    (_rule(RuleKind.PRICE, Verdict.PASS, above_minor=1), _facts(), ""),
]


@pytest.mark.parametrize(("rule", "facts", "code"), CASES)
def test_each_kind_finds_what_it_names_and_nothing_else(rule: ReviewRule, facts: OrderFacts, code: str) -> None:
    assert [one.code for one in findings_of([rule], facts)] == ([code] if code else [])


def test_the_most_serious_finding_decides() -> None:
    rules = [_rule(RuleKind.PRICE, above_minor=1), _rule(RuleKind.TERRITORY, Verdict.REFUSE, territory="east")]

    found = findings_of(rules, _facts())

    assert [one.verdict for one in found] == [Verdict.REFUSE, Verdict.DOUBTFUL]
    assert verdict_of(found) is Verdict.REFUSE
    assert verdict_of(()) is Verdict.PASS


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"kind": "nothing", "verdict": "ask"}, "kind"),
        ({"kind": "price", "verdict": "ask", "above_minor": 1}, "verdict"),
        ({"kind": "price", "verdict": "", "above_minor": 1}, "verdict"),
        ({"kind": "price", "verdict": "doubtful"}, "above_minor"),
        ({"kind": "window", "verdict": "doubtful", "notice_below_minutes": 0}, "notice_below_minutes"),
        ({"kind": "completeness", "verdict": "ask", "field": "price", "least": 3}, "field"),
        ({"kind": "completeness", "verdict": "ask", "field": "description"}, "least"),
        ({"kind": "abuse", "verdict": "refuse", "misuse": "open", "at_least": True, "days": 2}, "at_least"),
    ],
)
def test_a_rule_that_means_nothing_is_refused_with_its_field(data: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        rule_read(data)

    assert set(refusal.value.fields) == {field}


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.dictionaries(
        st.sampled_from(["kind", "verdict", "least", "days", "same", "above_minor", "x"]),
        st.one_of(
            st.none(),
            st.integers(),
            st.booleans(),
            st.text(max_size=8),
            st.sampled_from([*RuleKind.values, *Verdict.values]),
        ),
    )
)
def test_whatever_is_sent_becomes_a_rule_that_reads_back_or_a_refusal(data: dict[str, Any]) -> None:
    try:
        rule = rule_read(data)
    except Invalid:
        return

    assert rule_read(rule.as_data()) == rule
    assert set(rule.parameters) <= {one.name for one in PARAMETERS[rule.kind]}


@pytest.fixture
def scene(db: None) -> Scene:
    return make_scene(workers=3)


def _in_force(scene: Scene, *rules: ReviewRule) -> int:
    manager = scene.staff(RoleCode.ADMINISTRATOR)
    draft = rule_set_draft(actor=manager, now=scene.now)
    rule_set_write(draft, rules=rules, actor=manager)
    rule_set_publish(draft, actor=manager, now=scene.now)
    return draft


def test_what_is_refused_is_said_at_its_field_and_nothing_is_written(scene: Scene) -> None:
    _in_force(scene, _rule(RuleKind.COMPLETENESS, Verdict.REFUSE, field="description", least=20))

    with pytest.raises(Invalid) as refusal:
        scene.book()

    assert set(refusal.value.fields) == {"description"}
    assert not Booking.objects.exists()


def test_what_is_incomplete_is_asked_and_the_answer_confirms(scene: Scene) -> None:
    _in_force(scene, _rule(RuleKind.COMPLETENESS, Verdict.ASK, field="special_requirements", least=4))
    actor = scene.customer_actor()

    asked = scene.book(actor)

    detail = booking_detail(actor, asked.ref, now=scene.now)
    assert asked.status == "needs_info"
    assert [(one.name, one.value) for one in detail.asked_fields] == [("special_requirements", "")]
    assert "4" in detail.asked_fields[0].hint
    link = scene.link(LinkPurpose.BOOKING, asked.ref)
    again = booking_answer(ref=asked.ref, answers={"special_requirements": "有狗"}, actor=link, now=scene.now)
    assert again.status == "needs_info"
    done = booking_answer(
        ref=asked.ref, answers={"special_requirements": "请自带梯子", "description": "改写"}, actor=link, now=scene.now
    )
    assert done.is_confirmed
    booking = Booking.objects.get()
    assert (booking.special_requirements, booking.description) == ("请自带梯子", "空调不制冷")


def test_an_answer_after_the_window_was_lost_goes_to_the_desk(db: None) -> None:
    scene = make_scene(workers=1, minutes=240)
    _in_force(scene, _rule(RuleKind.COMPLETENESS, Verdict.ASK, field="special_requirements", least=1))
    actor = scene.customer_actor()
    asked = scene.book(actor)
    assert scene.book(special_requirements="无").is_confirmed

    done = booking_answer(ref=asked.ref, answers={"special_requirements": "无"}, actor=actor, now=scene.now)

    assert done.status == "in_review"
    work = WorkItem.objects.get(kind="booking_review", subject_ref=asked.ref, status="open")
    assert work.facts["reasons"][0]["en"] == "The time wanted is no longer free."


def test_the_desk_asks_for_fields_and_the_answer_returns_to_it(scene: Scene) -> None:
    _in_force(scene, _rule(RuleKind.PRICE, above_minor=1))
    actor = scene.customer_actor()
    ref = scene.book(actor).ref
    desk = scene.staff(RoleCode.DISPATCHER)
    booking_review_decide(
        ref=ref,
        verdict=ReviewVerdict.ASK,
        text="电话？",
        fields=["contact_phone", "password"],
        actor=desk,
        now=scene.now,
    )
    assert [one.name for one in booking_detail(actor, ref, now=scene.now).asked_fields] == ["contact_phone"]

    with pytest.raises(Invalid) as refusal:
        booking_answer(ref=ref, answers={"contact_phone": "no"}, actor=actor, now=scene.now)
    view = booking_answer(ref=ref, answers={"contact_phone": "139 0013 9000"}, actor=actor, now=scene.now)

    assert set(refusal.value.fields) == {"contact_phone"}
    assert view.status == "in_review"
    assert Booking.objects.get().contact_phone == "+8613900139000"
    assert WorkItem.objects.filter(status="open").count() == 1


def test_cancelled_bookings_count_against_their_customer(scene: Scene) -> None:
    _in_force(scene, _rule(RuleKind.ABUSE, misuse="cancelled", at_least=1, days=30))
    actor = scene.customer_actor()
    first = scene.book(actor)
    booking_cancel(ref=first.ref, reason="changed_mind", actor=actor, now=scene.now)

    second = scene.book(actor)

    assert (first.is_confirmed, second.status) == (True, "in_review")
    reasons = WorkItem.objects.get().facts["reasons"]
    assert "1" in reasons[0]["en"]
    assert reasons[0]["zh"] != reasons[0]["en"]


def test_the_same_door_is_noticed_whoever_books(scene: Scene) -> None:
    _in_force(scene, _rule(RuleKind.DUPLICATE, same="place", within_hours=0))
    scene.book()

    assert scene.book().status == "in_review"


def test_a_trial_judges_past_bookings_as_of_their_own_time(scene: Scene) -> None:
    actor = scene.customer_actor()
    scene.book(actor)
    scene.book(actor, window=scene.window(10))
    scene.book(window=scene.window(10, days=1))

    trial = rules_trial([_rule(RuleKind.DUPLICATE, same="customer", within_hours=4)])

    assert (trial.judged, trial.stopped) == (3, 1)
    assert trial.counts == {Verdict.DOUBTFUL: 1}
    latest = Booking.objects.order_by("pk")[1]
    assert [ref for ref, _found in trial.shown] == [latest.ref]
    with CaptureQueriesContext(connection) as few:
        rules_trial(DEFAULT_RULES)
    scene.book(window=scene.window(14, days=1))
    with CaptureQueriesContext(connection) as more:
        rules_trial(DEFAULT_RULES)
    assert len(more) == len(few)


def test_versions_follow_each_other_and_stay_as_they_were(scene: Scene) -> None:
    admin = scene.staff(RoleCode.ADMINISTRATOR)
    assert rules_in_force(now=scene.now) == DEFAULT_RULES
    first = _in_force(scene, _rule(RuleKind.PRICE, above_minor=1))
    later = rule_set_draft(source_id=first, actor=admin, now=scene.now)
    rule_set_publish(later, effective_at=scene.now + timedelta(days=1), actor=admin, now=scene.now)

    states = [(one.version, one.state) for one in rule_sets(admin, now=scene.now)]
    tomorrow = [(one.version, one.state) for one in rule_sets(admin, now=scene.now + timedelta(days=2))]

    assert states == [(2, "to_come"), (1, "active"), (0, "retired")]
    assert tomorrow == [(2, "active"), (1, "retired"), (0, "retired")]
    with pytest.raises(RulesInForce):
        rule_set_write(first, rules=[], actor=admin)
    with pytest.raises(RulesInForce):
        rule_set_publish(first, actor=admin, now=scene.now)
    with pytest.raises(DatabaseError):
        ReviewRuleSet.objects.filter(pk=first).update(rules=[])


def test_a_version_begins_in_the_future_and_names_real_territories(scene: Scene) -> None:
    admin = scene.staff(RoleCode.ADMINISTRATOR)
    draft = rule_set_draft(actor=admin, now=scene.now)

    with pytest.raises(Invalid):
        rule_set_publish(draft, effective_at=scene.now - timedelta(days=1), actor=admin, now=scene.now)
    with pytest.raises(Invalid):
        rule_set_write(draft, rules=[_rule(RuleKind.TERRITORY, territory="nowhere")], actor=admin)
    with pytest.raises(NotFound):
        rule_set_write(draft + 99, rules=[], actor=admin)

    assert ReviewRuleSet.objects.get().is_draft


def test_only_who_edits_master_data_writes_rules(scene: Scene) -> None:
    with pytest.raises(Forbidden):
        rule_set_draft(actor=scene.staff(RoleCode.DISPATCHER), now=scene.now)

    assert not ReviewRuleSet.objects.exists()


def test_drafts_made_at_once_get_numbers_of_their_own(transactional_db: None) -> None:
    scene = make_scene()
    admin = scene.staff(RoleCode.ADMINISTRATOR)

    race([lambda: rule_set_draft(actor=admin, now=scene.now)] * 4)

    assert sorted(ReviewRuleSet.objects.values_list("version", flat=True)) == [1, 2, 3, 4]
