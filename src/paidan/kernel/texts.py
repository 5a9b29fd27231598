"""Data names in two languages, in one field, with fallback."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import get_language, gettext, override

Texts = dict[str, str]


def localized(texts: Texts | None, language: str | None = None) -> str:
    """The text in the given (or the active) language, else in the other one."""
    if not texts:
        return ""
    wanted = "en" if (language or get_language() or "zh").startswith("en") else "zh"
    return texts.get(wanted) or texts.get("zh") or texts.get("en") or ""


def texts_of(message: str) -> Texts:
    """A msgid of ours in every language, for what is kept as data, e.g. the name on a charge."""
    texts: Texts = {}
    for key, language in (("zh", "zh-hans"), ("en", "en")):
        with override(language):
            texts[key] = gettext(message)
    return texts


def pinyin_key(text: str) -> str:
    """A sort and search key: ``张师傅`` → ``zhangshifu``."""
    from pypinyin import lazy_pinyin  # its dictionary takes 0.4 s: loaded when first needed

    return "".join(lazy_pinyin(text)).lower()[:200]


def pinyin_initials(text: str) -> str:
    """What people type who know the first letters: ``空调清洗`` → ``ktqx``."""
    from pypinyin import Style, lazy_pinyin

    return "".join(lazy_pinyin(text, style=Style.FIRST_LETTER)).lower()[:200]


class LocalizedTextField(models.JSONField):
    """``{"zh": …, "en": …}``; at least one of them is filled."""

    def __init__(self, *args: Any, **options: Any) -> None:
        options.setdefault("default", dict)
        super().__init__(*args, **options)
