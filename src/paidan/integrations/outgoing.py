"""Calls to other people's servers: JSON there and back, bounded in time and size."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

CALL_SECONDS = 6.0
MOST_BYTES = 1_000_000


class NoAnswer(Exception):
    """The other side does not answer in time, or with something that is no JSON object; says why, for the log."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A JSON object and the status it came under."""

    status: int
    body: Mapping[str, Any]

    def text(self, name: str) -> str:
        """A text of the object; empty when it is absent or something else."""
        value = self.body.get(name)
        return value if isinstance(value, str) else ""

    def inner(self, name: str) -> Answer:
        """An object within the object; empty when it is absent or something else."""
        value = self.body.get(name)
        return Answer(self.status, value if isinstance(value, dict) else {})


def ask(method: str, address: str, **parts: Any) -> Answer:
    """Call another server; redirects are not followed, and proxies of the environment are used.

    Args:
        parts: what ``httpx.stream`` takes: params, data, json, headers, auth.

    Raises:
        NoAnswer: see there; a slow trickle ends with the time limit as well.
    """
    until = time.monotonic() + CALL_SECONDS
    parts["headers"] = {"Accept": "application/json", **parts.get("headers", {})}
    try:
        with httpx.stream(method, address, timeout=CALL_SECONDS, follow_redirects=False, **parts) as response:
            text = bytearray()
            for piece in response.iter_bytes():
                text += piece
                if len(text) > MOST_BYTES or time.monotonic() > until:
                    raise NoAnswer("too long")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise NoAnswer(type(error).__name__) from error
    try:
        body = json.loads(text)
    except ValueError as error:
        raise NoAnswer(f"no JSON, status {response.status_code}") from error
    if not isinstance(body, dict):
        raise NoAnswer("no JSON object")
    return Answer(response.status_code, body)
