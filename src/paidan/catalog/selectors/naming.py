"""Services by their names, as people type them into a search box."""

from __future__ import annotations

from functools import lru_cache

from paidan.catalog.models import ServiceItemVersion
from paidan.kernel.texts import pinyin_initials, pinyin_key


def versions_called(word: str) -> tuple[int, ...]:
    """Ids of the versions whose name holds the word in either language, in pinyin or in its first letters."""
    wanted = word.lower()
    named = ServiceItemVersion.objects.values_list("pk", "name")
    return tuple(
        pk for pk, name in named if any(wanted in key for key in _keys(name.get("zh", ""), name.get("en", "")))
    )


@lru_cache(maxsize=4096)
def _keys(chinese: str, english: str) -> tuple[str, ...]:
    return chinese.lower(), english.lower(), pinyin_key(chinese), pinyin_initials(chinese)
