"""The password policy of U2: letters, digits and special characters; long ones welcome, never truncated."""

from __future__ import annotations

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from paidan.accounts.policy import PASSWORD_KINDS, PASSWORD_LENGTH

LONGEST = 256
# What people make of a rule like ours, and of the keys beside each other; Django's list has the plain ones.
COMMON_HERE = frozenset(
    {
        "1qaz@wsx", "!qaz2wsx", "1qaz!qaz", "zaq1@wsx", "qwe123!@#", "qwe!@#123", "123!@#qwe", "1q2w3e4r!", "q1w2e3r4!",
        "abc@123", "abc@1234", "abc@12345", "abcd@1234", "abc!@#123", "abc123!@#", "a1b2c3d4!", "asd123!@#",
        "aa123456!",
        "admin@123", "admin@1234", "admin@888", "admin123!", "root@123", "test@123", "user@123", "pass@word1",
        "p@ssw0rd", "p@ssw0rd1", "p@ssw0rd123", "p@ssword1", "passw0rd!", "welcome@123", "huawei@123", "woaini@1314",
        "woaini@520", "woaini1314!", "woaini520!", "iloveyou@520", "a@5201314", "a5201314!", "zxc123!@#", "zxcv@1234",
        "qaz@123", "qwer@1234", "qwerty@123", "zhang@123", "wang@123", "china@123", "mima@123", "mima123!",
    }
)  # fmt: skip


class CharacterClassValidator:
    """At least one letter, one digit and one special character, unless the house asks for length only."""

    def validate(self, password: str, user: object = None) -> None:
        kinds = (str.isalpha, str.isdigit, lambda c: not c.isalnum() and not c.isspace())
        if all(any(kind(character) for character in password) for kind in kinds):
            return
        if PASSWORD_KINDS.is_on():
            raise ValidationError(self.get_help_text(), code="password_classes")

    def get_help_text(self) -> StrOrPromise:
        return _("Use at least one letter, one digit and one special character.")


class LengthValidator:
    """Not too short; and hashing megabytes is an attack, while 256 characters are a sentence."""

    def validate(self, password: str, user: object = None) -> None:
        shortest = PASSWORD_LENGTH.value()
        if len(password) < shortest:
            sentence = ngettext("Use at least %(n)d character.", "Use at least %(n)d characters.", shortest)
            raise ValidationError(sentence % {"n": shortest}, code="password_too_short")
        if len(password) > LONGEST:
            raise ValidationError(_("Use at most 256 characters."), code="password_too_long")

    def get_help_text(self) -> StrOrPromise:
        return _("Use at most 256 characters.")


class CommonValidator(CommonPasswordValidator):
    """Not one of those that everybody tries first, also not with a full stop put behind it."""

    def validate(self, password: str, user: object = None) -> None:
        plain = password.lower().strip()
        core = plain.strip("".join({letter for letter in plain if not letter.isalnum()}))
        if plain in COMMON_HERE or plain in self.passwords or core in self.passwords:
            raise ValidationError(self.get_error_message(), code="password_too_common")

    def get_error_message(self) -> str:
        return gettext("This password is too common: it is among the first that are tried.")
