"""What the front-end build produced: which hashed files belong to which entry."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TypedDict, cast

from django.conf import settings
from django.contrib.staticfiles import finders

logger = logging.getLogger(__name__)


class UnknownEntryError(Exception):
    """A template asks for an entry that the front-end build does not have."""


@dataclass(frozen=True, slots=True)
class Entry:
    """The files of one entry, as paths below ``dist/``."""

    script: str
    styles: tuple[str, ...]
    preloads: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sprite:
    """The icon sprite and the names in it."""

    file: str
    names: frozenset[str]


class _Chunk(TypedDict, total=False):
    file: str
    css: list[str]
    imports: list[str]


_Chunks = dict[str, _Chunk]


def built_address(file: str) -> str:
    """The address of a built file; its name carries a hash, so no static storage renames it."""
    return f"{settings.STATIC_URL}dist/{file}"


def entry_named(name: str) -> Entry | None:
    """The files of an entry, or nothing when the front end has not been built.

    Raises:
        UnknownEntryError: the build has no such entry.
    """
    chunks = cast("_Chunks | None", _built("manifest.json"))
    if chunks is None:
        return None
    chunk = chunks.get(f"src/entries/{name}.ts")
    if chunk is None:
        raise UnknownEntryError(name)
    styles = list(chunk.get("css", []))
    preloads: list[str] = []
    _follow(chunks, chunk, styles, preloads)
    return Entry(chunk["file"], tuple(dict.fromkeys(styles)), tuple(preloads))


def sprite() -> Sprite | None:
    """The icon sprite, or nothing when the front end has not been built."""
    content = cast("dict[str, object] | None", _built("icons.json"))
    if content is None:
        return None
    return Sprite(str(content["file"]), frozenset(cast("list[str]", content["names"])))


def _follow(chunks: _Chunks, chunk: _Chunk, styles: list[str], preloads: list[str]) -> None:
    for name in chunk.get("imports", []):
        imported = chunks[name]
        if imported["file"] in preloads:
            continue
        preloads.append(imported["file"])
        styles.extend(imported.get("css", []))
        _follow(chunks, imported, styles, preloads)


def _built(name: str) -> object:
    return _content_read(name) if settings.DEBUG else _content_kept(name)


@lru_cache
def _content_kept(name: str) -> object:
    return _content_read(name)


def _content_read(name: str) -> object:
    path = finders.find(f"dist/{name}") or str(Path(settings.STATIC_ROOT or ".") / "dist" / name)
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        # Pages work without scripts and styles; the system check says how to build them.
        logger.warning("front_end_not_built", extra={"file": name})
        return None
