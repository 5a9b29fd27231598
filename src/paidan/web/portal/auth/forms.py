"""What people type to get in, and about themselves."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _

from paidan.accounts.errors import PasskeyWrong
from paidan.kernel.errors import DomainError

# Each language by its own name, so that everybody finds theirs.
LANGUAGES = [(code, get_language_info(code)["name_local"]) for code, _name in settings.LANGUAGES]

LARGE = "form-control-lg"


class AccountForm(forms.Form):
    """A form that shows a service's refusal beside the fields it names."""

    def refuse(self, error: DomainError) -> None:
        """Put each sentence where it belongs; what names no field of ours stands above the form."""
        known = {name: sentence for name, sentence in error.fields.items() if name in self.fields}
        for name, sentence in known.items():
            self.add_error(name, str(sentence))
        if not known:
            self.add_error(None, str(error))


class PhoneForm(AccountForm):
    """Step one of log-in and sign-up alike."""

    phone = forms.CharField(
        label=_("Mobile number"),
        max_length=30,
        widget=forms.TextInput(
            attrs={
                "type": "tel",
                "autocomplete": "tel",
                "inputmode": "tel",
                "autofocus": True,
                "class": LARGE,
            }
        ),
    )


class CodeForm(AccountForm):
    """Step two; the name is asked of everybody, so that asking tells nothing."""

    code = forms.CharField(
        label=_("Code"),
        max_length=12,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "one-time-code",
                "inputmode": "numeric",
                "autofocus": True,
                "class": LARGE,
            }
        ),
    )
    name = forms.CharField(
        label=_("Your name"),
        help_text=_("Only the first time you are here."),
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )


class PasswordLoginForm(AccountForm):
    """Log-in with a password."""

    login = forms.CharField(
        label=_("Mobile number or e-mail"),
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autofocus": True, "class": LARGE}),
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        max_length=4096,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "class": LARGE}),
    )


class DeviceAnswerField(forms.CharField):
    """What a device answered, as our script hands it over: JSON, an object or nothing."""

    widget = forms.HiddenInput

    def to_python(self, value: object) -> dict[str, Any]:  # type: ignore[override]  # the field's own value
        text = str(value or "")
        if not text:
            return {}
        try:
            answer = json.loads(text)
        except ValueError as error:
            raise forms.ValidationError(PasskeyWrong.message) from error
        if not isinstance(answer, dict):
            raise forms.ValidationError(PasskeyWrong.message)
        return answer

    def validate(self, value: object) -> None:
        if self.required and not value:
            raise forms.ValidationError(PasskeyWrong.message)

    def run_validators(self, value: object) -> None:
        """Its length is bounded by what a request may hold; the ceremony judges the rest."""


class AnswerForm(AccountForm):
    """A form with a device's answer; what is wrong with it is said above, for there is no field to see."""

    answer = DeviceAnswerField()

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or self.cleaned_data
        if "answer" in self.errors:
            del self.errors["answer"]
            self.add_error(None, PasskeyWrong.message)
        return cleaned


class PasskeyForm(AnswerForm):
    """Log-in with a passkey alone."""


class PasskeyNameForm(AnswerForm):
    """A new passkey, and what its owner calls it."""

    name = forms.CharField(
        label=_("Name of this passkey"),
        help_text=_("So that you know it again, e.g. “my phone”."),
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class AppForm(AccountForm):
    """The digits that an authenticator app shows for a new secret."""

    code = forms.CharField(
        label=_("The six digits that the app shows"),
        max_length=12,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )


class SecondFactorForm(AnswerForm):
    """The digits of an app, a recovery code, or a device's answer."""

    code = forms.CharField(
        label=_("Code from your app, or a recovery code"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autofocus": True, "class": LARGE}),
    )
    answer = DeviceAnswerField(required=False)

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and not cleaned.get("answer") and not cleaned.get("code"):
            self.add_error("code", _("Please enter a code."))
        return cleaned


class ProfileForm(AccountForm):
    """What people may change about themselves."""

    name = forms.CharField(
        label=_("Your name"), max_length=80, required=False, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES)


class PasswordForm(AccountForm):
    """A new password; the present one is asked for unless a code was just typed."""

    present = forms.CharField(
        label=_("Present password"),
        strip=False,
        max_length=4096,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    new = forms.CharField(
        label=_("New password"),
        help_text=_("At least 8 characters, with letters, digits and special characters."),
        strip=False,
        max_length=4096,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=_("The same again"),
        strip=False,
        max_length=4096,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: object, asks_present: bool, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]  # passed on as they came
        if not asks_present:
            del self.fields["present"]

    def clean(self) -> dict[str, object] | None:
        cleaned = super().clean() or self.cleaned_data
        if "new" in cleaned and cleaned.get("again") not in {None, cleaned["new"]}:
            self.add_error("again", _("The two do not match."))
        return cleaned


class ForgottenForm(AccountForm):
    """Where the code for a new password goes."""

    login = forms.CharField(
        label=_("Mobile number or e-mail"),
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autofocus": True, "class": LARGE}),
    )


class ResetForm(PasswordForm):
    """The code that was sent, and the new password."""

    code = forms.CharField(
        label=_("Code"),
        max_length=12,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "class": LARGE}),
    )
    field_order = ("code", "new", "again")

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, asks_present=False, **options)
