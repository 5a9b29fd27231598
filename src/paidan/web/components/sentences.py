"""What a form field says when it cannot take what was typed: a sentence a person can act on.

Django's own sentences are written for developers, above all in Chinese; ours are those that services use, too.
"""

from __future__ import annotations

from django.core.validators import MaxLengthValidator, ProhibitNullCharactersValidator
from django.forms import ChoiceField, DateField, DateTimeField, Field
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy


def sentences_say() -> None:
    """Let every form say them; called once, before any field is made."""
    Field.default_error_messages["required"] = _("Please fill in this field.")
    ChoiceField.default_error_messages["invalid_choice"] = _("Please choose one of the list.")
    for kind in (DateField, DateTimeField):
        kind.default_error_messages["invalid"] = _("Please enter a date as the field shows it.")
    MaxLengthValidator.message = ngettext_lazy(
        "Please keep this to %(limit_value)d character.",
        "Please keep this to %(limit_value)d characters.",
        "limit_value",
    )
    ProhibitNullCharactersValidator.message = _("This text contains control characters. Please remove them.")
