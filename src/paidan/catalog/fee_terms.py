"""The arithmetic of a fee table: which rule applies to a case, what it comes to, and the rule in words (B8).

Pure: screens try rules that are not kept yet by the same function that decides what is charged.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django_stubs_ext import StrOrPromise

from paidan.catalog.constants import FeeOccasion, Party, Reached
from paidan.kernel.money import Money

_SIGNS = {"CNY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}
_RANK = {Reached.BOOKED: 0, Reached.ASSIGNED: 1, Reached.DEPARTED: 2}
ANY_NOTICE = 10**9


@dataclass(frozen=True, slots=True)
class FeeCase:
    """What happens to a promise.

    Attributes:
        notice_minutes: time left before the promised window opens; negative once it is open.
        reached: how far the visit has come.
        reason: the reason given, by its code; ``""`` when none is known yet.
    """

    notice_minutes: int
    occasion: FeeOccasion = FeeOccasion.CANCEL
    party: Party = Party.CUSTOMER
    reached: Reached = Reached.BOOKED
    reason: str = ""


@dataclass(frozen=True, slots=True)
class FeeTerms:
    """One rule of a table; amounts in minor units.

    Attributes:
        reached: the rule applies from this state on.
        notice_below_minutes: it applies when less notice is given; ``None`` is any notice.
        reason: it applies to this reason only; ``""`` is any.
        maximum_minor: ``None`` is no ceiling of its own.
    """

    percent: int
    occasion: FeeOccasion = FeeOccasion.CANCEL
    party: Party = Party.CUSTOMER
    reached: Reached = Reached.BOOKED
    notice_below_minutes: int | None = None
    reason: str = ""
    fixed_minor: int = 0
    minimum_minor: int = 0
    maximum_minor: int | None = None
    rule_id: int | None = None

    @property
    def order(self) -> tuple[bool, int, int]:
        """What is more particular comes first: a reason, then a later state, then a shorter notice."""
        below = ANY_NOTICE if self.notice_below_minutes is None else self.notice_below_minutes
        return (not self.reason, -_RANK[self.reached], below)

    def fits(self, case: FeeCase) -> bool:
        """Whether the rule speaks of this case."""
        return (
            (self.occasion, self.party) == (case.occasion, case.party)
            and self.reason in {"", case.reason}
            and _RANK[case.reached] >= _RANK[self.reached]
            and (self.notice_below_minutes is None or case.notice_minutes < self.notice_below_minutes)
        )

    def amount(self, price_minor: int) -> int:
        """Share of the price plus the fixed part, between minimum and maximum.

        A customer never pays more than the price; what we grant them is bounded by the rule alone.
        """
        amount = Money(price_minor).percent(self.percent).minor + self.fixed_minor
        amount = max(amount, self.minimum_minor)
        if self.maximum_minor is not None:
            amount = min(amount, self.maximum_minor)
        return min(amount, price_minor) if self.party is Party.CUSTOMER else amount


@dataclass(frozen=True, slots=True)
class FeeQuote:
    """What a case costs in minor units, the rule that says so, and the rule in words."""

    amount_minor: int
    rule_id: int | None
    sentence: str


def fee_of(rules: Iterable[FeeTerms], price_minor: int, case: FeeCase) -> FeeQuote:
    """The quote of the first rule that fits, the most particular first; no rule, no fee.

    Of two rules alike in that, the earlier one of the table counts.
    """
    for rule in sorted(rules, key=lambda rule: rule.order):
        if rule.fits(case):
            return FeeQuote(rule.amount(price_minor), rule.rule_id, terms_sentence(rule))
    return FeeQuote(0, None, str(_FREE[case.occasion] if case.party is Party.CUSTOMER else _NOTHING))


def terms_sentence(rule: FeeTerms) -> str:
    """A rule in the reader's words."""
    facts = {"amount": _amount_words(rule), "notice": _notice(rule.notice_below_minutes)}
    return str(_sentence(rule)) % facts


