"""From a template and plain facts to words in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import ModuleType
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton
from django.utils.translation import override

from paidan.booking.selectors.crew import polite_name
from paidan.kernel.texts import localized
from paidan.notifications import templates_en, templates_zh
from paidan.notifications.constants import Template
from paidan.worklist.constants import WorkKind
from paidan.worklist.sentences import work_sentence

Params = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Words:
    """A message in one language; ``variables`` are what a provider's own template is filled with."""

    title: str
    body: str
    sms: str
    letter: str
    variables: Mapping[str, str]


def words_of(template: Template, params: Params, *, language: str, link: str = "") -> Words:
    """Say a template with its facts; facts that are missing read as nothing.

    Args:
        language: ``zh-hans`` or ``en``; anything else is Chinese.
        link: address to put where the text has one.
    """
    texts = _texts_in(language)
    text = texts.TEXTS[template]
    with override("en" if texts is templates_en else "zh-hans"):
        variables = _variables(params, texts, link)
    body = text.body.format_map(variables).strip()
    return Words(
        title=text.title.format_map(variables),
        body=body,
        sms=text.sms.format_map(variables),
        letter=texts.LETTER.format_map({"body": body, "link": link}),
        variables=variables,
    )


def _texts_in(language: str) -> ModuleType:
    return templates_en if language.startswith("en") else templates_zh


def _variables(params: Params, texts: ModuleType, link: str) -> dict[str, str]:
    """Every variable a text may name, in the active language."""
    locale = "en" if texts is templates_en else "zh_Hans"
    place = {
        "item": localized(params.get("item")),
        "window": _window_text(params, locale),
        "district": str(params.get("district", "")),
    }
    return {
        **place,
        "about": texts.BETWEEN.join(part for part in place.values() if part),
        "technician": polite_name(str(params.get("technician", ""))),
        "staff_number": str(params.get("staff_number", "")),
        "reason": texts.REASONS.get(str(params.get("reason", "")), texts.OTHER_REASON),
        "fee": _money_text(params.get("fee_minor")),
        "pay": _money_text(params.get("pay_minor")),
        "link": link,
        **_work_variables(params),
    }


def _work_variables(params: Params) -> dict[str, str]:
    kind = params.get("work_kind")
    if kind not in WorkKind.values:
        return {"work": "", "sentence": ""}
    known = WorkKind(kind)
    return {"work": str(known.label), "sentence": work_sentence(known, params.get("work_facts") or {})}


def _window_text(params: Params, locale: str) -> str:
    """``3月2日周一 14:00–16:00``: the day always named, for a message may be read tomorrow."""
    if "window_start" not in params:
        return ""
    zone = ZoneInfo(str(params["zone"]))
    start = datetime.fromisoformat(params["window_start"]).astimezone(zone)
    end = datetime.fromisoformat(params["window_end"]).astimezone(zone)
    return f"{_day_text(start, locale)} {start:%H:%M}–{_end_text(start, end, locale)}"


def _end_text(start: datetime, end: datetime, locale: str) -> str:
    return f"{end:%H:%M}" if end.date() == start.date() else f"{_day_text(end, locale)} {end:%H:%M}"


def _day_text(moment: datetime, locale: str) -> str:
    # Babel shifts aware times to UTC: it is given the wall clock only.
    return format_skeleton("MMMEd", moment.replace(tzinfo=None), locale=locale)


def _money_text(minor: object) -> str:
    amount = int(str(minor or 0))
    return f"¥{amount // 100}.{amount % 100:02d}"
