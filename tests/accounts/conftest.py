"""A sender that keeps what it was given."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from django.test import Client

from paidan.accounts import ports


@dataclass
class KeptCodes:
    """The codes that would have gone out."""

    sent: list[tuple[str, str]] = field(default_factory=list)

    def send(self, *, phone: str, code: str, language: str) -> None:
        self.sent.append((phone, code))

    @property
    def last(self) -> str:
        return self.sent[-1][1]


@pytest.fixture
def codes() -> Iterator[KeptCodes]:
    before = ports.code_sender()
    kept = KeptCodes()
    ports.code_sender_register(kept)
    yield kept
    ports.code_sender_register(before)


@pytest.fixture
def browser() -> Client:
    return Client(HTTP_ACCEPT_LANGUAGE="en")
