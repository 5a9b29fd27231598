"""The fields that a service item adds to the booking form: add-ons, urgency with its price, and its questions."""

from __future__ import annotations

from collections.abc import Callable

from django import forms
from django.utils.translation import gettext as _

from paidan.booking.answers import NO, YES, field_of
from paidan.booking.constants import ANSWER_LONGEST
from paidan.catalog.constants import QuestionKind
from paidan.catalog.selectors import AddOnRow, QuestionRow, ServiceItemRow
from paidan.visits.constants import Urgency
from paidan.web.components.formats import duration_text, money_text


def options_add(fields: dict[str, forms.Field], item: ServiceItemRow) -> None:
    """Put what the item asks for into a form's fields."""
    if item.add_ons:
        fields["add_ons"] = forms.MultipleChoiceField(
            label=_("Anything along with it?"),
            required=False,
            choices=[(one.code, _add_on_text(one)) for one in item.add_ons],
            widget=forms.CheckboxSelectMultiple,
        )
    if item.urgent_minor:
        urgent = _("%(urgency)s, + %(price)s") % {
            "urgency": Urgency.URGENT.label,
            "price": money_text(item.urgent_minor),
        }
        fields["urgency"].choices = [  # type: ignore[attr-defined]  # a choice field
            (str(Urgency.NORMAL), Urgency.NORMAL.label),
            (str(Urgency.URGENT), urgent),
        ]
    for question in item.questions:
        fields[field_of(question.code)] = _FIELDS[QuestionKind(question.kind)](question)


def _add_on_text(one: AddOnRow) -> str:
    parts = [one.name, "+ " + money_text(one.price_minor)]
    if one.extra_minutes:
        parts.append("+ " + duration_text(one.extra_minutes * 60))
    return " · ".join(parts)


def _words(question: QuestionRow) -> forms.Field:
    return forms.CharField(label=question.text, required=question.is_required, max_length=ANSWER_LONGEST)


def _number(question: QuestionRow) -> forms.Field:
    return forms.CharField(
        label=question.text,
        required=question.is_required,
        max_length=ANSWER_LONGEST,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )


def _choice(question: QuestionRow) -> forms.Field:
    choices = [(str(number), text) for number, text in enumerate(question.choices, start=1)]
    return forms.ChoiceField(
        label=question.text, required=question.is_required, choices=[("", _("Please choose …")), *choices]
    )


def _yes_no(question: QuestionRow) -> forms.Field:
    return forms.ChoiceField(
        label=question.text,
        required=question.is_required,
        choices=[(YES, _("Yes")), (NO, _("No"))],
        widget=forms.RadioSelect,
    )


_FIELDS: dict[QuestionKind, Callable[[QuestionRow], forms.Field]] = {
    QuestionKind.TEXT: _words,
    QuestionKind.CHOICE: _choice,
    QuestionKind.NUMBER: _number,
    QuestionKind.YES_NO: _yes_no,
}
