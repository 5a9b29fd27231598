"""Reading what was sent: JSON and forms that PostgreSQL can keep, or a refusal that names the field."""

from __future__ import annotations

import json
from math import isfinite
from typing import Any, NoReturn, cast

from django.http import HttpRequest
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _
from ninja.parser import Parser

from paidan.api.problems import TooLarge
from paidan.kernel.errors import Invalid

LARGEST_JSON_BYTES = 512 * 1024
CONTROL = _("Must not contain control characters.")


def text_is_storable(text: str) -> bool:
    """Whether PostgreSQL takes it: no NUL and no half of a surrogate pair."""
    if "\0" in text:
        return False
    return text.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in text)


class StorableParser(Parser):
    """Ninja's parser, minus what a database cannot keep."""

    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        """The JSON body.

        Raises:
            ValueError: it is not JSON (ninja answers 400).
        """
        if len(request.body) > LARGEST_JSON_BYTES:
            raise TooLarge
        text = request.body.decode("utf-8")
        content = json.loads(text, parse_constant=_constant_refuse, parse_float=_float)
        _check(content, "")
        return cast("dict[str, Any]", content)

    def parse_querydict(
        self, data: MultiValueDict[str, Any], list_fields: list[str], request: HttpRequest
    ) -> dict[str, Any]:
        for name, values in data.lists():
            if not text_is_storable(name):
                raise Invalid(message=CONTROL)
            if any(isinstance(value, str) and not text_is_storable(value) for value in values):
                raise Invalid(fields={name: CONTROL})
        return super().parse_querydict(data, list_fields, request)


def _constant_refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON.")


def _float(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise ValueError(f"{text} is too large.")
    return number


def _check(content: object, place: str) -> None:
    """Walk the whole document.

    Raises:
        Invalid: a text in it cannot be kept.
    """
    if isinstance(content, str):
        if not text_is_storable(content):
            raise Invalid(fields={place or "body": CONTROL})
    elif isinstance(content, list):
        for index, part in enumerate(content):
            _check(part, f"{place}.{index}" if place else str(index))
    elif isinstance(content, dict):
        for name, part in content.items():
            if not text_is_storable(name):
                raise Invalid(message=CONTROL)
            _check(part, f"{place}.{name}" if place else name)
