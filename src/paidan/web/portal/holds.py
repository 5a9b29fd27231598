"""The window kept for whoever is booking, as the browser's session remembers it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest

from paidan.dispatch.services import hold_release
from paidan.dispatch.services.holding import HoldView
from paidan.kernel.timespan import TimeSpan

_OWNER = "hold_owner"
_HOLDS = "holds"


@dataclass(frozen=True, slots=True)
class KeptHold:
    """A live hold of this browser."""

    ref: str
    window: TimeSpan
    expires_at: datetime


def holder_key(request: HttpRequest) -> str:
    """The session's own secret name as a holder; it outlives the log-in, which changes the session's key."""
    known: str = request.session.get(_OWNER, "")
    if not known:
        known = request.session[_OWNER] = f"session:{secrets.token_hex(16)}"
    return known


def hold_of(request: HttpRequest, subject: str, *, now: datetime) -> KeptHold | None:
    """The live hold for a service item or a booking, if there is one."""
    kept = request.session.get(_HOLDS, {}).get(subject)
    if not kept:
        return None
    ref, start, end, expires = kept
    hold = KeptHold(
        ref, TimeSpan(datetime.fromisoformat(start), datetime.fromisoformat(end)), datetime.fromisoformat(expires)
    )
    return hold if hold.expires_at > now else None


def hold_remember(request: HttpRequest, subject: str, hold: HoldView, *, now: datetime) -> KeptHold:
    """Remember a new hold; the one it replaces is given back."""
    before = request.session.get(_HOLDS, {}).get(subject)
    if before and before[0] != hold.ref:
        hold_release(ref=before[0], holder_key=holder_key(request), now=now)
    window = (hold.window.start.isoformat(), hold.window.end.isoformat())
    request.session[_HOLDS] = {
        **request.session.get(_HOLDS, {}),
        subject: [hold.ref, *window, hold.expires_at.isoformat()],
    }
    return KeptHold(hold.ref, hold.window, hold.expires_at)


def hold_forget(request: HttpRequest, subject: str) -> None:
    """It has become a promise, or is over."""
    request.session[_HOLDS] = {name: kept for name, kept in request.session.get(_HOLDS, {}).items() if name != subject}


def hold_give_back(request: HttpRequest, subject: str, *, now: datetime) -> None:
    """What was kept is no longer wanted, e.g. because the address has changed."""
    kept = request.session.get(_HOLDS, {}).get(subject)
    if kept:
        hold_release(ref=kept[0], holder_key=holder_key(request), now=now)
        hold_forget(request, subject)