_FREE: dict[FeeOccasion, StrOrPromise] = {
    FeeOccasion.CANCEL: gettext_lazy("Cancelling is free of charge now."),
    FeeOccasion.RESCHEDULE: gettext_lazy("Changing the time is free of charge now."),
    FeeOccasion.WASTED_TRIP: gettext_lazy("A visit for nothing is free of charge."),
}
_NOTHING = gettext_lazy("This is free of charge.")
_GRANTED: dict[tuple[Party, FeeOccasion], StrOrPromise] = {
    (Party.COMPANY, FeeOccasion.CANCEL): gettext_lazy("Because we cancel, we pay %(amount)s."),
    (Party.COMPANY, FeeOccasion.RESCHEDULE): gettext_lazy("Because we change the time, we pay %(amount)s."),
    (Party.TECHNICIAN, FeeOccasion.CANCEL): gettext_lazy("Because nobody came, we pay %(amount)s."),
}
_GRANTED_ELSE = gettext_lazy("Because it was our fault, we pay %(amount)s.")
_OWED: dict[tuple[FeeOccasion, str], StrOrPromise] = {
    (FeeOccasion.CANCEL, Reached.DEPARTED): gettext_lazy(
        "Cancelling once the technician has set out costs %(amount)s."
    ),
    (FeeOccasion.CANCEL, Reached.ASSIGNED): gettext_lazy("Cancelling once a technician is assigned costs %(amount)s."),
    (FeeOccasion.CANCEL, "notice"): gettext_lazy("Cancelling with less than %(notice)s notice costs %(amount)s."),
    (FeeOccasion.CANCEL, "any"): gettext_lazy("Cancelling costs %(amount)s."),
    (FeeOccasion.RESCHEDULE, Reached.DEPARTED): gettext_lazy(
        "Changing the time once the technician has set out costs %(amount)s."
    ),
    (FeeOccasion.RESCHEDULE, Reached.ASSIGNED): gettext_lazy(
        "Changing the time once a technician is assigned costs %(amount)s."
    ),
    (FeeOccasion.RESCHEDULE, "notice"): gettext_lazy(
        "Changing the time with less than %(notice)s notice costs %(amount)s."
    ),
    (FeeOccasion.RESCHEDULE, "any"): gettext_lazy("Changing the time costs %(amount)s."),
}
_WASTED = gettext_lazy("A visit for nothing, because nobody was at home, costs %(amount)s.")


def _sentence(rule: FeeTerms) -> StrOrPromise:
    if rule.party is not Party.CUSTOMER:
        return _GRANTED.get((rule.party, rule.occasion), _GRANTED_ELSE)
    if rule.occasion is FeeOccasion.WASTED_TRIP:
        return _WASTED
    if rule.reached is not Reached.BOOKED:
        return _OWED[rule.occasion, rule.reached]
    return _OWED[rule.occasion, "any" if rule.notice_below_minutes is None else "notice"]


def _amount_words(rule: FeeTerms) -> str:
    """``20 % of the price, at least ¥20``."""
    fixed = amount_text(rule.fixed_minor)
    if rule.percent and rule.fixed_minor:
        words = _("%(percent)d %% of the price plus %(fixed)s") % {"percent": rule.percent, "fixed": fixed}
    elif rule.percent:
        words = _("%(percent)d %% of the price") % {"percent": rule.percent}
    else:
        return amount_text(max(rule.fixed_minor, rule.minimum_minor))
    if rule.minimum_minor:
        words = _("%(amount)s, at least %(least)s") % {"amount": words, "least": amount_text(rule.minimum_minor)}
    if rule.maximum_minor is not None:
        words = _("%(amount)s, at most %(most)s") % {"amount": words, "most": amount_text(rule.maximum_minor)}
    return words


def _notice(minutes: int | None) -> str:
    if minutes is None:
        return ""
    if minutes % 60:
        return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}
    return ngettext("%(count)d hour", "%(count)d hours", minutes // 60) % {"count": minutes // 60}


def amount_text(minor: int) -> str:
    """An amount in words of the fee table, ``¥20`` or ``¥20.50``."""
    sign = _SIGNS.get(settings.CURRENCY, f"{settings.CURRENCY} ")
    return f"{sign}{minor / 100:.2f}".removesuffix(".00")
