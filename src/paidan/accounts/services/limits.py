"""How often something may be done: a sliding log per subject, counted under its row's lock."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from django.contrib.sessions.backends.db import SessionStore
from django.db import transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext, ngettext

from paidan.accounts.models import LoginCode, RateLog
from paidan.accounts.services.browsers import browsers_forget
from paidan.kernel.errors import TooMany


@dataclass(frozen=True, slots=True)
class Window:
    """At most ``count`` within any ``seconds``."""

    count: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Limit:
    """What may be done how often, by or to whom; the subject is kept as an HMAC only."""

    action: str
    subject: str
    windows: tuple[Window, ...]

    @property
    def key(self) -> str:
        return salted_hmac("paidan.rate", f"{self.action}:{self.subject}", algorithm="sha256").hexdigest()

    def wait_seconds(self, hits: Sequence[datetime], now: datetime) -> int:
        """Seconds until one more is allowed; 0 when it is now."""
        waits = [0]
        for window in self.windows:
            recent = sorted(hit for hit in hits if hit > now - timedelta(seconds=window.seconds))
            if len(recent) >= window.count:
                free_at = recent[len(recent) - window.count] + timedelta(seconds=window.seconds)
                waits.append(ceil((free_at - now).total_seconds()))
        return max(waits)

    def kept(self, hits: Iterable[datetime], now: datetime) -> list[datetime]:
        longest = max(window.seconds for window in self.windows)
        return [hit for hit in hits if hit > now - timedelta(seconds=longest)]


@transaction.atomic
def hits_take(limits: Sequence[Limit], *, now: datetime) -> None:
    """Count one hit against every limit, or against none.

    Raises:
        TooMany: one of them is reached; the sentence and ``retry_after_seconds`` say how long to wait.
    """
    by_key = {limit.key: limit for limit in limits}
    RateLog.objects.bulk_create([RateLog(key=key, changed_at=now) for key in sorted(by_key)], ignore_conflicts=True)
    rows = list(RateLog.objects.select_for_update().filter(pk__in=by_key).order_by("pk"))
    wait = max(by_key[row.key].wait_seconds(row.hits, now) for row in rows)
    if wait:
        raise TooMany(wait_sentence(wait), facts={"retry_after_seconds": wait})
    for row in rows:
        row.hits = [*by_key[row.key].kept(row.hits, now), now]
        row.changed_at = now
    RateLog.objects.bulk_update(rows, ["hits", "changed_at"])


def hits_forget(limit: Limit) -> None:
    """Start counting anew, e.g. after the right password."""
    # Emptied, not deleted: whoever counts at this moment holds the row.
    RateLog.objects.filter(pk=limit.key).update(hits=[])


def wait_sentence(seconds: int) -> str:
    """``Too many attempts. Please try again in 42 seconds.``"""
    if seconds < 120:
        span = ngettext("%(n)d second", "%(n)d seconds", seconds) % {"n": seconds}
    elif seconds < 7200:
        minutes = ceil(seconds / 60)
        span = ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}
    else:
        hours = ceil(seconds / 3600)
        span = ngettext("%(n)d hour", "%(n)d hours", hours) % {"n": hours}
    return gettext("Too many attempts. Please try again in %(wait)s.") % {"wait": span}


def spent_forget(*, now: datetime) -> None:
    """Delete what no limit, no code and no browser looks at any more."""
    RateLog.objects.filter(changed_at__lt=now - timedelta(days=2)).delete()
    LoginCode.objects.filter(expires_at__lt=now - timedelta(days=1)).delete()
    SessionStore.clear_expired()
    browsers_forget()
