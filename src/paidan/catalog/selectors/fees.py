"""What a cancellation costs, by the fee table the booking was sold under (B8)."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from paidan.catalog.constants import Party
from paidan.catalog.models import FeeRule
from paidan.kernel.money import Money

_SIGNS = {"CNY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}


@dataclass(frozen=True, slots=True)
class FeeQuote:
    """What cancelling costs in minor units, the rule that says so, and the rule in words."""

    amount_minor: int
    rule_id: int | None
    sentence: str


def cancellation_fee(
    fee_table_id: int, price_minor: int, notice_minutes: int, *, departed: bool = False, party: Party = Party.CUSTOMER
) -> FeeQuote:
    """The fee for cancelling so many minutes before the promised window opens.

    The first rule that fits counts: rules for after departure come first, then the shortest notice.
    The fee is a share of the price, at least the rule's minimum, and never more than the price.
    ``notice_minutes`` is negative once the window is open.
    """
    for rule in FeeRule.objects.filter(table=fee_table_id, party=party):
        if notice_minutes < rule.notice_below_minutes and (departed or not rule.after_departure):
            share = Money(price_minor).percent(rule.percent)
            amount = min(max(share, Money(rule.minimum_minor)), Money(price_minor))
            return FeeQuote(amount.minor, rule.pk, _sentence(rule))
    return FeeQuote(0, None, _("Cancelling is free of charge now."))


def _sentence(rule: FeeRule) -> str:
    facts = {
        "notice": _notice(rule.notice_below_minutes),
        "percent": rule.percent,
        "least": _amount(rule.minimum_minor),
    }
    if rule.after_departure:
        words = _("Cancelling once the technician has set out costs %(percent)d %% of the price, at least %(least)s.")
    else:
        words = _("Cancelling with less than %(notice)s notice costs %(percent)d %% of the price, at least %(least)s.")
    return words % facts


def _notice(minutes: int) -> str:
    if minutes % 60:
        return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}
    return ngettext("%(count)d hour", "%(count)d hours", minutes // 60) % {"count": minutes // 60}


def _amount(minor: int) -> str:
    sign = _SIGNS.get(settings.CURRENCY, f"{settings.CURRENCY} ")
    return f"{sign}{minor / 100:.2f}".removesuffix(".00")
