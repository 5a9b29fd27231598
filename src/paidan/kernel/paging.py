"""Pages by cursor: the next page starts after the last row seen, however many came meanwhile."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from django.utils.translation import gettext_lazy as _

from paidan.kernel.errors import Invalid

PAGE_SIZE = 50
LARGEST_PAGE = 200

T = TypeVar("T")
R = TypeVar("R")
CursorValue = str | int | datetime


@dataclass(frozen=True, slots=True)
class Slice(Generic[T]):
    """Some rows of a list, and where the next ones begin (``None`` after the last)."""

    items: tuple[T, ...]
    next_cursor: str | None


def cursor_text(*values: CursorValue) -> str:
    """The sort key of a row as an opaque text."""
    plain = [{"at": value.isoformat()} if isinstance(value, datetime) else value for value in values]
    return base64.urlsafe_b64encode(json.dumps(plain).encode()).decode().rstrip("=")


def cursor_values(text: str, *kinds: type[CursorValue]) -> tuple[CursorValue, ...] | None:
    """The sort key inside a cursor; ``None`` for an empty text, i.e. the first page.

    Raises:
        Invalid: the text is not one of our cursors for this list.
    """
    if not text:
        return None
    try:
        padded = text.encode() + b"=" * (-len(text) % 4)
        plain = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        values = tuple(datetime.fromisoformat(v["at"]) if isinstance(v, dict) else v for v in plain)
    except (binascii.Error, ValueError, KeyError, TypeError, RecursionError) as error:
        raise _unreadable() from error
    if len(values) != len(kinds) or not all(map(_fits, values, kinds)):
        raise _unreadable()
    return values


def _fits(value: object, kind: type[CursorValue]) -> bool:
    if isinstance(value, bool) or not isinstance(value, kind):
        return False
    if isinstance(value, str):
        return "\0" not in value and value.isprintable()
    if isinstance(value, int):
        return -(2**63) <= value < 2**63
    return isinstance(value, datetime) and value.tzinfo is not None


def _unreadable() -> Invalid:
    return Invalid(fields={"cursor": _("This cursor does not belong to this list.")})


def sliced(rows: Sequence[R], *, limit: int, key: Callable[[R], tuple[CursorValue, ...]]) -> Slice[R]:
    """Cut one page from ``limit + 1`` rows read: the row too many tells that more follow."""
    items = tuple(rows[:limit])
    more = len(rows) > limit
    return Slice(items=items, next_cursor=cursor_text(*key(items[-1])) if more and items else None)
