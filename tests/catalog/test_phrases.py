"""Free text judged on the demo catalog, by phrases written without sight of its keywords.

Do not tune the catalog's keywords on ``phrases.tsv``: whoever has to look at single misses writes new phrases first.
"""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from paidan.catalog.selectors import service_items, service_items_match
from paidan.demo.offering import catalog_offer
from tests.city import EPOCH

pytestmark = pytest.mark.django_db

HERE = Path(__file__).parent
FIRST = 3
SHARE_FOUND = 0.70
NONSENSE_REFUSED = 27


def _rows(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


@pytest.fixture(autouse=True)
def _demo_catalog() -> None:
    catalog_offer(effective_at=EPOCH)


def test_phrases_of_customers_find_their_item_among_the_first_three() -> None:
    phrases = _rows("phrases.tsv")
    acceptable = [set(row["items"].split(",")) for row in phrases]
    assert set().union(*acceptable) == {item.code for item in service_items()}

    missed = []
    for row, codes in zip(phrases, acceptable, strict=True):
        found = [item.code for item in service_items_match(row["text"]).items[:FIRST]]
        if codes.isdisjoint(found):
            missed.append(f"{row['text']}  wanted {row['items']}  found {', '.join(found) or 'nothing'}")

    share = 1 - len(missed) / len(phrases)
    report = "\n".join([f"{share:.1%} of {len(phrases)} phrases found, {len(missed)} missed:", *missed])
    assert share >= SHARE_FOUND, report


def test_nonsense_and_other_topics_are_answered_with_a_question() -> None:
    lines = [row["text"] for row in _rows("nonsense.tsv")]
    matches = {text: service_items_match(text) for text in lines}

    taken = [
        f"{text}  found {', '.join(item.code for item in match.items) or 'nothing'}  question {match.question!r}"
        for text, match in matches.items()
        if match.items or not match.question
    ]
    report = "\n".join([f"{len(lines) - len(taken)} of {len(lines)} refused; taken:", *taken])
    assert len(lines) - len(taken) >= NONSENSE_REFUSED, report
