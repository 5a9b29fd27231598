"""From a sentence to the service items it may mean, by the catalog's own words (B3).

Okapi BM25 (Robertson & Zaragoza, *The Probabilistic Relevance Framework*, 2009) over the features of
``catalog.features``. No model is trained: a new item is found as soon as it has a name and a few keywords.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import exp, log

from paidan.catalog.features import Kind, features_of, kind_of

_SATURATION = 1.2
_LENGTH_SHARE = 0.35

TOP = 3
# Judged on sentences about the catalog and about everything else: below 6 the words met by accident.
_LEAST_EVIDENCE = 6.0
_TELLING_EVIDENCE = 16.0
_CLEAR_LEAD = 0.3
# In a catalog of three items every word is common; it is judged as if there were forty.
_SMALLEST_WORLD = 40
_WORTH_NAMING = 0.2


@dataclass(frozen=True, slots=True)
class ItemText:
    """What is known about an item, by field; each field with its weight is one sequence of phrases."""

    code: str
    phrases: tuple[tuple[float, str], ...]


@dataclass(frozen=True, slots=True)
class Ranked:
    """An item that a text may mean.

    Attributes:
        confidence: 0–1, from how telling the words are that the text shares with the item, and how far
            ahead of the next item it is.
    """

    code: str
    confidence: float


class ItemIndex:
    """The words of a catalog, ready to be asked. Building one for fifty items takes about 0.2 s."""

    def __init__(self, items: Iterable[ItemText]) -> None:
        counts = {item.code: _counts(item) for item in items}
        self._postings = _saturated(counts)
        size = max(len(counts), _SMALLEST_WORLD)
        self._worth = {
            feature: log(1 + (size - len(rows) + 0.5) / (len(rows) + 0.5)) for feature, rows in self._postings.items()
        }

    def rank(self, text: str) -> tuple[Ranked, ...]:
        """The items a text may mean, best first, at most three; empty when it says nothing the catalog knows."""
        features = features_of(text)
        scores = self._scores(features)
        best = sorted(scores, key=lambda code: (-scores[code], code))[: TOP + 1]
        if not best or not (scores[best[0]] >= _LEAST_EVIDENCE or self._knows_all(features)):
            return ()
        lead = (scores[best[0]] - scores[best[1]]) / scores[best[0]] if len(best) > 1 else 1.0
        certain = (1 - exp(-scores[best[0]] / _TELLING_EVIDENCE)) * (0.6 + 0.4 * min(1.0, lead / _CLEAR_LEAD))
        return tuple(
            Ranked(code, round(certain * (scores[code] / scores[best[0]]) ** 2, 3))
            for code in best[:TOP]
            if scores[code] >= _WORTH_NAMING * scores[best[0]]
        )

    def _scores(self, features: Mapping[str, float]) -> dict[str, float]:
        """BM25 sums. Words that stand among mostly unknown words count for less: they meet by accident."""
        scores: dict[str, float] = defaultdict(float)
        share = min(1.0, self._share_known([feature for feature in features if kind_of(feature) is Kind.WORD]) / 0.5)
        for feature, weight in features.items():
            trust = 1.0 if kind_of(feature) is Kind.HAN else share
            for code, frequency in self._postings.get(feature, {}).items():
                scores[code] += trust * weight * self._worth[feature] * frequency
        return scores

    def _share_known(self, features: Sequence[str]) -> float:
        return sum(feature in self._worth for feature in features) / len(features) if features else 1.0

    def _knows_all(self, features: Mapping[str, float]) -> bool:
        """Whether every character and word is the catalog's own: then it is vague rather than nonsense."""
        plain = [
            feature
            for feature in features
            if kind_of(feature) is Kind.WORD or (kind_of(feature) is Kind.HAN and len(feature) <= 2)
        ]
        return bool(plain) and self._share_known(plain) == 1.0


def _counts(item: ItemText) -> dict[str, float]:
    counts: dict[str, float] = defaultdict(float)
    for weight, phrase in item.phrases:
        for feature in features_of(phrase):
            counts[feature] += weight
    return counts


def _saturated(counts: Mapping[str, Mapping[str, float]]) -> dict[str, dict[str, float]]:
    """Feature → item → term frequency after BM25's saturation and length normalisation."""
    lengths = {code: sum(rows.values()) for code, rows in counts.items()}
    mean = sum(lengths.values()) / max(1, len(lengths))
    postings: dict[str, dict[str, float]] = defaultdict(dict)
    for code, rows in counts.items():
        room = _SATURATION * (1 - _LENGTH_SHARE + _LENGTH_SHARE * lengths[code] / mean)
        for feature, count in rows.items():
            postings[feature][code] = count * (_SATURATION + 1) / (count + room)
    return dict(postings)
