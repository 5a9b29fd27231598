"""Fee tables: the rule that counts, versions that stay, and drafts that come into force (B8)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from paidan.catalog.constants import FeeOccasion, Party, Reached
from paidan.catalog.fee_terms import FeeCase, FeeTerms, fee_of, terms_sentence
from paidan.catalog.models import FeeRule
from paidan.catalog.selectors import fee_table_view, fee_tables
from paidan.catalog.services import (
    VersionInForce,
    fee_table_copy,
    fee_table_publish,
    fee_table_sell,
    fee_table_write,
)
from paidan.kernel import clock
from paidan.kernel.errors import Invalid, NotFound
from tests import city

STATES = (Reached.BOOKED, Reached.ASSIGNED, Reached.DEPARTED)
rules = st.builds(
    FeeTerms,
    percent=st.integers(0, 100),
    occasion=st.sampled_from(FeeOccasion),
    party=st.sampled_from(Party),
    reached=st.sampled_from(STATES),
    notice_below_minutes=st.none() | st.integers(0, 3_000),
    reason=st.sampled_from(["", "other", "wrong_time"]),
    fixed_minor=st.integers(0, 20_000),
    minimum_minor=st.integers(0, 5_000),
    maximum_minor=st.none() | st.integers(5_000, 50_000),
)
cases = st.builds(
    FeeCase,
    notice_minutes=st.integers(-600, 5_000),
    occasion=st.sampled_from(FeeOccasion),
    party=st.sampled_from(Party),
    reached=st.sampled_from(STATES),
    reason=st.sampled_from(["", "other", "wrong_time", "company"]),
)


@given(table=st.lists(rules, max_size=8), price=st.integers(0, 1_000_000), case=cases)
def test_what_is_charged_is_the_amount_of_a_rule_that_fits(table: list[FeeTerms], price: int, case: FeeCase) -> None:
    quote = fee_of(table, price, case)

    fitting = [rule for rule in table if rule.fits(case)]
    assert quote.amount_minor in {rule.amount(price) for rule in fitting} | ({0} if not fitting else set())
    if case.party is Party.CUSTOMER:
        assert 0 <= quote.amount_minor <= price


@given(table=st.lists(rules, min_size=1, max_size=8), price=st.integers(0, 1_000_000), case=cases)
def test_a_rule_for_the_very_reason_goes_before_one_for_any(table: list[FeeTerms], price: int, case: FeeCase) -> None:
    particular = [rule for rule in table if rule.reason and rule.fits(case)]

    if particular:
        assert fee_of(table, price, case) == fee_of(particular, price, case)


@given(rule=rules, language=st.sampled_from(["en", "zh-hans"]))
def test_every_rule_can_be_said(rule: FeeTerms, language: str) -> None:
    with override(language):
        words = terms_sentence(rule)

    assert words.endswith((".", "。"))
    assert "%(" not in words


@pytest.mark.parametrize(
    ("rule", "price", "amount"),
    [
        (FeeTerms(percent=10, fixed_minor=500), 20_000, 2_500),
        (FeeTerms(percent=10, minimum_minor=3_000), 20_000, 3_000),
        (FeeTerms(percent=50, maximum_minor=5_000), 20_000, 5_000),
        (FeeTerms(percent=0, fixed_minor=30_000), 20_000, 20_000),
        (FeeTerms(percent=0, fixed_minor=30_000, party=Party.COMPANY), 20_000, 30_000),
    ],
)
def test_an_amount_is_share_and_fixed_part_between_floor_and_ceiling(rule: FeeTerms, price: int, amount: int) -> None:
    assert rule.amount(price) == amount


@pytest.mark.django_db
def test_a_version_that_was_sold_cannot_be_changed_even_in_the_database() -> None:
    table = city.make_item().fee_table
    fee_table_sell(table.pk, now=clock.now())

    with pytest.raises(IntegrityError), transaction.atomic():
        FeeRule.objects.create(table=table, percent=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        table.rules.update(percent=99)
    with pytest.raises(IntegrityError), transaction.atomic():
        table.rules.all().delete()
    with city.refused(VersionInForce):
        fee_table_write(table.pk, name={"zh": "新"}, rules=(), now=clock.now())

    assert [rule.percent for rule in table.rules.all()] == [20]


@pytest.mark.django_db
def test_a_draft_is_sold_under_only_once_it_is_in_force() -> None:
    now = clock.now()
    table = city.make_item().fee_table
    draft = fee_table_copy(table.pk, now=now)
    fee_table_write(draft.pk, name={"zh": "新"}, rules=(FeeTerms(percent=30), FeeTerms(percent=5)), now=now)

    as_draft = fee_table_sell(table.pk, now=now + timedelta(days=400))
    fee_table_publish(draft.pk, effective_at=now + timedelta(hours=1), now=now)
    before, after = (fee_table_sell(table.pk, now=now + timedelta(minutes=minutes)) for minutes in (59, 60))

    assert (as_draft, before, after) == (table.pk, table.pk, draft.pk)
    assert [(view.version, view.is_in_force) for view in fee_tables(now=now + timedelta(hours=2))] == [
        (2, True),
        (1, False),
    ]
    assert [rule.percent for rule in fee_table_view(draft.pk, now=now).rules] == [30, 5]


@pytest.mark.django_db
def test_refused_changes_leave_a_draft_as_it_was() -> None:
    now = clock.now()
    draft = fee_table_copy(city.make_item().fee_table_id, now=now)
    upside_down = FeeTerms(percent=1, minimum_minor=500, maximum_minor=400)

    with city.refused(Invalid) as ceiling:
        fee_table_write(draft.pk, name={"zh": "新"}, rules=(upside_down,), now=now)
    with city.refused(Invalid) as past:
        fee_table_publish(draft.pk, effective_at=now, now=now)
    with city.refused(NotFound):
        fee_table_publish(999_999, effective_at=now + timedelta(days=1), now=now)

    draft.refresh_from_db()
    assert (set(ceiling.value.fields), set(past.value.fields)) == ({"rules"}, {"effective_at"})
    assert (draft.is_draft, draft.rules.get().percent, draft.name["zh"]) == (True, 20, "取消")


@pytest.mark.django_db
def test_the_list_costs_two_queries(django_assert_num_queries: object) -> None:
    for _ in range(5):
        fee_table_copy(city.make_item().fee_table_id, now=clock.now())

    with django_assert_num_queries(2):  # type: ignore[operator]  # pytest-django's fixture is untyped
        found = fee_tables(now=clock.now())

    assert len(found) == 10
