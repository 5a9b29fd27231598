from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils.translation import override

from paidan.catalog.constants import Party
from paidan.catalog.models import FeeRule, FeeTable, ServiceItemVersion
from paidan.catalog.selectors import (
    cancellation_fee,
    service_item,
    service_item_sold,
    service_items,
    service_items_match,
    service_types,
)
from paidan.kernel import clock
from paidan.kernel.errors import NotFound
from tests.city import EPOCH, make_item, make_skill

pytestmark = pytest.mark.django_db


def _named(version: ServiceItemVersion, zh: str, en: str, *keywords: str) -> ServiceItemVersion:
    version.name, version.keywords = {"zh": zh, "en": en}, list(keywords)
    version.save()
    return version


def _next_version(version: ServiceItemVersion, *, in_days: int, price_minor: int) -> ServiceItemVersion:
    return ServiceItemVersion.objects.create(
        item=version.item,
        version=version.version + 1,
        effective_at=clock.now() + timedelta(days=in_days),
        name=version.name,
        duration_minutes=version.duration_minutes,
        price_minor=price_minor,
        fee_table=version.fee_table,
    )


def test_an_item_is_shown_in_the_readers_language() -> None:
    skill = make_skill("ladders")
    version = _named(make_item((skill, 3), price_minor=9_900), "屋顶补漏", "Roof repair")

    zh, en = (service_item(version.item.code, language) for language in ("zh-hans", "en"))

    assert (zh.name, en.name) == ("屋顶补漏", "Roof repair")
    assert (en.price_minor, [(need.code, need.level) for need in en.needs]) == (9_900, [("ladders", 3)])


def test_the_newest_effective_version_is_sold_and_a_later_one_waits() -> None:
    version = make_item(price_minor=10_000)
    _next_version(version, in_days=-1, price_minor=12_000)
    _next_version(service_version(version), in_days=1, price_minor=15_000)

    assert service_item(version.item.code).price_minor == 12_000
    assert service_item(version.item.code, at=clock.now() + timedelta(days=2)).price_minor == 15_000
    assert service_item_sold(version.pk).price_minor == 10_000


def service_version(version: ServiceItemVersion) -> ServiceItemVersion:
    return ServiceItemVersion.objects.filter(item=version.item).order_by("-version")[0]


def test_a_retired_item_is_neither_listed_nor_found() -> None:
    version = _named(make_item(), "屋顶补漏", "Roof repair")
    version.item.retired_at = clock.now()
    version.item.save()

    assert service_items() == ()
    assert service_items_match("屋顶补漏").items == ()
    with pytest.raises(NotFound):
        service_item(version.item.code)


@pytest.mark.parametrize("code", ["", "no-such-item", "a\x00b", "💧", "x" * 10_000])
def test_a_code_nobody_made_is_not_found(code: str) -> None:
    with pytest.raises(NotFound):
        service_item(code)


def test_types_hold_their_items_and_empty_types_are_left_out() -> None:
    first, second = make_item(), make_item()

    found = {kind.code: [item.code for item in kind.items] for kind in service_types("en")}

    assert found == {version.item.type.code: [version.item.code] for version in (first, second)}


def test_lists_cost_the_same_however_many_items_there_are(django_assert_num_queries: object) -> None:
    for _ in range(5):
        make_item((make_skill(), 2))

    with django_assert_num_queries(4):  # type: ignore[operator]
        service_types("en")


def test_a_clear_text_finds_its_item_without_a_question() -> None:
    _named(make_item(), "屋顶补漏", "Roof repair", "屋顶漏水", "下雨天屋里滴水")
    _named(make_item(), "门铃安装", "Bell fitting", "门铃不响")
    _named(make_item(), "花园修剪", "Gardening", "剪树枝")

    match = service_items_match("屋顶漏水，下雨天屋里滴水", "en")

    assert match.items[0].name == "Roof repair"
    assert match.items[0].confidence >= 0.5
    assert match.question == ""


@pytest.mark.parametrize(
    ("language", "question"),
    [
        ("en", "Please say what needs doing, for example “the air conditioner does not cool”."),
        ("zh-hans", "请说说需要做什么，例如“空调不制冷”。"),
    ],
)
def test_nonsense_is_answered_with_a_question_in_the_readers_language(language: str, question: str) -> None:
    _named(make_item(), "屋顶补漏", "Roof repair")

    match = service_items_match("asdfgh", language)

    assert (match.items, match.question) == ((), question)


def test_a_changed_keyword_is_found_at_once() -> None:
    version = _named(make_item(), "屋顶补漏", "Roof repair")
    _named(make_item(), "门铃安装", "Bell fitting")
    assert service_items_match("瓦片松动").items == ()

    _named(version, "屋顶补漏", "Roof repair", "瓦片松动")

    assert [found.code for found in service_items_match("瓦片松动").items] == [version.item.code]


def test_an_unchanged_catalog_costs_one_query(django_assert_num_queries: object) -> None:
    _named(make_item(), "屋顶补漏", "Roof repair")
    service_items_match("屋顶")

    with django_assert_num_queries(1):  # type: ignore[operator]
        service_items_match("屋顶漏水")


def _fees(**rule: object) -> FeeTable:
    table = FeeTable.objects.create(code="fees", name={"en": "Fees"}, effective_at=EPOCH)
    FeeRule.objects.create(table=table, **{"notice_below_minutes": 120, "percent": 20, "minimum_minor": 2_000, **rule})
    return table


@pytest.mark.parametrize(
    ("price_minor", "notice_minutes", "fee_minor"),
    [
        (20_000, 120, 0),
        (20_000, 119, 4_000),
        (20_000, 0, 4_000),
        (20_000, -30, 4_000),
        (5_000, 60, 2_000),  # the minimum
        (1_500, 60, 1_500),  # never more than the price
        (20_003, 60, 4_001),  # rounded half-up
    ],
)
def test_a_late_cancellation_costs_a_share_with_a_floor_and_a_ceiling(
    price_minor: int, notice_minutes: int, fee_minor: int
) -> None:
    quote = cancellation_fee(_fees().pk, price_minor, notice_minutes)

    assert quote.amount_minor == fee_minor
    assert (quote.rule_id is None) == (fee_minor == 0)


def test_the_company_pays_nothing_for_its_own_cancellation() -> None:
    assert cancellation_fee(_fees().pk, 20_000, 10, party=Party.COMPANY).amount_minor == 0


def test_a_rule_for_after_departure_comes_first_and_only_then() -> None:
    table = _fees()
    FeeRule.objects.create(table=table, notice_below_minutes=100_000, after_departure=True, percent=50)

    assert cancellation_fee(table.pk, 20_000, 60, departed=False).amount_minor == 4_000
    assert cancellation_fee(table.pk, 20_000, 60, departed=True).amount_minor == 10_000


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "Cancelling with less than 2 hours notice costs 20 % of the price, at least ¥20."),
        ("zh-hans", "提前不足 2 小时取消，收取价格的 20%，最低 ¥20。"),
    ],
)
def test_the_fee_says_its_rule(language: str, sentence: str) -> None:
    table = _fees()

    with override(language):
        assert cancellation_fee(table.pk, 20_000, 60).sentence == sentence
