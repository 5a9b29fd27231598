"""The browsers somebody is logged in with."""

from __future__ import annotations

from datetime import datetime

from django.contrib.sessions.models import Session
from django.db import transaction

from paidan.accounts.models import BrowserSession
from paidan.kernel.errors import NotFound

AGENT_LENGTH = 200


def browser_note(*, user_id: int, session_key: str, agent: str, address: str, now: datetime) -> None:
    """Note that a browser is logged in."""
    BrowserSession.objects.update_or_create(
        session_key=session_key,
        defaults={
            "user_id": user_id,
            "agent": agent.replace("\0", "")[:AGENT_LENGTH],
            "address": address[:45],
            "created_at": now,
            "seen_at": now,
        },
    )


def browser_rename(*, before: str, after: str) -> None:
    """Follow a session to its new key."""
    BrowserSession.objects.filter(session_key=before).update(session_key=after)


def browser_seen(*, session_key: str, now: datetime) -> None:
    """Note that a browser is still in use."""
    BrowserSession.objects.filter(session_key=session_key).update(seen_at=now)


def browser_end_by_key(session_key: str) -> None:
    """Forget a browser that logs out."""
    if session_key:
        BrowserSession.objects.filter(session_key=session_key).delete()


@transaction.atomic
def browser_end(*, user_id: int, browser_id: int) -> None:
    """Log one of one's own browsers out.

    Raises:
        NotFound: it is out already, or somebody else's.
    """
    row = BrowserSession.objects.select_for_update().filter(pk=browser_id, user_id=user_id).first()
    if row is None:
        raise NotFound
    Session.objects.filter(session_key=row.session_key).delete()
    row.delete()


@transaction.atomic
def browsers_end(*, user_id: int, but: str = "") -> int:
    """Log all of somebody's browsers out, but for the one with this session key.

    Returns:
        How many there were.
    """
    rows = list(BrowserSession.objects.select_for_update().filter(user_id=user_id).exclude(session_key=but))
    Session.objects.filter(session_key__in=[row.session_key for row in rows]).delete()
    return BrowserSession.objects.filter(pk__in=[row.pk for row in rows]).delete()[0]


def browsers_forget() -> None:
    """Forget browsers whose session is over."""
    live = Session.objects.values("session_key")
    BrowserSession.objects.exclude(session_key__in=live).delete()
