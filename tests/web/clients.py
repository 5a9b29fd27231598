"""Browsers of people, for tests of pages."""

from __future__ import annotations

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from paidan.accounts.models import User

FRAGMENT = {"hx-request": "true"}
NUL = "a\0b"
EMOJI = "🔧 修好了 👍🏽"
MEGABYTE = "长" * 350_000


def client_of(user: User | None = None, language: str = "en") -> Client:
    """A browser, logged in as somebody or as nobody."""
    client = Client(headers={"accept-language": language})
    if user is not None:
        client.force_login(user, backend="paidan.accounts.backends.PasswordBackend")
    return client


def queries_of(client: Client, url: str) -> int:
    """How many statements a page costs once everything that is remembered is remembered."""
    client.get(url)
    with CaptureQueriesContext(connection) as counted:
        assert client.get(url).status_code == 200
    return len(counted)
