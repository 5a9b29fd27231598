"""Attempts at what many want at once: counted before they are judged, in one statement, for all processes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil

from django.db import connection

from paidan.accounts import limits
from paidan.accounts.constants import RoleCode
from paidan.accounts.models import RateLog
from paidan.accounts.services.limits import Limit, Window, wait_sentence
from paidan.kernel.actors import Actor
from paidan.kernel.errors import TooMany
from paidan.kernel.settings import IntegerSetting

HOUR_SECONDS = 3_600
DAY_SECONDS = 86_400
# The row is written under its own lock: of two attempts at the same moment each counts the other.
_TAKE = """
    INSERT INTO accounts_ratelog AS log (key, hits, changed_at)
    VALUES (%(key)s, ARRAY[%(now)s]::timestamptz[], %(now)s)
    ON CONFLICT (key) DO UPDATE
        SET hits = ARRAY(SELECT hit FROM unnest(log.hits) hit WHERE hit > %(since)s) || %(now)s::timestamptz,
            changed_at = %(now)s
        WHERE (SELECT count(*) FROM unnest(log.hits) hit WHERE hit > %(since)s) < %(count)s
    RETURNING key
"""


@dataclass(frozen=True, slots=True)
class Rate:
    """How often something may be attempted.

    Attributes:
        roles: only these are counted; everybody when empty.
        unshared: so many attempts within the window each process counts by itself, at no cost in the database.
    """

    action: str
    limit: IntegerSetting
    seconds: int
    roles: frozenset[RoleCode] = field(default_factory=frozenset)
    unshared: int = 0


HOLDS_OF_ADDRESS = Rate("hold_address", limits.HOLDS_PER_ADDRESS_PER_HOUR, HOUR_SECONDS)
HOLDS_OF_CUSTOMER = Rate("hold", limits.HOLDS_PER_CUSTOMER_PER_HOUR, HOUR_SECONDS, roles=frozenset({RoleCode.CUSTOMER}))
BOOKINGS = Rate("booking", limits.BOOKINGS_PER_CUSTOMER_PER_HOUR, HOUR_SECONDS, roles=frozenset({RoleCode.CUSTOMER}))
# A grab must stay fast for many at once: nobody who grabs now and then costs a statement more.
GRABS = Rate("grab", limits.GRABS_PER_TECHNICIAN_PER_MINUTE, 60, unshared=10)
PHOTOS_OF_ADDRESS = Rate("photo_address", limits.PHOTOS_PER_ADDRESS_PER_HOUR, HOUR_SECONDS)
SIGN_UPS = Rate("sign_up", limits.SIGN_UPS_PER_ADDRESS_PER_DAY, DAY_SECONDS)
# Each asks a provider outside.
LOGINS_BEGUN = Rate("identity_address", limits.PASSWORDS_PER_ADDRESS_PER_5_MINUTES, 300)


def attempt_take(rate: Rate, *, actor: Actor, now: datetime) -> None:
    """Count an attempt of somebody; it stays counted when what they attempt is refused.

    Call it outside the transaction of the attempt.

    Raises:
        TooMany: the limit is reached; ``retry_after_seconds`` says how long to wait.
    """
    if not rate.roles or actor.role in rate.roles:
        attempt_count(rate, subject=actor.key, now=now)


def attempt_count(rate: Rate, *, subject: str, now: datetime) -> None:
    """Count an attempt by or from a subject, e.g. a network address; kept as an HMAC only.

    Raises:
        TooMany: the limit is reached.
    """
    if rate.unshared and _alone.count(f"{rate.action}:{subject}", rate.seconds, now) <= rate.unshared:
        return
    count = rate.limit.value()
    limit = Limit(rate.action, subject, (Window(count, rate.seconds),))
    since = now - timedelta(seconds=rate.seconds)
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, {"key": limit.key, "now": now, "since": since, "count": count})
        taken = cursor.fetchone() is not None
    if not taken:
        hits = RateLog.objects.filter(pk=limit.key).values_list("hits", flat=True).first() or []
        wait = max(1, ceil(limit.wait_seconds(hits, now)))
        raise TooMany(wait_sentence(wait), facts={"retry_after_seconds": wait})


class _Alone:
    """What this process has seen within a window; bounded, the longest unseen go first."""

    MOST = 10_000

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: OrderedDict[str, tuple[datetime, int]] = OrderedDict()

    def count(self, key: str, seconds: int, now: datetime) -> int:
        with self._lock:
            began, hits = self._seen.pop(key, (now, 0))
            if now - began >= timedelta(seconds=seconds):
                began, hits = now, 0
            self._seen[key] = (began, hits + 1)
            if len(self._seen) > self.MOST:
                self._seen.popitem(last=False)
            return hits + 1


_alone = _Alone()
