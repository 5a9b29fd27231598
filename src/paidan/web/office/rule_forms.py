"""A set of review rules as forms: one for each rule, with the fields of its kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from paidan.booking.review import PARAMETERS, RULES_AT_MOST, Parameter, ReviewRule, RuleKind, Verdict, rule_read
from paidan.kernel.errors import Invalid
from paidan.workforce.selectors import territories

_NUMBER = {"inputmode": "numeric"}


def _verdicts(kind: RuleKind) -> list[tuple[str, Any]]:
    """Only what is incomplete can be asked for."""
    return [(code, label) for code, label in Verdict.choices if code != Verdict.ASK or kind is RuleKind.COMPLETENESS]


def _field_of(parameter: Parameter) -> forms.Field:
    common: dict[str, Any] = {"label": parameter.label, "required": parameter.is_needed}
    if parameter.choices is not None:
        return forms.ChoiceField(choices=parameter.choices.choices, **common)
    if parameter.is_text:
        return forms.ChoiceField(choices=[(row.code, row.name) for row in territories()], **common)
    if parameter.is_money:
        return forms.DecimalField(
            min_value=Decimal(0),
            max_digits=9,
            decimal_places=2,
            widget=forms.NumberInput(attrs={"inputmode": "decimal", "step": "0.01", "min": "0"}),
            **common,
        )
    return forms.IntegerField(
        min_value=parameter.minimum,
        max_value=parameter.maximum,
        widget=forms.NumberInput(attrs=_NUMBER),
        **common,
    )


class ReviewRuleForm(forms.Form):
    """One rule; its kind is chosen when it is added."""

    remove = forms.BooleanField(label=_("Remove this rule"), required=False)

    def __init__(self, kind: RuleKind, data: Mapping[str, Any] | None, *, number: int, rule: ReviewRule | None) -> None:
        super().__init__(data, prefix=f"rule-{number}", initial=_initial(rule))
        self.kind, self.title = kind, kind.label
        self.fields["verdict"] = forms.ChoiceField(label=_("What it leads to"), choices=_verdicts(kind))
        for parameter in PARAMETERS[kind]:
            self.fields[parameter.name] = _field_of(parameter)
        self.order_fields(["verdict", *(one.name for one in PARAMETERS[kind]), "remove"])

    def shown(self) -> list[forms.BoundField]:
        """Everything but the tick that removes it."""
        return [bound for bound in self if bound.name != "remove"]

    @property
    def is_removed(self) -> bool:
        """Whether it was ticked to be removed: what else stands in it does not count then."""
        return bool(self.data.get(self.add_prefix("remove")))

    def clean(self) -> dict[str, Any]:
        """What the rules themselves ask of a rule."""
        data = super().clean() or {}
        if not self.errors and not data.get("remove"):
            try:
                rule_read(self._data(data))
            except Invalid as error:
                for name, sentence in error.fields.items():
                    self.add_error(name, str(sentence))
        return data

    def rule(self) -> ReviewRule:
        """The form as a rule; valid forms only."""
        return rule_read(self._data(self.cleaned_data))

    def _data(self, cleaned: Mapping[str, Any]) -> dict[str, Any]:
        read: dict[str, Any] = {"kind": str(self.kind), "verdict": cleaned.get("verdict", "")}
        for parameter in PARAMETERS[self.kind]:
            value = cleaned.get(parameter.name)
            read[parameter.name] = int(value * 100) if parameter.is_money and value is not None else value
        return read


def _initial(rule: ReviewRule | None) -> dict[str, Any]:
    if rule is None:
        return {"verdict": str(Verdict.DOUBTFUL)}
    money = {one.name for one in PARAMETERS[rule.kind] if one.is_money}
    amounts = {name: Decimal(value) / 100 if name in money else value for name, value in rule.parameters.items()}
    return {"verdict": str(rule.verdict), **amounts}


def rule_forms(rules: Sequence[ReviewRule]) -> list[ReviewRuleForm]:
    """The forms of rules as they are kept."""
    return [ReviewRuleForm(rule.kind, None, number=number, rule=rule) for number, rule in enumerate(rules)]


def rule_forms_sent(data: Mapping[str, Any]) -> list[ReviewRuleForm]:
    """The forms as a browser sent them; the kinds stand in ``kinds``, in order."""
    kinds = [kind for kind in str(data.get("kinds", "")).split(",") if kind in RuleKind.values][:RULES_AT_MOST]
    return [ReviewRuleForm(RuleKind(kind), data, number=number, rule=None) for number, kind in enumerate(kinds)]


def kinds_of(rows: Sequence[ReviewRuleForm]) -> str:
    """What the hidden field ``kinds`` holds."""
    return ",".join(str(row.kind) for row in rows)


class RulesStartForm(forms.Form):
    """From when a version is in force."""

    effective_at = forms.DateTimeField(
        label=pgettext_lazy("rules", "In force from (empty is at once)"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
    )
