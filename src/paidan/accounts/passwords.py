"""The password policy of U2: letters, digits and special characters; long ones welcome, never truncated."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

LONGEST = 256


class CharacterClassValidator:
    """At least one letter, one digit and one special character."""

    def validate(self, password: str, user: object = None) -> None:
        kinds = (str.isalpha, str.isdigit, lambda c: not c.isalnum() and not c.isspace())
        if not all(any(kind(character) for character in password) for kind in kinds):
            raise ValidationError(self.get_help_text(), code="password_classes")

    def get_help_text(self) -> StrOrPromise:
        return _("Use at least one letter, one digit and one special character.")


class LengthLimitValidator:
    """Hashing megabytes is an attack; 256 characters are a sentence."""

    def validate(self, password: str, user: object = None) -> None:
        if len(password) > LONGEST:
            raise ValidationError(self.get_help_text(), code="password_too_long")

    def get_help_text(self) -> StrOrPromise:
        return _("Use at most 256 characters.")
