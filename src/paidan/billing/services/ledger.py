"""Posting to the double-entry ledger: the only place that writes entries."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection

from paidan.billing.constants import Account
from paidan.billing.models import LedgerEntry


def ledger_post(
    *, key: str, subject_ref: str, entries: Mapping[Account, int], facts: Mapping[str, Any], now: datetime
) -> None:
    """Post a transaction under its key; again under the same key changes nothing, nor does one of nothing."""
    sides = {account: amount for account, amount in entries.items() if amount}
    if not sides:
        return
    posted_id = _transaction_insert(key, subject_ref, facts, now)
    if posted_id is not None:
        LedgerEntry.objects.bulk_create(
            [
                LedgerEntry(transaction_id=posted_id, account=account, amount_minor=side)
                for account, side in sides.items()
            ]
        )


def _transaction_insert(key: str, subject_ref: str, facts: Mapping[str, Any], now: datetime) -> int | None:
    """The id of the new transaction; ``None`` when its key is posted (a racer waits for the first)."""
    statement = """
        INSERT INTO billing_ledgertransaction (key, subject_ref, facts, posted_at)
        VALUES (%s, %s, %s::jsonb, %s)
        ON CONFLICT (key) DO NOTHING RETURNING id
    """
    with connection.cursor() as cursor:
        cursor.execute(statement, [key, subject_ref, json.dumps(dict(facts)), now])
        row = cursor.fetchone()
    return None if row is None else int(row[0])
