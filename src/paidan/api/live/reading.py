"""One way to ask for live updates, whether over the stream or by polling."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from paidan.api.live.admission import Credential, Visitor, admit, credential_of
from paidan.api.live.changes import AGE_SECONDS_MAX, Replay, changes_recent, changes_since
from paidan.kernel.errors import Invalid

BIGINT_MAX = 2**63 - 1
LINK_HEADER = "X-Paidan-Link"  # keeps the token out of addresses, and so out of access logs


@dataclass(frozen=True, slots=True)
class Reading:
    """What a client asks for.

    Attributes:
        after: the last event id it has; ``None`` for a page that has just been opened.
        age_seconds: how long ago that page was asked for.
    """

    credential: Credential | None
    after: int | None
    age_seconds: float


def reading_of(request: HttpRequest) -> Reading:
    """Understand a request: credential, ``Last-Event-ID`` (header before ``after``) and ``age``.

    Raises:
        Invalid: the id or the age is not a number that can be meant.
    """
    credential = credential_of(
        authorization=request.headers.get("Authorization", ""),
        link=request.headers.get(LINK_HEADER, "") or request.GET.get("link", ""),
        cookies=request.COOKIES,
    )
    after = request.headers.get("Last-Event-ID", "") or request.GET.get("after", "")
    age = request.GET.get("age", "")
    return Reading(
        credential=credential,
        after=_number(after, name="after", most=BIGINT_MAX) if after else None,
        age_seconds=_number(age, name="age", most=10**9) if age else 0,
    )


def catch_up(reading: Reading, *, now: datetime) -> tuple[Visitor, Replay]:
    """Let the reader in and read what it missed.

    Raises:
        Unauthenticated: the credential opens nothing.
    """
    visitor = admit(reading.credential, now=now)
    if reading.after is None:
        return visitor, changes_recent(min(reading.age_seconds, AGE_SECONDS_MAX), visitor.topics)
    return visitor, changes_since(reading.after, visitor.topics)


def _number(text: str, *, name: str, most: int) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 19 and int(text) <= most):
        raise Invalid(fields={name: _("Must be a whole number.")})
    return int(text)
