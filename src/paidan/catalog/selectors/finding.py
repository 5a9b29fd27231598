"""What a free text may mean among the items that are sold (B3)."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime

from django.db.models.expressions import RawSQL
from django.utils.translation import gettext as _
from django.utils.translation import override

from paidan.catalog.matching import ItemIndex, ItemText
from paidan.catalog.models import ServiceItemVersion
from paidan.catalog.selectors.items import versions_in_force, versions_sold
from paidan.kernel.clock import now as present
from paidan.kernel.texts import Texts, localized

SURE = 0.5
"""From this confidence on no question is asked."""


@dataclass(frozen=True, slots=True)
class MatchedItem:
    """An item a text may mean; ``confidence`` is 0–1."""

    code: str
    name: str
    type_name: str
    confidence: float


@dataclass(frozen=True, slots=True)
class ItemMatch:
    """The best three items for a text, and what to ask when unsure (``""`` when sure)."""

    items: tuple[MatchedItem, ...]
    question: str


def service_items_match(text: str, language: str | None = None) -> ItemMatch:
    """The items a free text may mean (B3).

    Nonsense and other topics give no items and a question; an unclear need gives items and a question.
    Reads at most 400 characters of the text.
    """
    catalog = _index(present())
    named = catalog.named
    rows = tuple(
        MatchedItem(
            code=found.code,
            name=localized(named[found.code].name, language),
            type_name=localized(named[found.code].type_name, language),
            confidence=found.confidence,
        )
        for found in catalog.index.rank(text)
    )
    return ItemMatch(items=rows, question=_question(rows, named, language))


@dataclass(frozen=True, slots=True)
class _Named:
    name: Texts
    type_name: Texts
    question: Texts


@dataclass(frozen=True, slots=True)
class _Remembered:
    """The index of one state of the catalog; ``stamp`` names that state."""

    stamp: tuple[tuple[int, str], ...]
    index: ItemIndex
    named: dict[str, _Named]


_remembered: list[_Remembered] = []
_ROW_STATES = " || ".join(
    f'"{table}"."{column}"::text'
    for table in ("catalog_serviceitemversion", "catalog_servicetype")
    for column in ("xmin", "ctid")
)


def _index(at: datetime) -> _Remembered:
    """The index of the catalog in force, built once per process and state of the catalog."""
    stamp = _stamp(at)
    for remembered in _remembered:
        if remembered.stamp == stamp:
            return remembered
    versions = list(versions_sold(at))
    named = {v.item.code: _Named(v.name, v.item.type.name, v.question) for v in versions}
    built = _Remembered(stamp, ItemIndex(map(_text_of, versions)), named)
    _remembered[:] = [built]
    return built


def _stamp(at: datetime) -> tuple[tuple[int, str], ...]:
    """Which row states the catalog consists of: PostgreSQL writes a changed row anew, at another place."""
    state = RawSQL(_ROW_STATES, ())  # noqa: S611 -- constants only
    return tuple(versions_in_force(at).annotate(stamp=state).values_list("pk", "stamp"))


def _text_of(version: ServiceItemVersion) -> ItemText:
    phrases = [
        *((3.0, name) for name in version.name.values()),
        *((0.5, name) for name in version.item.type.name.values()),
        *((1.0, text) for text in version.description.values()),
        *((1.0, keyword) for keyword in version.keywords),
    ]
    return ItemText(code=version.item.code, phrases=tuple(phrases))


def _question(rows: tuple[MatchedItem, ...], named: dict[str, _Named], language: str | None) -> str:
    with override(language) if language else nullcontext():
        return _question_spoken(rows, named, language)


def _question_spoken(rows: tuple[MatchedItem, ...], named: dict[str, _Named], language: str | None) -> str:
    if not rows:
        return _("Please say what needs doing, for example “the air conditioner does not cool”.")
    if rows[0].confidence >= SURE:
        return ""
    own = localized(named[rows[0].code].question, language)
    is_one_type = len({row.type_name for row in rows}) == 1
    return own if own and is_one_type else _("Which of these comes closest? What is it, and what is wrong with it?")
