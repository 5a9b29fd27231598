"""The clocks and caps of the house, changed by whoever edits its master data; every change is audited."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from paidan.accounts import limits, policy
from paidan.accounts.constants import Permission, RoleCode
from paidan.accounts.rules import may
from paidan.accounts.selectors import second_factor_is_required
from paidan.kernel import settings
from paidan.kernel.settings import IntegerSetting, SwitchSetting
from paidan.web.components.access import PageRequest, page

GROUPS = (
    ("booking", gettext_lazy("Bookings")),
    ("dispatch", gettext_lazy("Dispatch")),
    ("fieldwork", gettext_lazy("Fieldwork")),
    ("accounts", gettext_lazy("Log-in")),
    ("customers", gettext_lazy("Customer service")),
    ("privacy", gettext_lazy("Privacy")),
)
KNOWN: tuple[IntegerSetting, ...] = (*settings.ALL, *policy.ALL, *limits.ALL)


class SettingsForm(forms.Form):
    """One whole number for each setting."""

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]  # Django's own signature
        for setting in KNOWN:
            if isinstance(setting, SwitchSetting):
                self.fields[setting.name] = _switch(setting)
                continue
            bounds = {"minimum": setting.minimum, "maximum": setting.maximum, "default": setting.default}
            self.fields[setting.name] = forms.IntegerField(
                label=setting.label,
                help_text=_("%(minimum)s to %(maximum)s; %(default)s by default") % bounds,
                min_value=setting.minimum,
                max_value=setting.maximum,
                widget=forms.NumberInput(attrs={"class": "form-control", "inputmode": "numeric"}),
            )

    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The fields under the heading of their app."""
        return [
            (str(title), [self[setting.name] for setting in KNOWN if setting.name.startswith(f"{prefix}.")])
            for prefix, title in GROUPS
        ]


def _switch(setting: SwitchSetting) -> forms.Field:
    return forms.TypedChoiceField(
        label=setting.label,
        coerce=int,
        choices=((1, _("Yes")), (0, _("No"))),
        widget=forms.Select(attrs={"class": "form-select"}),
    )


@page(access=may(Permission.EDIT_MASTER_DATA), methods=("GET", "POST"))
def settings_page(request: PageRequest) -> HttpResponse:
    """Read and change the settings."""
    form = SettingsForm(request.POST or None, initial=settings.settings_read(KNOWN))
    if request.method == "POST" and form.is_valid():
        changed = settings.settings_write(KNOWN, form.cleaned_data)
        messages.success(request, _("Kept.") if changed else _("Nothing was different."))
        return redirect("office:settings")
    return render(
        request,
        "office/settings.html",
        {"form": form, "is_spared": not second_factor_is_required(RoleCode.ADMINISTRATOR)},
        status=422 if form.errors else 200,
    )
