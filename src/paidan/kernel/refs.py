"""Public references: a letter and 12 Crockford base-32 characters (60 random bits)."""

from __future__ import annotations

import re
import secrets
from functools import partial
from typing import Any

from django.db import models

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 12
_READ_AS = str.maketrans({"I": "1", "L": "1", "O": "0"})
_PATTERN = re.compile(rf"[A-Z][{ALPHABET}]{{{LENGTH}}}")


def new_ref(letter: str) -> str:
    """A fresh random reference, e.g. ``V7K2M9Q4X8TBN``."""
    number = secrets.randbits(5 * LENGTH)
    return letter + "".join(ALPHABET[(number >> (5 * place)) & 31] for place in range(LENGTH))


def read_ref(text: str) -> str:
    """Normalise what a person typed; returns ``""`` if it cannot be a reference."""
    cleaned = text.strip().upper().replace("-", "")
    cleaned = cleaned[:1] + cleaned[1:].translate(_READ_AS)
    return cleaned if _PATTERN.fullmatch(cleaned) else ""


class RefField(models.CharField[str, str]):
    """A unique public reference, filled by itself."""

    def __init__(self, letter: str = "", **options: Any) -> None:
        self.letter = letter
        options.setdefault("max_length", LENGTH + 1)
        options.setdefault("unique", True)
        options.setdefault("editable", False)
        options.setdefault("default", partial(new_ref, letter))
        super().__init__(**options)

    def deconstruct(self) -> tuple[str, str, Any, dict[str, Any]]:
        name, path, args, options = super().deconstruct()
        options.pop("default", None)
        # Always said: an audit table holds the same ref many times, and the default would make it unique there.
        return name, path, args, {**options, "letter": self.letter, "unique": self.unique}
