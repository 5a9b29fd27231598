"""What a sentence is made of, as far as finding a service is concerned.

Character n-grams of Chinese, words, word pairs and word pieces of other scripts, and pinyin pairs, which
forgive wrong characters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from enum import Enum, auto
from itertools import pairwise

LONGEST_TEXT = 400
"""Characters that are read; a need is a sentence or two."""

_HAN = r"\u3400-\u4dbf\u4e00-\u9fff"
_RUNS = re.compile(rf"[{_HAN}]+|[^\W_{_HAN}]+")
_IS_HAN = re.compile(rf"[{_HAN}]")
# Particles and padding carry no need; without them 门打不开了 and 门打不开 are the same words.
_PADDING_ZH = re.compile(
    "你好|您好|在吗|谢谢|我们家|我们|我家|咱家|你们|您们|请问|麻烦|师傅|帮我|帮忙|上门|预约|能不能|可不可以|可以|有没有人|需要|想要|"
    "怎么办|怎么回事|怎么|什么|为什么|这个|那个|一下|有点|有些|好像|感觉|突然|现在|今天|昨天|刚才|刚刚|已经|"
    "[我你您他她它的了吗呢吧啊呀嘛哦哎唉就都也还又很太挺请想是这那被给让]"
)
# fmt: off
_PADDING_EN = frozenset({
    "a", "am", "an", "and", "are", "as", "at", "be", "been", "but", "by", "can", "come", "comes", "could", "day",
    "did", "do", "does", "for", "from", "get", "got", "had", "has", "have", "he", "hello", "help", "her", "hey",
    "hi", "his", "how", "i", "id", "if", "im", "in", "is", "it", "its", "ive", "just", "keep", "keeps", "like",
    "looking", "me", "my", "need", "of", "on", "or", "our", "please", "really", "she", "so", "some", "somebody",
    "someone", "thanks", "that", "the", "their", "there", "these", "they", "think", "this", "those", "time", "to",
    "today", "us", "very", "want", "was", "we", "were", "what", "when", "where", "which", "who", "why", "will",
    "with", "would", "you", "your",
})
# fmt: on
# Where it is says little about what it is.
_PLACE_ZH = re.compile(
    "客厅|卧室|主卧|次卧|厨房|卫生间|洗手间|浴室|阳台|书房|房间|屋里|屋子|家里|办公室|公司|店里|门口|楼上|楼下"
)
# fmt: off
_PLACE_EN = frozenset({
    "apartment", "balcony", "bathroom", "bedroom", "flat", "hall", "home", "hous", "kitchen", "live", "offic",
    "place", "room",
})
# fmt: on
_PLACE_SHARE = 0.3
_NEGATION = {
    "wont": "not",
    "doesnt": "not",
    "dont": "not",
    "isnt": "not",
    "cant": "not",
    "cannot": "not",
    "didnt": "not",
}
_SUFFIXES = ("ings", "ing", "ies", "ied", "es", "ed", "s", "y", "e")

_HAN_WEIGHTS = {1: 0.25, 2: 1.0, 3: 1.2}
_PINYIN_WEIGHT = 0.3
_WORD_WEIGHT = 1.2
_WORD_PAIR_WEIGHT = 0.8
_PIECE_WEIGHT = 0.25


class Kind(Enum):
    """What a feature is: Chinese characters, a word, or something derived from either."""

    HAN = auto()
    WORD = auto()
    DERIVED = auto()


def kind_of(feature: str) -> Kind:
    if feature[0] in "~#" or " " in feature:
        return Kind.DERIVED
    return Kind.HAN if _IS_HAN.match(feature) else Kind.WORD


def text_normalised(text: str) -> str:
    """One form for all ways of writing the same characters; control characters become spaces."""
    folded = unicodedata.normalize("NFKC", text[:LONGEST_TEXT]).casefold()
    folded = folded.replace("’", "'").replace("'", "")
    return "".join(" " if unicodedata.category(character)[0] == "C" else character for character in folded)


def features_of(text: str) -> dict[str, float]:
    """The features of a text with their weights."""
    found: dict[str, float] = {}
    words: list[str] = []
    for run in _RUNS.findall(_PADDING_ZH.sub("", text_normalised(text))):
        if _IS_HAN.match(run):
            found.update(_han_features(run))
        else:
            words += _words(run)
    found.update(_word_features(words))
    return found


def _han_features(run: str) -> Iterator[tuple[str, float]]:
    from pypinyin import lazy_pinyin  # its dictionary takes 0.4 s: loaded when first needed

    places = [match.span() for match in _PLACE_ZH.finditer(run)]
    syllables = lazy_pinyin(run)
    for length, weight in _HAN_WEIGHTS.items():
        for start in range(len(run) - length + 1):
            share = _share_not_place(start, start + length, places)
            yield run[start : start + length], weight * share
            if length == 2:
                yield f"~{syllables[start]}{syllables[start + 1]}", _PINYIN_WEIGHT * share


def _share_not_place(start: int, end: int, places: Sequence[tuple[int, int]]) -> float:
    """How many of the characters say more than a place."""
    outside = sum(not any(first <= at < last for first, last in places) for at in range(start, end))
    return max(_PLACE_SHARE, outside / (end - start))


def _words(run: str) -> Iterator[str]:
    word = _NEGATION.get(run, run)
    if word not in _PADDING_EN and (len(word) > 1 or word.isdigit()):
        yield _stem(word)


def _stem(word: str) -> str:
    """Cut the commonest English endings, so that leaking, leaks and leaky meet."""
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= 3:
            stem = word[: -len(suffix)]
            return stem[:-1] if len(stem) > 3 and stem[-1] == stem[-2] else stem
    return word


def _word_features(words: Sequence[str]) -> Iterator[tuple[str, float]]:
    for word in words:
        share = _PLACE_SHARE if word in _PLACE_EN else 1.0
        yield word, _WORD_WEIGHT * share
        yield f"~{word}", _PINYIN_WEIGHT * share
        if len(word) >= 5:
            for start in range(len(word) - 3):
                yield f"#{word[start : start + 4]}", _PIECE_WEIGHT * share
    for first, second in pairwise(words):
        yield f"{first} {second}", _WORD_PAIR_WEIGHT
