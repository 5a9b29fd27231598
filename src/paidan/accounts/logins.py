"""What people type to say who they are, made comparable."""

from __future__ import annotations

import re

from django.utils.translation import gettext_lazy as _

from paidan.kernel.errors import Invalid

_PHONE = re.compile(r"\+[1-9]\d{6,14}")
_MAINLAND = re.compile(r"\+861[3-9]\d{9}")


def login_normalised(login: str) -> str:
    """``138 0013 8000`` → ``+8613800138000``; e-mail in lower case; anything else as typed."""
    text = login.strip()
    if "@" in text:
        return text.lower()
    digits = "".join(c for c in text if (c.isascii() and c.isdigit()) or c == "+")
    if len(digits) == 11 and digits.startswith("1"):
        return f"+86{digits}"
    return f"+{digits[2:]}" if digits.startswith("00") else digits or text


def phone_normalised(text: str, *, field: str = "phone") -> str:
    """The phone number in E.164; eleven digits are a number of the mainland.

    Raises:
        Invalid: this is no phone number that could receive a code.
    """
    phone = login_normalised(text.replace("(", "").replace(")", ""))
    if not _PHONE.fullmatch(phone) or (phone.startswith("+86") and not _MAINLAND.fullmatch(phone)):
        raise Invalid(fields={field: _("Please enter a mobile number, e.g. 138 0013 8000.")})
    return phone
