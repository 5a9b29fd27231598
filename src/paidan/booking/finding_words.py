"""What a finding says, and what helps: in the reader's language, made from its code and its numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext, override
from django.utils.translation import gettext_noop as _

from paidan.booking.review import Finding, Verdict
from paidan.catalog.fee_terms import amount_text
from paidan.kernel.texts import Texts

SENTENCES: dict[str, str] = {
    "completeness": _("This is shorter than %(least)s characters."),
    "territory": _("Bookings in this territory are looked at first."),
    "window_soon": _("It begins in less than %(minutes)s minutes."),
    "window_far": _("It begins in more than %(days)s days."),
    "duplicate": _("The same service is already booked for this customer at that time."),
    "duplicate_customer": _("The same service is already booked for this customer at that time."),
    "duplicate_place": _("The same service is already booked at this address at that time."),
    "abuse_cancelled": _("This customer cancelled %(count)s bookings within %(days)s days."),
    "abuse_absent": _("Nobody was at home %(count)s times within %(days)s days."),
    "abuse_open": _("This customer has %(count)s bookings open."),
    "price": _("The price is unusual."),
    "price_above": _("The price is above %(limit)s."),
    "price_below": _("The price is below %(limit)s."),
}
SUGGESTIONS: dict[str, str] = {
    "completeness": _("Please say a little more."),
    "territory": _("Please call us, and we will look for a way."),
    "window_soon": _("Please choose a later time."),
    "window_far": _("Please choose an earlier time."),
    "duplicate": _("Please check whether it was booked twice by mistake."),
    "duplicate_customer": _("Please check whether it was booked twice by mistake."),
    "duplicate_place": _("Please check whether it was booked twice by mistake."),
    "abuse_cancelled": _("Please call us, and we will look for a way."),
    "abuse_absent": _("Please call us, and we will look for a way."),
    "abuse_open": _("Please finish or cancel one first."),
    "price": _("Please check what was chosen."),
    "price_above": _("Please check what was chosen."),
    "price_below": _("Please check what was chosen."),
}


@dataclass(frozen=True, slots=True)
class FindingView:
    """A finding in the active language; ``field`` is what it is about."""

    code: str
    field: str
    verdict: str
    sentence: str
    suggestion: str


def finding_view(data: Mapping[str, Any] | str) -> FindingView:
    """A kept finding in words; bookings of before rules were data kept the code alone."""
    if isinstance(data, str):
        return FindingView(data, "", str(Verdict.DOUBTFUL), *_words(data, {}))
    code = str(data["code"])
    return FindingView(code, str(data["field"]), str(data["verdict"]), *_words(code, data["numbers"]))


def finding_texts(finding: Finding) -> Texts:
    """Its sentence in both languages, for what is kept as data."""
    texts: Texts = {}
    for key, language in (("zh", "zh-hans"), ("en", "en")):
        with override(language):
            texts[key] = finding_view(finding.as_data()).sentence
    return texts


def _words(code: str, numbers: Mapping[str, Any]) -> tuple[str, str]:
    named = dict(numbers)
    if "limit_minor" in named:
        named["limit"] = amount_text(int(named["limit_minor"]))
    if code not in SENTENCES:
        return code, ""
    return gettext(SENTENCES[code]) % named, gettext(SUGGESTIONS[code])
