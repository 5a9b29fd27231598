"""What the command says to a person at a terminal, in Chinese or English by ``LANG``."""

from __future__ import annotations

import gettext
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]
_CATALOGUES = (_PACKAGE / "cli" / "locale", _PACKAGE / "kernel" / "embedded_postgres" / "locale")


class Refusal(Exception):
    """The command cannot do what was asked; one sentence says why and what to do.

    ``sentence`` is a message id whose named placeholders ``values`` fill.
    """

    def __init__(self, sentence: str, **values: object) -> None:
        self.sentence = sentence
        self.values = values
        super().__init__(sentence % values)


def gettext_noop(text: str) -> str:
    """Mark a sentence for the message catalogue; it is translated where it is shown."""
    return text


def translated(sentence: str, values: Mapping[str, object] | None = None) -> str:
    """The sentence in the language of the terminal, its placeholders filled."""
    text = _catalogue(language()).gettext(sentence)
    return text % values if values else text


def _(sentence: str) -> str:
    return translated(sentence)


def language() -> str:
    """The terminal's language, ``zh_Hans`` or ``en``.

    ``LC_ALL`` wins over ``LC_MESSAGES`` over ``LANG``, as everywhere; what is not Chinese is English.
    """
    setting = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "zh_Hans" if setting.lower().startswith("zh") else "en"


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    first, *others = (
        gettext.translation("django", folder, languages=[language], fallback=True) for folder in _CATALOGUES
    )
    for other in others:
        first.add_fallback(other)
    return first
