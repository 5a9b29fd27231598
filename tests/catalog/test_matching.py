"""Finding items by their own words: what is judged here is the method, on a catalog of four items."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paidan.catalog.features import LONGEST_TEXT, features_of, text_normalised
from paidan.catalog.matching import TOP, ItemIndex, ItemText

ITEMS = (
    ItemText(
        "kettle",
        ((3.0, "水壶维修"), (3.0, "Kettle repair"), (1.0, "水壶烧不开"), (1.0, "kettle does not boil"), (1.0, "漏水")),
    ),
    ItemText("bell", ((3.0, "门铃安装"), (3.0, "Bell fitting"), (1.0, "门铃不响"), (1.0, "door bell silent"))),
    ItemText("roof", ((3.0, "屋顶补漏"), (3.0, "Roof repair"), (1.0, "屋顶漏水"), (1.0, "roof leaking"))),
    ItemText("garden", ((3.0, "花园修剪"), (3.0, "Gardening"), (1.0, "剪树枝"), (1.0, "cut the hedge"))),
)
INDEX = ItemIndex(ITEMS)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("水壶烧不开了", "kettle"),
        ("门铃不响", "bell"),
        ("我家的屋顶在漏水", "roof"),
        ("花园里的树枝要剪", "garden"),
        ("ＫＥＴＴＬＥ won’t boil", "kettle"),
        ("the roof leaks", "roof"),
        ("水胡维修", "kettle"),  # a wrong character with the right sound
        ("kettel repair kettle", "kettle"),
    ],
)
def test_own_words_in_any_dress_find_the_item(text: str, code: str) -> None:
    ranked = INDEX.rank(text)

    assert ranked[0].code == code


@pytest.mark.parametrize(
    "text",
    ["", " ", "asdfgh", "你好", "12345", "😀😀😀", "买火车票", "？？？", "\x00\x01", "ппривет", "مرحبا", "的了吗"],
)
def test_nonsense_and_other_topics_find_nothing(text: str) -> None:
    assert INDEX.rank(text) == ()


def test_a_vague_need_finds_several_with_little_confidence() -> None:
    ranked = INDEX.rank("漏水")

    assert {found.code for found in ranked} == {"kettle", "roof"}
    assert all(found.confidence < 0.5 for found in ranked)


def test_confidence_falls_with_the_rank() -> None:
    ranked = INDEX.rank("门铃和水壶都要维修")

    confidences = [found.confidence for found in ranked]
    assert confidences == sorted(confidences, reverse=True)
    assert len(ranked) <= TOP


def test_the_same_text_always_finds_the_same() -> None:
    assert INDEX.rank("屋顶漏水") == ItemIndex(ITEMS).rank("屋顶漏水")


def test_an_empty_catalog_finds_nothing() -> None:
    assert ItemIndex(()).rank("屋顶漏水") == ()


def test_padding_changes_nothing() -> None:
    assert features_of("请问师傅，我家的门铃不响了吗？") == features_of("门铃不响")


def test_a_megabyte_is_read_only_as_far_as_a_sentence_goes() -> None:
    assert len(text_normalised("漏" * 1_000_000)) == LONGEST_TEXT


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_answered_with_confidences_between_0_and_1(text: str) -> None:
    assert all(0 <= found.confidence <= 1 for found in INDEX.rank(text))
