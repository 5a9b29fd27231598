"""How often something is to come, as a form."""

from __future__ import annotations

from datetime import date, time
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from paidan.booking.recurrence import EVERY_AT_MOST, TIMES_AT_MOST, Frequency, HolidayRule, rule_of
from paidan.booking.services import PlanAsked
from paidan.dispatch.slots import DAY_HOURS
from paidan.kernel.errors import Invalid

_NUMBER = {"inputmode": "numeric"}


class PlanForm(forms.Form):
    """Every so many weeks, months or years; without an end, so many times, or until a day."""

    every = forms.IntegerField(
        label=_("Every"),
        initial=1,
        min_value=1,
        max_value=EVERY_AT_MOST,
        widget=forms.NumberInput(attrs=_NUMBER),
    )
    unit = forms.ChoiceField(label=_("Unit"), choices=Frequency.choices, initial=Frequency.WEEKLY)
    holidays = forms.ChoiceField(
        label=_("On public holidays"), choices=HolidayRule.choices, initial=HolidayRule.NEXT_WORKDAY
    )
    times = forms.IntegerField(
        label=_("How many visits, this one included"),
        help_text=_("Empty: until you end it."),
        required=False,
        min_value=2,
        max_value=TIMES_AT_MOST,
        widget=forms.NumberInput(attrs=_NUMBER),
    )

    def asked(self, first: date) -> PlanAsked | None:
        """What was filled in, as a rule from a day on; ``None`` when a field is wrong."""
        if not self.is_valid():
            return None
        data = self.cleaned_data
        try:
            rule = rule_of(Frequency(data["unit"]), data["every"], first, times=data["times"])
        except Invalid as error:
            for name, sentence in error.fields.items():
                self.add_error(name, str(sentence))
            return None
        return PlanAsked(rule, HolidayRule(data["holidays"]))


class PlanChangeForm(PlanForm):
    """Another rhythm from a day on."""

    first = forms.DateField(
        label=_("From this day on"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    start = forms.TypedChoiceField(
        label=_("At"),
        coerce=time.fromisoformat,
        choices=[(f"{hour:02d}:00", f"{hour:02d}:00–{hour + 2:02d}:00") for hour in DAY_HOURS],
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.order_fields(["first", "start", "every", "unit", "holidays", "times"])
        self.fields["times"].label = _("How many visits from then on")
