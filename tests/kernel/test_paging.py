"""Cursors come back from outside: whatever is sent is either one of ours or refused in a sentence."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest

from paidan.kernel.errors import Invalid
from paidan.kernel.paging import cursor_text, cursor_values


def encoded(plain: bytes) -> str:
    return base64.urlsafe_b64encode(plain).decode().rstrip("=")


def test_a_cursor_comes_back_as_it_was() -> None:
    values = (datetime(2026, 5, 1, 9, tzinfo=UTC), 12)

    assert cursor_values(cursor_text(*values), datetime, int) == values
    assert cursor_values("", datetime, int) is None


@pytest.mark.parametrize(
    "text",
    [
        "%%%",
        encoded(b"\xff\xfe"),
        encoded(b"[1]"),
        encoded(b'[{"at": "2026-05-01T09:00:00"}, 12]'),
        encoded(b'[{"at": "2026-05-01T09:00:00+00:00"}, true]'),
        encoded(b'[{"at": 5}, 12]'),
        encoded(b"[" * 3_000),
        encoded(b"[" + b"9" * 5_000 + b"]"),
    ],
    ids=["no base64", "no UTF-8", "too short", "naive", "no number", "no text", "too deep", "too long a number"],
)
def test_a_foreign_cursor_is_a_fault_of_the_cursor(text: str) -> None:
    with pytest.raises(Invalid) as refusal:
        cursor_values(text, datetime, int)

    assert list(refusal.value.fields) == ["cursor"]
