"""Phone numbers: E.164 inside, as people write and read them outside."""

from __future__ import annotations

import re

from paidan.customers.constants import DEFAULT_COUNTRY_CODE

_DECORATION = re.compile(r"[\s\-().]+")
_E164 = re.compile(r"\+[1-9]\d{6,14}")
_MAINLAND_MOBILE = re.compile(r"1[3-9]\d{9}")


def phone_normalized(text: str) -> str:
    """The number in E.164, or ``""`` when it is none.

    A mainland mobile number needs no country code: ``138 0013 8000`` is ``+8613800138000``.
    """
    digits = _DECORATION.sub("", text.strip())
    if digits.startswith("00"):
        digits = f"+{digits[2:]}"
    if _MAINLAND_MOBILE.fullmatch(digits):
        digits = DEFAULT_COUNTRY_CODE + digits
    if digits.startswith(DEFAULT_COUNTRY_CODE + "1") and len(digits) != 14:
        return ""
    return digits if _E164.fullmatch(digits) else ""


def phone_national(phone: str) -> str:
    """As people here read it: without the home country's code."""
    return phone.removeprefix(DEFAULT_COUNTRY_CODE)


def phone_masked(phone: str) -> str:
    """``138****8888``: enough to recognise, too little to call."""
    number = phone_national(phone)
    return f"{number[:3]}****{number[-4:]}" if len(number) >= 8 else "****"
