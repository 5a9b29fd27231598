"""Review rules in the office: added, tried, kept and put in force; a fault keeps what was typed."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from paidan.accounts.access import actor_of_user
from paidan.accounts.constants import RoleCode
from paidan.booking.models import Booking, ReviewRuleSet
from paidan.booking.services import rule_set_draft
from paidan.kernel import clock
from tests import city
from tests.booking.scene import make_scene
from tests.web.clients import client_of

pytestmark = pytest.mark.django_db
LIST = reverse("office:review-rules")
PRICE = {"rule-0-verdict": "doubtful", "rule-0-above_minor": "150.50"}


@pytest.fixture
def office() -> Client:
    return client_of(city.make_user(RoleCode.ADMINISTRATOR))


@pytest.fixture
def draft() -> ReviewRuleSet:
    admin = actor_of_user(city.make_user(RoleCode.ADMINISTRATOR))
    return ReviewRuleSet.objects.get(pk=rule_set_draft(actor=admin, now=clock.now()))


def _page(draft: ReviewRuleSet) -> str:
    return reverse("office:review-rule-set", args=[draft.pk])


def test_a_draft_is_made_from_what_is_in_force(office: Client) -> None:
    assert "Built in" in office.get(LIST).content.decode()

    answer = office.post(LIST)

    draft = ReviewRuleSet.objects.get()
    assert answer.headers["Location"] == _page(draft)
    assert [rule["kind"] for rule in draft.rules] == ["duplicate", "price"]
    assert "50000" in office.get(_page(draft)).content.decode()


def test_a_rule_is_added_without_losing_what_was_typed(office: Client, draft: ReviewRuleSet) -> None:
    sent = {"kinds": "price", **PRICE, "step": "add:abuse"}

    shown = office.post(_page(draft), sent).content.decode()

    assert 'value="price,abuse"' in shown
    assert "150.50" in shown
    assert 'name="rule-1-misuse"' in shown


def test_rules_are_kept_and_put_in_force(office: Client, draft: ReviewRuleSet) -> None:
    kept = office.post(_page(draft), {"kinds": "price", **PRICE, "step": "keep"})
    office.post(_page(draft), {"step": "publish", "effective_at": ""})

    assert kept.status_code == 302
    draft.refresh_from_db()
    assert draft.rules == [{"kind": "price", "verdict": "doubtful", "above_minor": 15_050}]
    assert not draft.is_draft
    shown = office.get(_page(draft)).content.decode()
    assert "¥150.50" in shown
    assert "rule-0-verdict" not in shown


def test_a_trial_says_how_many_would_have_been_stopped(office: Client, draft: ReviewRuleSet) -> None:
    make_scene().book()

    shown = office.post(_page(draft), {"kinds": "price", **PRICE, "step": "try"}).content.decode()

    assert "Would have stopped 1 of the last 1 bookings" in shown
    assert Booking.objects.get().ref in shown
    draft.refresh_from_db()
    assert len(draft.rules) == 2


def test_a_faulty_rule_keeps_the_form_and_a_removed_one_does_not_count(office: Client, draft: ReviewRuleSet) -> None:
    faulty = {"kinds": "price,abuse", **PRICE, "rule-1-verdict": "refuse", "rule-1-misuse": "open", "step": "keep"}

    answer = office.post(_page(draft), faulty)
    assert answer.status_code == 422
    assert "150.50" in answer.content.decode()
    assert 'aria-invalid="true"' in answer.content.decode()

    assert office.post(_page(draft), {**faulty, "rule-1-remove": "on"}).status_code == 302
    draft.refresh_from_db()
    assert [rule["kind"] for rule in draft.rules] == ["price"]


def test_a_past_start_is_said_beside_its_field(office: Client, draft: ReviewRuleSet) -> None:
    answer = office.post(_page(draft), {"step": "publish", "effective_at": "2020-01-01T10:00"})

    assert answer.status_code == 422
    draft.refresh_from_db()
    assert draft.is_draft


def test_others_do_not_see_the_rules(draft: ReviewRuleSet) -> None:
    dispatcher = client_of(city.make_user(RoleCode.DISPATCHER))

    assert dispatcher.get(LIST).status_code in {403, 404}
    assert dispatcher.post(_page(draft), {"step": "publish"}).status_code in {403, 404}
