"""Claim what is due, hand it to its channel outside of any transaction, and keep how it went.

At least once: a worker that dies between handing over and noting it leaves a row whose lease ends, and
another worker sends it again. Never stuck: the clock starts the job anew for whatever is due.
"""

from __future__ import annotations

import time
from datetime import datetime

import structlog
from django.db import transaction
from django.db.models import F

from paidan.kernel import clock
from paidan.kernel.outbox import defer
from paidan.notifications.channels import send
from paidan.notifications.constants import (
    BACK_OFF,
    BATCH,
    LEASE,
    MAX_ATTEMPTS,
    SEND_JOB,
    SEND_TIMEOUT_SECONDS,
    DeliveryStatus,
)
from paidan.notifications.models import Delivery
from paidan.notifications.ports import MessageNotSent

log = structlog.get_logger(__name__)
_OPEN = (DeliveryStatus.PENDING, DeliveryStatus.SENDING)


def sending_defer() -> None:
    """Start the sending job in the caller's transaction, unless it is already waiting to start."""
    defer(SEND_JOB, queue="notifications", queueing_lock=SEND_JOB)


def deliveries_clock(now: datetime) -> None:
    """Start the sending job while anything is due: retries, what waited for an undo, what a dead worker left."""
    if Delivery.objects.filter(status__in=_OPEN, due_at__lte=now).exists():
        sending_defer()


def deliveries_send(*, seconds: float = 30.0) -> int:
    """Send what is due, batch after batch, for so many seconds at most; returns how many were handed over.

    Must not run inside a transaction: each claim and each result commits by itself.
    """
    until = time.monotonic() + seconds
    sent = 0
    while time.monotonic() < until:
        batch = _claim(clock.now())
        if not batch:
            break
        sent += _send_batch(batch)
    return sent


@transaction.atomic
def _claim(now: datetime) -> list[Delivery]:
    """Take some due rows for this worker alone, until their lease ends."""
    batch = list(
        Delivery.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("user", "customer__user")
        .filter(status__in=_OPEN, due_at__lte=now)
        .order_by("due_at", "pk")[:BATCH]
    )
    Delivery.objects.filter(pk__in=[row.pk for row in batch]).update(
        status=DeliveryStatus.SENDING, attempts=F("attempts") + 1, due_at=now + LEASE
    )
    for row in batch:
        row.attempts += 1
    return batch


def _send_batch(batch: list[Delivery]) -> int:
    """Send the rows one by one; what no longer fits into the lease is given back."""
    last_start = time.monotonic() + LEASE.total_seconds() - 2 * SEND_TIMEOUT_SECONDS
    sent = 0
    for row in batch:
        if time.monotonic() > last_start:
            _finish(row, status=DeliveryStatus.PENDING, due_at=clock.now(), attempts=row.attempts - 1)
        else:
            sent += _send_one(row)
    return sent


def _send_one(row: Delivery) -> bool:
    if row.attempts > MAX_ATTEMPTS:
        _finish(row, status=DeliveryStatus.FAILED, error="no result after several attempts")
        return False
    try:
        provider_ref = send(row, now=clock.now())
    except MessageNotSent as error:
        _failed(row, error.reason, is_final=error.is_final)
    except Exception as error:
        # One bad row must not hold up the others: it is logged with its trace, and tried again later.
        log.exception("delivery_failed", delivery=row.pk, channel=row.channel)
        _failed(row, type(error).__name__, is_final=False)
    else:
        if provider_ref is None:
            _finish(row, status=DeliveryStatus.WITHDRAWN)
            return False
        _finish(row, status=DeliveryStatus.SENT, sent_at=clock.now(), provider_ref=provider_ref[:80])
        return True
    return False


def _failed(row: Delivery, reason: str, *, is_final: bool) -> None:
    log.warning("delivery_not_sent", delivery=row.pk, channel=row.channel, attempts=row.attempts, reason=reason)
    if is_final or row.attempts >= MAX_ATTEMPTS:
        _finish(row, status=DeliveryStatus.FAILED, error=reason[:200])
        return
    due_at = clock.now() + BACK_OFF[row.attempts - 1]
    _finish(row, status=DeliveryStatus.PENDING, error=reason[:200], due_at=due_at)


def _finish(row: Delivery, **columns: object) -> None:
    """Note the result, unless the lease ended meanwhile and another worker holds the row."""
    mine = Delivery.objects.filter(pk=row.pk, status=DeliveryStatus.SENDING, attempts=row.attempts)
    mine.update(**columns)
