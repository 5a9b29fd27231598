"""Fee tables as forms: one row for each rule, and a case to try them on."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from paidan.booking.constants import CancelReason
from paidan.catalog.constants import FeeOccasion, Party, Reached
from paidan.catalog.fee_terms import FeeCase, FeeTerms

ROWS_AT_MOST = 40
MONEY_DIGITS = 9
BLANK_ROWS = 2
NOTICE_MOST = 525_600
_ANY = ("", _("any"))


def _choice(choices: Sequence[tuple[str, Any]], label: Any, *, required: bool = True) -> forms.ChoiceField:
    # Said, so that a row nobody touched counts as empty.
    return forms.ChoiceField(choices=choices, label=label, required=required, initial=str(choices[0][0]))


def _money(label: Any, *, required: bool = False) -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        required=required,
        min_value=Decimal(0),
        max_digits=MONEY_DIGITS,
        decimal_places=2,
        widget=forms.NumberInput(attrs={"inputmode": "decimal", "step": "0.01", "min": "0"}),
    )


def _minor(amount: Decimal | None) -> int:
    return int((amount or Decimal(0)) * 100)


def _yuan(minor: int | None) -> Decimal | None:
    return None if minor is None else Decimal(minor) / 100


class RuleForm(forms.Form):
    """One rule; a row left empty is none."""

    occasion = _choice(FeeOccasion.choices, _("What happens"))
    party = _choice(Party.choices, _("Who causes it"))
    reached = _choice(Reached.choices, _("From this state on"))
    notice = forms.IntegerField(
        label=_("Notice below (minutes)"),
        required=False,
        min_value=0,
        max_value=NOTICE_MOST,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    reason = _choice([_ANY, *CancelReason.choices], _("Reason"), required=False)
    percent = forms.IntegerField(
        label=_("Share of the price, %"),
        required=False,
        min_value=0,
        max_value=100,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    fixed = _money(_("Fixed amount"))
    minimum = _money(_("At least"))
    maximum = _money(_("At most"))

    def clean(self) -> dict[str, Any]:
        """A ceiling lies above its floor."""
        data = super().clean() or {}
        least, most = data.get("minimum"), data.get("maximum")
        if least is not None and most is not None and most < least:
            self.add_error("maximum", str(_("The ceiling of a rule is not below its floor.")))
        return data

    def terms(self) -> FeeTerms:
        """The row as a rule."""
        data = self.cleaned_data
        most = data.get("maximum")
        return FeeTerms(
            percent=data.get("percent") or 0,
            occasion=FeeOccasion(data["occasion"]),
            party=Party(data["party"]),
            reached=Reached(data["reached"]),
            notice_below_minutes=data.get("notice"),
            reason=data.get("reason") or "",
            fixed_minor=_minor(data.get("fixed")),
            minimum_minor=_minor(data.get("minimum")),
            maximum_minor=None if most is None else _minor(most),
        )


RuleForms = forms.formset_factory(
    RuleForm, extra=BLANK_ROWS, can_delete=True, max_num=ROWS_AT_MOST, validate_max=True, absolute_max=ROWS_AT_MOST + 1
)


def initial_of(rules: Sequence[FeeTerms]) -> list[dict[str, object]]:
    """What the rows of a table are filled with."""
    return [
        {
            "occasion": rule.occasion,
            "party": rule.party,
            "reached": rule.reached,
            "notice": rule.notice_below_minutes,
            "reason": rule.reason,
            "percent": rule.percent,
            "fixed": _yuan(rule.fixed_minor) if rule.fixed_minor else None,
            "minimum": _yuan(rule.minimum_minor) if rule.minimum_minor else None,
            "maximum": _yuan(rule.maximum_minor),
        }
        for rule in rules
    ]


class NameForm(forms.Form):
    """What a table is called."""

    zh = forms.CharField(label=_("Chinese name"), max_length=80)
    en = forms.CharField(label=_("English name"), max_length=80, required=False)


class CaseForm(forms.Form):
    """A case to try a table on."""

    price = _money(_("Price"), required=True)
    occasion = _choice(FeeOccasion.choices, _("What happens"))
    party = _choice(Party.choices, _("Who causes it"))
    reached = _choice(Reached.choices, _("State reached"))
    notice = forms.IntegerField(
        label=_("Notice (minutes before the window; negative after)"),
        min_value=-NOTICE_MOST,
        max_value=NOTICE_MOST,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    reason = _choice([_ANY, *CancelReason.choices], _("Reason"), required=False)

    @property
    def price_minor(self) -> int:
        return _minor(self.cleaned_data["price"])

    def case(self) -> FeeCase:
        """What was filled in."""
        data = self.cleaned_data
        return FeeCase(
            notice_minutes=data["notice"],
            occasion=FeeOccasion(data["occasion"]),
            party=Party(data["party"]),
            reached=Reached(data["reached"]),
            reason=data.get("reason") or "",
        )


class StartForm(forms.Form):
    """From when a version is in force."""

    effective_at = forms.DateTimeField(
        label=_("In force from"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
    )
